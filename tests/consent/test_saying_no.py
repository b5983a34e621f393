"""A no can always be said: on the version that was signed, whatever was published, retired or begun since."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.models import ConsentEvent, ConsentState, FormVersion
from consent.services import drafts, forms, ledger
from governance.domain.errors import Conflict
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    World,
    adult_content,
    answer,
    enrol,
    person,
    place,
    publish,
    world,
)

pytestmark = pytest.mark.django_db


def newer_form(of: World) -> FormVersion:
    """A second version without the question on companies, and with new words for the one on storage."""
    content = adult_content("2", without=["commercial_use"])
    [storage] = [item for item in content["form"]["items"] if item["key"] == "sample_storage"]
    storage["question"] = "May we keep your sample for other studies?"
    return publish(of.programme, content, of.rosa, of.sam, NOW + timedelta(days=1))


def retired(of: World) -> None:
    forms.retire(version=of.version, by=of.rosa, now=NOW + timedelta(days=1))


def limits(participant) -> list[str]:
    data_use = ConsentState.objects.select_related("profile").get(participant=participant).profile.data_use
    return [] if data_use is None else [one if isinstance(one, str) else one["term"] for one in data_use["modifiers"]]


def sign(client, url: str) -> Any:
    return client.post(url, {"ok": "on", "sha256": client.get(url).context["version"].sha256})


def change(client, item: str, given: str) -> Any:
    """The link "Change" of My data, the answer, and the signature on the page that follows."""
    page = client.get(reverse("my_data"))
    [section] = page.context["sections"]
    [line] = [one for one in section.overview.agreed if one.item == item]
    assert line.href in page.content.decode()
    after = client.post(line.href, {"answer": given})
    return sign(client, after.url)


@pytest.mark.parametrize("since", [newer_form, retired], ids=["a newer form", "no form in force"])
def test_a_no_on_the_form_that_was_signed_holds_at_once(client, since):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    since(of)
    client.force_login(petra.account)

    done = change(client, "commercial_use", "no")

    row = ConsentEvent.objects.latest("sequence")
    assert done.url == reverse("consent_receipt", args=[place("lakeland"), row.uuid])
    assert (row.kind, row.form_version, row.content["answers"]) == (
        "answered",
        of.version,
        [["commercial_use", "participant", "participant", "no"]],
    )
    assert limits(petra) == ["DUO:0000046"]


@pytest.mark.parametrize("since", [newer_form, retired], ids=["a newer form", "no form in force"])
def test_a_yes_on_a_form_out_of_force_is_shown_as_one_that_cannot_be_signed(client, since):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    since(of)
    client.force_login(petra.account)

    review = client.post(
        reverse("consent_signed_question", args=[place("lakeland"), "commercial_use"]), {"answer": "yes"}
    ).url
    page = client.get(review)
    refused = client.post(review, {"ok": "on", "sha256": of.version.sha256})

    assert (page.context["signable"], [line.item.key for line in page.context["wider"]]) == (False, ["commercial_use"])
    assert refused.status_code == 200
    assert ConsentEvent.objects.count() == 1
    assert limits(petra) == ["DUO:0000046"]


def test_with_the_form_retired_every_page_of_it_is_still_there(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    retired(of)
    client.force_login(petra.account)
    pages = [
        reverse("consent_start", args=[place("lakeland")]),
        reverse("consent_review", args=[place("lakeland")]),
        reverse("consent_question", args=[place("lakeland"), "commercial_use"]),
        reverse("consent_signed_review", args=[place("lakeland")]),
    ]

    assert [client.get(page).status_code for page in pages] == [200] * 4


def test_a_dropped_questions_address_leads_to_the_form_that_asked_it(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    newer_form(of)
    client.force_login(petra.account)

    page = client.get(reverse("consent_question", args=[place("lakeland"), "commercial_use"]))
    never = client.get(reverse("consent_question", args=[place("lakeland"), "never_asked"]))

    assert page.url == reverse("consent_signed_question", args=[place("lakeland"), "commercial_use"])
    assert never.status_code == 404


def test_a_no_loses_nothing_of_what_was_begun_on_the_newer_form(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    newer_form(of)
    client.force_login(petra.account)
    client.post(reverse("consent_question", args=[place("lakeland"), "sample_storage"]), {"answer": "no"})

    change(client, "commercial_use", "no")
    start = client.get(reverse("consent_start", args=[place("lakeland")]))

    assert limits(petra) == ["DUO:0000046"]
    assert start.context["began"] is True


def test_a_no_does_not_wait_for_questions_that_are_still_open(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, {key: value for key, value in EVERYTHING.items() if key != "audio"})
    client.force_login(petra.account)
    review = client.post(reverse("consent_question", args=[place("lakeland"), "repository"]), {"answer": "no"})

    page = client.get(reverse("consent_review", args=[place("lakeland")]))
    sign(client, reverse("consent_review", args=[place("lakeland")]))

    assert "audio" in review.url
    assert [line.item.key for line in page.context["missing"]] == ["audio"]
    assert "controlled_repository" not in ConsentState.objects.get().profile.outlets


def test_answers_that_were_not_signed_can_be_forgotten(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)
    client.post(reverse("consent_question", args=[place("lakeland"), "audio"]), {"answer": "yes"})

    client.post(reverse("consent_review", args=[place("lakeland")]), {"then": "forget"})

    assert client.get(reverse("consent_review", args=[place("lakeland")])).context["began"] is False
    assert ConsentEvent.objects.count() == 1


def test_signing_one_answer_certifies_nothing_that_others_wrote_down():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    noted: dict[str, Any] = {"participant": petra, "form_version": of.version, "by": of.rosa, "now": NOW}
    ledger.record_answers(**noted, answers={"commercial_use": "yes"}, capacity="coordinator", source="paper")

    answer(petra, of, {"audio": "yes"}, NOW + timedelta(days=1))

    assert limits(petra) == ["DUO:0000046"]
    assert [one["item"] for one in ConsentState.objects.get().effective["waiting"]] == ["commercial_use"]


def test_a_narrowing_certifies_and_resumes_nothing():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    said: dict[str, Any] = {
        "participant": petra,
        "form_version": of.version,
        "by": petra.account,
        "capacity": "self",
        "source": "portal",
        "now": NOW + timedelta(days=1),
        "narrowing": True,
    }

    ledger.record_answers(**said, answers={"commercial_use": "no", "repository": "no"})
    with pytest.raises(Conflict, match="commercial_use would allow more"):
        ledger.record_answers(**said, answers={"commercial_use": "yes"})

    assert limits(petra) == ["DUO:0000046"]
    assert ConsentEvent.objects.count() == 2


def test_what_stands_is_not_said_again_on_a_form_out_of_force():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    retired(of)
    said: dict[str, Any] = {"participant": petra, "by": petra.account, "now": NOW + timedelta(days=2), "signed": True}
    drafts.save_answer(**said, item="commercial_use", answer="yes")

    with pytest.raises(Conflict, match="nothing has changed"):
        drafts.sign(**said, version_sha256=of.version.sha256)


def test_a_preference_can_be_taken_back_after_the_use_was_stopped(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW)
    client.force_login(petra.account)

    change(client, "record_access", "no") if EVERYTHING["record_access"] == "yes" else None
    after = client.post(reverse("consent_signed_question", args=[place("lakeland"), "recontact"]), {"answer": ["none"]})
    sign(client, after.url)

    state = ConsentState.objects.get()
    assert (state.closed_axes, state.profile.excluded) == (frozenset({"no_use"}), True)
    assert [one["term"] for one in state.effective["preferences"] if "recontact" in one["term"]] == []


# --- Joining again --------------------------------------------------------------------------------------------
ALL = ("no_use", "no_collection", "no_contact")


def stopped(client, axes: tuple[str, ...] = ALL) -> Any:
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    ledger.withdraw(participant=petra, axis=axes, by=petra.account, capacity="self", now=NOW)
    client.force_login(petra.account)
    return of


@pytest.mark.parametrize("name", ["consent_start", "consent_review", "consent_question"])
def test_every_way_back_asks_first_what_is_taken_up_again(client, name):
    stopped(client)
    rejoin = reverse("consent_rejoin", args=[place("lakeland")])

    page = client.get(reverse(name, args=[place("lakeland"), *(["take_part"] if name == "consent_question" else [])]))

    assert (page.url if page.status_code == 302 else page.content.decode()).count(rejoin) == 1
    with pytest.raises(Conflict, match="choose first"):
        drafts.save_answer(
            participant=ConsentState.objects.get().participant,
            item="take_part",
            answer="yes",
            by=ConsentState.objects.get().participant.account,
            now=timezone.now(),
        )


def test_answers_without_effect_are_named_before_and_after_signing(client):
    of = stopped(client)
    client.post(reverse("consent_rejoin", args=[place("lakeland")]), {"axes": ["no_use"]})
    petra = ConsentState.objects.get().participant
    for item, given in (EVERYTHING | {"record_access": "yes"}).items():
        drafts.save_answer(participant=petra, item=item, answer=given, by=petra.account, now=timezone.now())

    review = client.get(reverse("consent_review", args=[place("lakeland")]))
    done = sign(client, reverse("consent_review", args=[place("lakeland")]))
    receipt = client.get(done.url)
    agreed = client.get(reverse("my_data")).context["sections"][0].overview.agreed

    silent = ["record_access", "results_wanted", "recontact"]
    assert of.version.pk == review.context["version"].pk
    assert [line.item.key for line in review.context["silent"]] == silent
    assert len([line for line in receipt.context["answers"] if line.silent]) == 3
    assert [line.item for line in agreed if line.silent] == silent
    assert "Some answers have no effect yet" in receipt.content.decode()


def test_what_is_taken_up_again_has_its_effect(client):
    stopped(client)
    client.post(reverse("consent_rejoin", args=[place("lakeland")]), {"axes": list(ALL)})
    petra = ConsentState.objects.get().participant
    for item, given in EVERYTHING.items():
        drafts.save_answer(participant=petra, item=item, answer=given, by=petra.account, now=timezone.now())

    review = client.get(reverse("consent_review", args=[place("lakeland")]))
    sign(client, reverse("consent_review", args=[place("lakeland")]))

    assert review.context["silent"] == []
    assert ConsentState.objects.get().closed_axes == frozenset()


def test_with_no_form_in_force_joining_again_says_that_it_has_to_wait(client):
    of = stopped(client)
    retired(of)

    page = client.get(reverse("consent_rejoin", args=[place("lakeland")]))
    posted = client.post(reverse("consent_rejoin", args=[place("lakeland")]), {"axes": ["no_contact"]})
    start = client.get(reverse("consent_start", args=[place("lakeland")])).content.decode()

    assert (page.status_code, posted.status_code) == (200, 200)
    assert "no form in force" in page.content.decode()
    assert "no form in force" in start
    assert "Begin" not in start
    assert reverse("consent_rejoin", args=[place("lakeland")]) not in start
    assert ConsentState.objects.get().closed_axes == frozenset(ALL)
