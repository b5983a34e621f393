"""Signing keys for tests: made once by the real service and then put back, because RSA keys are slow to make."""

from datetime import timedelta

from django.utils import timezone

from governance.models import AuditEvent, SigningKey
from governance.services import keys

_COLUMNS = (
    "kid",
    "use",
    "alg",
    "state",
    "public_jwk",
    "private_encrypted",
    "activated_at",
    "published_until",
)
_rows: list[dict[str, object]] = []
_EVENT = ("at", "kind", "actor", "subject_kind", "subject_id", "detail")
_events: list[dict[str, object]] = []


def standing_keys() -> None:
    """Give every use an active and a next key, both two days old."""
    since = timezone.now() - timedelta(days=2)
    if not _rows:
        keys.ensure(by="tests", now=since)
        _rows.extend(SigningKey.objects.values(*_COLUMNS))
        _events.extend(AuditEvent.objects.filter(subject_kind="key").order_by("pk").values(*_EVENT))
        return
    # With what the audit log holds of them, so that the first test of a run sees no more than every later one.
    AuditEvent.objects.bulk_create(AuditEvent(**{**event, "at": since}) for event in _events)
    for row in _rows:
        begun = {"activated_at": since, "published_until": since + keys.SIGNS_FOR + keys.KEPT_FOR}
        times = begun if row["state"] == SigningKey.State.ACTIVE else {}
        SigningKey.objects.create(**{**row, "created_at": since, **times})
