"""The worker: its schedule, what it survives, and that waking it holds up nobody."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.utils import timezone

from access.demo.guard import refuse_demo_in_production
from governance.models import Installation, OutboxMessage
from governance.record import outbox, worker
from governance.record.waking import Waker
from governance.start import before_start, check_start
from tests.access.granted import granted
from tests.processes import eventually, process, says
from tests.races import shared_database


@pytest.fixture
def kept_schedule() -> Iterator[None]:
    """The schedule as the product has it, afterwards."""
    before = list(worker._schedule)
    worker._schedule.clear()
    yield
    worker._schedule[:] = before


@pytest.mark.django_db
def test_a_job_that_fails_holds_up_no_other(kept_schedule: None) -> None:
    ran: list[datetime] = []

    def fails(now: datetime) -> None:
        raise ConnectionError("away")

    worker.every(60, "fails", fails)
    worker.every(60, "works", ran.append)
    worker.turn()
    worker.turn()

    assert len(ran) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_outlives_a_database_that_is_away(kept_schedule: None) -> None:
    OutboxMessage.objects.create(kind="drill.nobody", created_at=timezone.now(), due_at=timezone.now())
    turns: list[int] = []

    def away(execute, sql, params, many, context):
        raise OperationalError("the database does not answer")

    def stopped() -> bool:
        turns.append(1)
        return len(turns) > 2

    with connection.execute_wrapper(away):
        worker.run_until(stopped, 0.0)

    assert len(turns) == 3
    assert outbox.drain() == 1


def test_a_commit_never_waits_for_the_broker() -> None:
    sent, held = threading.Event(), threading.Event()

    def hangs() -> None:
        sent.set()
        held.wait()

    waker = Waker(hangs)
    waker.wake()
    assert sent.wait(10)
    waker.wake()
    waker.wake()

    held.set()


def test_many_wake_ups_are_one_and_a_broker_that_is_away_is_tried_again() -> None:
    tries: list[int] = []
    first, go, second = threading.Event(), threading.Event(), threading.Event()

    def send() -> None:
        tries.append(1)
        if len(tries) == 1:
            first.set()
            go.wait()
            raise ConnectionError("away")
        second.set()

    waker = Waker(send)
    waker.wake()
    assert first.wait(10)
    for _ in range(100):
        waker.wake()
    go.set()

    assert second.wait(10)
    assert len(tries) == 2


@pytest.mark.django_db
def test_a_demo_world_refuses_production_settings(settings) -> None:
    Installation.objects.create(demo=True, made_at=datetime(2026, 11, 18, tzinfo=UTC))
    check_start()
    settings.PRODUCTION = True

    with pytest.raises(ImproperlyConfigured, match="this database holds a demo world"):
        check_start()

    before_start(refuse_demo_in_production)
    Installation.objects.update(demo=False)
    check_start()


@pytest.mark.django_db(transaction=True)
def test_the_worker_without_a_broker_finds_what_another_process_left(tmp_path: Path) -> None:
    of = granted()
    of.leaves(0)

    with shared_database(tmp_path), process("manage.py", "worker", folder=tmp_path) as started:
        says(started, "worker ready")
        eventually(lambda: of.now().cohort_size == 2, "the grant shrinks")
        started.terminate()
        assert started.wait(30) == 0


def test_the_broker_is_told_that_a_task_is_only_a_wake_up() -> None:
    assert settings.CELERY_TASK_ACKS_LATE
    assert settings.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert settings.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert not settings.CELERY_TASK_PUBLISH_RETRY
