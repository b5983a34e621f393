"""The outbox: effects outside a transaction are rows in it, carried out at least once by the worker.

`publish` writes a row with its cause. Upper apps `subscribe` a handler to a kind in one table each, read at start
(`access.subscriptions`). `drain` claims what is due, lets its handlers do their part in transactions of their own, and then
marks it done (docs/adr/0010). A broker only wakes the worker sooner, and a sweep each second finds what a dead process left.
Handlers are idempotent: a row may be carried out twice, never lost.
"""

import logging
from collections.abc import Callable, Collection, Sequence
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
_about: dict[str, str] = {}
_wakers: list[Callable[[], None]] = []

# Waiting between tries doubles up to ten minutes; after 75 hours the row stays, given up, and an alarm stands.
LONGEST_WAIT = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=75)
# How long a message is one worker's. Longer than any handler takes; a worker that is killed costs its messages this wait.
CLAIM = timedelta(seconds=30)
TOGETHER = 1000


def subscribe(kind: str, handler: Handler, *, about: str = "") -> None:
    """Let `handler(payload, now)` carry out the messages of a kind. Called in `AppConfig.ready()`.

    With `about`, messages of the kind whose payload says the same there are one piece of work: those that wait are carried
    out together, once.
    """
    handlers = _handlers.setdefault(kind, [])
    if handler not in handlers:
        handlers.append(handler)
    if about:
        _about[kind] = about


def handlers() -> dict[str, tuple[Handler, ...]]:
    """Who carries out which kind, for documentation and tests."""
    return {kind: tuple(found) for kind, found in _handlers.items()}


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
    """Carry out what is due, oldest first; returns how many messages were done."""
    done = failed = 0
    tried: set[int] = set()
    while done + failed < limit:
        moment = now or timezone.now()
        claimed = _claim(moment, tried)
        if not claimed:
            break
        tried.update(message.pk for message in claimed)
        # The newest says what stands now. Where the database does not answer, ending the claim fails too, and holds up all.
        error = _carry_out(claimed[-1], moment)
        if error:
            _put_back(claimed, moment, error)
            failed += 1
        else:
            done += _done(claimed, moment)
    return done


def _claim(now: datetime, tried: Collection[int]) -> list[OutboxMessage]:
    """The oldest due message and whatever waits that is the same piece of work; nothing where nothing is due.

    Nobody else takes them for the length of a claim. No lock is held while they are carried out: a worker that
    dies with them leaves them to the next once the claim is over.
    """
    with transaction.atomic():
        due = OutboxMessage.objects.filter(done_at__isnull=True, given_up_at__isnull=True, due_at__lte=now)
        due = due.exclude(pk__in=tried).select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked, no_key=True
        )
        first = due.first()
        if first is None:
            return []
        claimed, about = [first], _about.get(first.kind, "")
        if about in first.payload:
            same = due.filter(**{"kind": first.kind, f"payload__{about}": first.payload[about]})
            claimed += same.exclude(pk=first.pk)[: TOGETHER - 1]
        OutboxMessage.objects.filter(pk__in=[one.pk for one in claimed]).update(due_at=now + CLAIM)
        return claimed


def _carry_out(message: OutboxMessage, now: datetime) -> str:
    """Let every handler do its part, each in transactions of its own; one that fails holds up no other.

    Returns the kind of error, which holds nothing personal, or nothing where all went well.
    """
    error = ""
    for handler in _handlers.get(message.kind, ()):
        try:
            handler(message.payload, now)
        except Exception as failure:  # noqa: BLE001  one failing effect must not hold up the others
            error = type(failure).__name__
            logger.warning("outbox message %s (%s) failed: %s", message.pk, message.kind, error)
    return error


def _done(claimed: Sequence[OutboxMessage], now: datetime) -> int:
    rows = OutboxMessage.objects.filter(pk__in=[one.pk for one in claimed], done_at__isnull=True)
    return rows.update(done_at=now, attempts=F("attempts") + 1)


def _put_back(claimed: Sequence[OutboxMessage], now: datetime, error: str) -> None:
    wait = min(timedelta(seconds=2 ** min(claimed[0].attempts, 10)), LONGEST_WAIT)
    rows = OutboxMessage.objects.filter(pk__in=[one.pk for one in claimed])
    rows.update(attempts=F("attempts") + 1, last_error=error[:300], due_at=now + wait)
    rows.filter(created_at__lt=now - GIVE_UP_AFTER).update(given_up_at=now)


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
