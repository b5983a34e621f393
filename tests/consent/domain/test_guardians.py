"""Who decides for a child, and what happens when the child comes of age."""

import pytest

from consent.domain.events import (
    Ageing,
    CameOfAge,
    Capacity,
    GuardianChanged,
    Source,
)
from consent.domain.profile import EXCLUDED
from tests.consent.domain.builders import (
    ADULT,
    CHILD,
    HEALTH,
    HEALTH_NO_COMPANIES,
    JOINS,
    Story,
)

CHILD_JOINS = {
    "child_take_part": "yes",
    "research_scope": "health",
    "commercial_use": "yes",
    "repository": {"child": "yes"},
}


def test_of_several_guardians_the_stricter_answer_stands() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    story.answers(1, {"child_assent": "agreed"}, key_decider="child")
    story.affirms(1, decider="child")
    mother_alone = story.data_use(1)
    strict = CHILD_JOINS | {"commercial_use": "no"}
    story.affirms(2, strict, decider="father", capacity=Capacity.GUARDIAN)

    assert mother_alone == HEALTH
    assert story.data_use(2) == HEALTH_NO_COMPANIES


def test_a_guardian_who_must_decide_and_has_not_holds_everything() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    story.add(GuardianChanged, 2, deciders=("father", "mother"), capacity=Capacity.COORDINATOR)

    assert story.data_use(1) == HEALTH
    assert story.data_use(2) is None

    story.affirms(3, CHILD_JOINS, decider="father", capacity=Capacity.GUARDIAN)

    assert story.data_use(3) == HEALTH


def test_a_new_guardian_inherits_only_where_that_was_recorded_and_confirmed() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    change = story.add(
        GuardianChanged,
        2,
        deciders=("aunt",),
        stands_for=(("aunt", "mother"),),
        capacity=Capacity.COORDINATOR,
        verified=True,
    )

    assert change.kind == "guardian_changed"
    assert story.data_use(2) == HEALTH

    story.affirms(3, {"commercial_use": "no"}, decider="aunt", capacity=Capacity.GUARDIAN)

    assert story.data_use(3) == HEALTH_NO_COMPANIES


def test_a_guardian_is_not_dropped_by_an_unconfirmed_record() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    story.affirms(1, CHILD_JOINS | {"commercial_use": "no"}, decider="father", capacity=Capacity.GUARDIAN)
    change = story.add(GuardianChanged, 2, deciders=("mother",), capacity=Capacity.COORDINATOR)

    assert story.data_use(2) == HEALTH_NO_COMPANIES

    story.verifies(3, change)

    assert story.data_use(3) == HEALTH


def test_a_child_who_turns_18_is_paused_until_they_answer() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    story.add(CameOfAge, 2, capacity=Capacity.SYSTEM, source=Source.SYSTEM)
    story.affirms(3, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)

    assert story.data_use(1) == HEALTH
    assert (story.on(3).profile, story.on(3).paused) == (EXCLUDED, ("came of age",))

    story.affirms(4, JOINS, form=ADULT)

    assert story.data_use(4) == HEALTH_NO_COMPANIES
    assert (story.on(4).form, story.on(4).paused) == (ADULT, ())
    assert {one.key.decider for one in story.on(4).standing} == {"participant"}


@pytest.mark.parametrize(("policy", "expected"), [(Ageing.STANDS, HEALTH), (Ageing.ENDS, None)])
def test_what_happens_at_18_is_the_programmes_policy(policy: Ageing, expected: dict[str, object] | None) -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    story.affirms(1, {"child_assent": "agreed"}, decider="child")
    story.add(CameOfAge, 2, until_answer=policy, capacity=Capacity.SYSTEM, source=Source.SYSTEM)

    assert story.data_use(2) == expected


def test_a_child_who_declines_suspends_what_the_parents_allowed() -> None:
    story = Story(form=CHILD)
    story.affirms(1, CHILD_JOINS, decider="mother", capacity=Capacity.GUARDIAN)
    unasked = story.data_use(1)
    story.affirms(2, {"child_assent": "agreed"}, decider="child")
    story.answers(3, {"child_assent": "declined"}, key_decider="child", capacity=Capacity.CLINICIAN)

    assert unasked is None
    assert story.data_use(2) == HEALTH
    assert story.data_use(3) is None
    assert "assent declined: all effects suspended" in story.on(3).flags
