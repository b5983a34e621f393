"""The broker's side of the work: a task names a row, and the row says whether there is anything to do.

Each kind of work has a queue. A task that is lost is sent again by any worker's sweep, and one that comes twice finds its
row done or claimed (docs/adr/0013).
"""

import logging
import os
from collections.abc import Callable, Collection
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from kombu import Exchange
from kombu import Queue as BrokerQueue

from governance.record.listeners import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
logger = logging.getLogger(__name__)
# Without Celery's own fix-up for Django, which closes the database's connection before and after each task, whatever
# CONN_MAX_AGE says: a quarter of the processor time of a short one. Each task begins as a request does instead.
app = Celery("duologue", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")


class BrokerAway(Exception):
    """A task could not be sent."""


def queue_of(kind: Queue) -> str:
    """The name of a kind's queue at the broker, which other installations may share."""
    return f"{settings.CELERY_TASK_DEFAULT_QUEUE}.{kind.value}"


def _broker_queue(name: str) -> BrokerQueue:
    # Exchange and key are said: Celery would bind all of them to one key, and each message would go to every queue.
    return BrokerQueue(name, Exchange(name, type="direct"), routing_key=name)


app.conf.task_queues = [_broker_queue(queue_of(kind)) for kind in Queue]


# --- Tasks ------------------------------------------------------------------------------------------------------------
@app.task(name="duologue.wake")
def wake() -> int:
    """Something was committed: hand what is due to the workers."""
    close_old_connections()
    return hand_over()


@app.task(name="duologue.deliver")
def deliver(key: int) -> int:
    """Carry out one delivery, if it is still to be done."""
    from governance.record import deliveries  # noqa: PLC0415  models are loaded only when a task runs

    close_old_connections()
    return deliveries.carry_out(timezone.now(), only=key) or 0


@app.task(name="duologue.job")
def job(key: int) -> int:
    """Do some parts of one job; what is left of it goes to whichever worker is free next."""
    from governance.record import jobs  # noqa: PLC0415  models are loaded only when a task runs

    close_old_connections()
    done = jobs.work(only=key)
    if done:
        jobs.hand_over(_send_job, timezone.now())
    return done


# --- Sending ----------------------------------------------------------------------------------------------------------
def hand_over() -> int:
    """Fan out what is due and send a task for each delivery and job that is due; how many. `BrokerAway` where it is."""
    from governance.record import deliveries, jobs  # noqa: PLC0415  models are loaded only when a task runs

    now = timezone.now()
    while deliveries.fan_out(now)[0]:
        pass
    sent = deliveries.hand_over(lambda one: _send(deliver, Queue(one.queue), one.pk), now)
    return sent + jobs.hand_over(_send_job, now)


def send_wake() -> None:
    """Ask some worker to hand over what is due."""
    _send(wake, Queue.DELIVERIES)


def _send_job(key: int) -> None:
    _send(job, Queue.JOBS, key)


def _send(task: Any, queue: Queue, *arguments: int) -> None:
    try:
        task.apply_async(arguments, queue=queue_of(queue), ignore_result=True)
    except Exception as error:
        # Each broker's library raises errors of its own.
        raise BrokerAway(type(error).__name__) from error


# --- Workers ----------------------------------------------------------------------------------------------------------
def sweep(carry_out_here: Callable[[], int]) -> int:
    """What a worker does again and again beside the broker: hand over what is due; while it is away, carry it out here."""
    try:
        hand_over()
    except BrokerAway as away:
        logger.warning("the broker was not reached (%s): what is due is done here", away)
        return carry_out_here()
    return 0


def work(queues: Collection[Queue]) -> None:
    """Carry out tasks of these kinds until the process is told to stop."""
    named = ",".join(queue_of(one) for one in Queue if one in queues)
    quiet = ["--without-mingle", "--without-gossip", "-l", "WARNING"]
    app.worker_main(["worker", "-n", f"duologue-{os.getpid()}@%h", "-Q", named, "-c", "1", "-P", "solo", *quiet])
