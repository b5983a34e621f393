"""Migrations: one worker's tables come from them, and rows that stood before they ran are as if they had been written since."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from consent.services import counts
from tests import worlds
from tests.__main__ import WORKERS
from tests.access.granted import granted
from tests.databases import MIGRATED

# The states before the first migration of each app that changes rows, from the top down.
BEFORE = (("access", "0002"), ("consent", "0004"), ("governance", "0002"))
# What did not stand then: tables of later migrations, and columns whose values nobody can know afterwards.
TABLES_SINCE = {
    # Made of what stood before, under other keys: `tests/consent/test_migrations.py`.
    "consent_decider",
    "governance_delivery",
    "governance_notice",
}
COLUMNS_SINCE = {
    ("access_grant", "judged_under"),
    ("access_request", "salt"),
    # Kept from then on; until the next event the whole chain is read.
    ("consent_consentstate", "carried"),
    ("consent_consentstate", "carried_sha256"),
    ("governance_datahost", "order_key"),
    ("governance_user", "sessions_ended"),
    ("governance_user", "unread_notices"),
}
Rows = dict[str, dict[Any, dict[str, Any]]]


def held() -> Rows:
    """By table and key each row with its columns."""
    return {
        table.name: {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
        for table in worlds.tables()
        if table.name not in TABLES_SINCE
    }


@pytest.fixture
def back_and_forth(transactional_db: None) -> tuple[Rows, Rows]:
    """What stood before the way back to the earliest states, and what stands after the way forth again."""
    granted()
    counts.fold_deltas()
    before = held()
    try:
        for app, state in BEFORE:
            call_command("migrate", app, state, verbosity=0)
    finally:
        call_command("migrate", verbosity=0)
    return before, held()


@pytest.mark.django_db
def test_tables_come_from_where_the_worker_was_told():
    applied = MigrationRecorder(connection).applied_migrations()

    assert bool(applied) == MIGRATED


def test_one_worker_of_all_has_the_real_migrations():
    assert ["MIGRATED=yes" in worker for worker in WORKERS] == [False, True]


@pytest.mark.migrated
@pytest.mark.django_db(transaction=True)
def test_rows_from_before_are_as_if_they_had_been_written_since(back_and_forth: tuple[Rows, Rows]):
    before, after = back_and_forth
    changed = {
        (table, column)
        for table in before
        for key, row in before[table].items()
        for column, value in row.items()
        if after.get(table, {}).get(key, {}).get(column) != value
    }

    assert changed == COLUMNS_SINCE
    assert {table: len(rows) for table, rows in before.items()} == {table: len(rows) for table, rows in after.items()}
