"""Small worlds, made once by the real services and from then on put back row by row.

A world costs some hundreds of statements; its rows cost one for each table. `made_once` keeps what the first call with the same
arguments wrote into an empty database, and what it returned; a later call in an empty database writes the same rows and every
call returns fresh copies of the same objects, so that no test sees what another did. In a database that already holds something
the world is made anew.

Only calls within the same minute of the clock share a world: rows hold moments, and a test that stops the clock wants its own.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from tests.rsa_keys import keys

P = ParamSpec("P")
Made = TypeVar("Made")
# Filled while tables are made, and the same in every test.
STANDING = {"django_content_type", "auth_permission"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the rows that a world has there, as the driver reads and writes them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def put_back(self) -> None:
        """Write all rows by one statement."""
        columns = ", ".join(map(connection.ops.quote_name, self.columns))
        row = f"({', '.join(['%s'] * len(self.columns))})"
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {connection.ops.quote_name(self.name)} ({columns}) VALUES {', '.join([row] * len(self.rows))}",
                [value for one in self.rows for value in one],
            )


@dataclass(frozen=True, slots=True)
class Kept:
    """A world: its rows, what made it returned, and how many of the run's RSA keys were taken with it."""

    tables: list[Table]
    made: bytes
    keys_taken: int

    def put_back(self) -> None:
        """Let the database, which is empty, hold the world."""
        with transaction.atomic():
            for table in self.tables:
                table.put_back()
            if connection.vendor == "postgresql":
                self._count_on()
        keys.taken = self.keys_taken

    def _count_on(self) -> None:
        """Let the next key of each table follow those that stand, as if they had been given just now."""
        asked, values = [], []
        for table in self.tables:
            if table.columns[0] == "id" and isinstance(table.rows[0][0], int):
                asked.append("setval(pg_get_serial_sequence(%s, 'id'), %s)")
                values += [connection.ops.quote_name(table.name), max(row[0] for row in table.rows)]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(asked)}", values)


_kept: dict[tuple[Any, ...], Kept] = {}
_made_anew = ContextVar("_made_anew", default=False)


@contextmanager
def made_anew() -> Iterator[None]:
    """Inside, worlds are made by the services though they are kept: for tests of how these write."""
    before = _made_anew.set(True)
    yield
    _made_anew.reset(before)


def made_once(make: Callable[P, Made]) -> Callable[P, Made]:
    """Let a function that makes a world make each world once."""

    @wraps(make)
    def stand(*args: P.args, **kwargs: P.kwargs) -> Made:
        if _made_anew.get() or held_tables():
            return make(*args, **kwargs)
        minute = timezone.now().replace(second=0, microsecond=0)
        # No key stands, so the first of this run is as new as any.
        keys.taken = 0
        key = (make.__module__, make.__qualname__, repr(args), repr(sorted(kwargs.items())), minute)
        if key not in _kept:
            made = make(*args, **kwargs)
            _kept[key] = Kept(list(tables()), pickle.dumps(made), keys.taken)
        else:
            _kept[key].put_back()
        copy: Made = pickle.loads(_kept[key].made)
        return copy

    return stand


def held_tables() -> list[str]:
    """The tables of models that hold a row, but for those that are filled when tables are made."""
    one = "SELECT '{}' WHERE EXISTS (SELECT 1 FROM {})"
    asked = " UNION ALL ".join(one.format(name, connection.ops.quote_name(name)) for name in _names())
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [name for (name,) in cursor.fetchall()]


def tables() -> Iterator[Table]:
    """Every table that holds rows now, with all of them."""
    for name in held_tables():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            yield Table(name, tuple(column[0] for column in cursor.description), tuple(cursor.fetchall()))


@cache
def _names() -> list[str]:
    return sorted(set(connection.introspection.django_table_names()) - STANDING)
