"""A worker: the schedule while it holds its lease, and whatever is due of deliveries and jobs.

Any number of workers run side by side, on any number of machines: rows are claimed, the schedule is leased, and whatever
is done twice changes nothing.
"""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error, close_old_connections, connections
from django.utils import timezone

from governance.record import jobs, leases, outbox
from governance.record.listeners import Queue

logger = logging.getLogger(__name__)
SCHEDULE = "schedule"
# A worker that is killed leaves the schedule to another after so many seconds at most.
LEASE = 6.0


@dataclass
class Scheduled:
    """Work that is done again and again: its name, how often in seconds, and what it does (given the moment)."""

    name: str
    seconds: float
    run: Callable[[datetime], object]
    last: float = field(default=float("-inf"))

    def is_due(self) -> bool:
        """Whether it is time again."""
        return time.monotonic() - self.last >= self.seconds


_schedule: list[Scheduled] = []


def every(seconds: float, name: str, run: Callable[[datetime], object]) -> None:
    """Add work to the schedule. Called in `AppConfig.ready()`."""
    if all(item.name != name for item in _schedule):
        _schedule.append(Scheduled(name, seconds, run))


def schedule() -> tuple[Scheduled, ...]:
    """The whole schedule, for documentation and tests."""
    return tuple(_schedule)


# --- Turns ------------------------------------------------------------------------------------------------------------
def keep_schedule(holder: str = "") -> int:
    """Run what is due of the schedule, where this worker holds its lease; how much was run.

    A failing item is logged and tried again next time. The lease is held on for as long as the items take.
    """
    holder = holder or leases.myself()
    if not leases.take(SCHEDULE, holder, LEASE):
        return 0
    due = [item for item in _schedule if item.is_due()]
    if due:
        with leases.kept(SCHEDULE, holder, LEASE):
            for item in due:
                item.last = time.monotonic()
                try:
                    item.run(timezone.now())
                except Exception as error:  # noqa: BLE001  one failing job must not stop the others
                    logger.warning("scheduled %s failed: %s", item.name, type(error).__name__)
    return len(due)


def work(queues: Collection[Queue] = tuple(Queue)) -> int:
    """Carry out what is due here: deliveries first, then parts of one job; how much was done."""
    done = outbox.drain(queues=queues)
    return done + (jobs.work() if Queue.JOBS in queues else 0)


def turn() -> int:
    """Both, once; how much of the work was done."""
    keep_schedule()
    return work()


# --- Loops ------------------------------------------------------------------------------------------------------------
def run_until(stopped: Callable[[], bool], poll_seconds: float, turn: Callable[[], int] = turn) -> None:
    """Turn after turn until told to stop; sleeps only when nothing was due. Outlives a database that restarts."""
    while not stopped():
        close_old_connections()
        try:
            done = turn()
        except Error as error:
            logger.warning("the database does not answer: %s", type(error).__name__)
            connections.close_all()
            done = 0
        if done == 0:
            deadline = time.monotonic() + poll_seconds
            while time.monotonic() < deadline and not stopped():
                time.sleep(min(0.1, poll_seconds))


def schedule_until(stopped: Callable[[], bool]) -> None:
    """Keep the schedule whenever its lease is free, and leave it to another at once when told to stop."""
    run_until(stopped, 0.5, _quietly)
    try:
        leases.release(SCHEDULE, leases.myself())
    except Error:
        logger.warning("the schedule's lease stays until it is over")
    connections.close_all()


def _quietly() -> int:
    keep_schedule()
    # It sleeps after each turn: what was run is not due at once.
    return 0
