"""The ledger's bulk door: answers of many participants, each an event in a chain of its own, by the rules of `record_answers`.

A file is as many transactions as it has chunks, so that a participant who withdraws waits for one chunk at most. A chunk locks
its participants, judges and folds each alone, and writes what passed in sets: its statements do not grow with its lines.
INVARIANT: but for the audit log it leaves what `record_answers` leaves one at a time; the log has one event for each chunk,
which names its events by the root over their hashes.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction

from consent import vault
from consent.domain.events import DECIDING, Capacity, Source
from consent.models import ConsentEvent, Member, Programme
from consent.selectors.ledger import event_of, versions_of
from consent.services import carried, states
from consent.services.appending import LedgerPlace, entered, take_places
from consent.services.carried import Advanced
from consent.services.cohorts import Move, enter_moves
from consent.services.coordinators import require_coordinator
from consent.services.recording import SaidEvent, Saying, require_decider, say
from governance.domain.errors import DuologueError, NotThere
from governance.domain.events import Kind, Subject
from governance.duo.reading import InvalidUse
from governance.record import audit
from governance.record.actors import By
from governance.record.seals import root
from governance.returning import update_each

AT_ONCE = 25
"""Participants of one transaction: what a withdrawal beside it waits for at most, some 45 ms of work (`docs/speed.md`)."""


@dataclass(frozen=True, slots=True)
class SaidLine:
    """What one participant said, under the number by which whoever gave it knows it."""

    number: int
    participant_id: str
    saying: Saying


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """What became of a line: its event, or why there is none."""

    number: int
    event: ConsentEvent | None
    says: str = ""


class RecordingStopped(Exception):
    """Recording ended half way: the lines before `number` are recorded or refused as `results` say, the others are not."""

    def __init__(self, results: list[RecordedLine], number: int) -> None:
        super().__init__(f"recording stopped before line {number}; what became of the lines before it stands")
        self.results = results
        self.number = number


@dataclass(slots=True)
class _JudgedLine:
    """A line that may be recorded, and what it comes to."""

    line: SaidLine
    place: LedgerPlace
    said: SaidEvent
    advanced: Advanced | None


def record_many(
    *, programme: Programme, lines: Sequence[SaidLine], by: By, capacity: str, source: str, now: datetime
) -> list[RecordedLine]:
    """Record what many participants of a programme said; returns what became of each line, in their order.

    A line that is refused stops no other. Several lines of one participant are recorded in their order. Raises NotAllowed for
    who may record nothing here, and `RecordingStopped` where a chunk could not be entered.
    """
    if Capacity(capacity) not in DECIDING:
        require_coordinator(by, programme)
    results: list[RecordedLine] = []
    for chunk in _chunks(lines):
        try:
            results += _record(programme, chunk, by, Capacity(capacity), Source(source), now)
        except Exception as error:
            raise RecordingStopped(results, chunk[0].number) from error
    return results


def _chunks(lines: Iterable[SaidLine]) -> Iterator[list[SaidLine]]:
    """So many lines at once, of each participant one: a second line follows what the first one left."""
    chunk: dict[str, SaidLine] = {}
    for line in lines:
        if line.participant_id in chunk or len(chunk) == AT_ONCE:
            yield list(chunk.values())
            chunk = {}
        chunk[line.participant_id] = line
    if chunk:
        yield list(chunk.values())


@transaction.atomic
def _record(
    programme: Programme, lines: list[SaidLine], by: By, capacity: Capacity, source: Source, now: datetime
) -> list[RecordedLine]:
    places = take_places(programme, [line.participant_id for line in lines], by)
    refused: dict[int, str] = {}
    judged: list[_JudgedLine] = []
    for line in lines:
        try:
            place = _place(places, line, capacity)
            said = say(place, line.saying, by=by, capacity=capacity, source=source, now=now)
        except DuologueError as error:
            refused[line.number] = error.message
            continue
        judged.append(
            _JudgedLine(line, place, said, carried.resume_from(place.state, said.event, line.saying.form_version))
        )
    passed = [one for one, why in _folded(programme, judged) if not _note(refused, one, why)]
    events = _write(programme, passed, by, now) if passed else {}
    return [RecordedLine(line.number, events.get(line.number), refused.get(line.number, "")) for line in lines]


def _place(places: Mapping[str, LedgerPlace], line: SaidLine, capacity: Capacity) -> LedgerPlace:
    if line.participant_id not in places:
        raise NotThere("there is no such participant in this programme")
    place = places[line.participant_id]
    if not place.whole:
        raise carried.broken()
    if capacity in DECIDING:
        require_decider(place, capacity)
    return place


def _note(refused: dict[int, str], one: _JudgedLine, why: str) -> bool:
    if why:
        refused[one.line.number] = why
    return bool(why)


def _folded(programme: Programme, judged: list[_JudgedLine]) -> Iterator[tuple[_JudgedLine, str]]:
    """Each line with what stands after it; else why it is refused. Whole ledgers, where one is needed, are read together."""
    behind = [one.line.participant_id for one in judged if one.advanced is None]
    rows = ConsentEvent.objects.filter(participant__in=behind).order_by("participant_id", "sequence") if behind else ()
    ledgers = {key: list(group) for key, group in groupby(rows, key=lambda row: row.participant_id)}
    versions = versions_of(programme) if behind else {}
    for one in judged:
        event = one.said.event
        try:
            if one.advanced is None:
                before = [event_of(row) for row in ledgers.get(event.participant, ())]
                one.advanced = carried.whole([*before, event], versions, event.recorded_at)
            one.said.refuse_wider(one.advanced.effective)
        except DuologueError as error:
            yield one, error.message
        except InvalidUse as error:
            yield one, f"{error.field}: {error.message}"
        else:
            yield one, ""


def _write(programme: Programme, passed: list[_JudgedLine], by: By, now: datetime) -> dict[int, ConsentEvent]:
    # A batch is named by its first event.
    batch = uuid.UUID(passed[0].said.event.id)
    rows = [entered(one.said.event, one.line.saying.form_version, batch) for one in passed]
    ConsentEvent.objects.bulk_create(rows)
    kept = [
        states.KeptState(row.participant_id, one.advanced.effective, row.hash, row.recorded_at, one.advanced.kept)
        for one, row in zip(passed, rows, strict=True)
        if one.advanced is not None
    ]
    profiles = states.keep_all(kept)
    vault.keep_words_of(
        {one.line.participant_id: {digest: words for _item, digest, words in one.said.words} for one in passed},
        now=now,
    )
    detail = {"batch": str(batch), "events": len(rows), "root": events_root(rows)}
    told = [audit.Told(Kind.CONSENTS_RECORDED, Subject("programme", programme.slug), detail)]
    told += enter_moves(moves=_moves(passed, profiles), now=now)
    audit.record_all(told, by=by, now=now)
    return {one.line.number: row for one, row in zip(passed, rows, strict=True)}


def _moves(passed: list[_JudgedLine], profiles: Mapping[str, int]) -> list[Move]:
    """Give every standing membership of those whose profile changed the new one."""
    before = {one.line.participant_id: one.place.state.profile_id for one in passed}
    changed = {one: profiles[one] for one in before if profiles[one] != before[one]}
    moved = update_each(
        Member,
        {participant: {"profile": profile} for participant, profile in changed.items()},
        key="participant",
        only="t.profile_id IS NOT NULL",
        returning=["participant", "dataset", "id"],
    )
    order = {participant: place for place, participant in enumerate(before)}
    return [
        Move(member, dataset, before[participant], changed[participant])
        for participant, dataset, member in sorted(moved, key=lambda row: (order[row[0]], *row[1:]))
    ]


def events_root(rows: Iterable[ConsentEvent]) -> str:
    """The root by which the audit event of a batch covers its events."""
    return root(row.hash for row in rows)
