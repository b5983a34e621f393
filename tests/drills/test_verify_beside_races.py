"""While people mint, withdraw, confirm, vote and close at once, `verify` finds nothing: what it finds is there.

Small here; `SIZE=full` runs it for two and a half minutes.
"""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from access.grants import evaluation
from access.hosts import services as hosts
from access.models import Visa
from access.verification import verify
from consent.selectors.positions import position
from consent.services import ledger
from consent.services.verify import verify_ledger
from governance.domain.errors import DuologueError
from governance.models import AuditEvent, Installation
from governance.record import outbox
from governance.selectors.audit import snapshot
from tests.access import builders
from tests.access.granted import Granted, granted
from tests.access.mints import mint_visas
from tests.consent.builders import EVERYTHING
from tests.governance.key_builders import standing_keys
from tests.races import shared_database

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 150 if os.environ.get("SIZE") == "full" else 8
# What a busy database answers: nothing was done, and it is tried again.
BUSY = (DatabaseError, DuologueError)


def works(of: Granted) -> list[Callable[[], object]]:
    """What people, hosts and the worker do, each again and again in a thread of its own."""
    person, dataset = of.access.ada, of.access.dataset

    def mint() -> None:
        host = random.choice([of.enforcing, of.download])
        mint_visas(person=person, client=None, host=host, now=timezone.now())

    def change_mind() -> None:
        one = random.choice(of.participants)
        try:
            ledger.withdraw(participant=one, axis="no_use", by=one.account, capacity="self", now=timezone.now())
        finally:
            ledger.rejoin(
                participant=one, answers=EVERYTHING, form_version=of.consent.version, by=one.account, capacity="self",
                now=timezone.now(),
            )  # fmt: skip

    def confirm() -> None:
        host = random.choice([of.enforcing, of.download])
        hosts.confirm(host=host, grant=of.grant, position=position(dataset.pk), by=host, now=timezone.now())

    def drain() -> None:
        outbox.drain(now=timezone.now())
        evaluation.sweep(timezone.now())

    return [mint, mint, change_mind, change_mind, confirm, drain]


@contextmanager
def busy(of: Granted) -> Iterator[None]:
    stopped = threading.Event()

    def again(work: Callable[[], object]) -> None:
        while not stopped.is_set():
            try:
                work()
            except BUSY:
                continue
        connections.close_all()

    threads = [threading.Thread(target=again, args=(work,)) for work in works(of)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join(60)


def look() -> list[str]:
    with snapshot():
        now = timezone.now()
        return [str(one) for one in verify.findings(now=now)] + [str(one) for one in verify_ledger(now=now).problems]


def test_nothing_is_found_that_is_not_there(tmp_path: Path) -> None:
    standing_keys()
    Installation.objects.create(demo=True, made_at=builders.NOW)
    of = granted(others=[EVERYTHING] * 12)
    of.participants = of.participants[:6]
    looks = 0
    with shared_database(tmp_path):
        before = AuditEvent.objects.count()
        with busy(of):
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                found = look()
                looks += 1
                assert found == []
        connection.close()
        outbox.drain(now=timezone.now())
        assert look() == []
        happened = AuditEvent.objects.count() - before
        minted = Visa.objects.count()

    assert looks > 1
    assert happened > 10
    assert minted > 2
