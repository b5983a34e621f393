"""Linking an account to a pseudonym: a code and a fact together, few tries, one answer."""

from datetime import date, timedelta

import pytest

from consent.models import Invitation, Participant
from consent.selectors.participants import deciding_for
from consent.services import invitations
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.models import AuditEvent
from tests.consent.builders import BORN, NOW, enrol, person, world

pytestmark = pytest.mark.django_db
WRONG_DAY = date(1984, 3, 1)


def redeem(code, by, born=BORN, now=NOW):
    return invitations.redeem(code=code, date_of_birth=born, by=by, now=now)


def test_a_code_with_the_date_of_birth_links_the_account_once():
    of = world()
    petra, account = enrol(of), person("petra")
    made = invitations.make(participant=petra, by=of.rosa, now=NOW)

    linked = redeem(f" {made.code.lower().replace('-', ' ')} ", account)

    assert linked.pk == petra.pk
    assert Participant.objects.get(pk=petra.pk).account == account
    assert AuditEvent.objects.get(kind="invitation.used").detail["moved_from_another_account"] is False
    with pytest.raises(Invalid, match="do not belong together"):
        redeem(made.code, person("other"))


def test_a_code_is_readable_and_never_stored():
    of = world()
    petra = enrol(of)

    made = invitations.make(participant=petra, by=of.rosa, now=NOW)

    groups = made.code.split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert set("".join(groups)) <= set("BCDFGHJKLMNPQRSTVWXZ")
    assert made.code not in repr(made)
    stored = str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))
    assert made.code not in stored
    assert made.code.replace("-", "") not in stored


def test_a_wrong_code_and_a_wrong_fact_get_the_same_answer_and_are_audited():
    of = world()
    petra, account = enrol(of), person("petra")
    made = invitations.make(participant=petra, by=of.rosa, now=NOW)

    answers = []
    for code, born in (("BCDF-GHJK-LMNP-QRST", BORN), (made.code, WRONG_DAY), ("", BORN)):
        with pytest.raises(Invalid) as refused:
            redeem(code, account, born)
        answers.append((refused.value.message, refused.value.fields))

    assert answers[1:] == answers[:2]
    refusals = AuditEvent.objects.filter(kind="invitation.refused").order_by("id")
    assert [(event.subject_id, sorted(event.detail)) for event in refusals] == [
        (account.subject, []),
        (account.subject, ["invitation"]),
        (account.subject, []),
    ]
    assert Participant.objects.get(pk=petra.pk).account is None


def test_five_wrong_facts_end_an_invitation_for_everyone():
    of = world()
    petra = enrol(of)
    made = invitations.make(participant=petra, by=of.rosa, now=NOW)
    for number in range(5):
        with pytest.raises(Invalid):
            redeem(made.code, person(f"stranger{number}"), WRONG_DAY)

    with pytest.raises(Invalid, match="do not belong together"):
        redeem(made.code, person("petra"))

    assert Invitation.objects.get().wrong_tries == 5
    again = invitations.make(participant=petra, by=of.rosa, now=NOW)
    assert redeem(again.code, person("petra2")).pk == petra.pk


def test_an_account_that_guesses_is_stopped_for_an_hour():
    of = world()
    petra, guesser = enrol(of), person("guesser")
    made = invitations.make(participant=petra, by=of.rosa, now=NOW)
    for _ in range(10):
        with pytest.raises(Invalid):
            redeem("BCDF-GHJK-LMNP-QRST", guesser)

    with pytest.raises(NotAllowed, match="wait an hour"):
        redeem(made.code, guesser)

    assert redeem(made.code, guesser, now=NOW + timedelta(minutes=61)).pk == petra.pk


def test_an_expired_code_a_replaced_one_and_a_stranger_who_makes_one_are_refused():
    of = world()
    petra = enrol(of)
    first = invitations.make(participant=petra, by=of.rosa, now=NOW)
    second = invitations.make(participant=petra, by=of.sam, now=NOW)

    with pytest.raises(Invalid):
        redeem(first.code, person("one"))
    with pytest.raises(Invalid):
        redeem(second.code, person("two"), now=NOW + timedelta(days=31))
    with pytest.raises(NotAllowed, match="coordinator"):
        invitations.make(participant=petra, by=person("three"), now=NOW)
    with pytest.raises(Invalid, match="no date of birth"):
        invitations.make(participant=enrol(of, date_of_birth=None), by=of.rosa, now=NOW)


def test_who_made_a_code_cannot_use_it():
    of = world()
    petra = enrol(of)
    made = invitations.make(participant=petra, by=of.rosa, now=NOW)

    with pytest.raises(Invalid, match="do not belong together"):
        redeem(made.code, of.rosa)

    assert Participant.objects.get(pk=petra.pk).account is None
    assert redeem(made.code, person("petra")).pk == petra.pk


def test_lost_access_comes_back_through_a_new_invitation_and_the_move_is_audited():
    of = world()
    petra = enrol(of, person("petra"))
    made = invitations.make(participant=petra, by=of.rosa, now=NOW)

    redeem(made.code, person("petra-new"))

    assert Participant.objects.get(pk=petra.pk).account.username == "petra-new"
    assert AuditEvent.objects.get(kind="invitation.used").detail["moved_from_another_account"] is True


def test_one_account_is_one_participant_of_a_programme_and_may_be_in_several_programmes():
    of, other = world(), world("costa")
    account = person("petra")
    enrol(of, account)
    twice = invitations.make(participant=enrol(of), by=of.rosa, now=NOW)
    elsewhere = invitations.make(participant=enrol(other), by=other.rosa, now=NOW)

    with pytest.raises(Conflict, match="already takes part"):
        redeem(twice.code, account)
    redeem(elsewhere.code, account)

    assert {one.participant.programme.slug for one in deciding_for(account)} == {"lakeland", "costa"}


def test_who_made_an_invitation_is_on_record():
    of = world()
    petra = enrol(of)

    made = invitations.make(participant=petra, by=of.rosa, now=NOW)

    event = AuditEvent.objects.get(kind="invitation.made")
    assert (event.actor, event.subject_id, event.detail) == (
        of.rosa.subject,
        petra.pk,
        {"programme": "lakeland", "invitation": made.invitation.pk},
    )
