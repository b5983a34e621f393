"""Writing the audit log. The only door: services call `record` inside the transaction of the change itself."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from governance.domain.errors import NotNow
from governance.domain.events import ANNOUNCED, Kind, Subject
from governance.models import AuditEvent
from governance.record.actors import By, actor_of
from governance.record.outbox import publish_each


def record(kind: Kind, *, by: By, about: Subject, now: datetime, detail: Mapping[str, Any] | None = None) -> AuditEvent:
    """Append one audit event; announce it to the outbox where its kind says so.

    INVARIANT: no audit, no effect. It refuses to run outside a transaction, so that the event and the change are one; where
    the log cannot be written it raises `NotNow`, and the change is undone.
    `detail` holds ids and codes only, never personal data.
    """
    [event] = record_each(kind, [(about, detail or {})], by=by, now=now)
    return event


def record_each(
    kind: Kind, events: Iterable[tuple[Subject, Mapping[str, Any]]], *, by: By, now: datetime
) -> list[AuditEvent]:
    """Append one event of a kind for each subject, with its detail, in one statement; announced as `record` does."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind} was recorded outside a transaction: wrap the service in transaction.atomic")
    rows = [
        AuditEvent(
            at=now,
            kind=kind.value,
            actor=str(actor_of(by)),
            subject_kind=about.kind,
            subject_id=about.id,
            detail=dict(detail),
        )
        for about, detail in events
    ]
    try:
        AuditEvent.objects.bulk_create(rows, batch_size=500)
    except DatabaseError as error:
        raise NotNow("the audit log cannot be written. Nothing was changed: try again later") from error
    if kind in ANNOUNCED:
        publish_each(kind.value, ({"subject": row.subject_id, **row.detail} for row in rows), now=now)
    return rows
