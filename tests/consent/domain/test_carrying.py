"""One more event folded from what was carried gives what the whole ledger gives; kinds of every sort, in any order."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.domain.carrying import Carried, carried_from, carry, resume
from consent.domain.events import (
    Ageing,
    CameOfAge,
    Capacity,
    Corrected,
    Died,
    Event,
    Expired,
    GuardianChanged,
    Noted,
    Paused,
    Resumed,
    Verified,
    Withdrawn,
)
from consent.domain.fold import Published, fold, settle
from consent.domain.forms import Axis
from consent.domain.timeline import read
from tests.consent.domain.builders import ADULT, PUBLISHED, Story, day, variant
from tests.consent.domain.test_laws import CONDITION, spoken

NEWER = "newer"
FORMS = {
    **PUBLISHED,
    ADULT: Published(PUBLISHED[ADULT].form, PUBLISHED[ADULT].since, day(25)),
    NEWER: Published(variant(ADULT, "2", research_scope={"on_blank": "incomplete"}), day(5)),
}
ROLES = st.sampled_from(["participant", "now_adult", "guardian", "guardian-2"])
ACTORS = st.sampled_from(["actor-1", "second-person"])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Up to fourteen events: most in the order in which they hold, some from days before."""
    story = Story(forms=dict(FORMS))
    number = 0
    for _ in range(draw(st.integers(1, 14))):
        number += draw(st.sampled_from([0, 1, 2]))
        holds = draw(st.sampled_from([number] * 6 + [max(number - 3, 0)]))
        _happens(draw, story, holds, number)
    return story


def _happens(draw: st.DrawFn, story: Story, number: int, recorded: int) -> None:
    what = draw(
        st.sampled_from(["affirms"] * 4 + ["answers", "answers", "imports", "withdraws", "rejoins", "verifies", "rare"])
    )
    more: dict[str, Any] = {"recorded": recorded, "form": draw(st.sampled_from([ADULT, ADULT, NEWER]))}
    ids = [one.id for one in story.events]
    targets = tuple(draw(st.lists(st.sampled_from(ids), max_size=3))) if ids else ()
    role = draw(ROLES)
    speaking = more | {"key_decider": role, "facts": draw(st.sampled_from([(), CONDITION])), "actor": draw(ACTORS)}
    if what == "affirms":
        mine = draw(st.sampled_from([targets, (f"event-{len(ids) + 1}",)]))
        verified = draw(st.sampled_from([True, True, False]))
        story.affirms(number, draw(spoken()), decider=role, verified=verified, targets=mine, **speaking)
    elif what == "answers":
        story.answers(number, draw(spoken()), capacity=Capacity.CLINICIAN, **speaking)
    elif what == "imports":
        story.imports(number, draw(spoken()), verified=draw(st.booleans()), **speaking)
    elif what == "withdraws":
        story.withdraws(number, *draw(st.lists(st.sampled_from(list(Axis)), max_size=2)), recorded=recorded)
    elif what == "rejoins":
        axes = draw(st.lists(st.sampled_from(list(Axis)), max_size=2))
        story.rejoins(number, draw(spoken()), *axes, decider=role, **speaking, verified=draw(st.booleans()))
    elif what == "verifies" and targets:
        story.add(Verified, number, recorded, targets=targets, actor=draw(ACTORS), capacity=Capacity.COORDINATOR)
    else:
        _rare(draw, story, number, recorded, targets)


def _rare(draw: st.DrawFn, story: Story, number: int, recorded: int, targets: tuple[str, ...]) -> None:
    kind = draw(st.sampled_from([Expired, Paused, Paused, Resumed, CameOfAge, GuardianChanged, Died, Noted, Corrected]))
    verified = {"verified": draw(st.booleans())}
    more: dict[type[Event], dict[str, Any]] = {
        Expired: {"items": draw(st.sampled_from([(), ("commercial_use",), ("repository",)]))},
        Paused: {"reason": draw(st.sampled_from(["", "campaign"])), "until_form": draw(st.sampled_from(["", NEWER]))},
        CameOfAge: {"until_answer": draw(st.sampled_from(list(Ageing)))},
        GuardianChanged: {"deciders": ("guardian-2",), "stands_for": (("guardian-2", "guardian"),)} | verified,
        Resumed: verified,
        Corrected: {"targets": targets, "form": ADULT} | verified,
    }
    story.add(kind, number, recorded, **more.get(kind, {}))


def carried_on(story: Story) -> tuple[int, Carried | None]:
    """Fold event by event as the ledger does; each step is held against the whole. How many steps needed no whole reading."""
    carried, resumed = None, 0
    for number, event in enumerate(story.events, start=1):
        so_far, at = story.events[:number], event.recorded_at
        timeline = resume(carried, event) if carried else None
        resumed += timeline is not None
        whole = read(so_far, at, at)
        effective = settle(timeline or whole, story.forms)
        assert effective.canonical() == fold(so_far, story.forms, at, at).canonical()
        kept = carry(timeline or whole, effective, story.forms)
        assert kept == carry(whole, effective, story.forms)
        carried = carried_from(json.loads(json.dumps(kept.to_json()))) if kept else None
        assert carried == kept
    return resumed, carried


@settings(max_examples=200, deadline=None)
@given(stories())
def test_what_was_carried_gives_what_the_whole_ledger_gives(story: Story) -> None:
    resumed, _carried = carried_on(story)

    note(f"{resumed} of {len(story.events)} resumed")


def test_a_long_history_is_carried_in_as_much_as_there_are_questions() -> None:
    story = Story()
    for number in range(280):
        story.affirms(number, {"take_part": "yes", "commercial_use": "yes" if number % 2 else "no"}, facts=CONDITION)
    story.withdraws(280, Axis.NO_CONTACT)
    story.rejoins(281, {"take_part": "yes"}, Axis.NO_CONTACT)

    resumed, carried = carried_on(story)

    assert resumed == len(story.events) - 1
    assert carried is not None
    assert [one.event.sequence for one in carried.entries] == [280, 282]


def test_what_reaches_behind_what_was_kept_is_told() -> None:
    story = Story()
    said = story.answers(1, {"take_part": "yes"})
    story.affirms(2, {"take_part": "yes", "commercial_use": "yes"})
    story.affirms(3, {"take_part": "yes", "commercial_use": "no"})
    at = story.events[-1].recorded_at
    timeline = read(story.events, at, at)
    carried = carry(timeline, settle(timeline, story.forms), story.forms)
    assert carried is not None

    later = [
        story.add(Withdrawn, 2, 4, axes=(Axis.NO_USE,)),
        story.verifies(4, said),
        story.add(Corrected, 4, targets=(said.id,)),
        story.add(Withdrawn, 4, axes=(Axis.NO_USE,)),
    ]

    assert [resume(carried, replace(one, sequence=4)) is not None for one in later] == [False, False, False, True]
    assert resume(carried, replace(later[-1], sequence=5)) is None
