"""An empty database with all tables for each world: copied from one that was migrated once, and dropped afterwards."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.core.management import call_command
from django.db import connection

from benchmarks._figures import moved


@contextmanager
def server() -> Iterator[str]:
    """The URL of the database server: as `DUOLOGUE_BENCH_DATABASE` says, or a PostgreSQL of our own for this run.

    `sqlite` is for those who want to see whether a bench runs; its figures are of no promise.
    """
    named = os.environ.get("DUOLOGUE_BENCH_DATABASE", "")
    if named:
        yield named
        return
    with moved("tests.postgresql").EmbeddedPostgres() as url:
        yield url


class Databases:
    """The databases of one process; `fresh` puts an empty one in place of the last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = f"bench_{os.getpid()}"
        self._made: list[str] = []
        self._use(self._template, None)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)

    def fresh(self) -> None:
        """An empty database with all tables."""
        self._use(f"{self._template}_{len(self._made)}", self._template)
        for one in caches.all():
            one.clear()

    def drop(self) -> None:
        """Leave none of them behind."""
        connection.close()
        if connection.vendor == "postgresql":
            for name in self._made:
                self._command(f'DROP DATABASE IF EXISTS "{name}"')

    def _use(self, name: str, template: str | None) -> None:
        connection.close()
        if connection.vendor == "postgresql":
            self._command(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
            connection.settings_dict["NAME"] = name
        else:
            if template:
                shutil.copy(self._folder / template, self._folder / name)
            connection.settings_dict["NAME"] = str(self._folder / name)
        self._made.append(name)

    def _command(self, sql: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)


def vendor() -> dict[str, Any]:
    """Which database it is, for the file that machines read."""
    connection.ensure_connection()
    version = getattr(connection, "pg_version", None)
    return {"vendor": connection.vendor, "version": version and f"{version // 10000}.{version % 10000}"}
