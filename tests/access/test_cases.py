"""A committee's work: review, recusal, votes, decisions, and what nobody may do."""

from datetime import timedelta
from typing import Any

import pytest

from access.cases import line_needs
from access.cases import services as cases
from access.cases.outcomes import votes_on
from access.committees.benches import bench_of
from access.domain.states import LINE, Need
from access.grants import ends as grant_ends
from access.models import Grant, Line, Recusal, Request, Vote
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from governance.domain.errors import Conflict, DuologueError, Invalid, NotAllowed, NotThere
from governance.domain.roles import Role
from governance.models import AuditEvent
from governance.services import datasets, roles
from tests.access import builders
from tests.access.builders import GRU, NOW
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
SENSITIVE = {"sensitive": ["sexual health", "AI model release"]}
JUDGED = {"SENS-4": "Clinics asked for this study.", "SENS-7": "No model leaves the workspace."}


def test_an_approval_makes_a_grant_and_closes_the_request() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")

    grant = cases.approve(line=line, months=12, conditions="Cite us.", by=world.chair, now=NOW)

    decided = world.line()
    assert (decided.state, decided.months, decided.conditions, decided.decided_by) == (
        "approved", 12, "Cite us.", world.chair
    )  # fmt: skip
    assert grant.line == decided
    assert [row.person for row in grant.people.all()] == [world.ada]
    assert Request.objects.get().state == "closed"


def test_without_months_a_grant_lasts_as_long_as_label_and_wish_allow() -> None:
    world = builders.world(data_use=GRU | {"modifiers": [{"term": "TS", "months": 6}]})
    line = builders.voted(world, "approve", "approve", months=24)

    with pytest.raises(Invalid) as refused:
        cases.approve(line=line, months=7, by=world.chair, now=NOW)
    cases.approve(line=line, by=world.chair, now=NOW)

    assert refused.value.fields == {"months": "Give a number of months from 1 to 6."}
    assert world.line().months == 6


def test_nobody_votes_to_approve_against_a_deny() -> None:
    world = builders.world(data_use={"permission": "POA"})
    line = builders.in_review(world)

    for choices in (cases.vote, cases.vote_on_all):
        about = {"line": line} if choices is cases.vote else {"case": line.case}
        with pytest.raises(Conflict, match="nobody can approve against a deny"):
            choices(**about, choice="approve", reason="Fits.", by=world.member, now=NOW)
    kept = Vote.objects.count()
    cases.vote(line=line, choice="refuse", reason="Only ancestry research.", by=world.member, now=NOW)

    assert (kept, Vote.objects.get().choice) == (0, "refuse")


def test_nobody_approves_against_a_deny() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve", "approve")
    datasets.label_dataset(
        dataset=world.dataset, data_use={"permission": "POA"}, evidence="the form", by=TESTS, now=NOW
    )

    with pytest.raises(Conflict, match="nobody can approve against a deny"):
        cases.approve(line=line, by=world.chair, now=NOW)
    refused = cases.refuse(line=line, term="POA", text="Only ancestry research.", by=world.chair, now=NOW)

    assert (refused.state, refused.refusal) == ("refused", {"term": "POA", "text": "Only ancestry research."})
    assert not Grant.objects.exists()


def test_a_label_that_changed_since_the_submission_counts_as_it_is_today() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")
    datasets.label_dataset(
        dataset=world.dataset, data_use={"permission": "POA"}, evidence="the form", by=TESTS, now=NOW
    )

    with pytest.raises(Conflict, match="nobody can approve against a deny"):
        cases.approve(line=line, by=world.chair, now=NOW)

    assert world.line().decision["verdict"] == "permit"


def test_a_review_is_approved_only_with_a_judgement_for_each_reason() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve", **SENSITIVE)

    with pytest.raises(Invalid) as refused:
        cases.approve(line=line, judged={"SENS-4": "Fine.", "SENS-7": "  "}, by=world.chair, now=NOW)
    grant = cases.approve(line=line, judged=JUDGED, by=world.chair, now=NOW)

    assert list(refused.value.fields) == ["judged_SENS-7"]
    assert world.line().judged == [{"rule": rule, "judgement": words} for rule, words in JUDGED.items()]
    assert grant.judged_rules == ["SENS-4", "SENS-7"]


