"""A committee suspends a grant for a while, and lets it go on: what its people, hosts and participants see of that."""

from datetime import timedelta

import pytest

from access.grants import ends as grant_ends
from access.grants import evaluation
from access.grants import services as grants
from access.models import Visa
from access.passports import minting as visas
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.models import AuditEvent
from governance.services import keys
from tests.access import builders
from tests.access.granted import LATER, NOW, Granted, granted
from tests.access.operated import signed_in, text
from tests.accounts import second_factor
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
WHY = "We are asked to look at how copies are kept."


@pytest.fixture
def of() -> Granted:
    return granted()


def suspended(of: Granted) -> Granted:
    grant_ends.suspend_grant(grant=of.grant, note=WHY, by=of.access.chair, now=LATER)
    return of


def test_a_suspended_grant_revokes_its_visas_and_gives_none(of: Granted) -> None:
    second_factor(of.access.ada)
    keys.ensure(by=TESTS, now=NOW)
    with signed_in(of.access.ada, at=NOW + timedelta(minutes=1)):
        before = visas.record_intent(
            person=of.access.ada, client=None, host=of.enforcing, now=NOW + timedelta(minutes=1)
        )

    suspended(of)

    with signed_in(of.access.ada, at=LATER):
        after = visas.record_intent(person=of.access.ada, client=None, host=of.enforcing, now=LATER)
    under = Visa.objects.filter(grant=of.grant)
    assert [one.row.grant for one in before.planned if one.row.grant] == [of.grant]
    assert {(one.revoked_at, one.revoked_because) for one in under} == {(LATER, "suspended")}
    assert [one.row.grant for one in after.planned if one.row.grant] == []


def test_its_event_says_that_the_committee_did_it_and_holds_no_word_of_why(of: Granted) -> None:
    suspended(of)
    grant_ends.resume_grant(grant=of.now(), by=of.access.chair, now=LATER)

    events = AuditEvent.objects.filter(kind__in=["grant.suspended", "grant.resumed"]).order_by("id")
    assert [(event.kind, event.actor, event.detail.get("because")) for event in events] == [
        ("grant.suspended", of.access.chair.subject, "committee"),
        ("grant.resumed", of.access.chair.subject, None),
    ]
    assert WHY not in str([event.detail for event in events])


def test_the_platform_never_lets_go_on_what_the_committee_suspended(of: Granted) -> None:
    suspended(of)

    evaluation.judge_or_set_aside(of.now(), LATER)
    grants.activate_if_ready(grant=of.now(), now=LATER)
    grants.judged_again(grant=of.now(), now=LATER)

    assert (of.now().state, of.now().suspended_because) == ("suspended", "committee")


def test_a_grant_goes_on_only_once_what_must_be_met_first_is_met() -> None:
    of = granted({"permission": "GRU", "modifiers": ["IRB"]})
    after_ethics = NOW + timedelta(days=500)

    suspended(of)
    with pytest.raises(Conflict, match="DUO:0000021"):
        grant_ends.resume_grant(grant=of.now(), by=of.access.chair, now=after_ethics)
    on = grant_ends.resume_grant(grant=of.now(), by=of.access.chair, now=LATER)

    assert (on.state, on.suspended_because, on.suspended_note) == ("active", "", "")


def test_only_who_decides_suspends_and_each_says_why(of: Granted) -> None:
    given = {"grant": of.grant, "note": WHY, "now": LATER}
    with pytest.raises(NotAllowed):
        grant_ends.suspend_grant(by=of.access.member, **given)
    with pytest.raises(NotAllowed):
        grant_ends.suspend_grant(by=of.access.ada, **given)
    with pytest.raises(NotThere):
        grant_ends.suspend_grant(by=builders.person("zoe"), **given)
    with pytest.raises(Invalid):
        grant_ends.suspend_grant(by=of.access.chair, **{**given, "note": " "})

    assert of.now().state == "active"


def test_the_page_suspends_with_a_reason_and_lets_go_on(of: Granted) -> None:
    path = f"/grants/{of.grant.number}"
    with signed_in(of.access.chair) as chair:
        offered = text(chair.get(path))
        without = chair.post(f"{path}/suspend", {"note": " "})
        done = chair.post(f"{path}/suspend", {"note": WHY}, follow=True)
    with signed_in(of.access.ada) as ada:
        told = text(ada.get(path))
    with signed_in(of.access.chair) as chair:
        again = chair.post(f"{path}/suspend", {"note": WHY})
        on = chair.post(f"{path}/resume", follow=True)
        twice = chair.post(f"{path}/resume", follow=True)

    assert "Suspend this grant" in offered
    assert (without.status_code, again.status_code) == (422, 422)
    assert "The grant is suspended. Its visas end everywhere." in text(done)
    assert f"Suspended by the committee: there are no visas until the committee lets it go on. {WHY}" in told
    assert "Let this grant go on" not in told
    assert "The grant goes on. Its people can get visas again." in text(on)
    assert "is not possible now" in text(twice)


def test_a_participant_sees_that_the_project_is_paused(of: Granted) -> None:
    suspended(of)

    account = of.participants[0].account
    assert account is not None
    with signed_in(account) as client:
        page = text(client.get("/my-data/"))

    assert "paused" in page
