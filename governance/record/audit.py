"""Writing the audit log. The only door: services call `record` inside the transaction of the change itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from governance.domain.errors import NotNow
from governance.domain.event_shapes import faults
from governance.domain.events import ANNOUNCED, Kind, Subject
from governance.models import AuditEvent
from governance.record.actors import By, actor_of
from governance.record.outbox import publish_all


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be recorded of one subject."""

    kind: Kind
    about: Subject
    detail: Mapping[str, Any]


def record(kind: Kind, *, by: By, about: Subject, now: datetime, detail: Mapping[str, Any] | None = None) -> AuditEvent:
    """Append one audit event; announce it to the outbox where its kind says so.

    INVARIANT: no audit, no effect. It refuses to run outside a transaction, so that the event and the change are one; where
    the log cannot be written it raises `NotNow`, and the change is undone.
    `detail` holds ids and codes only, never personal data, in the shape of its kind (`governance.domain.event_shapes`);
    raises `ValueError` for any other.
    """
    [event] = record_all([Told(kind, about, detail or {})], by=by, now=now)
    return event


def record_each(
    kind: Kind, events: Iterable[tuple[Subject, Mapping[str, Any]]], *, by: By, now: datetime
) -> list[AuditEvent]:
    """Append one event of a kind for each subject, with its detail, in one query; announced as `record` does."""
    return record_all([Told(kind, about, detail) for about, detail in events], by=by, now=now)


def record_all(told: Iterable[Told], *, by: By, now: datetime) -> list[AuditEvent]:
    """Append these events in their order in one query, and announce those whose kind says so in another."""
    actor = str(actor_of(by))
    rows = [
        AuditEvent(
            at=now,
            kind=one.kind.value,
            actor=actor,
            subject_kind=one.about.kind,
            subject_id=one.about.id,
            detail=_shaped(one.kind, one.detail),
        )
        for one in told
    ]
    if not connection.in_atomic_block:
        kinds = ", ".join(sorted({row.kind for row in rows}))
        raise RuntimeError(f"{kinds} was recorded outside a transaction: wrap the service in transaction.atomic")
    try:
        AuditEvent.objects.bulk_create(rows, batch_size=500)
    except DatabaseError as error:
        raise NotNow("the audit log cannot be written. Nothing was changed: try again later") from error
    publish_all(
        [(row.kind, {"subject": row.subject_id, **row.detail}) for row in rows if row.kind in ANNOUNCED], now=now
    )
    return rows


def _shaped(kind: Kind, detail: Mapping[str, Any]) -> dict[str, Any]:
    """The detail as it is stored. A row of the log cannot be mended, so what has not the shape of its kind is refused."""
    wrong = faults(kind, detail)
    if wrong:
        raise ValueError(f"the detail of {kind} is not as declared: {'; '.join(wrong)}")
    return dict(detail)
