"""A small record that is sealed: events as the services write them, places, checkpoints, and what its owner could do to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from governance.domain.events import Kind, Subject
from governance.models import AuditEvent
from governance.record import append_only, audit, sealer
from tests.acting import TESTS

NOW = timezone.now().replace(microsecond=0)
_numbers = count(1)


def happened(times: int = 1, at: datetime = NOW) -> list[AuditEvent]:
    """So many events of the audit log."""
    with transaction.atomic():
        events = [
            (Subject("key", f"key-{next(_numbers)}"), {"use": "log", "alg": "RS256", "public": ""})
            for _time in range(times)
        ]
        return audit.record_each(Kind.KEY_CREATED, events, by=TESTS, now=at)


def sealed(*pieces: int, since: datetime = NOW) -> datetime:
    """So many events, each piece under a checkpoint of its own, three days apart; returns when the last was signed."""
    at = since
    for number, events in enumerate(pieces):
        at = since + timedelta(days=3 * number)
        happened(events, at=at)
        sealer.seal(now=at)
    return at


@contextmanager
def by_the_owner() -> Iterator[None]:
    """With the triggers of the tables put aside. PostgreSQL wants what waits for the end of a transaction checked before."""
    connection.check_constraints()
    append_only.lift(plan=["the owner"])
    yield
    connection.check_constraints()
    append_only.install()


def run(sql: str, *values: Any) -> int:
    """A statement of the owner; how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def put(row: models.Model, name: str, value: Any) -> int:
    """Another value in one column of a row, by a statement that knows nothing of the platform."""
    options: Any = row._meta
    column = options.get_field(name)
    written = column.get_db_prep_save(value, connection)
    key = options.pk.get_db_prep_save(row.pk, connection)
    return run(f'UPDATE "{options.db_table}" SET "{column.column}" = %s WHERE "{options.pk.column}" = %s', written, key)
