"""Workers side by side, with a broker and without: killed, cut off, told twice or not at all, they lose and double nothing.

Small here: no broker for every drill, and each broker for some. `SIZE=full` is every drill with each.
"""

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection, transaction
from django.utils import timezone
from kombu import Exchange
from kombu import Queue as BrokerQueue

from access.models import Visa
from access.verification import verify
from consent.services import membership_jobs
from consent.services.membership_import import FileLine
from governance.models import AuditEvent, Delivery, Installation, Job, Lease, OutboxMessage
from governance.record import outbox, worker
from governance.record.listeners import Queue
from governance.services import people
from tests.access import builders
from tests.access.granted import Granted, granted
from tests.access.mints import mint_visas
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.brokers import NONE, RABBIT, REDIS, Broker, broker
from tests.consent.builders import EVERYTHING, enrol
from tests.drills.drilled_worker import KIND
from tests.governance.key_builders import standing_keys
from tests.processes import eventually, process, says
from tests.races import shared_database

pytestmark = pytest.mark.django_db(transaction=True)
FULL = os.environ.get("SIZE") == "full"
DRILLED = ("-m", "tests.drills.drilled_worker")


def brokers(*small: str) -> pytest.MarkDecorator:
    """With these, and with all of them where the size is full."""
    return pytest.mark.parametrize("name", (NONE, REDIS, RABBIT) if FULL else small)


def audited(kind: str) -> int:
    return AuditEvent.objects.filter(kind=kind).count()


def counted() -> list[str]:
    """The effects of `drill.counted`, in order of their names."""
    rows = AuditEvent.objects.filter(subject_kind="drill")
    return sorted(rows.values_list("subject_id", flat=True), key=int)


@transaction.atomic
def published(*names: int) -> None:
    for name in names:
        outbox.publish(KIND, {"name": str(name)}, now=timezone.now())


def numbers(size: int) -> list[str]:
    return [str(number) for number in range(size)]


# --- Killed in the middle ---------------------------------------------------------------------------------------------
def struck(folder: Path, of: Broker, queue: Queue, statement: str) -> None:
    """A worker of one kind of work is killed with -9 at the first statement that begins so."""
    (folder / "held").unlink(missing_ok=True)
    arguments = (*DRILLED, str(folder), "--hold", statement, "--queues", queue.value)
    with process(*arguments, folder=folder, DUOLOGUE_POLL_SECONDS="0.2", **of.environment) as started:
        says(started, "worker ready")
        eventually((folder / "held").exists, f"a worker is in the middle of {queue.value}")
        started.kill()
        started.wait()


def minted(of: Granted) -> int:
    """Visas of one grant at the host that keeps no cohort, and how many of them stand."""
    second_factor(of.access.ada)
    mint_visas(person=of.access.ada, client=None, host=of.download, now=timezone.now())
    return standing()


def standing() -> int:
    return Visa.objects.filter(revoked_at__isnull=True).count()


@brokers(NONE, RABBIT)
def test_a_worker_killed_in_a_judgement_a_delivery_and_a_job_leaves_them_whole_to_the_next(
    tmp_path: Path, name: str
) -> None:
    standing_keys()
    Installation.objects.create(demo=True, made_at=builders.NOW)
    of = granted(others=[EVERYTHING] * 2)
    lines = [FileLine(2, participant_id=enrol(of.consent).pk, dataset=of.access.dataset.versions.get().accession)]
    with shared_database(tmp_path), broker(name, tmp_path) as at:
        visas = minted(of)
        now = timezone.now()
        of.leaves(0, now)
        struck(tmp_path, at, Queue.JUDGEMENTS, 'UPDATE "access_grant"')
        people.close_account(person=of.access.ada, because="left", by=TESTS, now=now)
        struck(tmp_path, at, Queue.DELIVERIES, 'UPDATE "access_visa"')
        job = membership_jobs.start(programme=of.consent.programme, lines=lines, by=TESTS, now=now)
        struck(tmp_path, at, Queue.JOBS, 'UPDATE "governance_jobpart"')
        half = (of.now().cohort_size, standing(), Job.objects.get(pk=job.pk).done)

        with process(*DRILLED, str(tmp_path), folder=tmp_path, DUOLOGUE_POLL_SECONDS="0.2", **at.environment) as next_:
            says(next_, "worker ready")
            eventually(lambda: Job.objects.get(pk=job.pk).state == "done", "the job is done")
            eventually(lambda: outbox.unfinished().count() == 0, "every delivery is done")

        assert (visas > 0, half) == (True, (of.grant.cohort_size, visas, 0))
        assert (of.now().cohort_size, standing()) == (of.grant.cohort_size - 1, 0)
        assert Job.objects.get(pk=job.pk).counts == {"added": 1}
        assert [audited(kind) for kind in ("grant.shrunk", "grant.person_ended", "job.ended")] == [1, 1, 1]
        assert [str(one) for one in verify.findings(now=timezone.now())] == []
        connection.close()


