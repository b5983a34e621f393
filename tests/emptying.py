"""Takes away what a test with transactions of its own wrote: the rows of the tables that hold some, whatever guards them.

Django's flush empties all tables and then does what follows a migration, triggers of some thirty tables included; most tests
write to a few. The tables that only grow are opened for the deletion alone, each trigger afterwards as it stood.
"""

from django.core.cache import cache
from django.db import connection, transaction
from django.test import TransactionTestCase

from governance.record import append_only
from tests import worlds


def in_place_of_flush() -> None:
    """Let pytest-django empty the database so after each test with transactions."""
    TransactionTestCase._fixture_teardown = lambda _case: empty()


def empty() -> None:
    """Leave no row but those that are filled when tables are made, and every trigger where `migrate` puts it."""
    held = worlds.held_tables()
    guarded = {rule.table for rule in append_only.rules()} & set(held)
    guards = _guards_on_postgresql if connection.vendor == "postgresql" else _guards_on_sqlite
    with transaction.atomic(), connection.cursor() as cursor:
        taken_away, put_back = guards(sorted(guarded))
        for statement in taken_away:
            cursor.execute(statement)
        for name in held:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
        for statement in put_back:
            cursor.execute(statement)
    # No table of a model.
    cache.clear()
    if append_only.unguarded():
        append_only.install()


def _guards_on_postgresql(tables: list[str]) -> tuple[list[str], list[str]]:
    """What switches the triggers of these tables off and on again; a key that is checked later would forbid the latter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relname = ANY(%s)",
            [tables],
        )
        on = [f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{trigger}"' for table, trigger in cursor.fetchall()]
    off = [f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in tables]
    return off, ["SET CONSTRAINTS ALL IMMEDIATE", *on]


def _guards_on_sqlite(tables: list[str]) -> tuple[list[str], list[str]]:
    """What drops the triggers of these tables and makes the same ones again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [(name, made) for name, table, made in cursor.fetchall() if table in tables]
    return [f'DROP TRIGGER "{name}"' for name, _made in triggers], [made for _name, made in triggers]
