"""The researcher's pages, as a browser without JavaScript asks for them."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from access.cases import services as cases
from access.models import Request
from tests.access import builders
from tests.access.builders import NOW
from tests.access.drafts import typed_into
from tests.accounts import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]


def test_my_requests_are_empty_at_first_and_then_listed(world: builders.World) -> None:
    client = signed_in(world.ada)

    empty = client.get("/requests/")
    builders.submitted(world)
    listed = client.get("/requests/")

    assert "You have not asked for data yet" in empty.content.decode()
    row = " ".join(strip_tags(listed.content.decode().split("<tbody", 1)[1]).split())
    assert "Inherited heart failure" in row
    # How far each dataset is stands there in a word, not as a mark alone.
    assert "Hearts genomes Pending" in row


def test_pages_ask_visitors_to_sign_in() -> None:
    for path in ("/requests/", "/requests/new", "/requests/R-2026-0001", "/queue/", "/cases/X", "/grants/"):
        answer = Client().get(path)

        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_request_begins_from_a_dataset(world: builders.World) -> None:
    client = signed_in(world.ada)

    page = client.get("/requests/new?dataset=hearts")
    answer = client.post("/requests/new", {"dataset": "hearts"})
    unknown = client.get("/requests/new?dataset=nothing")

    request = Request.objects.get()
    assert "Hearts genomes" in page.content.decode()
    assert answer.headers["Location"] == f"/requests/{request.number}/purpose"
    assert [version.dataset for version in request.datasets.all()] == [world.dataset]
    assert unknown.status_code == 404


def test_what_is_typed_is_saved_and_shown_again(world: builders.World, draft: Request) -> None:
    client = signed_in(world.ada)

    answer = client.post(f"/requests/{draft.number}/purpose", typed_into(draft, then="save"))
    page = client.get(f"/requests/{draft.number}/purpose").content.decode()

    draft.refresh_from_db()
    assert answer.status_code == 302
    assert (draft.title, draft.purpose["countries"], draft.purpose["months"]) == (
        "Inherited heart failure",
        ["FI", "SE"],
        24,
    )
    assert 'name="country" value="FI"' in page
    assert '<button name="remove_country" value="SE">Sweden' in page
    assert "heart failure · MONDO:0005252" in page
    assert "1 dataset, checked at" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"countries": "FI, UK"}, "GB"),
        ({"months": "many"}, "Enter a whole number."),
        ({"months": "0"}, "Write a number of months from 1 to 600."),
        ({"months": "601"}, "Write a number of months from 1 to 600."),
        ({"countries": "Finnland"}, "Did you mean Finland (FI)?"),
        ({"countries": "Atlantis"}, "choose one from the list"),
        ({"ethics_until": "soon"}, "Enter a valid date."),
        ({"ethics_until": None}, "Say until when the ethics approval is valid"),
        ({"ethics_reference": None}, "Give the reference of the ethics approval"),
        ({"investigations": ["DUO:0000042"]}, "Choose one of those that are offered"),
        ({"access_mode": "post"}, "Choose one of those that are offered"),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"agrees": ["HMB"]}, "Choose one of those that are offered"),
    ],
)
def test_a_field_that_cannot_be_read_is_marked_and_nothing_typed_is_lost(
    world: builders.World, draft: Request, changes: dict[str, Any], message: str
) -> None:
    typed = typed_into(draft, then="save", **changes)

    answer = signed_in(world.ada).post(f"/requests/{draft.number}/purpose", typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert "We look for causes." in page
    assert "heart failure · MONDO:0005252" in page
    assert Request.objects.get().revision == draft.revision


def test_a_foreign_save_in_between_is_shown_and_overwrites_nothing(world: builders.World, draft: Request) -> None:
    client = signed_in(world.ada)
    stale = typed_into(draft, title="Mine", then="save")
    client.post(f"/requests/{draft.number}/purpose", typed_into(draft, title="Theirs", then="save"))

    answer = client.post(f"/requests/{draft.number}/purpose", stale)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Mine"' in page
    assert "What is saved now" in page
    assert Request.objects.get().title == "Theirs"


def test_both_peoples_words_stand_side_by_side_and_saving_again_keeps_mine(
    world: builders.World, draft: Request
) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/purpose"
    stale = typed_into(draft, lay_summary="Mine, long thought about.", countries="Finland", page="two", then="save")
    client.post(path, typed_into(draft, lay_summary="Theirs.", countries="Sweden", page="one", then="save"))

    page = " ".join(client.post(path, stale).content.decode().split())
    saved = Request.objects.get().lay_summary
    again = client.post(path, stale | {"revision": str(Request.objects.get().revision)})

    row = '<th scope="row">Summary for participants</th> <td dir="auto">Theirs.</td>'
    assert f'{row} <td dir="auto">Mine, long thought about.</td>' in page
    assert '<th scope="row">Countries</th> <td dir="auto">Sweden</td> <td dir="auto">Finland</td>' in page
    assert (saved, again.status_code, Request.objects.get().lay_summary) == (
        "Theirs.",
        302,
        "Mine, long thought about.",
    )


def test_countries_are_added_and_removed_by_name_without_javascript(world: builders.World, draft: Request) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/purpose"

    form = client.get(path).content.decode()
    client.post(path, typed_into(draft, countries="finland, Côte d’Ivoire", add_country="1"))
    added = Request.objects.get().purpose["countries"]
    client.post(path, typed_into(draft, country=["CI", "FI"], countries="", remove_country="CI"))

    assert '<option value="Finland">' in form
    assert added == ["CI", "FI"]
    assert Request.objects.get().purpose["countries"] == ["FI"]


def test_an_ethics_approval_that_is_over_is_told(world: builders.World, draft: Request) -> None:
    client = signed_in(world.ada)
    client.post(f"/requests/{draft.number}/purpose", typed_into(draft, ethics_until="2020-05-01", then="save"))

    pages = [client.get(f"/requests/{draft.number}/{name}").content.decode() for name in ("purpose", "review")]

    assert ["The ethics approval was valid until 1 May 2020" in page for page in pages] == [True, True]


def test_datasets_are_found_added_and_left_out(world: builders.World, draft: Request) -> None:
    builders.dataset("lungs", world.committee)
    client, path = signed_in(world.ada), f"/requests/{draft.number}/purpose"

    found = client.post(path, typed_into(draft, dataset_q="LUNGS", find_dataset="1")).content.decode()
    client.post(path, typed_into(draft, add_dataset="lungs"))
    both = set(draft.datasets.values_list("accession", flat=True))
    client.post(path, typed_into(draft, remove_dataset="HEARTS-0001"))

    assert 'name="add_dataset" value="lungs"' in found
    assert both == {"HEARTS-0001", "LUNGS-0001"}
    assert list(draft.datasets.values_list("accession", flat=True)) == ["LUNGS-0001"]


def test_the_match_follows_what_is_typed_and_saves_nothing(world: builders.World, draft: Request) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/match"

    part = client.post(path, typed_into(draft), headers={"HX-Request": "true"}).content.decode()
    care = client.post(path, typed_into(draft, clinical_care="yes"), headers={"HX-Request": "true"}).content.decode()
    page = client.post(path, typed_into(draft, countries="nowhere")).content.decode()

    assert "1 permit, 0 review, 0 deny" in part
    assert 'hx-swap-oob="innerHTML"' in part
    assert "0 permit, 0 review, 1 deny" in care
    assert "<html" in page
    assert 'value="nowhere"' in page
    assert Request.objects.get().revision == draft.revision


def test_saving_for_review_marks_what_is_missing(world: builders.World, draft: Request) -> None:
    client = signed_in(world.ada)

    answer = client.post(
        f"/requests/{draft.number}/purpose", typed_into(draft, lay_summary="", then="review"), follow=True
    )

    page = answer.content.decode()
    assert "Write the summary for participants" in page
    assert 'href="#id_lay_summary"' in page


def test_the_review_page_takes_the_terms_and_submits(world: builders.World, draft: Request) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/review"
    client.post(f"/requests/{draft.number}/purpose", typed_into(draft, then="review"))

    page = client.get(path).content.decode()
    without = client.post(path)
    wrong = client.post(path, {f"terms_{world.terms.pk}": "0" * 64})
    done = client.post(path, {f"terms_{world.terms.pk}": world.terms.sha256})

    assert world.terms.sha256 in page
    assert (without.status_code, wrong.status_code, done.status_code) == (422, 422, 302)
    assert "Accept the terms" in without.content.decode()
    assert Request.objects.get().state == "submitted"


def test_the_request_page_says_who_must_act_and_since_when(world: builders.World) -> None:
    request = builders.submitted(world)
    client = signed_in(world.ada)

    waiting = client.get(f"/requests/{request.number}").content.decode()
    line = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    cases.return_line(line=line, text="Which countries?", by=world.chair, now=NOW)
    returned = client.get(f"/requests/{request.number}").content.decode()

    assert "The committee must act, since 18 November 2026, 11:00 Helsinki time" in waiting
    assert "aims to decide within 10 working days" in waiting
    assert "You must act, since 18 November 2026, 11:00 Helsinki time" in returned
    assert "Which countries?" in returned


def test_the_small_actions_of_a_request(world: builders.World, draft: Request) -> None:
    carl = builders.person("carl")
    client, path = signed_in(world.ada), f"/requests/{draft.number}/do/"

    nobody = client.post(path + "invite", {"account": " "}, follow=True).content.decode()
    client.post(path + "invite", {"account": "carl"})
    signed_in(carl).post(f"/requests/{draft.number}/invitation", {"answer": "yes"})
    row = draft.collaborators.get()
    client.post(path + "leave", {"person": str(row.pk)})
    garbage = client.post(path + "leave", {"person": "x"})
    missing = client.post(path + "dance")
    client.post(path + "withdraw")

    assert "Write their user name or e-mail address." in nobody
    assert row.person == carl
    assert row.confirmed_at is not None
    assert not draft.collaborators.exists()
    assert (garbage.status_code, missing.status_code) == (302, 404)
    assert Request.objects.get().state == "withdrawn"


def test_the_applicant_writes_to_the_committee(world: builders.World) -> None:
    request = builders.submitted(world)
    client, path = signed_in(world.ada), f"/requests/{request.number}/do/write"

    client.post(path, {"case": world.case().number, "text": "Good day."})
    empty = client.post(path, {"case": world.case().number, "text": " "}, follow=True).content.decode()
    foreign = client.post(path, {"case": "LAK-2020-001", "text": "Hello"})

    assert [message.text for message in world.case().messages.all()] == ["Good day."]
    assert "Write something first." in empty
    assert foreign.status_code == 404


def test_a_text_of_many_lines_counts_each_break_once_as_the_browser_does(world: builders.World) -> None:
    request = builders.submitted(world)
    text = "\r\n".join(["a" * 49] * 100)
    client, path = signed_in(world.ada), f"/requests/{request.number}/do/write"

    sent = client.post(path, {"case": world.case().number, "text": text})
    longer = client.post(path, {"case": world.case().number, "text": text + "\r\nb" * 1000})

    assert sent.status_code == 302
    assert [len(message.text) for message in world.case().messages.all()] == [4999]
    assert longer.status_code == 422
    assert "b\nb\nb" in longer.content.decode()


def test_what_was_typed_is_shown_again_with_each_refusal(world: builders.World, draft: Request) -> None:
    request = builders.submitted(world)
    client = signed_in(world.ada)

    own = client.post(f"/requests/{draft.number}/do/invite", {"account": "ada"})
    long = client.post(f"/requests/{draft.number}/do/invite", {"account": "x" * 255})
    empty = client.post(f"/requests/{request.number}/do/write", {"case": world.case().number, "text": "  "})

    assert [answer.status_code for answer in (own, long, empty)] == [422, 422, 422]
    assert "This is who wrote the request." in own.content.decode()
    assert 'value="ada"' in own.content.decode()
    assert "x" * 255 in long.content.decode()
    assert f'href="#text-{world.case().pk}-text"' in empty.content.decode()


def test_a_request_of_somebody_else_is_not_there(world: builders.World, draft: Request) -> None:
    client = signed_in(builders.person("zoe"))

    statuses = {
        client.get(f"/requests/{draft.number}").status_code,
        client.get(f"/requests/{draft.number}/purpose").status_code,
        client.get(f"/requests/{draft.number}/review").status_code,
        client.post(f"/requests/{draft.number}/purpose", typed_into(draft)).status_code,
        client.post(f"/requests/{draft.number}/match", typed_into(draft)).status_code,
        client.post(f"/requests/{draft.number}/do/withdraw").status_code,
        client.get("/requests/R-2000-9999").status_code,
    }

    assert statuses == {404}


def test_my_requests_take_the_same_queries_for_one_and_for_many(
    world: builders.World, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(world.ada)
    builders.submitted(world)
    client.get("/requests/")
    for disease in ("MONDO:0005021", "MONDO:0004994", "MONDO:0005267"):
        builders.submitted(world, diseases=[disease])

    with django_assert_max_num_queries(12):
        page = client.get("/requests/")

    assert page.content.decode().count("Inherited heart failure") == 4
