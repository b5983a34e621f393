"""What of a ledger still matters to events that come after it, so that one more event is folded without the others.

`carry` keeps the entries that can still count, without answers that later ones replaced; `resume` puts one event after them.

INVARIANT: `settle(resume(carry(read(events)), event))` is `fold([*events, event])`, byte for byte, and carrying on from what
was carried keeps the same as carrying the whole ledger. Where that is not so, and where an event reaches behind what is kept
(one that held earlier, a correction, a confirmation of what was left out), there is nothing to resume: read the whole ledger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from consent.domain.answers import AnswerKey
from consent.domain.effective import EffectiveConsent
from consent.domain.events import (
    Affirmed,
    Answered,
    CameOfAge,
    Corrected,
    Died,
    Event,
    Expired,
    GuardianChanged,
    Imported,
    Noted,
    Paused,
    ReJoined,
    Resumed,
    Speaking,
    Verified,
    Withdrawn,
    changes_of,
    from_json,
    to_json,
)
from consent.domain.fold import Forms, joins, pauses, signs
from consent.domain.forms import Axis
from consent.domain.timeline import ADULT, Timeline, TimelineEntry, arranged, put_after

_ALWAYS = (CameOfAge, Expired, GuardianChanged)
_DONE = (Noted, Verified)


@dataclass(frozen=True, slots=True)
class Carried:
    """What is kept of a ledger of `events` events, of which the latest held from `latest`."""

    events: int
    latest: datetime
    entries: tuple[TimelineEntry, ...]
    flags: tuple[str, ...]

    @property
    def forms(self) -> frozenset[str]:
        """The form versions that what is kept names."""
        return frozenset(entry.event.form for entry in self.entries if entry.event.form)

    def to_json(self) -> dict[str, Any]:
        """As JSON; `carried_from` reads it back."""
        return {
            "events": self.events,
            "latest": self.latest.astimezone(UTC).isoformat(),
            "entries": [_entry_to_json(entry) for entry in self.entries],
            "flags": list(self.flags),
        }


def carried_from(obj: Mapping[str, Any]) -> Carried:
    """What `to_json` wrote; Invalid where it is something else."""
    entries = tuple(_entry_from_json(one) for one in obj["entries"])
    return Carried(obj["events"], datetime.fromisoformat(obj["latest"]), entries, tuple(obj["flags"]))


def resume(carried: Carried, event: Event) -> Timeline | None:
    """The timeline with one event more; None where what is kept is not enough to tell."""
    if event.sequence != carried.events + 1 or event.holds_from < carried.latest or isinstance(event, Corrected):
        return None
    if isinstance(event, Affirmed | Verified):
        kept = {entry.event.id: entry for entry in carried.entries}
        targets = [one for one in event.targets if one != event.id]
        if not kept.keys() >= set(targets):
            return None
        # Whole from then on, the others would have undone, lifted or cut away what is not kept.
        plain = all(isinstance(kept[one].event, Answered | Imported) for one in targets)
        if isinstance(event, Verified) and not plain:
            return None
    entries = [replace(entry, confirmed=set(entry.confirmed)) for entry in carried.entries]
    flags = put_after(entries, event)
    return arranged(entries, [*carried.flags, *flags])


def carry(timeline: Timeline, effective: EffectiveConsent, forms: Forms) -> Carried | None:
    """What to keep of a timeline that came to `effective`; None where it has to be read whole each time."""
    rejoined = [entry.event for entry in timeline.entries if isinstance(entry.event, ReJoined) and entry.whole]
    if not timeline.entries or not all(joins(event, forms) for event in rejoined if isinstance(event, ReJoined)):
        return None
    needed = {*_said(timeline), *_aged(timeline), *_held(timeline), *(one.sequence for one in effective.axes)}
    kept = []
    for entry in _trimmed(timeline):
        event = entry.event
        if event.sequence in needed or isinstance(event, _ALWAYS) or entry.changes or _open(entry):
            kept.append(_bare(entry, effective))
    return Carried(effective.last, max(one.event.holds_from for one in timeline.entries), tuple(kept), timeline.flags)


def _open(entry: TimelineEntry) -> bool:
    """Whether a later event may still make more of it."""
    event = entry.event
    if entry.whole or isinstance(event, _DONE):
        return False
    if isinstance(event, Answered | Imported):
        return not entry.changes.keys() <= entry.confirmed or bool(event.facts and not entry.confirmed)
    return isinstance(event, Speaking | Resumed)


def _trimmed(timeline: Timeline) -> Iterator[TimelineEntry]:
    """The entries in order, without the settled answers that a later settled one replaced or that count no longer."""
    start = len(timeline.entries) - len(timeline.counting)
    replaced: set[AnswerKey] = set()
    gone: list[set[AnswerKey]] = []
    for counted in reversed(timeline.counting):
        settled = {key for key in counted.changes if counted.whole or key in counted.confirmed}
        gone.append(settled & replaced)
        replaced |= settled
    gone += [set(entry.changes) if entry.whole else entry.confirmed for entry in reversed(timeline.entries[:start])]
    for entry, keys in zip(timeline.entries, reversed(gone), strict=True):
        yield replace(entry, changes={key: value for key, value in entry.changes.items() if key not in keys})


def _said(timeline: Timeline) -> Iterator[int]:
    """The events by which the form version was signed, each fact is known, and before which nothing counts any more."""
    facts: dict[str, int] = {}
    for entry in timeline.entries:
        if entry.whole or entry.confirmed:
            facts |= {name: entry.event.sequence for name, _values in entry.facts}
    yield from facts.values()
    yield from [entry.event.sequence for entry in timeline.counting if signs(entry)][-1:]
    first = timeline.counting[0] if timeline.counting else None
    if first and first.whole and isinstance(first.event, ReJoined) and Axis.NO_USE in first.event.axes:
        yield first.event.sequence


def _held(timeline: Timeline) -> Iterator[int]:
    """The death, and the newest event for each reason for which nothing may be used now."""
    yield from [entry.event.sequence for entry in timeline.entries if isinstance(entry.event, Died)][:1]
    paused: dict[str, int] = {}
    for entry in timeline.entries:
        if isinstance(entry.event, Paused):
            paused[entry.event.reason or "paused"] = entry.event.sequence
    yield from (paused[reason] for reason in pauses(timeline) if reason in paused)


def _aged(timeline: Timeline) -> Iterator[int]:
    """After each coming of age: the first event by which the new adult signed, and the first by which they joined again."""
    awaited: set[type[Event]] = set()
    for entry in timeline.entries:
        event = entry.event
        if isinstance(event, CameOfAge):
            awaited = {Affirmed, ReJoined}
        elif type(event) in awaited and entry.whole and event.decider in ADULT:
            awaited.discard(type(event))
            yield event.sequence


def _bare(entry: TimelineEntry, effective: EffectiveConsent) -> TimelineEntry:
    """The entry without what was read from its event already."""
    event = entry.event
    if isinstance(event, Speaking):
        event = replace(event, answers=(), commitments=())
    if isinstance(event, Affirmed | Corrected):
        event = replace(event, targets=())
    if isinstance(event, Withdrawn):
        standing = {one.axis for one in effective.axes if one.sequence == event.sequence}
        event = replace(event, axes=tuple(axis for axis in event.axes if axis in standing))
    # Where all of it may open, what of it was confirmed besides says nothing more.
    confirmed = set() if entry.whole else entry.confirmed
    return replace(entry, event=replace(event, evidence_sha256="", previous_hash=""), confirmed=confirmed)


def _entry_to_json(entry: TimelineEntry) -> dict[str, Any]:
    said = {name: value for name, value in to_json(entry.event).items() if value not in ("", [], False)}
    return {
        "event": said,
        "changes": [[*key, value] for key, value in sorted(entry.changes.items(), key=lambda pair: pair[0])],
        "confirmed": [list(key) for key in sorted(entry.confirmed)],
        "whole": entry.whole,
    }


def _entry_from_json(obj: Mapping[str, Any]) -> TimelineEntry:
    confirmed = {AnswerKey(*key) for key in obj["confirmed"]}
    return TimelineEntry(from_json(obj["event"]), dict(changes_of(obj["changes"])), confirmed, obj["whole"])
