"""Who of a dataset's members joins: outlets, reviews by name, shrinking, and rounding for others' eyes."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.domain.cohorts import (
    CohortNumbers,
    MemberStep,
    ProfileAnswer,
    ReasonCount,
    Shared,
    answer,
    numbers,
    rounded,
    was_in,
)
from governance.duo.data_use import parse_data_use
from governance.duo.decision import Obligation, Reason, Status, Verdict
from governance.duo.ontology import Ontologies
from governance.duo.purpose import parse_purpose

AT = date(2026, 11, 22)
LABEL = parse_data_use({"permission": "HMB"})
PURPOSE = parse_purpose({"investigations": ["DUO:0000037"], "commercial": True, "countries": ["FI"]})
IN, OUT = 1, 2
PERMITTED = {IN: True, OUT: False}


def said(profile: Shared) -> ProfileAnswer:
    return answer(
        label=LABEL, outlet="controlled_repository", profile=profile, purpose=PURPOSE, at=AT, ontologies=Ontologies([])
    )


def shares(data_use: dict[str, object], *outlets: str) -> Shared:
    return Shared(parse_data_use(data_use), outlets or ("controlled_repository",))


def test_a_member_whose_own_consent_permits_joins() -> None:
    assert said(shares({"permission": "HMB"})).joins(())


def test_a_member_who_refused_commercial_use_is_out_of_a_commercial_purpose() -> None:
    one = said(shares({"permission": "HMB", "modifiers": ["NCU"]}))

    assert (one.verdict, one.joins(["NCU-1"])) == (Verdict.DENY, False)


def test_a_closed_outlet_denies_with_a_reason_of_its_own() -> None:
    one = said(shares({"permission": "HMB"}, "open_aggregate"))

    assert one.reasons == (
        Reason("OUTLET-1", "controlled_repository", Verdict.DENY, {"outlet": "controlled_repository"}),
    )


def test_an_excluded_member_is_out_with_a_reason_of_its_own() -> None:
    assert said(Shared(None)) == ProfileAnswer(Verdict.DENY, False, (Reason("CONSENT-1", None, Verdict.DENY),))


REVIEWED = ProfileAnswer(Verdict.REVIEW, False, (Reason("RS-3", "DUO:0000012", Verdict.REVIEW),))
ASKED = ProfileAnswer(Verdict.REVIEW, False, (Reason("ask-me-each-time-1", "ask-me-each-time", Verdict.REVIEW),))
UNDERTAKEN = ProfileAnswer(
    Verdict.REVIEW, False, REVIEWED.reasons, (Obligation("DUO:0000029", Status.OUTSTANDING, None, "agrees"),)
)


@pytest.mark.parametrize(
    ("one", "judged", "joins"),
    [
        (REVIEWED, (), False),
        (REVIEWED, ("RS-3",), True),
        (REVIEWED, ("GS-3",), False),
        (ASKED, ("ask-me-each-time-1",), False),
        (UNDERTAKEN, ("RS-3",), False),
    ],
    ids=["not judged", "judged by name", "another was judged", "ask me is never judged", "something is outstanding"],
)
def test_a_review_joins_only_when_the_committee_judged_it_by_name(
    one: ProfileAnswer, judged: tuple[str, ...], joins: bool
) -> None:
    assert one.joins(judged) is joins


def test_numbers_sum_members_and_count_each_rule_once_a_member() -> None:
    denied = ProfileAnswer(Verdict.DENY, False, (Reason("NCU-2", "DUO:0000046", Verdict.DENY),))
    permitted = ProfileAnswer(Verdict.PERMIT, True, (Reason("HMB-37", "DUO:0000006", Verdict.PERMIT),))

    assert numbers([(permitted, 30), (denied, 12), (denied, 3)]) == CohortNumbers(
        45, 30, 0, 15, (ReasonCount("NCU-2", "DUO:0000046", Verdict.DENY, 15),)
    )


@given(*[st.integers(0, 10_000)] * 3)
def test_rounded_parts_add_up_to_the_total_that_is_shown(permit: int, review: int, deny: int) -> None:
    shown = rounded(CohortNumbers(permit + review + deny, permit, review, deny))

    assert shown.total == shown.permit + shown.review + shown.deny
    assert {shown.permit % 10, shown.review % 10, shown.deny % 10} == {0}


def test_two_nearly_equal_counts_cannot_be_subtracted() -> None:
    first, second = (rounded(CohortNumbers(40 + n, 30 + n, 0, 10)) for n in (1, 7))

    assert first == second


@pytest.mark.parametrize(
    ("current", "steps", "at", "was"),
    [
        (IN, [], None, True),
        (OUT, [], None, False),
        (None, [], None, False),
        (IN, [MemberStep(None, IN, 6)], None, False),
        (OUT, [MemberStep(IN, OUT, 6)], None, False),
        (OUT, [MemberStep(IN, OUT, 6)], 5, True),
        (IN, [MemberStep(IN, OUT, 6), MemberStep(OUT, IN, 7)], None, False),
        (OUT, [MemberStep(IN, OUT, None)], None, False),
        (OUT, [MemberStep(IN, OUT, None)], 9, True),
        (IN, [MemberStep(IN, IN, 6)], None, True),
    ],
    ids=[
        "there since the epoch",
        "not permitted",
        "no longer a member",
        "joined after the epoch",
        "left",
        "left later than asked",
        "who leaves comes back only with a new epoch",
        "left, not numbered yet",
        "a row without number is newer than every position",
        "moved to another permitted profile",
    ],
)
def test_a_cohort_only_shrinks_between_epochs(
    current: int | None, steps: list[MemberStep], at: int | None, was: bool
) -> None:
    assert was_in(current=current, steps=steps, epoch=5, at=at, permitted=PERMITTED) is was


@given(st.lists(st.sampled_from([IN, OUT, None]), min_size=1, max_size=8))
def test_nobody_comes_back_at_a_later_position(path: list[int | None]) -> None:
    steps = [MemberStep(before, after, n) for n, (before, after) in enumerate(pairwise(path), start=1)]
    seen = [
        was_in(current=path[-1], steps=steps, epoch=0, at=position, permitted=PERMITTED)
        for position in range(len(steps) + 1)
    ]

    assert seen == sorted(seen, reverse=True)
