"""A broker wakes the worker at a commit, and is never needed: what it does not say, the worker finds by itself."""

from pathlib import Path

import pytest

from governance.models import OutboxMessage
from tests.brokers import RABBIT, REDIS, broker
from tests.processes import eventually, free_port, process, says
from tests.races import shared_database

# What another process publishes, and where a commit would hang if it waited for the broker.
PUBLISH = """
import time
from django.db import transaction
from django.utils import timezone
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
@pytest.mark.parametrize("name", [REDIS, RABBIT])
def test_a_commit_wakes_the_worker_through_the_broker(tmp_path: Path, name: str) -> None:
    """With a worker that looks by itself only once in an hour, what is published is carried out all the same."""
    looks_never = {"DUOLOGUE_POLL_SECONDS": "3600"}
    with (
        shared_database(tmp_path),
        broker(name, tmp_path) as at,
        process("manage.py", "worker", folder=tmp_path, **looks_never, **at.environment) as started,
    ):
        says(started, "worker ready")
        with process("manage.py", "shell", "-v", "0", "-c", PUBLISH, folder=tmp_path, **at.environment) as publisher:
            says(publisher, "committed")
            eventually(_carried_out, "the wake-up reaches the worker")


def _carried_out() -> bool:
    return OutboxMessage.objects.get(kind="drill.nobody").fanned_at is not None