def test_votes_must_carry_the_decision() -> None:
    world = builders.world()
    line = builders.voted(world, "approve")

    with pytest.raises(Conflict, match=r"Votes so far: 1\. Needed: 2, from 3 who may vote\."):
        cases.approve(line=line, by=world.chair, now=NOW)
    cases.vote(line=line, choice="refuse", reason="Too wide.", by=world.member, now=NOW)
    with pytest.raises(Conflict, match=r"No majority: 1 approve and 1 refuse, of 2\."):
        cases.refuse(line=line, term="GRU", text="Too wide.", by=world.chair, now=NOW)
    cases.vote(line=line, choice="refuse", reason="Too wide.", by=world.representative, now=NOW)
    cases.refuse(line=line, term="GRU", text="Too wide.", by=world.chair, now=NOW)

    assert world.line().state == "refused"


def test_a_chair_alone_approves_a_permit_where_the_policy_says_so() -> None:
    world = builders.world(chair_alone_on_permit=True)
    line = builders.in_review(world)

    cases.approve(line=line, by=world.chair, now=NOW)

    assert world.line().state == "approved"


def test_a_later_vote_replaces_the_earlier_one_which_stays_in_the_record() -> None:
    world = builders.world()
    line = builders.voted(world, "approve")

    cases.vote(line=line, choice="refuse", reason="On reflection.", by=world.chair, now=NOW + timedelta(hours=1))

    votes = Vote.objects.filter(line=line).order_by("id")
    assert [(vote.choice, vote.replaced_at) for vote in votes] == [
        ("approve", NOW + timedelta(hours=1)),
        ("refuse", None),
    ]


def test_votes_on_an_earlier_version_no_longer_count() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")
    cases.return_line(line=line, text="Which countries?", by=world.secretary, now=NOW)
    requests.submit(request=world.requests[-1], by=world.ada, now=NOW)

    with pytest.raises(Conflict, match=r"Votes so far: 0\. Needed: 2"):
        cases.approve(line=line, by=world.chair, now=NOW)

    assert world.line().state == "in_review"


@pytest.mark.parametrize(
    ("choice", "reason", "field"),
    [("maybe", "x", "choice"), ("refuse", " ", "reason"), ("change", "", "reason")],
)
def test_a_vote_says_what_and_why(choice: str, reason: str, field: str) -> None:
    world = builders.world()
    line = builders.in_review(world)

    with pytest.raises(Invalid) as refused:
        cases.vote(line=line, choice=choice, reason=reason, by=world.member, now=NOW)

    assert list(refused.value.fields) == [field]


def test_the_secretary_runs_the_queue_and_does_not_vote_or_decide() -> None:
    world = builders.world()
    builders.submitted(world)

    line = cases.take_into_review(line=world.line(), by=world.secretary, now=NOW)
    errors = []
    for act in (
        lambda: cases.vote(line=line, choice="approve", reason="", by=world.secretary, now=NOW),
        lambda: cases.approve(line=line, by=world.secretary, now=NOW),
        lambda: cases.refuse(line=line, term="GRU", text="No.", by=world.secretary, now=NOW),
    ):
        with pytest.raises(NotAllowed) as refused:
            act()
        errors.append(refused.value.message)

    assert errors == [
        "only the chair or deputy or member or representative can vote this line",
        "only the chair or deputy can approve this line",
        "only the chair or deputy can refuse this line",
    ]


@pytest.mark.parametrize("how", ["applicant", "collaborator"])
def test_who_works_on_a_request_never_judges_it_whatever_seat_they_hold(how: str) -> None:
    world = builders.world(quorum=1)
    request = builders.drafted(world)
    insider = world.ada
    if how == "collaborator":
        insider = builders.person("carl")
        collaborators.ask(request=request, name="carl", by=world.ada, now=NOW)
        collaborators.join(request=request, by=insider, now=NOW)
    roles.give_role(role=Role.CHAIR, on=world.committee, to=insider, by=TESTS, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    line = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)

    for act in (
        lambda: cases.vote(line=line, choice="approve", reason="", by=insider, now=NOW),
        lambda: cases.approve(line=line, by=insider, now=NOW),
        lambda: cases.write_to_applicant(case=line.case, text="Hello", by=insider, now=NOW),
    ):
        with pytest.raises(NotAllowed, match="so you cannot judge it"):
            act()

    assert Recusal.objects.get(person=insider).reason == how
    assert not Vote.objects.exists()


def test_a_member_of_the_same_institution_is_recused_by_computation() -> None:
    world = builders.world()
    builders.belongs(world.university, world.member)

    line = builders.in_review(world)
    with pytest.raises(NotAllowed, match="you are recused"):
        cases.vote(line=line, choice="approve", reason="", by=world.member, now=NOW)

    recusal = Recusal.objects.get()
    assert (recusal.person, recusal.reason, recusal.computed) == (world.member, "same-institution", True)
    bench = bench_of(line.case, NOW)
    assert {seat.person for seat in bench.judges} == {world.chair, world.representative}


