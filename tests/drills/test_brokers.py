"""A broker wakes the worker at a commit, and is never needed: what it does not say, the worker finds by itself."""

import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Connection

from governance.models import OutboxMessage
from tests.processes import answers, eventually, free_port, leave_out, process, says
from tests.races import shared_database

RABBITMQ = 5672
# What another process publishes, and where a commit would hang if it waited for the broker.
PUBLISH = """
import time
from django.db import transaction
from django.utils import timezone
from kombu import Connection
from governance.record.outbox import publish
with transaction.atomic():
    publish("drill.nobody", {}, now=timezone.now())
print("committed", flush=True)
time.sleep(30)
"""


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_delays_nothing_but_the_wake_up(tmp_path: Path) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with shared_database(tmp_path):
        environment = {"CELERY_BROKER_URL": nobody, "DUOLOGUE_POLL_SECONDS": "0.2"}
        with process("manage.py", "worker", folder=tmp_path, **environment) as started:
            says(started, "worker ready")
            with process("manage.py", "shell", "-v", "0", "-c", PUBLISH, folder=tmp_path, **environment) as publisher:
                says(publisher, "committed")
            eventually(_carried_out, "the sweep carries it out")


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_worker_through_redis(tmp_path: Path) -> None:
    if shutil.which("redis-server") is None:
        leave_out("no redis-server on this machine")
    port = free_port()
    arguments = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            eventually(lambda: answers(port), "redis answers")
            _woken(tmp_path, f"redis://127.0.0.1:{port}/0")
        finally:
            server.kill()


@pytest.mark.django_db(transaction=True)
def test_a_commit_wakes_the_worker_through_rabbitmq(tmp_path: Path) -> None:
    if not answers(RABBITMQ):
        leave_out("no RabbitMQ answers on this machine")
    _woken(tmp_path, f"amqp://guest:guest@127.0.0.1:{RABBITMQ}//")


def _woken(folder: Path, broker: str) -> None:
    """With a worker that looks by itself only once in an hour, what is published is carried out all the same."""
    name = f"test-{uuid4().hex}"
    queue = {"CELERY_BROKER_URL": broker, "DUOLOGUE_QUEUE": name}
    worker = ("manage.py", "worker")
    with shared_database(folder), process(*worker, folder=folder, DUOLOGUE_POLL_SECONDS="3600", **queue) as started:
        says(started, "worker ready")
        with process("manage.py", "shell", "-v", "0", "-c", PUBLISH, folder=folder, **queue) as publisher:
            says(publisher, "committed")
            eventually(_carried_out, "the wake-up reaches the worker")
    with Connection(broker) as opened:
        opened.default_channel.queue_delete(name)


def _carried_out() -> bool:
    return OutboxMessage.objects.get(kind="drill.nobody").fanned_at is not None
