"""The participant's pages, without a browser: who sees them, what they save, what they say."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.models import ConsentDraft, ConsentEvent, ConsentState
from consent.selectors.overview import overview_of
from consent.selectors.participants import deciding_for
from consent.services import invitations, ledger
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    adult_content,
    answer,
    enrol,
    person,
    place,
    publish,
    world,
)

pytestmark = pytest.mark.django_db
ORDER = [
    "take_part",
    "sample_storage",
    "research_scope",
    "commercial_use",
    "repository",
    "open_summary",
    "record_access",
    "results_wanted",
    "results_designate",
    "recontact",
    "audio",
]


def posted(item, answers=HEALTH):
    """The fields of a question's page for an answer."""
    value = answers[item]
    return {f"row-{row}": option for row, option in value.items()} if isinstance(value, dict) else {"answer": value}


def walk(client, answers=HEALTH, programme="lakeland"):
    """Answer every question in the order in which the pages ask; returns the order and where it ended."""
    url, order = reverse("consent_question", args=[place(programme), "take_part"]), []
    while "/questions/" in url:
        item = url.rstrip("/").rsplit("/", 1)[1]
        order.append(item)
        url = client.post(url, posted(item, answers)).url
    return order, url


def sign(client, programme="lakeland"):
    """Sign on the review page."""
    url = reverse("consent_review", args=[place(programme)])
    sha256 = client.get(url).context["version"].sha256
    return client.post(url, {"ok": "on", "sha256": sha256})


def test_somebody_who_signed_nothing_is_asked_by_the_form_in_force_and_told_of_no_newer_one(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)

    overview = overview_of(petra.deciders.get())
    page = client.get(reverse("my_data")).content.decode()

    assert (overview.version, overview.current, overview.newer_form) == (None, of.version, False)
    assert "Nobody may use your data until you have answered and signed." in page
    assert "There is a newer form" not in page


def test_the_programmes_of_a_person_stand_in_the_order_of_their_names():
    petra = person("petra")
    for slug in ("saimaa", "karelia", "lakeland"):
        enrol(world(slug), petra)

    names = [one.participant.programme.name for one in deciding_for(petra)]

    assert names == ["Karelia Biobank", "Lakeland Biobank", "Saimaa Biobank"]


def test_a_participant_answers_every_question_signs_and_holds_a_receipt(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)

    order, end = walk(client)
    before = ConsentEvent.objects.count()
    done = sign(client)

    assert order == ORDER
    assert end == reverse("consent_review", args=[place("lakeland")])
    assert before == 0
    row = ConsentEvent.objects.get()
    assert done.url == reverse("consent_receipt", args=[place("lakeland"), row.uuid])
    assert ConsentState.objects.get().profile.data_use["permission"] == "DUO:0000006"
    assert not ConsentDraft.objects.exists()
    receipt = client.get(done.url).content.decode()
    assert row.hash in receipt
    assert "Other researchers, for any work on health or disease" in receipt


def test_a_no_at_the_first_question_leads_to_the_signature_at_once(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)

    order, end = walk(client, {"take_part": "no"})
    sign(client)

    assert (order, end) == (["take_part"], reverse("consent_review", args=[place("lakeland")]))
    assert ConsentState.objects.get().profile.excluded


def test_answers_are_saved_sealed_and_taken_up_again_at_the_next_sign_in(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)
    question = reverse("consent_question", args=[place("lakeland"), "take_part"])

    later = client.post(question, {"answer": "yes", "then": "later"})
    said = [str(one) for one in client.get(later.url).context["messages"]]
    client.logout()
    client.force_login(petra.account)
    start = client.get(reverse("consent_start", args=[place("lakeland")]))

    assert later.url == reverse("my_data_of", args=[place("lakeland")])
    assert said == ["Your answers are saved. Nothing counts until you sign."]
    assert start.context["continue_at"] == reverse("consent_question", args=[place("lakeland"), "sample_storage"])
    assert "yes" not in ConsentDraft.objects.get().sealed
    assert not ConsentEvent.objects.exists()
    assert "checked" in client.get(question).content.decode()