# --- The broker -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [REDIS, RABBIT])
def test_a_broker_that_is_gone_for_a_while_loses_nothing_and_is_used_again(tmp_path: Path, name: str) -> None:
    with shared_database(tmp_path), broker(name, tmp_path) as at, ExitStack() as workers:
        assert at.line is not None
        for _ in range(2):
            arguments = (*DRILLED, str(tmp_path))
            started = workers.enter_context(process(*arguments, folder=tmp_path, **at.environment))
            says(started, "worker ready")
        published(*range(10))
        eventually(lambda: counted() == numbers(10), "they are carried out through the broker")

        at.line.cut()
        published(*range(10, 20))
        eventually(lambda: counted() == numbers(20), "they are carried out without the broker")
        at.line.mend()
        published(*range(20, 30))
        eventually(lambda: counted() == numbers(30), "they are carried out when it is back")

        # Nobody looks for work by itself any more: a task that is sent is done by a worker that came back to its queue.
        eventually(lambda: consumers(at) > 0, "a worker listens at the broker again")
        connection.close()


def consumers(of: Broker) -> int:
    """How many workers answer through the broker."""
    return len(Celery(broker=of.url).control.ping(timeout=1))


@pytest.mark.parametrize("name", [REDIS, RABBIT])
def test_a_task_that_comes_twice_does_its_work_once_and_one_that_is_lost_is_sent_again(
    tmp_path: Path, name: str
) -> None:
    with shared_database(tmp_path), broker(name, tmp_path) as at:
        published(*range(5))
        # The rows say that the broker has them all; it has the first three, each of them three times.
        keys = [said_to_be_sent(message) for message in outbox.unfinished()]
        for key in keys[:3] * 3:
            sent(at, "duologue.deliver", key)

        with process(*DRILLED, str(tmp_path), folder=tmp_path, **at.environment) as started:
            says(started, "worker ready")
            eventually(lambda: counted() == numbers(5), "what was lost is sent again")
            time.sleep(1)

        assert (counted(), sorted(Delivery.objects.values_list("tries", flat=True))) == (numbers(5), [1] * 5)
        connection.close()


def said_to_be_sent(message: OutboxMessage) -> int:
    """A delivery of which its row says that it lies at the broker; its key."""
    now = timezone.now()
    OutboxMessage.objects.filter(pk=message.pk).update(fanned_at=now)
    return message.deliveries.create(listener="count", queue=Queue.DELIVERIES, due_at=now, sent_at=now).pk


def sent(to: Broker, task: str, key: int) -> None:
    """A task as another process of the product sends it."""
    name = to.queue(Queue.DELIVERIES)
    app = Celery(broker=to.url)
    with app.connection_for_write() as opened, opened.Producer() as producer:
        exchange = Exchange(name, type="direct")
        queue = BrokerQueue(name, exchange, routing_key=name)
        app.send_task(task, [key], producer=producer, queue=queue, ignore_result=True)


# --- Side by side -----------------------------------------------------------------------------------------------------
@brokers(NONE, REDIS)
def test_workers_side_by_side_do_each_piece_of_work_once(tmp_path: Path, name: str) -> None:
    size = 300 if FULL else 60
    with shared_database(tmp_path), broker(name, tmp_path) as at, ExitStack() as workers:
        for _ in range(3 if FULL else 2):
            arguments = (*DRILLED, str(tmp_path))
            says(workers.enter_context(process(*arguments, folder=tmp_path, **at.environment)), "worker ready")
        published(*range(size))

        eventually(lambda: len(counted()) >= size, "all of it is done")

        assert counted() == numbers(size)
        connection.close()


def test_of_two_schedulers_one_is_killed_and_the_other_takes_over(tmp_path: Path) -> None:
    def holder() -> int:
        """The process that holds the lease, while it does."""
        row = Lease.objects.filter(name=worker.SCHEDULE).first()
        return int(row.holder.split(":")[1]) if row else 0

    with shared_database(tmp_path), ExitStack() as workers:
        arguments = {"folder": tmp_path, "CELERY_BROKER_URL": ""}
        started = {
            one.pid: one
            for one in (workers.enter_context(process("manage.py", "worker", **arguments)) for _ in range(2))
        }
        for one in started.values():
            says(one, "worker ready")
        eventually(lambda: holder() in started, "one of them keeps the schedule")
        first = holder()
        time.sleep(worker.LEASE + 1)
        assert holder() == first, "the other took the schedule from a worker that lives"

        started.pop(first).kill()
        eventually(lambda: holder() in started, "the other takes over")
        connection.close()
