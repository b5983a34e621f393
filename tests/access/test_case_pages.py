"""The committee's pages: queue, case and decisions; grants, terms and committees."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from access.cases import services as cases
from access.models import Grant, Vote
from access.requests import services as requests
from governance.domain.roles import Role
from governance.services import datasets, roles
from tests.access import builders
from tests.access.builders import NOW
from tests.accounts import second_factor, signed_in
from tests.acting import TESTS
from tests.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]
SENSITIVE = {"sensitive": ["sexual health"]}


def _decide(client: Client, line: Any, action: str, **fields: str) -> Any:
    given = {f"{action}-{line.pk}-{name}": value for name, value in fields.items()}
    return client.post(f"/cases/{line.case.number}/lines/{line.pk}/{action}", given)


def test_the_queue_shows_what_waits_and_for_whom() -> None:
    world = builders.world()
    builders.in_review(world)

    chair = flat(signed_in(world.chair).get("/queue/").content.decode())
    secretary = signed_in(world.secretary).get("/queue/").content.decode()

    assert "Inherited heart failure" in chair
    assert "LAK-2026-001 · Saimaa Institute" in chair
    assert "<strong>Your vote</strong>" in chair
    assert "Votes: 0 of 2" in secretary


def test_the_queue_filters_by_state_verdict_age_and_words() -> None:
    world = builders.world()
    builders.submitted(world, now=NOW - timedelta(days=40))
    builders.submitted(world, diseases=["MONDO:0005021"])
    cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    client = signed_in(world.chair)

    found = {
        query: [
            f"LAK-2026-00{n}" for n in (1, 2) if f"LAK-2026-00{n}" in client.get(f"/queue/?{query}").content.decode()
        ]
        for query in (
            "",
            "state=pending",
            "state=in_review",
            "state=decided",
            "verdict=deny",
            "verdict=permit",
            "q=002",
            "q=zzz",
            "late=1",
            "after=x&before=%F0",
        )
    }

    assert found == {
        "": ["LAK-2026-001", "LAK-2026-002"],
        "state=pending": ["LAK-2026-001"],
        "state=in_review": ["LAK-2026-002"],
        "state=decided": [],
        "verdict=deny": [],
        "verdict=permit": ["LAK-2026-001", "LAK-2026-002"],
        "q=002": ["LAK-2026-002"],
        "q=zzz": [],
        "late=1": ["LAK-2026-001"],
        "after=x&before=%F0": ["LAK-2026-001", "LAK-2026-002"],
    }


def test_the_queue_pages_by_key_in_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    world = builders.world()
    builders.submitted(world)
    first = world.case()
    client = signed_in(world.chair)
    client.get("/queue/")
    with django_assert_max_num_queries(22) as one:
        client.get("/queue/")
    for number in range(30):
        applicant = builders.person(f"researcher{number}")
        builders.submitted(world, by=applicant)

    with django_assert_max_num_queries(len(one)):
        page = client.get("/queue/").content.decode()
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/queue/{older}").content.decode()
    newer = second.split('rel="prev"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")

    assert page.count('href="/cases/LAK-') == 25
    assert first.number in page
    assert second.count('href="/cases/LAK-') == 6
    assert client.get(f"/queue/{newer}").content.decode().count('href="/cases/LAK-') == 25
    assert len(one) <= 12, [query["sql"][:160] for query in one.captured_queries]


def test_without_a_seat_there_is_no_queue_and_no_case() -> None:
    world = builders.world()
    line = builders.in_review(world)
    vera = builders.seat(builders.committee("vega", builders.organisation("vega")), Role.CHAIR, "vera")
    stranger, foreign = signed_in(builders.person("zoe")), signed_in(vera)

    statuses = {
        stranger.get("/queue/").status_code,
        stranger.get(f"/cases/{line.case.number}").status_code,
        foreign.get(f"/cases/{line.case.number}").status_code,
        foreign.post(f"/cases/{line.case.number}/write", {"text": "Hi"}).status_code,
        foreign.post(f"/cases/{line.case.number}/recuse", {"recuse-reason": "Hi"}).status_code,
        _decide(foreign, line, "vote", choice="approve").status_code,
        foreign.get("/cases/LAK-2000-001").status_code,
    }

    assert statuses == {404}
    assert line.case.number not in foreign.get("/queue/").content.decode()
    assert not Vote.objects.exists()


def test_an_applicant_with_a_seat_gets_the_reason_why_they_cannot_judge() -> None:
    world = builders.world()
    roles.give_role(role=Role.CHAIR, on=world.committee, to=world.ada, by=TESTS, now=NOW)
    second_factor(world.ada)
    line = builders.in_review(world)
    client = signed_in(world.ada)

    page = client.get(f"/cases/{line.case.number}")
    vote = _decide(client, line, "vote", choice="approve")
    queue = client.get("/queue/").content.decode()

    assert (page.status_code, vote.status_code) == (403, 403)
    assert "you wrote this request, so you cannot judge it" in page.content.decode()
    assert line.case.number not in queue


def test_the_case_page_holds_purpose_reasons_and_origins() -> None:
    world = builders.world(data_use={"permission": "HMB", "modifiers": ["IRB"]})
    line = builders.in_review(world)

    page = signed_in(world.chair).get(f"/cases/{line.case.number}").content.decode()

    for words in (
        "We look for causes of heart failure in families.",
        "heart failure MONDO:0005252",
        "vouched: signing official",
        "declared",
        "HMB-40",
        "The ethics approval is valid until 31 December 2027.",
        "Ethics approval",
        "Day 0 of 10",
        "Label only: no participants are linked.",
        "Votes so far: 0. Needed: 2, from 3 who may vote.",
    ):
        assert words in page


def test_a_case_is_taken_voted_on_and_approved_through_the_pages() -> None:
    world = builders.world()
    builders.submitted(world, **SENSITIVE)
    line = world.line()

    taken = _decide(signed_in(world.secretary), line, "take")
    for voter in (world.chair, world.representative):
        _decide(signed_in(voter), line, "vote", choice="approve", reason="Fits.")
    without = _decide(signed_in(world.chair), line, "approve", months="12", conditions="Cite us.")
    done = _decide(signed_in(world.chair), line, "approve", months="12", **{"judged_SENS-4": "Clinics asked for it."})
    page = signed_in(world.member).get(f"/cases/{line.case.number}").content.decode()

    assert (taken.status_code, without.status_code, done.status_code) == (302, 422, 302)
    asked = strip_tags(without.content.decode())
    assert "Write down how the committee judges this." in asked
    assert "How the committee judges SENS-4" in asked
    assert "How the committee judges SENS-4 (optional)" not in asked
    assert "Cite us." in without.content.decode()
    assert Grant.objects.get().line == line
    assert "Approved on" in page
    assert "Clinics asked for it." in page


@pytest.mark.parametrize(
    ("action", "fields", "message"),
    [
        ("vote", {}, "Choose one of the three."),
        ("vote", {"choice": "bless"}, "Choose one of those that are offered"),
        ("vote", {"choice": "refuse"}, "Say why: the reason is kept with the vote."),
        ("refuse", {"text": "No."}, "Name the term that is not met."),
        ("refuse", {"term": "XYZ", "text": "No."}, "Choose one of those that are offered"),
        ("refuse", {"term": "GRU"}, "Say why, in words that the applicant understands."),
        ("return", {"text": "  "}, "Say what the applicant should change or explain."),
        ("approve", {"months": "lots"}, "Enter a whole number."),
        ("approve", {"months": "999"}, "Give a number of months from 1 to 24."),
        ("take", {}, "is not possible now"),
    ],
)
def test_bad_input_is_marked_and_changes_nothing(action: str, fields: dict[str, str], message: str) -> None:
    world = builders.world(chair_alone_on_permit=True)
    line = builders.in_review(world)

    answer = _decide(signed_in(world.chair), line, action, **fields)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert world.line().state == "in_review"
    assert not Vote.objects.exists()


def test_a_vote_on_a_version_that_was_not_read_does_not_count() -> None:
    world = builders.world()
    lungs = builders.dataset("lungs", world.committee)
    request = builders.drafted(world)
    requests.add_dataset(request=request, dataset=lungs, by=world.ada, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    line = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    other = world.case().lines.get(dataset_version__dataset=lungs)
    cases.take_into_review(line=other, by=world.chair, now=NOW)
    cases.return_line(line=other, text="Why lungs?", by=world.chair, now=NOW)
    client, address = signed_in(world.member), f"/cases/{line.case.number}"
    page = client.get(address).content.decode()
    requests.submit(request=request, by=world.ada, now=NOW)

    sent = {f"vote-{line.pk}-choice": "approve"}
    stale = client.post(f"{address}/lines/{line.pk}/vote", {**sent, "read": "1"})
    fresh = client.post(f"{address}/lines/{line.pk}/vote", {**sent, "read": "2"})

    assert 'name="read" value="1"' in page
    assert (stale.status_code, fresh.status_code) == (422, 302)
    assert [vote.request_version for vote in line.votes.all()] == [2]


def test_a_line_is_refused_and_returned_through_the_pages() -> None:
    world = builders.world(data_use={"permission": "POA"})
    line = builders.in_review(world)
    client = signed_in(world.chair)

    page = client.get(f"/cases/{line.case.number}").content.decode()
    returned = _decide(client, line, "return", text="Is it about ancestry?")
    refused = _decide(client, line, "refuse", term="POA", text="Only ancestry research.")

    assert "Nobody can approve against a deny" in page
    assert f"/lines/{line.pk}/approve" not in page
    assert (returned.status_code, refused.status_code) == (302, 302)
    assert world.line().state == "refused"


def test_a_recused_member_sees_neither_votes_nor_discussion() -> None:
    world = builders.world()
    line = builders.voted(world, "approve")
    cases.write_to_applicant(case=line.case, text="A word in private.", by=world.chair, now=NOW)
    client = signed_in(world.member)

    before = client.get(f"/cases/{line.case.number}").content.decode()
    wrong = client.post(f"/cases/{line.case.number}/recuse", {"recuse-reason": ""})
    client.post(f"/cases/{line.case.number}/recuse", {"recuse-reason": "My sister."})
    after = client.get(f"/cases/{line.case.number}").content.decode()
    vote = _decide(client, line, "vote", choice="approve")

    assert "A word in private." in before
    assert "Because." in before
    assert wrong.status_code == 422
    assert "A word in private." not in after
    assert "Because." not in after
    assert "You take no part in this case." in after
    assert vote.status_code == 403


def test_a_label_that_changed_shows_todays_answer() -> None:
    world = builders.world()
    line = builders.in_review(world)
    datasets.label_dataset(dataset=world.dataset, data_use={"permission": "POA"}, evidence="form", by=TESTS, now=NOW)

    page = signed_in(world.chair).get(f"/cases/{line.case.number}").content.decode()

    assert "label changed since this was submitted" in page
    assert "Nobody can approve against a deny" in page


def test_a_new_version_shows_its_differences() -> None:
    world = builders.world()
    line = builders.in_review(world)
    cases.return_line(line=line, text="Which?", by=world.chair, now=NOW)
    request = world.requests[-1]
    request.refresh_from_db()
    requests.save(
        request=request, title=request.title, lay_summary=request.lay_summary,
        purpose=builders.PURPOSE | {"countries": ["FI", "SE"]}, revision=request.revision,
        by=world.ada, now=NOW,
    )  # fmt: skip
    requests.submit(request=request, by=world.ada, now=NOW)

    page = signed_in(world.chair).get(f"/cases/{line.case.number}").content.decode()

    assert "1 difference since the version before" in page
    assert "version 2" in page


def test_a_case_page_takes_the_same_queries_for_one_line_and_for_many(
    django_assert_max_num_queries: Any,
) -> None:
    world = builders.world()
    builders.in_review(world)
    small = world.case()
    request = builders.drafted(world, diseases=["MONDO:0005021"])
    for slug in ("lungs", "livers", "kidneys"):
        requests.add_dataset(request=request, dataset=builders.dataset(slug, world.committee), by=world.ada, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    client = signed_in(world.chair)
    large = world.case()
    for case in (small, large):
        client.get(f"/cases/{case.number}")

    with django_assert_max_num_queries(60) as one:
        client.get(f"/cases/{small.number}")
    with django_assert_max_num_queries(60) as four:
        client.get(f"/cases/{large.number}")

    assert len(four) == len(one)


def test_a_grant_is_seen_by_its_people_and_its_committee_and_ended_by_them() -> None:
    world = builders.world()
    grant = cases.approve(line=builders.voted(world, "approve", "approve"), by=world.chair, now=NOW)
    path = f"/grants/{grant.number}"
    ada, chair, stranger = signed_in(world.ada), signed_in(world.chair), signed_in(builders.person("zoe"))

    listed = [client.get("/grants/").content.decode() for client in (ada, chair, stranger)]
    page = ada.get(path).content.decode()
    without = chair.post(f"{path}/end", {"note": " "})
    secretary = signed_in(world.secretary).post(f"{path}/end", {"note": "Because."})
    done = chair.post(f"{path}/end", {"note": "Data were copied."})
    again = chair.post(f"{path}/end", {"note": "Twice."})
    after = ada.get(path).content.decode()

    assert [grant.number in one for one in listed] == [True, True, False]
    assert "Ada Lindholm" in page
    assert "Close this grant" in page
    assert (without.status_code, secretary.status_code, done.status_code) == (422, 403, 302)
    assert again.status_code == 422
    assert "Data were copied." in after
    assert {stranger.get(path).status_code, stranger.post(f"{path}/end", {"note": "x"}).status_code} == {404}


def test_a_person_ends_their_own_part() -> None:
    world = builders.world()
    grant = cases.approve(line=builders.voted(world, "approve", "approve"), by=world.chair, now=NOW)

    signed_in(world.ada).post(f"/grants/{grant.number}/leave")
    twice = signed_in(world.ada).post(f"/grants/{grant.number}/leave", follow=True)
    chair = signed_in(world.chair).post(f"/grants/{grant.number}/leave", follow=True).content.decode()

    assert grant.people.get().ended_at is not None
    assert twice.status_code == 200
    assert "you have no part in this grant" in chair


def test_terms_and_committees_are_read_without_signing_in() -> None:
    world = builders.world()
    visitor = Client()

    terms = visitor.get("/terms/lakeland-terms-v1").content.decode()
    committee = visitor.get("/committees/lakeland").content.decode()
    missing = {visitor.get("/terms/lakeland-terms-v9").status_code, visitor.get("/committees/x").status_code}
    before = visitor.get("/terms/lakeland-terms/1")

    assert (before.status_code, before["Location"]) == (301, "/terms/lakeland-terms-v1")
    assert world.terms.text in terms
    assert world.terms.sha256 in terms
    assert "Hearts genomes" in committee
    assert missing == {404}


def test_terms_are_accepted_on_their_page_and_old_versions_point_to_the_new() -> None:
    world = builders.world()
    builders.terms_of(world.committee, "Other words.")
    client = signed_in(world.ada)

    old = client.get("/terms/lakeland-terms-v1").content.decode()
    new = client.get("/terms/lakeland-terms-v2").content.decode()
    wrong = client.post("/terms/lakeland-terms-v2/accept", {"sha256": "x"}, follow=True).content.decode()
    sha256 = world.committee.terms.get(number=2).sha256
    done = client.post("/terms/lakeland-terms-v2/accept", {"sha256": sha256}, follow=True).content.decode()

    assert "A newer version is in force." in old
    assert "I accept these terms" in new
    assert "the terms that you read are not these" in wrong
    assert "You accepted this version on" in done
