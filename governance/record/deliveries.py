"""Deliveries: each listener's part of a message, a row that is claimed, carried out, and tried again by itself.

Whoever carries one out, the worker's own loop or a task of the broker, goes through `carry_out`: the row is the truth,
so that what comes twice finds it done and what was lost is found due.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from governance.models import Delivery, OutboxMessage
from governance.models.outbox import OPEN
from governance.record import listeners
from governance.record.listeners import Queue

logger = logging.getLogger(__name__)
# Waiting between tries doubles up to ten minutes; after 75 hours the row stays, given up, and an alarm stands.
LONGEST_WAIT = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=75)
# How long a delivery is one worker's. Longer than any handler takes; a worker that is killed costs its deliveries this wait.
CLAIM = timedelta(seconds=30)
TOGETHER = 1000
AT_ONCE = 500
# What a broker has had for so long without its being done is handed to it again.
SENT_FOR = timedelta(seconds=60)
# So many lie at the broker at most: the rest of a long backlog waits here, where it costs nothing. Few enough that even slow
# workers are through with them before they count as lost; what is sent twice makes a slow broker slower.
AT_BROKER = 100
KEPT = timedelta(days=30)
_SKIP = connection.features.has_select_for_update_skip_locked


# --- From messages to deliveries ------------------------------------------------------------------------------------
@transaction.atomic
def fan_out(now: datetime) -> tuple[int, int]:
    """Write the deliveries of the messages that are due, oldest first: how many messages, and how many nobody listens to.

    Done twice it adds what is missing: a listener that joined meanwhile, or a host.
    """
    due = OutboxMessage.objects.filter(fanned_at__isnull=True, due_at__lte=now)
    messages = list(due.select_for_update(skip_locked=_SKIP, no_key=True)[:AT_ONCE])
    if not messages:
        return 0, 0
    rows = [
        Delivery(
            message=message,
            listener=one.name,
            to=to,
            queue=one.queue.value,
            about=one.piece(message.payload),
            due_at=message.due_at,
        )
        for message in messages
        for one in listeners.of(message.kind)
        for to in one.targets(message.payload)
    ]
    Delivery.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    OutboxMessage.objects.filter(pk__in=[one.pk for one in messages]).update(fanned_at=now)
    return len(messages), len(messages) - len({row.message_id for row in rows})


# --- Carrying out ---------------------------------------------------------------------------------------------------
def carry_out(
    now: datetime, *, only: int | None = None, queues: Collection[Queue] = tuple(Queue), passed: set[int] | None = None
) -> int | None:
    """Claim the oldest piece of work that is due (or one delivery, where it is) and do it; how many deliveries were done.

    None where there was nothing to claim. What was `passed` before is left, and what is claimed is added to it.
    """
    tried = set[int]() if passed is None else passed
    claimed = _claim(now, only, queues, tried)
    if not claimed:
        return None
    tried.update(one.pk for one in claimed)
    # The newest says what stands now. Where the database does not answer, ending the claim fails too, and holds up all.
    error = _handle(claimed[-1], now)
    if error:
        _put_back(claimed, now, error)
        return 0
    return _done(claimed, now)


@transaction.atomic
def _claim(now: datetime, only: int | None, queues: Collection[Queue], tried: Collection[int]) -> list[Delivery]:
    """The oldest due delivery and whatever waits that is the same piece of work; nothing where nothing is due.

    Nobody else takes them for the length of a claim. No lock is held while they are carried out: a worker that dies with
    them leaves them to the next once the claim is over.
    """
    due = Delivery.objects.filter(OPEN, due_at__lte=now).select_related("message")
    due = due.select_for_update(skip_locked=_SKIP, no_key=True, of=("self",))
    asked = due.filter(pk=only) if only is not None else due.filter(queue__in=queues).exclude(pk__in=tried)
    first = asked.first()
    if first is None:
        return []
    claimed = [first]
    if first.about:
        same = due.filter(listener=first.listener, about=first.about, to=first.to)
        claimed += same.exclude(pk=first.pk)[: TOGETHER - 1]
    Delivery.objects.filter(pk__in=[one.pk for one in claimed]).update(due_at=now + CLAIM, sent_at=None)
    return claimed


def _handle(delivery: Delivery, now: datetime) -> str:
    """Let the listener do its part, in transactions of its own.

    Returns the kind of error, which holds nothing personal, or nothing where all went well.
    """
    message = delivery.message
    listener = listeners.find(message.kind, delivery.listener)
    if listener is None:
        # Another version of the product wrote it, or will come and know it.
        return "NobodyListens"
    try:
        listener.handler({**message.payload, "to": delivery.to} if delivery.to else message.payload, now)
    except Exception as failure:  # noqa: BLE001  one failing effect must not hold up the others
        logger.warning(
            "outbox message %s (%s) failed for %s: %s",
            message.pk,
            message.kind,
            listener.name,
            type(failure).__name__,
        )
        return type(failure).__name__
    return ""


def _done(claimed: Sequence[Delivery], now: datetime) -> int:
    rows = Delivery.objects.filter(pk__in=[one.pk for one in claimed], done_at__isnull=True)
    return rows.update(done_at=now, tries=F("tries") + 1, error="")


def _put_back(claimed: Sequence[Delivery], now: datetime, error: str) -> None:
    wait = min(timedelta(seconds=2 ** min(claimed[0].tries, 10)), LONGEST_WAIT)
    rows = Delivery.objects.filter(pk__in=[one.pk for one in claimed], done_at__isnull=True)
    rows.update(tries=F("tries") + 1, error=error[:300], due_at=now + wait, sent_at=None)
    rows.filter(message__created_at__lt=now - GIVE_UP_AFTER).update(given_up_at=now)


# --- Handing over to a broker -----------------------------------------------------------------------------------------
def hand_over(send: Callable[[Delivery], object], now: datetime) -> int:
    """Hand what is due to a broker by `send`, oldest first, and so again what it has had for too long; how many.

    What `send` refuses is due again at once, and its error goes on to the caller.
    """
    found = _to_send(now)
    for place, delivery in enumerate(found):
        try:
            send(delivery)
        except Exception:
            Delivery.objects.filter(pk__in=[one.pk for one in found[place:]]).update(sent_at=None)
            raise
    return len(found)


@transaction.atomic
def _to_send(now: datetime) -> list[Delivery]:
    there = Delivery.objects.filter(OPEN, sent_at__gt=now - SENT_FOR).count()
    due = Delivery.objects.filter(OPEN, due_at__lte=now)
    due = due.filter(Q(sent_at__isnull=True) | Q(sent_at__lte=now - SENT_FOR))
    found = list(due.select_for_update(skip_locked=_SKIP, no_key=True)[: max(0, AT_BROKER - there)])
    Delivery.objects.filter(pk__in=[one.pk for one in found]).update(sent_at=now)
    return found


# --- What stands ------------------------------------------------------------------------------------------------------
def unfinished() -> QuerySet[OutboxMessage]:
    """The messages of which something is still to be done or was given up."""
    open_ = Delivery.objects.filter(done_at__isnull=True).values("message")
    return OutboxMessage.objects.filter(Q(fanned_at__isnull=True) | Q(pk__in=open_))


def waiting(now: datetime | None = None) -> int:
    """How many messages and deliveries are due and not done: the workers' backlog, for health and metrics."""
    moment = now or timezone.now()
    messages = OutboxMessage.objects.filter(fanned_at__isnull=True, due_at__lte=moment)
    return messages.count() + Delivery.objects.filter(OPEN, due_at__lte=moment).count()


def _given_up() -> QuerySet[Delivery]:
    return Delivery.objects.filter(done_at__isnull=True, given_up_at__isnull=False)


def given_up() -> int:
    """How many deliveries were given up and stand undone: an alarm stands until a person has replayed them."""
    return _given_up().count()


def replay(*, now: datetime) -> int:
    """Make everything that was given up due once more; what fails again is given up again at once. Returns how many."""
    return _given_up().update(given_up_at=None, due_at=now, sent_at=None)


def forget_done(now: datetime) -> int:
    """Delete deliveries that were done long ago, some at a time; their messages stay, for `verify`. Returns how many."""
    old, gone = Delivery.objects.filter(done_at__lt=now - KEPT), 0
    while found := list(old.values_list("pk", flat=True)[:TOGETHER]):
        gone += Delivery.objects.filter(pk__in=found).delete()[0]
    return gone
