"""What `verify` reads stands still while others write, and holds nobody up."""

from pathlib import Path

import pytest
from django.db import DatabaseError, close_old_connections, connections, transaction

from governance.domain.events import Kind, Subject
from governance.models import AuditEvent
from governance.record import audit
from governance.selectors.audit import snapshot
from tests.access.builders import NOW
from tests.acting import TESTS
from tests.races import shared_database, together

pytestmark = pytest.mark.django_db(transaction=True)


def write() -> int:
    with transaction.atomic():
        return audit.record(Kind.PERSON_CREATED, by=TESTS, about=Subject("person", "x"), now=NOW).pk


def test_a_snapshot_stands_still_while_somebody_writes(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        connections.close_all()
        with snapshot():
            before = AuditEvent.objects.count()
            written = together(write)
            after = AuditEvent.objects.count()
        behind = AuditEvent.objects.count()

    assert isinstance(written[0], int)
    assert (after, behind) == (before, before + 1)


def test_nothing_is_written_inside_a_snapshot_and_everything_after_it(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        with pytest.raises((DatabaseError, audit.NotNow)), snapshot():
            write()
        close_old_connections()
        assert isinstance(write(), int)
