"""The outbox: effects outside a transaction are rows in it, carried out at least once by the worker.

`publish` writes a row with its cause. Upper apps `subscribe` a handler to a kind in one table each, read at start
(`access.subscriptions`). `drain` carries out what is due; a broker only wakes the worker sooner, and a sweep each second
finds what a dead process left. Handlers are idempotent: a row may be carried out twice, never lost.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from governance.models import OutboxMessage

logger = logging.getLogger(__name__)
Handler = Callable[[dict[str, Any], datetime], None]
_handlers: dict[str, list[Handler]] = {}
_wakers: list[Callable[[], None]] = []

# Waiting between tries doubles up to ten minutes; after 75 hours the row stays, given up, and an alarm stands.
LONGEST_WAIT = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=75)


def subscribe(kind: str, handler: Handler) -> None:
    """Let `handler(payload, now)` carry out the messages of a kind. Called in `AppConfig.ready()`."""
    handlers = _handlers.setdefault(kind, [])
    if handler not in handlers:
        handlers.append(handler)


def on_wake(waker: Callable[[], None]) -> None:
    """Let `waker()` be called after a commit that published something (a broker's task, where there is a broker)."""
    _wakers.append(waker)


def publish(kind: str, payload: dict[str, Any], *, now: datetime, due: datetime | None = None) -> OutboxMessage:
    """Write one message in the current transaction; wake the worker once it is committed."""
    message = OutboxMessage.objects.create(kind=kind, payload=payload, created_at=now, due_at=due or now)
    transaction.on_commit(_wake, robust=True)
    return message


def _wake() -> None:
    for waker in _wakers:
        waker()


def drain(*, limit: int = 200, now: datetime | None = None) -> int:
    """Carry out what is due, oldest first, each message in a transaction of its own; returns how many were done."""
    done = 0
    tried: set[int] = set()
    while done + len(tried) < limit:
        moment = now or timezone.now()
        outcome = _carry_out_one(moment, tried)
        if outcome is None:
            break
        done += outcome
    return done


def _carry_out_one(now: datetime, tried: set[int]) -> int | None:
    """One due message: 1 when done, 0 when it failed and waits, None when nothing is due."""
    message: OutboxMessage | None = None
    try:
        with transaction.atomic():
            open_rows = OutboxMessage.objects.filter(
                done_at__isnull=True, given_up_at__isnull=True, due_at__lte=now
            ).exclude(pk__in=tried)
            message = open_rows.select_for_update(
                skip_locked=connection.features.has_select_for_update_skip_locked
            ).first()
            if message is None:
                return None
            tried.add(message.pk)
            for handler in _handlers.get(message.kind, ()):
                handler(message.payload, now)
            OutboxMessage.objects.filter(pk=message.pk).update(done_at=now, attempts=F("attempts") + 1)
            tried.discard(message.pk)
            return 1
    except Exception as error:
        # One failing effect must not hold up the others; a database that does not answer holds up all.
        if message is None:
            raise
        logger.warning("outbox message %s (%s) failed: %s", message.pk, message.kind, type(error).__name__)
        _put_back(message, now, type(error).__name__)
        return 0


def _put_back(message: OutboxMessage, now: datetime, error: str) -> None:
    wait = min(timedelta(seconds=2 ** min(message.attempts, 10)), LONGEST_WAIT)
    OutboxMessage.objects.filter(pk=message.pk).update(
        attempts=F("attempts") + 1,
        last_error=error[:300],
        due_at=now + wait,
        given_up_at=now if now - message.created_at > GIVE_UP_AFTER else None,
    )


def waiting(now: datetime | None = None) -> int:
    """How many messages are due and not done: the worker's backlog, for health and metrics."""
    return OutboxMessage.objects.filter(
        done_at__isnull=True, given_up_at__isnull=True, due_at__lte=now or timezone.now()
    ).count()


def given_up() -> int:
    """How many messages were given up and still stand undelivered: an alarm stands until a person has replayed them."""
    return OutboxMessage.objects.filter(done_at__isnull=True, given_up_at__isnull=False).count()


def replay(*, now: datetime) -> int:
    """Make everything that was given up due once more; what fails again is given up again at once. Returns how many."""
    return OutboxMessage.objects.filter(done_at__isnull=True, given_up_at__isnull=False).update(
        given_up_at=None, due_at=now
    )


def has_broker() -> bool:
    """Whether a broker wakes the worker; without one it polls each second."""
    return bool(settings.CELERY_BROKER_URL)
