"""The outbox: effects outside a transaction are rows in it, carried out at least once by the workers.

`publish` writes a message with its cause. Upper apps `subscribe` a handler to a kind in one table each, read at start
(`access.subscriptions`). A worker fans a message out into one delivery for each of them (`governance.record.deliveries`),
which is claimed, done in transactions of its own and tried again by itself (docs/adr/0010, 0013). A broker carries tasks
that name a delivery, and holds no truth. Handlers are idempotent: a delivery may be carried out twice, never lost.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from governance.models import OutboxMessage
from governance.record import deliveries, listeners
from governance.record.deliveries import given_up, replay, unfinished, waiting
from governance.record.listeners import Handler, Listener, Payload, Queue

__all__ = ["Handler", "Queue", "drain", "given_up", "publish", "replay", "subscribe", "unfinished", "waiting"]
_wakers: list[Callable[[], None]] = []


def subscribe(
    kind: str,
    handler: Handler,
    *,
    name: str = "",
    about: str = "",
    queue: Queue = Queue.DELIVERIES,
    each: Callable[[Payload], Iterable[str]] | None = None,
) -> None:
    """Let `handler(payload, now)` carry out its part of the messages of a kind. Called in `AppConfig.ready()`.

    Its name is kept in the rows and parts it from the others who listen to the kind. With `about`, messages of the kind whose
    payload says the same there are one piece of work: those that wait are carried out together, once. With `each`, there is a
    delivery for every name that it gives, tried by itself, and the handler finds that name under `to`.
    """
    listeners.listen(Listener(str(kind), name or handler.__name__, handler, queue, about, each))


def handlers() -> dict[str, tuple[Handler, ...]]:
    """Who carries out which kind, for documentation and tests."""
    return {kind: tuple(one.handler for one in listeners.of(kind)) for kind in listeners.kinds()}


def on_wake(waker: Callable[[], None]) -> None:
    """Let `waker()` be called after a commit that left work (a broker's task, where there is a broker)."""
    _wakers.append(waker)


def publish(kind: str, payload: Payload, *, now: datetime, due: datetime | None = None) -> OutboxMessage:
    """Write one message in the current transaction; wake the workers once it is committed."""
    message = OutboxMessage.objects.create(kind=kind, payload=payload, created_at=now, due_at=due or now)
    wake_after_commit()
    return message


def publish_all(messages: Sequence[tuple[str, Payload]], *, now: datetime) -> None:
    """Write messages, each a kind and its payload, in one query; due at once, as `publish` does it."""
    if not messages:
        return
    rows = [OutboxMessage(kind=kind, payload=payload, created_at=now, due_at=now) for kind, payload in messages]
    OutboxMessage.objects.bulk_create(rows, batch_size=500)
    wake_after_commit()


def wake_after_commit() -> None:
    """Wake the workers when the current transaction is committed."""
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    for waker in _wakers:
        waker()


def drain(*, limit: int = 200, now: datetime | None = None, queues: Collection[Queue] = tuple(Queue)) -> int:
    """Fan out what is due and carry it out here, oldest first; how much was done, with messages that nobody listens to."""
    done = failed = 0
    passed: set[int] = set()
    while done + failed < limit:
        moment = now or timezone.now()
        carried = deliveries.carry_out(moment, queues=queues, passed=passed)
        if carried is None:
            fanned, unheard = deliveries.fan_out(moment)
            done += unheard
            if not fanned:
                break
        elif carried:
            done += carried
        else:
            failed += 1
    return done


def has_broker() -> bool:
    """Whether a broker carries the work to the workers; without one each of them looks for it."""
    return bool(settings.CELERY_BROKER_URL)
