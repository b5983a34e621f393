"""Writing the audit log. The only door: services call `record` inside the transaction of the change itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from governance.domain.errors import NotNow
from governance.domain.events import ANNOUNCED, Kind, Subject
from governance.models import AuditEvent, User
from governance.outbox import publish

SYSTEM = "system"


def actor_name(by: User | str) -> str:
    """What the log calls who acted: a person's opaque subject, or `system:<what>`; never a name."""
    return by.subject if isinstance(by, User) else f"{SYSTEM}:{by}"


def record(
    kind: Kind, *, by: User | str, about: Subject, now: datetime, detail: Mapping[str, Any] | None = None
) -> AuditEvent:
    """Append one audit event; announce it to the outbox where its kind says so.

    INVARIANT: no audit, no effect. It refuses to run outside a transaction, so that the event and the change are one; where
    the log cannot be written it raises `NotNow`, and the change is undone.
    `detail` holds ids and codes only, never personal data.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind} was recorded outside a transaction: wrap the service in transaction.atomic")
    try:
        event = AuditEvent.objects.create(
            at=now,
            kind=kind.value,
            actor=actor_name(by),
            subject_kind=about.kind,
            subject_id=about.id,
            detail=dict(detail or {}),
        )
    except DatabaseError as error:
        raise NotNow("the audit log cannot be written. Nothing was changed: try again later") from error
    if kind in ANNOUNCED:
        publish(kind.value, {"subject": about.id, **event.detail}, now=now)
    return event
