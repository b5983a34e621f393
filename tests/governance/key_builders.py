"""Signing keys for tests: made once by the real service, then put back as they were, because RSA keys are
slow to make.
"""

from datetime import UTC, datetime, timedelta

from governance.models import SigningKey
from governance.services import keys

_rows: list[dict[str, object]] = []


def standing_keys() -> None:
    """Give every use an active and a next key, both some days old."""
    if not _rows:
        keys.ensure(by="tests", now=datetime.now(UTC) - timedelta(days=2))
        _rows.extend(SigningKey.objects.values())
        return
    SigningKey.objects.bulk_create([SigningKey(**row) for row in _rows])
