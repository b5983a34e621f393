"""What one call costs: processor time of this process and of its PostgreSQL backend, and statements sent.

Wall time is nobody's figure here: other work on the machine would be in it. On SQLite the database is inside the process.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time here (`python`) and in the backend (`database`), and statements."""

    python: float
    database: float
    queries: int

    @property
    def total(self) -> float:
        return self.python + self.database

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _backend() -> int:
    """Nanoseconds that the backend of this connection has run; 0 where there is none on this machine."""
    if connection.vendor != "postgresql":
        return 0
    connection.ensure_connection()
    seen = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(seen.read_text().split()[0]) if seen.exists() else 0


@contextmanager
def statements() -> Iterator[list[tuple[str, Any, bool]]]:
    """Every statement that is sent in the block, with its parameters and whether these are several sets of them."""
    sent: list[tuple[str, Any, bool]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        sent.append((sql, params, many))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def once(call: Call) -> Cost:
    """The cost of one call. Statements are counted beside, by a wrapper that costs next to nothing."""
    with statements() as sent:
        database, python = _backend(), time.process_time_ns()
        call()
        python, database = time.process_time_ns() - python, _backend() - database
    return Cost(python / 1e6, database / 1e6, len(sent))


def several(calls: Iterable[Call], times: int) -> list[Cost]:
    """The cost of each of the next calls; what the iterator does to arrange one is not measured."""
    ahead = iter(calls)
    return [once(next(ahead)) for _ in range(times)]


def middle(costs: Iterable[Cost]) -> Cost:
    """The median of several costs, of each part by itself."""
    found = list(costs)
    return Cost(
        statistics.median(one.python for one in found),
        statistics.median(one.database for one in found),
        round(statistics.median(one.queries for one in found)),
    )


def spread(costs: Iterable[Cost]) -> float:
    """How far the middle half of the totals reaches, as a share of their median."""
    totals = sorted(one.total for one in costs)
    if len(totals) < 4:
        return 0.0
    low, _, high = statistics.quantiles(totals, n=4)
    return (high - low) / (statistics.median(totals) or 1)
