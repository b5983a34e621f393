"""Doing something at the same moment in several threads, on either database.

Tests on SQLite run in memory, where threads fail instead of waiting for each other; `shared_database` gives
them a file, as in use.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections

from governance.record import append_only

Result = TypeVar("Result")


def together(*work: Callable[[], Result]) -> list[Result | BaseException]:
    """Run all of it at once, each in a thread with a connection of its own; results, or errors, in the same order."""
    ready = threading.Barrier(len(work))
    results: list[Result | BaseException] = [RuntimeError("did not run")] * len(work)

    def run(place: int) -> None:
        try:
            ready.wait()
            results[place] = work[place]()
        except BaseException as error:  # noqa: BLE001  the test looks at it
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@contextmanager
def shared_database(folder: Path) -> Iterator[None]:
    """A database that several threads can write to: the server of PostgreSQL, or a file of SQLite with the
    same tables.
    """
    if connection.vendor != "sqlite":
        assert append_only.unguarded() == [], "an earlier test left tables unguarded"
        yield
        return
    held = connections[DEFAULT_DB_ALIAS]
    held.ensure_connection()
    path = folder / "race.sqlite3"
    with sqlite3.connect(path) as copy:
        held.connection.backup(copy)
    # The connection in memory is left to whoever holds it too: a live server closes what it takes for a file after each
    # request, and the last request of an earlier test may end now.
    settings = held.settings_dict
    held.settings_dict = {**settings}
    settings["NAME"] = str(path)
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield
    finally:
        connection.close()
        connections[DEFAULT_DB_ALIAS] = held
        settings["NAME"] = held.settings_dict["NAME"]
        held.settings_dict = settings
