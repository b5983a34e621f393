"""Several sealers and writers at once, events that commit out of their order among them: one place for each, one log."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from governance.domain.events import Kind, Subject
from governance.models import AuditEvent, Checkpoint, Leaf
from governance.record import audit, sealer, verify
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.governance.record.sealing import NOW

WRITERS, EVENTS, SEALERS = 4, 40, 3


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_each_event_has_one_place_however_many_seal_and_whenever_it_commits() -> None:
    standing_keys()
    sealer.seal(now=NOW)
    written, failed = threading.Event(), list[Exception]()

    def write(writer: int) -> None:
        for number in range(EVENTS):
            with transaction.atomic():
                about = Subject("key", f"key-{writer}-{number}")
                audit.record(Kind.KEY_RETIRED, by=TESTS, about=about, now=NOW, detail={"use": "token"})
                # Every fourth transaction stays open for a while, and some never commit.
                time.sleep(0.05 if number % 4 == 0 else 0)
                transaction.set_rollback(number % 10 == 9)

    def seal(_sealer: int) -> None:
        while not written.is_set():
            sealer.seal(now=NOW)

    def running(work: Callable[[int], None], number: int) -> threading.Thread:
        def run() -> None:
            try:
                work(number)
            except Exception as error:  # noqa: BLE001  told below
                failed.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    sealers = [running(seal, number) for number in range(SEALERS)]
    for thread in [running(write, number) for number in range(WRITERS)]:
        thread.join()
    written.set()
    for thread in sealers:
        thread.join()
    sealer.seal(now=NOW)

    ids = list(Leaf.objects.order_by("index").values_list("event_id", flat=True))
    assert failed == []
    assert sorted(ids) == sorted(AuditEvent.objects.values_list("id", flat=True))
    assert ids != sorted(ids), "nothing committed out of its order, so that the test showed little"
    assert Checkpoint.objects.count() > 2
    assert list(verify.findings(now=NOW, witnessed=[point.note for point in Checkpoint.objects.all()])) == []
