"""The one sealer: gives each committed audit event its place in the Merkle log, and signs how far the log has come.

Sequence order is not commit order. An event is given the next free place when it is seen committed, by whoever holds the one
lock; an id that was skipped is looked for again until the event comes, or its transaction cannot be open any more.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from governance import keys
from governance.models import AuditEvent, Checkpoint, Leaf, RecordSealer, Subtree
from governance.record import leaves
from governance.record.merkle import EMPTY, Frontier, leaf_hash
from governance.record.notes import CheckpointNote as Statement
from governance.record.notes import sign
from governance.record.tree import STEP, Broken, Tree, place_of

AT_ONCE = 2000
# Signed although nothing happened, so that whoever watches sees that the log lives.
QUIET = timedelta(hours=1)
# Longer than any transaction. What commits later still is found by the daily look at every row.
MISSED_FOR = timedelta(hours=1)
# How long an event may be without a place before somebody has to look why.
LATE = timedelta(minutes=1)
Row = dict[str, Any]


def origin() -> str:
    """The log's name: where it is, without the scheme."""
    return f"{settings.BASE_URL.partition('://')[2].rstrip('/')}/record"


def seal(*, now: datetime) -> int:
    """Seal every event that is committed and has no place yet; returns how many.

    Each piece is one transaction that ends in a signed checkpoint. Where another sealer is at work it has nothing to do.
    """
    RecordSealer.objects.get_or_create(name="audit")
    done = 0
    while sealed := _seal_piece(now):
        done += sealed
        if sealed < AT_ONCE:
            break
    return done


@transaction.atomic
def look_again(*, now: datetime) -> int:
    """Look for events that were passed by, at every row; the next seal takes them. Returns how many. Run it daily."""
    sealer = RecordSealer.objects.select_for_update(no_key=True).filter(name="audit").first()
    if sealer is None:
        return 0
    known = [range(first, last + 1) for first, last, _since in sealer.missing]
    passed = AuditEvent.objects.filter(id__lte=sealer.seen, leaf=None).order_by("id").values_list("id", flat=True)
    found = [pk for pk in passed.iterator() if not any(pk in one for one in known)]
    sealer.missing += [[pk, pk, int(now.timestamp())] for pk in found]
    sealer.save(update_fields=["missing"])
    return len(found)


def waiting(now: datetime) -> int:
    """How many events have waited for their place longer than a minute: an alarm."""
    sealer = RecordSealer.objects.filter(name="audit").first()
    events = AuditEvent.objects.filter(at__lt=now - LATE)
    return events.filter(id__gt=sealer.seen if sealer else 0).count()


@transaction.atomic
def _seal_piece(now: datetime) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    sealer = RecordSealer.objects.select_for_update(no_key=True, skip_locked=skip).filter(name="audit").first()
    if sealer is None:
        return 0
    last = Checkpoint.objects.first()
    events = [*_late(sealer), *_new(sealer)]
    if not events and last is not None and now - last.at < QUIET:
        return 0
    frontier = _signed_frontier(sealer, last)
    _append(frontier, events)
    _look_on(sealer, [event["id"] for event in events], now)
    sealer.size, sealer.signed = frontier.size, sealer.signed + 1
    sealer.save(update_fields=["size", "signed", "seen", "missing"])
    _sign(frontier, sealer.signed, now.replace(microsecond=0))
    return len(events)


def _new(sealer: RecordSealer) -> list[Row]:
    events = AuditEvent.objects.filter(id__gt=sealer.seen).order_by("id")
    return list(events.values(*leaves.COLUMNS)[:AT_ONCE])


def _late(sealer: RecordSealer) -> Iterator[Row]:
    """Events under ids that were missing, and are there now."""
    for at in range(0, len(sealer.missing), 100):
        wanted = Q()
        for first, last, _since in sealer.missing[at : at + 100]:
            wanted |= Q(id__range=(first, last))
        yield from AuditEvent.objects.filter(wanted).order_by("id").values(*leaves.COLUMNS)


def _signed_frontier(sealer: RecordSealer, last: Checkpoint | None) -> Frontier:
    """The right edge of the stored tree. INVARIANT: nothing is signed that does not continue what was signed last."""
    frontier = Frontier.read(sealer.size, Tree().read)
    signed = (last.number, last.size, bytes(last.root)) if last else (0, 0, EMPTY)
    if (
        signed != (sealer.signed, frontier.size, frontier.root())
        or Leaf.objects.filter(index__gte=sealer.size).exists()
    ):
        raise Broken(f"the log of {sealer.size} leaves is not the one that was signed last: run `manage.py verify`")
    return frontier


def _append(frontier: Frontier, events: Iterable[Row]) -> None:
    rows, above = [], []
    for event in events:
        hashed = leaf_hash(leaves.encoded(leaves.content(leaves.VERSION, event)))
        rows.append(Leaf(index=frontier.size, event_id=event["id"], version=leaves.VERSION, hash=hashed))
        for level, index, whole in frontier.append(hashed):
            if level and level % STEP == 0:
                above.append(Subtree(place=place_of(level, index), hash=whole))
    Leaf.objects.bulk_create(rows, batch_size=1000)
    Subtree.objects.bulk_create(above, batch_size=1000)


def _look_on(sealer: RecordSealer, sealed: Sequence[int], now: datetime) -> None:
    """Strike what was found off the missing ids, forget what cannot come any more, and add what was skipped now."""
    found = set(sealed)
    moment = int(now.timestamp())
    oldest = moment - int(MISSED_FOR.total_seconds())
    missing: list[list[int]] = []
    for first, last, since in sealer.missing:
        if since > oldest:
            inside = sorted(pk for pk in found if first <= pk <= last)
            missing += [[*gap, since] for gap in _gaps(first - 1, [*inside, last + 1])]
    new = sorted(pk for pk in found if pk > sealer.seen)
    missing += [[*gap, moment] for gap in _gaps(sealer.seen, new)]
    sealer.missing, sealer.seen = missing, max([sealer.seen, *new])


def _gaps(before: int, ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The ranges between ids that rise."""
    for pk in ids:
        if pk > before + 1:
            yield before + 1, pk - 1
        before = pk


def _sign(frontier: Frontier, number: int, at: datetime) -> None:
    kid, private = keys.log_key()
    statement = Statement(origin(), frontier.size, frontier.root())
    note = sign(statement, private, at=int(at.timestamp()))
    Checkpoint.objects.create(number=number, size=statement.size, root=statement.root, at=at, kid=kid, note=note)
