"""The worker's turn: scheduled work that is due, then the outbox. Idempotent, so that two workers do no harm."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error, close_old_connections, connections
from django.utils import timezone

from governance.record.outbox import drain

logger = logging.getLogger(__name__)


@dataclass
class Scheduled:
    """Work that is done again and again: its name, how often in seconds, and what it does (given the moment)."""

    name: str
    seconds: float
    run: Callable[[datetime], object]
    last: float = field(default=float("-inf"))


_schedule: list[Scheduled] = []


def every(seconds: float, name: str, run: Callable[[datetime], object]) -> None:
    """Add work to the schedule. Called in `AppConfig.ready()`."""
    if all(item.name != name for item in _schedule):
        _schedule.append(Scheduled(name, seconds, run))


def schedule() -> tuple[Scheduled, ...]:
    """The whole schedule, for documentation and tests."""
    return tuple(_schedule)


def turn() -> int:
    """One turn; returns how many outbox messages were carried out. A failing item is logged and tried again next time."""
    for item in _schedule:
        if time.monotonic() - item.last >= item.seconds:
            item.last = time.monotonic()
            try:
                item.run(timezone.now())
            except Exception as error:  # noqa: BLE001  one failing job must not stop the others
                logger.warning("scheduled %s failed: %s", item.name, type(error).__name__)
    return drain()


def run_until(stopped: Callable[[], bool], poll_seconds: float) -> None:
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
