"""Leases: what one process at a time does, of all processes on all machines, by a row that says who and until when.

A process that is killed leaves its lease to the next when it is over. Times are the database's, so that a machine whose
clock is wrong neither keeps a lease nor takes one away.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from uuid import uuid4

from django.db import Error, connection, connections
from django.utils import timezone

from governance.models import Lease


@cache
def _of(pid: int) -> str:
    return f"{socket.gethostname()[:40]}:{pid}:{uuid4().hex[:8]}"


def myself() -> str:
    """The name of this process among all that may hold a lease."""
    return _of(os.getpid())


def take(name: str, holder: str, seconds: float, now: datetime | None = None) -> bool:
    """Take the lease if it is free or over, or hold it on if it is the holder's; whether it is theirs now."""
    moment = now or _database_now()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Lease._meta.db_table} (name, holder, until) VALUES (%s, %s, %s) "  # noqa: S608  our own table
            "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
            f"WHERE {Lease._meta.db_table}.holder = excluded.holder OR {Lease._meta.db_table}.until <= %s",
            [name, holder, *_adapted(moment + timedelta(seconds=seconds), moment)],
        )
        return int(cursor.rowcount) == 1


def release(name: str, holder: str) -> None:
    """Leave the lease to the next at once."""
    Lease.objects.filter(name=name, holder=holder).delete()


@contextmanager
def kept(name: str, holder: str, seconds: float) -> Iterator[None]:
    """Hold a lease on for as long as the block takes, by a thread of its own."""
    ended = threading.Event()

    def hold_on() -> None:
        while not ended.wait(seconds / 3):
            try:
                take(name, holder, seconds)
            except Error:
                connections.close_all()
        connections.close_all()

    thread = threading.Thread(target=hold_on, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _database_now() -> datetime:
    """The database's clock; SQLite has none of its own and shares ours."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def _adapted(*moments: datetime) -> list[str | None]:
    """Moments as this database stores them."""
    return [connection.ops.adapt_datetimefield_value(one) for one in moments]
