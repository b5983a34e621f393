"""Who decides for whom: a guardian of two in one programme, one account with itself and a child, and what ends it."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from consent.models import ConsentDraft, ConsentEvent, ConsentState, Decider, Participant
from consent.selectors.participants import deciding_for
from consent.services import deciders, drafts, erasure, invitations, ledger
from consent.services.verify import verify_ledger
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.models import AuditEvent, User
from tests.consent.builders import BORN, EVERYTHING, HEALTH, NOW, World, answer, enrol, person, world

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PAGES = ("start", "review", "signed_review", "confirm", "stop", "rejoin", "history")


@dataclass(frozen=True, slots=True)
class Family:
    """Mira decides for Aino and Eero, who take part in one programme."""

    of: World
    mira: User
    aino: Participant
    eero: Participant


def gives(of: World, child: Participant, account: User, role: str = "mother") -> Decider:
    return deciders.give(participant=child, account=account, capacity="guardian", role=role, by=of.rosa, now=NOW)


@pytest.fixture
def family() -> Family:
    of, mira = world(), person("mira")
    children = [enrol(of, name=f"{name} Laine", date_of_birth=None) for name in ("Aino", "Eero")]
    for child in children:
        gives(of, child, mira)
    return Family(of, mira, *children)


def said(one: Family, child: Participant, answers=HEALTH, capacity: str = "guardian") -> ConsentEvent:
    return ledger.record_answers(
        participant=child, answers=answers, form_version=one.of.version, by=one.mira, capacity=capacity,
        source="portal", now=NOW + HOUR,
    )  # fmt: skip


def page(client, name: str, *args: object):
    return client.get(reverse(name, args=args))


def use_of(child: Participant) -> str | None:
    profile = ConsentState.objects.get(participant=child).profile
    return None if profile.excluded else profile.data_use["permission"]


# --- Each of two children alone ---------------------------------------------------------------------------------------
def test_a_guardians_answers_hold_for_the_one_child_whom_they_name(family):
    row = said(family, family.aino)

    assert (use_of(family.aino), use_of(family.eero)) == ("DUO:0000006", None)
    assert (row.capacity, row.content["decider"], row.actor) == ("guardian", "mother", family.mira.subject)
    assert {decider for _item, _subject, decider, _value in row.content["answers"]} == {"mother"}
    assert verify_ledger(now=NOW + 2 * HOUR).problems == []


def test_two_children_with_different_answers_stay_different(family):
    said(family, family.aino)
    said(family, family.eero, EVERYTHING)
    ledger.withdraw(
        participant=family.aino, axis="no_use", by=family.mira, capacity="guardian", now=NOW + 2 * HOUR,
    )  # fmt: skip

    assert (use_of(family.aino), use_of(family.eero)) == (None, "DUO:0000042")
    assert verify_ledger(now=NOW + 3 * HOUR).problems == []


def test_each_page_and_act_concerns_the_child_in_its_address(client, family):
    client.force_login(family.mira)
    for child, choice in ((family.aino, "health"), (family.eero, "any")):
        for item, value in (HEALTH | {"research_scope": choice, "ancestry_research": "no"}).items():
            if value is not None:
                fields = {f"row-{k}": v for k, v in value.items()} if isinstance(value, dict) else {"answer": value}
                client.post(reverse("consent_question", args=[child.pk, item]), fields)
    drafts_of = {draft.decider.participant_id for draft in ConsentDraft.objects.all()}
    review = page(client, "consent_review", family.aino.pk)
    done = client.post(
        reverse("consent_review", args=[family.aino.pk]),
        {"ok": "on", "sha256": review.context["version"].sha256},
    )

    assert drafts_of == {family.aino.pk, family.eero.pk}
    assert done.url.startswith(f"/consent/{family.aino.pk}/receipts/")
    assert (use_of(family.aino), use_of(family.eero)) == ("DUO:0000006", None)
    assert "Aino Laine" in review.content.decode()
    assert "Eero" not in review.content.decode()
    assert page(client, "consent_review", family.eero.pk).context["began"] is True

    client.post(reverse("consent_stop", args=[family.eero.pk]), {"axes": ["no_contact"]})
    assert [row.participant_id for row in ConsentEvent.objects.filter(kind="withdrawn")] == [family.eero.pk]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_finds_no_page_of_theirs(client, family, name):
    said(family, family.aino)
    client.force_login(person("stranger"))

    assert page(client, f"consent_{name}", family.aino.pk).status_code == 404
    assert page(client, "my_data_of", family.aino.pk).status_code == 404
    assert page(client, "consent_of_programme", "lakeland").status_code == 404


def test_a_receipt_is_found_under_its_own_childs_address_alone(client, family):
    row = said(family, family.aino)
    client.force_login(family.mira)

    assert page(client, "consent_receipt", family.aino.pk, row.uuid).status_code == 200
    assert page(client, "consent_receipt", family.eero.pk, row.uuid).status_code == 404
    assert page(client, "consent_receipt_file", family.eero.pk, row.uuid).status_code == 404


# --- What ends --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["start", "review", "stop", "history"])
def test_who_decides_no_longer_loses_the_pages_at_once(client, family, name):
    said(family, family.aino)
    client.force_login(family.mira)
    before = page(client, f"consent_{name}", family.aino.pk).status_code

    deciders.end(decider=family.aino.deciders.get(), by=family.of.rosa, now=NOW + 2 * HOUR)

    assert (before, page(client, f"consent_{name}", family.aino.pk).status_code) == (200, 404)
    assert page(client, f"consent_{name}", family.eero.pk).status_code == 200


def test_who_decides_no_longer_acts_no_longer_and_what_they_said_stands(family):
    said(family, family.aino)
    drafts.save_answer(participant=family.aino, item="audio", answer="yes", by=family.mira, now=NOW + HOUR)

    deciders.end(decider=family.aino.deciders.get(), by=family.mira, now=NOW + 2 * HOUR)

    with pytest.raises(NotAllowed):
        said(family, family.aino, EVERYTHING)
    with pytest.raises(NotThere):
        ledger.affirm(participant=family.aino, form_version=family.of.version, by=family.mira, now=NOW + 3 * HOUR)
    with pytest.raises(NotThere):
        drafts.discard(participant=family.aino, by=family.mira)
    with pytest.raises(Conflict, match="ended already"):
        deciders.end(decider=Decider.objects.get(participant=family.aino), by=family.of.rosa, now=NOW + 3 * HOUR)
    assert use_of(family.aino) == "DUO:0000006"
    assert not ConsentDraft.objects.exists()
    assert verify_ledger(now=NOW + 4 * HOUR).problems == []


def test_erasing_an_identity_ends_everybodys_part_and_keeps_no_account(family):
    erasure.erase_identity(participant=family.aino, by=family.of.rosa, now=NOW + HOUR)

    row = Decider.objects.get(participant=family.aino)
    assert (row.account, row.until) == (None, NOW + HOUR)
    assert [one.participant for one in deciding_for(family.mira)] == [family.eero]
    assert verify_ledger(now=NOW + 2 * HOUR).problems == []


def test_rows_of_deciders_only_grow(family):
    row = Decider.objects.filter(participant=family.aino)
    deciders.end(decider=row.get(), by=family.of.rosa, now=NOW + HOUR)

    for values in ({"until": None}, {"role": "father"}, {"capacity": "consultee"}, {"participant": family.eero}):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**values)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


# --- Oneself and others -----------------------------------------------------------------------------------------------
def test_somebody_with_a_place_of_their_own_and_a_child_chooses_for_whom(client, family):
    enrol(family.of, family.mira, name="Mira Laine")
    client.force_login(family.mira)

    for name, args in (("my_data", ()), ("my_answers", ()), ("consent_of_programme", ("lakeland",))):
        text = page(client, name, *args).content.decode()
        assert {"For myself", "Aino Laine", "Eero Laine"} <= set(re.findall(r"For myself|Aino Laine|Eero Laine", text))


def test_my_data_of_a_child_is_theirs_and_says_so(client, family):
    own = enrol(family.of, family.mira, name="Mira Laine")
    answer(own, family.of, EVERYTHING, NOW + HOUR)
    said(family, family.aino)
    client.force_login(family.mira)

    mine, ainos = page(client, "my_data_of", own.pk), page(client, "my_data_of", family.aino.pk)

    assert [one.overview.participant for one in mine.context["sections"]] == [own]
    assert [one.overview.participant for one in ainos.context["sections"]] == [family.aino]
    assert (mine.context["whose"], ainos.context["whose"]) == ("", "Aino Laine")
    assert "This page is about Aino Laine" in ainos.content.decode()
    assert "This page is about" not in mine.content.decode()


@pytest.mark.parametrize("name", ["start", "review", "signed_review", "stop", "history", "rejoin", "receipt", "form"])
def test_every_page_of_a_child_leads_back_to_that_child_and_to_the_others(client, family, name):
    said(family, family.aino)
    ledger.withdraw(participant=family.aino, axis="no_contact", by=family.mira, capacity="guardian", now=NOW + 2 * HOUR)
    client.force_login(family.mira)
    args = {"receipt": [ConsentEvent.objects.latest("pk").uuid], "form": ["model_adult_research", 1]}.get(name, [])

    text = page(client, f"consent_{name}", family.aino.pk, *args).content.decode()

    body = text[text.index("<main") :]
    assert body.count(f'href="{reverse("my_data_of", args=[family.aino.pk])}"') >= 1
    assert "Back to the data of Aino Laine" in body
    assert body.count(f'href="{reverse("my_data")}"') == 1
    assert "Choose somebody else" in body


def test_who_reads_their_own_page_and_has_children_finds_the_way_to_them(client, family):
    own = enrol(family.of, family.mira, name="Mira Laine")
    client.force_login(family.mira)

    mine = page(client, "my_data_of", own.pk).content.decode()
    ainos = page(client, "my_data_of", family.aino.pk).content.decode()

    assert f'href="{reverse("my_data")}"' in mine[mine.index("<main") :]
    assert "Data of Aino Laine" in ainos
    assert "Everything about me and those I decide for" in ainos


def test_answering_later_leads_a_guardian_back_to_the_child(client, family):
    client.force_login(family.mira)
    question = reverse("consent_question", args=[family.aino.pk, "take_part"])

    for fields in ({"then": "later"}, {"then": "later", "answer": "yes"}):
        assert client.post(question, fields).url == reverse("my_data_of", args=[family.aino.pk])


def test_a_guardian_of_one_child_alone_needs_no_choice(client):
    of, mira = world(), person("mira")
    aino = enrol(of, name="Aino Laine")
    gives(of, aino, mira)
    client.force_login(mira)

    alone = page(client, "my_data")
    assert alone.context["whose"] == "Aino Laine"
    assert "Choose somebody else" not in alone.content.decode()
    assert page(client, "my_answers").url == reverse("consent_start", args=[aino.pk])


def test_everything_about_a_person_names_for_whom_they_decide(client, family):
    own = enrol(family.of, family.mira)
    client.force_login(family.mira)

    found = page(client, "my_data_everything").json()["programmes"]

    assert {(one["participant"], one["you_decide_as"]) for one in found} == {
        (own.pk, "self"), (family.aino.pk, "guardian"), (family.eero.pk, "guardian"),
    }  # fmt: skip


def test_an_address_that_names_the_programme_leads_to_the_one_whom_it_means(client):
    of, account = world(), person("petra")
    petra = enrol(of, account)
    client.force_login(account)

    stop = client.post("/consent/lakeland/stop/", {"axes": ["no_contact"]})
    followed = client.post("/consent/lakeland/stop/", {"axes": ["no_contact"]}, follow=True)

    assert page(client, "consent_of_programme", "lakeland").url == f"/consent/{petra.pk}/"
    assert client.get("/consent/lakeland/signed/review/").url == f"/consent/{petra.pk}/signed/review/"
    assert (stop.status_code, stop.url) == (307, f"/consent/{petra.pk}/stop/")
    assert followed.status_code == 200
    assert ConsentState.objects.get(participant=petra).closed_axes == {"no_contact"}


# --- Who may be given, and by whom ------------------------------------------------------------------------------------
def test_only_a_coordinator_makes_somebody_decide_and_never_themselves(family):
    tess = person("tess")

    with pytest.raises(NotAllowed):
        deciders.give(participant=family.aino, account=tess, capacity="guardian", role="aunt", by=tess, now=NOW)
    with pytest.raises(NotAllowed, match="themselves"):
        gives(family.of, family.aino, family.of.rosa, "aunt")
    with pytest.raises(NotAllowed):
        deciders.end(decider=family.aino.deciders.get(), by=tess, now=NOW)


def test_nobody_takes_over_the_name_under_which_somebody_else_answered(family):
    deciders.end(decider=family.aino.deciders.get(), by=family.of.rosa, now=NOW + HOUR)

    with pytest.raises(Conflict, match="choose another name"):
        gives(family.of, family.aino, person("tess"))
    assert gives(family.of, family.aino, family.mira).role == "mother"


@pytest.mark.parametrize(
    "role", ["participant", "child", "parents", "parents_and_child_15_plus", "now_adult", "Mother!"]
)
def test_a_name_that_forms_use_themselves_is_refused(family, role):
    with pytest.raises(Invalid):
        gives(family.of, family.aino, person("tess"), role)


def test_nobody_decides_twice_for_one_person(family):
    with pytest.raises(Conflict, match="already decides"):
        gives(family.of, family.aino, family.mira, "aunt")
    with pytest.raises(Invalid):
        deciders.give(
            participant=family.aino, account=person("tess"), capacity="self", role="aunt", by=family.of.rosa, now=NOW
        )


def test_an_invitation_moves_the_persons_own_part_to_another_account_with_what_was_not_signed():
    of, before, after = world(), person("before"), person("after")
    petra = enrol(of, before)
    drafts.save_answer(participant=petra, item="take_part", answer="yes", by=before, now=NOW)

    code = invitations.make(participant=petra, by=of.rosa, now=NOW).code
    invitations.redeem(code=code, date_of_birth=BORN, by=after, now=NOW + HOUR)

    assert [(one.account, one.until) for one in petra.deciders.order_by("pk")] == [(before, NOW + HOUR), (after, None)]
    assert ConsentDraft.objects.get().decider.account == after
    assert not deciding_for(before).exists()
    kinds = AuditEvent.objects.filter(kind__startswith="decider.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["decider.given", "decider.ended", "decider.given"]
    assert verify_ledger(now=NOW + 2 * HOUR).problems == []