def test_nothing_is_preselected_not_even_what_stands(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    client.force_login(petra.account)

    pages = [
        client.get(reverse("consent_question", args=[place("lakeland"), item])).content.decode() for item in EVERYTHING
    ]

    assert not any(" checked" in page for page in pages)
    assert "Last time you said: Yes." in pages[0]


def test_leaving_a_question_empty_is_an_error_that_keeps_the_page(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)

    page = client.post(reverse("consent_question", args=[place("lakeland"), "take_part"]), {})

    assert page.status_code == 200
    assert page.context["form"].errors == {"answer": ["Choose an answer."]}
    assert not ConsentDraft.objects.exists()


def test_a_grid_wants_every_line_and_several_choices_refuse_a_contradiction(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)

    grid = client.post(
        reverse("consent_question", args=[place("lakeland"), "results_wanted"]), {"row-actionable": "yes"}
    )
    several = client.post(
        reverse("consent_question", args=[place("lakeland"), "recontact"]), {"answer": ["studies", "none"]}
    )

    assert sorted(grid.context["form"].errors) == ["row-carrier", "row-not_treatable"]
    assert list(several.context["form"].errors) == ["answer"]


def test_a_designate_needs_a_name_and_the_words_stay_out_of_the_ledger(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)
    url = reverse("consent_question", args=[place("lakeland"), "results_designate"])

    nameless = client.post(url, {"answer": "named", "field-relation": "brother"})
    client.post(url, {"answer": "named", "field-name": "Marko Canary", "field-valid_until": "2030-01-01"})
    done = sign(client)

    assert list(nameless.context["form"].errors) == ["field-name"]
    assert "Marko Canary" in client.get(done.url).content.decode()
    assert "Marko Canary" in client.get(reverse("my_data")).content.decode()
    assert "anary" not in str(list(ConsentEvent.objects.values_list("content", flat=True)))


def test_changing_one_answer_shows_what_changes_before_it_is_signed(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    client.force_login(petra.account)

    after = client.post(reverse("consent_question", args=[place("lakeland"), "commercial_use"]), {"answer": "no"})
    review = client.get(after.url)
    sign(client)

    assert after.url == reverse("consent_review", args=[place("lakeland")])
    [line] = review.context["changed"]
    assert (line.before.short, line.answer.short) == ("Yes", "No")
    assert ("closes", "They may not be used to make money.") in [
        (effect.kind, effect.sentence) for effect in review.context["effects"]
    ]
    row = ConsentEvent.objects.order_by("sequence").last()
    assert row.content["answers"] == [["commercial_use", "participant", "participant", "no"]]


def test_a_change_that_leads_to_a_new_question_asks_it_before_signing(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)

    after = client.post(reverse("consent_question", args=[place("lakeland"), "research_scope"]), {"answer": "any"})
    review = client.get(reverse("consent_review", args=[place("lakeland")]))

    assert after.url == reverse("consent_question", args=[place("lakeland"), "ancestry_research"])
    assert review.context["signable"] is False
    assert sign(client).status_code == 200
    assert ConsentEvent.objects.count() == 1


def test_signing_needs_the_box_and_the_form_that_was_read(client):
    of = world()
    petra = enrol(of, person("petra"))
    client.force_login(petra.account)
    walk(client)
    url = reverse("consent_review", args=[place("lakeland")])

    unticked = client.post(url, {"sha256": of.version.sha256})
    publish(of.programme, adult_content("2"), of.rosa, of.sam, timezone.now())
    old_form = client.post(url, {"ok": "on", "sha256": of.version.sha256})

    assert unticked.context["form"].errors == {"ok": ["Tick this box to sign."]}
    assert "the form has changed" in str(old_form.context["form"].errors)
    assert not ConsentEvent.objects.exists()


def test_a_draft_for_an_older_form_is_left_behind_and_older_answers_count_where_nothing_changed(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)
    client.post(reverse("consent_question", args=[place("lakeland"), "audio"]), {"answer": "yes"})
    content = adult_content("2")
    [storage] = [item for item in content["form"]["items"] if item["key"] == "sample_storage"]
    storage["question"] = "May we keep your sample for other studies?"

    publish(of.programme, content, of.rosa, of.sam, NOW + timedelta(days=1))
    start = client.get(reverse("consent_start", args=[place("lakeland")]))
    review = client.get(reverse("consent_review", args=[place("lakeland")]))

    assert start.context["began"] is False
    assert [line.item.key for line in review.context["missing"]] == ["sample_storage"]


def test_stopping_takes_one_page_and_shows_at_once(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    client.force_login(petra.account)
    url = reverse("consent_stop", args=[place("lakeland")])

    nothing = client.post(url, {})
    done = client.post(url, {"axes": ["no_use", "no_contact"]})

    assert list(nothing.context["form"].errors) == ["axes"]
    state = ConsentState.objects.get()
    assert (state.closed_axes, state.profile.excluded) == (frozenset({"no_use", "no_contact"}), True)
    assert "cannot be taken back" in client.get(done.url).content.decode()
    page = client.get(reverse("my_data")).content.decode()
    assert "You left Lakeland Biobank on" in page
    assert "You signed the form." in page


def test_joining_again_asks_everything_anew_and_only_then_counts(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW)
    client.force_login(petra.account)

    again = client.post(reverse("consent_rejoin", args=[place("lakeland")]), {"axes": ["no_use"]})
    begun = ConsentState.objects.get().profile.excluded
    order, _end = walk(client)
    sign(client)

    assert again.url == reverse("consent_start", args=[place("lakeland")])
    assert (begun, order) == (True, ORDER)
    assert ConsentEvent.objects.last().kind == "re_joined"
    assert ConsentState.objects.get().profile.data_use["permission"] == "DUO:0000006"


def test_contact_is_taken_up_again_without_touching_the_rest(client):
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    ledger.withdraw(participant=petra, axis=("no_contact", "no_use"), by=petra.account, capacity="self", now=NOW)
    client.force_login(petra.account)

    done = client.post(reverse("consent_rejoin", args=[place("lakeland")]), {"axes": ["no_contact"]})
    receipt = client.get(done.url).content.decode()
    history = client.get(reverse("consent_history", args=[place("lakeland")])).content.decode()

    state = ConsentState.objects.get()
    assert (state.closed_axes, state.profile.excluded) == (frozenset({"no_use"}), True)
    assert "You let people write to you again." in history
    assert "You joined again." not in history
    assert "Let people write to me again" in receipt
    assert "Let my data be used again" not in receipt


def test_answers_that_a_coordinator_wrote_down_wait_on_my_data_for_a_yes(client):
    of = world()
    petra = enrol(of, person("petra"))
    ledger.record_answers(
        participant=petra,
        answers=HEALTH,
        form_version=of.version,
        by=of.rosa,
        capacity="coordinator",
        source="paper",
        now=NOW,
    )
    client.force_login(petra.account)
    url = reverse("consent_confirm", args=[place("lakeland")])

    waiting = client.get(reverse("my_data")).content.decode()
    page = client.get(url).context
    shown = [line.question for line in page["lines"]]
    client.post(url, {"seen": page["events"]})

    assert "Answers wait for your yes" in waiting
    assert "Who may use your coded data and sample later on?" in shown
    assert ConsentState.objects.get().profile.data_use["permission"] == "DUO:0000006"
    assert client.get(url).status_code == 404


def test_a_yes_certifies_no_answer_that_was_written_down_after_the_page_was_read(client):
    of = world()
    petra = enrol(of, person("petra"))
    noted: dict[str, Any] = {"participant": petra, "form_version": of.version, "by": of.rosa, "now": NOW}
    ledger.record_answers(**noted, answers=HEALTH, capacity="coordinator", source="paper")
    client.force_login(petra.account)
    url = reverse("consent_confirm", args=[place("lakeland")])
    page = client.get(url)
    ledger.record_answers(**noted, answers={"research_scope": "any"}, capacity="coordinator", source="paper")

    unread = client.post(url)
    client.post(url, {"seen": page.context["events"]})

    assert unread.status_code == 200
    assert f'name="seen" value="{page.context["events"][0]}"' in page.content.decode()
    assert len(client.get(url).context["events"]) == 1
    assert ConsentState.objects.get().profile.data_use["permission"] == "DUO:0000006"


def test_a_code_and_a_date_of_birth_open_the_participants_own_pages(client):
    of = world()
    made = invitations.make(participant=enrol(of), by=of.rosa, now=timezone.now())
    assert "Make an account" in client.get(reverse("join")).content.decode()
    client.force_login(person("petra"))

    wrong = client.post(reverse("join"), {"code": made.code, "date_of_birth": "1984-03-01"})
    right = client.post(reverse("join"), {"code": made.code, "date_of_birth": "1984-02-29"})

    assert "do not belong together" in wrong.content.decode()
    assert right.url == reverse("consent_start", args=[place("lakeland")])
