"""How rows are spoilt beside the platform, and what `verify` says of most of them."""

from collections.abc import Callable
from datetime import timedelta

from django.db import connection, models

from governance.models import (
    AuditEvent,
)
from tests.access.tour import LATER, Toured

# All visas of the tour end an hour after it.
SOON = LATER + timedelta(minutes=10)
REWRITTEN = "is not as the audit log covers it: it was changed beside the platform"
GONE = "stands in the audit log and is not there"
Spoil = Callable[[Toured], object]


def events(kind: str) -> models.QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(kind=kind)


def removed(rows: models.QuerySet[models.Model]) -> None:
    """Rows that are simply not there any more, whatever points to them."""
    ids = list(rows.values_list("pk", flat=True))
    assert ids
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for pk in ids:
            key = pk.hex if connection.vendor == "sqlite" and hasattr(pk, "hex") and not isinstance(pk, float) else pk
            cursor.execute(
                f'DELETE FROM "{rows.model._meta.db_table}" WHERE "{rows.model._meta.pk.column}" = %s', [key]
            )


def changed(rows: models.QuerySet[models.Model], **values: object) -> None:
    assert rows.update(**values)
