"""The audit log as it is read beside the tables that it tells of: in pieces, so that cost and memory stay bounded."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from django.db import DatabaseError, connection, transaction
from django.db.models import Model, QuerySet

from governance.domain.events import Kind
from governance.domain.findings import Finding
from governance.models import AuditEvent

AT_ONCE = 500
Row = TypeVar("Row", bound=Model)
One = TypeVar("One")


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything inside as it stood at one moment, beside whatever is written meanwhile; nothing can be written.

    Inside a transaction that is open already (a test) it is that transaction's view.
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "sqlite":
        with _reading_on_sqlite(), transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _reading_on_sqlite() -> Iterator[None]:
    # A deferred transaction is a snapshot from its first SELECT on, and holds up no writer as IMMEDIATE would.
    connection.ensure_connection()
    sqlite: Any = connection  # of SQLite alone, and not in the stubs: `transaction_mode`
    mode = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        sqlite.transaction_mode = mode
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")


def pieces(rows: Iterable[One], size: int = AT_ONCE) -> Iterator[list[One]]:
    """The same rows, so many at a time."""
    left = iter(rows)
    while piece := list(islice(left, size)):
        yield piece


def streamed(rows: QuerySet[Row], size: int = AT_ONCE) -> Iterator[list[Row]]:
    """The rows of a query in the order of their keys, so many at a time, with what the query prefetches."""
    return pieces(rows.order_by("pk").iterator(chunk_size=size), size)


def trails(subject: str, ids: Collection[str], kinds: Collection[Kind] = ()) -> dict[str, list[AuditEvent]]:
    """What the log tells about each of these subjects, oldest first."""
    events = AuditEvent.objects.filter(subject_kind=subject, subject_id__in=ids)
    if kinds:
        events = events.filter(kind__in=kinds)
    found: dict[str, list[AuditEvent]] = {one: [] for one in ids}
    for event in events.order_by("id"):
        found[event.subject_id].append(event)
    return found


def page_of(about: str, before: int | None, size: int) -> list[AuditEvent]:
    """The newest events, so many at most: of one subject (`kind:id`) where it is named, older than a key where one is given."""
    events = AuditEvent.objects.order_by("-id")
    kind, colon, name = about.partition(":")
    if colon:
        events = events.filter(subject_kind=kind, subject_id=name)
    if before is not None:
        events = events.filter(pk__lt=before)
    return list(events[:size])


def newest_seal(trail: Iterable[AuditEvent]) -> str | None:
    """The hash that the newest event which holds one gives for its subject's row."""
    held = [event.detail["seal"] for event in trail if "seal" in event.detail]
    return held[-1] if held else None


def subjects_of(kind: Kind) -> Iterator[list[str]]:
    """Everything that an event of this kind is about, each once, in pieces."""
    ids = AuditEvent.objects.filter(kind=kind).order_by("subject_id").values_list("subject_id", flat=True).distinct()
    return pieces(ids.iterator(chunk_size=AT_ONCE))


def each(*checks: Iterator[Finding]) -> Iterator[Finding]:
    """What every check finds. One that meets a row it cannot read says so, and the others go on."""
    for check in checks:
        try:
            yield from check
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a spoilt row raises is a finding
            name = getattr(check, "__name__", "rows").strip("_").replace("_", " ")
            yield Finding(3, f"the check of {name}", f"could not be carried to its end: {type(error).__name__}")
