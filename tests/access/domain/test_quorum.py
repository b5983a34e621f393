"""How votes become a decision, from case files and in general."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.domain.quorum import Ballot, Code, Outcome, Policy, QuorumRule, VoteChoice, VotingSeat, outcome

CASES = json.loads((Path(__file__).resolve().parents[2] / "cases" / "states" / "quorum.json").read_text())


def _outcome(case: dict[str, Any]) -> Outcome:
    policy = Policy(
        case["quorum"],
        QuorumRule(case["rule"]),
        case.get("representative_must_vote", False),
        case.get("chair_alone", False),
    )
    seats = [
        VotingSeat(number, chair=seat == "chair", representative=seat == "representative")
        for number, seat in enumerate(case["seats"])
    ]
    ballots = [Ballot(int(person), VoteChoice(choice)) for person, choice in case["votes"].items()]
    return outcome(policy, seats, set(case.get("recused", [])), ballots, case["verdict"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_votes_carry_what_the_case_says(case: dict[str, Any]) -> None:
    result = _outcome(case)

    given = {
        "carries": sorted(result.carries),
        "reasons": [reason.code.value for reason in result.reasons],
        "votes": [result.cast, result.needed, result.base],
    }

    assert given == case["expect"]


_votes = st.dictionaries(st.integers(0, 5), st.sampled_from(VoteChoice), max_size=6)
_policies = st.builds(Policy, st.integers(1, 6), st.sampled_from(QuorumRule), st.booleans(), st.booleans())
_SEATS = [VotingSeat(0, chair=True), VotingSeat(1), VotingSeat(2), VotingSeat(3, representative=True)]


@given(_policies, _votes, st.sets(st.integers(0, 5)), st.sampled_from(["permit", "review"]))
def test_votes_of_the_recused_and_of_strangers_change_nothing(
    policy: Policy, votes: dict[int, VoteChoice], recused: set[int], verdict: str
) -> None:
    able = {seat.person for seat in _SEATS} - recused
    ballots = [Ballot(person, choice) for person, choice in votes.items()]
    counted = [ballot for ballot in ballots if ballot.person in able]

    with_all = outcome(policy, _SEATS, recused, ballots, verdict)

    assert with_all == outcome(policy, _SEATS, recused, counted, verdict)


@given(_policies, _votes, st.sets(st.integers(0, 5)))
def test_no_votes_approve_against_a_deny(policy: Policy, votes: dict[int, VoteChoice], recused: set[int]) -> None:
    ballots = [Ballot(person, choice) for person, choice in votes.items()]

    result = outcome(policy, _SEATS, recused, ballots, "deny")

    assert not result.allows(VoteChoice.APPROVE)
    assert [reason.code for reason in result.reasons] == [Code.LABEL_DENIES]


@given(_policies, _votes, st.sampled_from(["permit", "review", "deny"]))
def test_the_order_of_votes_never_matters(policy: Policy, votes: dict[int, VoteChoice], verdict: str) -> None:
    ballots = [Ballot(person, choice) for person, choice in list(votes.items())[:4]]

    results = {outcome(policy, _SEATS, (), order, verdict) for order in permutations(ballots)}

    assert len(results) == 1
