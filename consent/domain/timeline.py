"""The ledger of one participant in the order in which it holds, with what each event is allowed to open.

`read` keeps what held on one day as far as it was known on another, finds which answers were confirmed (by
who decides, or by a second person against the evidence), and cuts away what no longer counts: answers from
before a re-joining, an expiry of the whole consent, or the new adult's own first answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from consent.domain.answers import AnswerKey
from consent.domain.conditions import Value
from consent.domain.events import (
    DECIDING,
    Affirmed,
    Ageing,
    CameOfAge,
    Corrected,
    Event,
    Expired,
    Facts,
    GuardianChanged,
    Imported,
    ReJoined,
    Resumed,
    Speaking,
    Verified,
)
from consent.domain.forms import Axis

ADULT = frozenset({"now_adult", "participant"})
"""The roles in which a participant who came of age decides."""


@dataclass(slots=True)
class TimelineEntry:
    """One visible event. `confirmed` are the answers that may open; `whole`: all of the event may."""

    event: Event
    changes: dict[AnswerKey, Value | None] = field(default_factory=dict)
    confirmed: set[AnswerKey] = field(default_factory=set)
    whole: bool = False

    @property
    def pending(self) -> bool:
        """Whether something in it still waits to be confirmed."""
        if self.whole:
            return False
        return self.changes.keys() - self.confirmed != set() or (bool(self.facts) and not self.confirmed)

    @property
    def facts(self) -> Facts:
        """The facts of the record that the event brought."""
        return self.event.facts if isinstance(self.event, Speaking) else ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """All visible entries in order, those whose answers still count, and what did not fit (`flags`)."""

    entries: tuple[TimelineEntry, ...]
    counting: tuple[TimelineEntry, ...]
    came_of_age: CameOfAge | None
    adult_answered: bool
    flags: tuple[str, ...]


def read(events: Iterable[Event], on: datetime, known: datetime) -> Timeline:
    """What held on `on` as known on `known`, in the order in which it holds; the order of `events` does not matter."""
    visible = sorted(
        (event for event in events if event.holds_from <= on and event.recorded_at <= known),
        key=lambda event: (event.holds_from, event.sequence),
    )
    entries: list[TimelineEntry] = []
    flags: list[str] = []
    for event in visible:
        flags += put_after(entries, event, visible)
    return arranged(entries, flags)


def put_after(entries: list[TimelineEntry], event: Event, visible: Iterable[Event] = ()) -> list[str]:
    """Put an event after those that hold before it, and mark what it confirms of them.

    `visible` are all events, whose answers a correction takes back. Returns a flag for each confirmation that does not count.
    """
    entry = _entry(event, visible)
    flags = list(_confirm(entries, entry))
    entries.append(entry)
    return flags


def arranged(entries: Iterable[TimelineEntry], flags: Iterable[str]) -> Timeline:
    """The timeline of entries in their order: what of them still counts."""
    kept = tuple(entries)
    start, came_of_age, answered = _start(kept)
    counting = tuple(
        _of_adult(entry) if came_of_age and number > came_of_age[0] else entry
        for number, entry in enumerate(kept)
        if number >= start
    )
    return Timeline(kept, counting, came_of_age[1] if came_of_age else None, answered, tuple(sorted(set(flags))))


def opens(event: Event) -> bool:
    """Whether the event itself may open something (the table in `events`)."""
    if isinstance(event, Affirmed | ReJoined):
        return event.verified and event.capacity in DECIDING
    return isinstance(event, Imported | Corrected | Resumed | GuardianChanged) and event.verified


def _entry(event: Event, visible: Iterable[Event]) -> TimelineEntry:
    changes: dict[AnswerKey, Value | None] = {}
    if isinstance(event, Corrected):
        for other in visible:
            if other.id in event.targets and isinstance(other, Speaking):
                changes |= {key: None for key, _ in other.answers}
    if isinstance(event, Speaking):
        changes |= dict(event.answers)
    return TimelineEntry(event, changes, whole=opens(event))


def _confirm(entries: list[TimelineEntry], entry: TimelineEntry) -> Iterator[str]:
    """Mark what an event confirms of those before it; yields a flag for each confirmation that does not count."""
    event = entry.event
    before = [other for other in entries if other.event.sequence < event.sequence]
    if isinstance(event, Affirmed) and entry.whole:
        for other in before:
            if not event.targets or other.event.id in event.targets:
                other.confirmed |= {key for key in other.changes if key.decider == event.decider}
    elif isinstance(event, Verified):
        for other in before:
            if other.event.id in event.targets and other.event.actor == event.actor:
                yield f"event {event.sequence} verifies a record of the same person and does not count"
            elif other.event.id in event.targets:
                other.whole = True


def _start(entries: tuple[TimelineEntry, ...]) -> tuple[int, tuple[int, CameOfAge] | None, bool]:
    """Where what counts begins, the coming of age with its place, and whether the new adult has answered."""
    start, came, answered = 0, None, False
    for number, entry in enumerate(entries):
        event = entry.event
        if (isinstance(event, ReJoined) and Axis.NO_USE in event.axes and entry.whole) or (
            isinstance(event, Expired) and not event.items
        ):
            start = number
        elif isinstance(event, CameOfAge):
            came, answered = (number, event), False
            start = number if event.until_answer is Ageing.ENDS else start
        elif came and not answered and isinstance(event, Affirmed) and entry.whole and event.decider in ADULT:
            start, answered = max(start, came[0]), True
    return start, came, answered


def _of_adult(entry: TimelineEntry) -> TimelineEntry:
    """The entry without what anyone but the new adult, or their consultee, decided."""
    adult = ADULT | {"consultee"}
    kept = {key: value for key, value in entry.changes.items() if key.decider in adult}
    return TimelineEntry(entry.event, kept, entry.confirmed, entry.whole)
