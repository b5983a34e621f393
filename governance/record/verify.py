"""Whether the sealed record stands: events as they were sealed, in their places, under roots that were signed and kept.

Reads the whole log once, in the order of its leaves. Part of `manage.py verify`; nothing is changed. What it rests on is the
signature of the newest checkpoint, whose private half no row holds in the clear, and what a witness outside keeps.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from governance import keys
from governance.domain.findings import Finding
from governance.models import AuditEvent, Checkpoint, Leaf, RecordSealer, SigningKey, Subtree
from governance.record import leaves, notes, proofs
from governance.record.merkle import EMPTY, Frontier, leaf_hash
from governance.record.sealer import LATE, origin
from governance.record.tree import STEP, place_of
from governance.selectors.audit import each, pieces, streamed

# An import tells one moment in all that it records, and clocks are wrong; events of another day were put in between.
APART = timedelta(days=1)


def findings(*, now: datetime, witnessed: Iterable[str] = ()) -> Iterator[Finding]:
    """Everything in which the record differs from what was sealed. `witnessed` are notes that somebody outside kept."""
    kept = list(witnessed)
    log = _Log(wanted=[size for note in kept if (size := _size(note)) is not None])
    yield from each(log.read(), _signed(log), _kept(log, kept), _unsealed(now), _keys())


class _Log:
    """The log as it is read: the root at each size that somebody named, and each subtree that must be kept."""

    def __init__(self, wanted: Iterable[int]) -> None:
        self.frontier = Frontier()
        self.roots: dict[int, bytes] = {0: EMPTY}
        self._signed: dict[int, datetime] = {}
        for size, at in Checkpoint.objects.order_by("number").values_list("size", "at").iterator():
            self._signed.setdefault(size, at)
        self._wanted = {*wanted, *self._signed}
        self._above: dict[int, bytes] = {}
        self._since: datetime | None = None

    def read(self) -> Iterator[Finding]:
        rows = Leaf.objects.order_by("index").values("index", "event_id", "version", "hash")
        for piece in pieces(rows.iterator(chunk_size=1000), 1000):
            events = AuditEvent.objects.filter(pk__in=[leaf["event_id"] for leaf in piece]).values(*leaves.COLUMNS)
            by_id = {event["id"]: event for event in events}
            for leaf in piece:
                yield from self._leaf(leaf, by_id.get(leaf["event_id"]))
        yield from self._stored()

    def _leaf(self, leaf: Mapping[str, Any], event: Mapping[str, Any] | None) -> Iterator[Finding]:
        if leaf["index"] != self.frontier.size:
            yield Finding(4, f"leaf {leaf['index']}", f"stands where leaf {self.frontier.size} should")
        if event is None:
            yield Finding(4, f"event {leaf['event_id']}", "has a place in the log and is not there")
        elif _hash(leaf["version"], event) != bytes(leaf["hash"]):
            yield Finding(4, f"event {leaf['event_id']}", "is not as it was sealed")
        elif self._since and event["at"] < self._since - APART:
            yield Finding(
                4, f"event {leaf['event_id']}", f"was put in after {self._since:%Y-%m-%d}, and tells of a day before"
            )
        for level, index, whole in self.frontier.append(bytes(leaf["hash"])):
            if level and level % STEP == 0:
                self._above[place_of(level, index)] = whole
        size = self.frontier.size
        if size in self._wanted:
            self.roots[size] = self.frontier.root()
            self._since = self._signed.get(size, self._since)

    def _stored(self) -> Iterator[Finding]:
        stored = {place: bytes(hashed) for place, hashed in Subtree.objects.values_list("place", "hash").iterator()}
        for place in sorted(stored.keys() | self._above.keys()):
            if stored.get(place) != self._above.get(place):
                yield Finding(4, f"subtree {place & (1 << 48) - 1} of level {place >> 48}", "is not that of its leaves")


def _hash(version: int, event: Mapping[str, Any]) -> bytes:
    try:
        return leaf_hash(leaves.encoded(leaves.content(version, event)))
    except (KeyError, ValueError, TypeError):
        return b""


# --- What was signed --------------------------------------------------------------------------------------------------
def _signed(log: _Log) -> Iterator[Finding]:
    """Each checkpoint holds what its note says, and says what the log is; none is missing."""
    known = {row.kid: proofs.keys_of(row) for row in SigningKey.objects.filter(use=SigningKey.Use.LOG)}
    number, size, at, wrong = 0, 0, None, False
    for points in streamed(Checkpoint.objects.all()):
        for point in points:
            number += 1
            if point.number != number or point.size < size or (at and point.at < at):
                yield Finding(4, f"checkpoint {point.number}", f"does not follow that of {size} leaves")
            number, size, at = point.number, point.size, point.at
            if not _as_signed(point, known.get(point.kid, ())):
                yield Finding(4, f"checkpoint {point.number}", "is not what its key signed")
            if not wrong and log.roots.get(size) != bytes(point.root):
                wrong = True
                yield Finding(
                    4, f"checkpoint {point.number}", f"names a root that the log of {size} leaves does not have"
                )
    sealer = RecordSealer.objects.filter(name="audit").first() or RecordSealer()
    last = Leaf.objects.aggregate(last=Max("event_id"))["last"] or 0
    told = (sealer.size, sealer.signed, sealer.seen)
    if told != (log.frontier.size, number, last) or size != log.frontier.size:
        yield Finding(
            4, "the log", f"has {log.frontier.size} leaves, {size} are signed, and its sealer gave {sealer.size}"
        )


def _as_signed(point: Checkpoint, own: tuple[notes.Key, ...]) -> bool:
    try:
        opened = notes.open_note(point.note, own)
    except notes.NotANote:
        return False
    says = notes.CheckpointNote(origin(), point.size, bytes(point.root))
    timed = {point.at.timestamp()} == set(opened.at.values())
    return opened.checkpoint == says and opened.signed == own and timed and len(point.note.splitlines()) == 6


# --- What is kept elsewhere -------------------------------------------------------------------------------------------
def _kept(log: _Log, kept: Iterable[str]) -> Iterator[Finding]:
    """The log continues every checkpoint that a witness holds."""
    own = [key for _row, *both in proofs.public_keys() for key in both]
    for note in kept:
        try:
            point = notes.open_note(note, own).checkpoint
        except notes.NotANote as error:
            yield Finding(4, "a witnessed checkpoint", f"is none of this log: {error}")
            continue
        about = f"the witnessed checkpoint of {point.size} leaves"
        if point.size > log.frontier.size:
            yield Finding(4, about, f"is ahead of the log, which has {log.frontier.size}: the log was put back")
        elif log.roots.get(point.size) != point.root:
            yield Finding(4, about, "has another root than the log: the log was rewritten")


def _size(note: str) -> int | None:
    try:
        return notes.read_checkpoint(note).size
    except notes.NotANote:
        return None


# --- What stands beside it --------------------------------------------------------------------------------------------
def _unsealed(now: datetime) -> Iterator[Finding]:
    late = AuditEvent.objects.filter(leaf__isnull=True, at__lt=now - LATE).order_by("id")
    ids = list(late.values_list("id", flat=True)[:1000])
    if ids:
        many = f"{len(ids)}{' or more' if len(ids) == 1000 else ''}"
        yield Finding(
            4, f"event {ids[0]}", f"has no place in the log after a minute ({many} have none): does the worker run?"
        )


def _keys() -> Iterator[Finding]:
    """The public half of each key belongs to the private one that is wrapped with a secret that no row holds."""
    for row in SigningKey.objects.exclude(private_encrypted="").order_by("kid"):
        if not keys.fits(row):
            yield Finding(4, f"key {row.kid}", "has a public half that is not of its private one")