def test_a_declared_recusal_takes_the_vote_away_and_lowers_the_base() -> None:
    world = builders.world(quorum=3)
    line = builders.voted(world, "approve", "approve")

    cases.recuse(case=line.case, reason="We wrote a paper together.", by=world.member, now=NOW)
    cases.vote(line=line, choice="approve", reason="", by=world.representative, now=NOW)
    votes = votes_on(line, bench_of(line.case, NOW), "permit")
    cases.approve(line=line, by=world.chair, now=NOW)

    assert (votes.cast, votes.needed, votes.base) == (2, 2, 2)


def test_a_member_stands_in_for_a_recused_chair() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve", "approve")
    with pytest.raises(NotAllowed):
        cases.approve(line=line, by=world.member, now=NOW)

    cases.recuse(case=line.case, reason="My sister.", by=world.chair, now=NOW)
    cases.approve(line=line, by=world.member, now=NOW)

    assert world.line().decided_by == world.member


def test_a_case_of_another_committee_is_not_there() -> None:
    world = builders.world()
    other = builders.committee("vega", builders.organisation("vega"))
    stranger = builders.seat(other, Role.CHAIR, "vera")
    line = builders.in_review(world)

    with pytest.raises(NotThere):
        cases.vote(line=line, choice="approve", reason="", by=stranger, now=NOW)

    assert not Vote.objects.exists()


def test_a_returned_line_waits_for_the_applicant_with_the_words_that_were_written() -> None:
    world = builders.world()
    line = builders.in_review(world)

    with pytest.raises(Invalid):
        cases.return_line(line=line, text=" ", by=world.secretary, now=NOW)
    cases.return_line(line=line, text="Which countries?", by=world.secretary, now=NOW)

    message = line.case.messages.get()
    assert (message.text, message.from_committee) == ("Which countries?", True)
    assert (world.line().state, Request.objects.get().state) == ("waiting_for_applicant", "returned")


def test_a_refusal_names_the_unmet_term_and_the_reason() -> None:
    world = builders.world(data_use={"permission": "POA"})
    line = builders.in_review(world)

    with pytest.raises(Invalid) as refused:
        cases.refuse(line=line, term="", text="", by=world.chair, now=NOW)

    assert set(refused.value.fields) == {"term", "text"}


def test_applicant_and_committee_talk_in_the_case() -> None:
    world = builders.world()
    case = builders.in_review(world).case

    cases.write_to_applicant(case=case, text="Why now?", by=world.member, now=NOW)
    cases.write_to_committee(case=case, text="Because.", by=world.ada, now=NOW + timedelta(minutes=1))
    with pytest.raises(NotThere):
        cases.write_to_committee(case=case, text="Me too", by=builders.person("zoe"), now=NOW)

    said = [(message.author, message.from_committee, message.text) for message in case.messages.all()]
    assert said == [(world.member, True, "Why now?"), (world.ada, False, "Because.")]


def test_the_committee_revokes_and_the_applicant_closes_with_a_reason() -> None:
    world = builders.world()
    grant = cases.approve(line=builders.voted(world, "approve", "approve"), by=world.chair, now=NOW)

    zoe = builders.person("zoe")
    for who, error in ((world.secretary, NotAllowed), (world.ada, NotAllowed), (zoe, NotThere)):
        with pytest.raises(error):
            grant_ends.revoke_grant(grant=grant, note="Because.", by=who, now=NOW)
    with pytest.raises(NotAllowed):
        grant_ends.close_grant(grant=grant, note="Because.", by=world.chair, now=NOW)
    ended = grant_ends.revoke_grant(grant=grant, note="Data were copied.", by=world.chair, now=NOW)

    assert (ended.state, ended.end_reason, ended.end_note) == ("ended", "revoked", "Data were copied.")


def test_every_state_change_has_its_audit_event() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")

    cases.approve(line=line, by=world.chair, now=NOW)

    kinds = AuditEvent.objects.filter(subject_kind="line").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["line.opened", "line.taken", "vote.cast", "vote.cast", "line.decided"]


def test_a_failed_decision_leaves_nothing_behind() -> None:
    world = builders.world()
    line = builders.in_review(world)
    before = AuditEvent.objects.count()

    with pytest.raises(DuologueError):
        cases.approve(line=line, by=world.chair, now=NOW)

    assert (AuditEvent.objects.count(), Line.objects.get().state) == (before, "in_review")


def test_every_need_of_a_line_has_its_check() -> None:
    needs: set[Any] = {need for row in LINE.transitions for need in row.needs}

    assert set(line_needs.CHECKS) == needs
    assert all(isinstance(need, Need) for need in needs)
