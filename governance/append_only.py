"""Tables that only grow: triggers on both databases, installed again after every migrate and checked at start.

A Django table remake on SQLite drops triggers silently, so `post_migrate` installs them anew each time. On PostgreSQL
TRUNCATE needs a trigger of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models

REFUSAL = "append-only"


@dataclass(frozen=True, slots=True)
class Rule:
    """A table that refuses DELETE (and TRUNCATE), and UPDATE unless only `open_columns` change.

    `open_when` is an SQL condition on OLD under which updates are allowed (a draft that is not yet published).
    """

    model: type[models.Model]
    open_columns: tuple[str, ...] = ()
    open_when: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def frozen_columns(self) -> tuple[str, ...]:
        columns = [field.column for field in self.model._meta.concrete_fields]
        return tuple(column for column in columns if column not in self.open_columns)


_rules: list[Rule] = []


def only_grows(model: type[models.Model], *, open_columns: Iterable[str] = (), open_when: str = "") -> None:
    """Declare a table append-only. Called in `AppConfig.ready()`, before migrations run."""
    rule = Rule(model, tuple(open_columns), open_when)
    if rule not in _rules:
        _rules.append(rule)


def rules() -> tuple[Rule, ...]:
    """Every declared table, for tests and documentation."""
    return tuple(_rules)


def _changed(rule: Rule, differs: str) -> str:
    return " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in rule.frozen_columns)


def _sqlite(rule: Rule) -> list[str]:
    update_when = f"({_changed(rule, 'IS NOT')})"
    delete_when = ""
    if rule.open_when:
        update_when += f" AND NOT ({rule.open_when})"
        delete_when = f"WHEN NOT ({rule.open_when})"
    name = f"append_only_{rule.table}"
    abort = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {rule.table} only grows'); END"
    return [
        f'DROP TRIGGER IF EXISTS "{name}_update"',
        f'DROP TRIGGER IF EXISTS "{name}_delete"',
        f'CREATE TRIGGER "{name}_update" BEFORE UPDATE ON "{rule.table}" WHEN {update_when} {abort}',
        f'CREATE TRIGGER "{name}_delete" BEFORE DELETE ON "{rule.table}" {delete_when} {abort}',
    ]


def _postgresql(rule: Rule) -> list[str]:
    name = f"append_only_{rule.table}"
    update_when = f"({_changed(rule, 'IS DISTINCT FROM')})"
    delete_when = ""
    if rule.open_when:
        update_when += f" AND NOT ({rule.open_when})"
        delete_when = f"WHEN (NOT ({rule.open_when}))"
    run = "EXECUTE FUNCTION duologue_refuse_change()"
    return [
        "CREATE OR REPLACE FUNCTION duologue_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{REFUSAL}: % only grows', TG_TABLE_NAME; END $$",
        f'DROP TRIGGER IF EXISTS "{name}_update" ON "{rule.table}"',
        f'DROP TRIGGER IF EXISTS "{name}_delete" ON "{rule.table}"',
        f'DROP TRIGGER IF EXISTS "{name}_truncate" ON "{rule.table}"',
        f'CREATE TRIGGER "{name}_update" BEFORE UPDATE ON "{rule.table}" FOR EACH ROW WHEN ({update_when}) {run}',
        f'CREATE TRIGGER "{name}_delete" BEFORE DELETE ON "{rule.table}" FOR EACH ROW {delete_when} {run}',
        f'CREATE TRIGGER "{name}_truncate" BEFORE TRUNCATE ON "{rule.table}" FOR EACH STATEMENT {run}',
    ]


def install(using: str = "default", **_: object) -> None:
    """Install every trigger whose table exists. Connected to `post_migrate`; doing it twice changes nothing."""
    connection = connections[using]
    statements = _postgresql if connection.vendor == "postgresql" else _sqlite
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for rule in _rules:
            if rule.table in tables:
                for statement in statements(rule):
                    cursor.execute(statement)


def missing(using: str = "default") -> list[str]:
    """Triggers that should stand and do not, by name."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        standing = {row[0] for row in cursor.fetchall()}
    kinds = ("update", "delete", "truncate") if connection.vendor == "postgresql" else ("update", "delete")
    wanted = [f"append_only_{rule.table}_{kind}" for rule in _rules for kind in kinds]
    # PostgreSQL cuts names at 63 bytes.
    return [name for name in wanted if name[:63] not in standing]


def refuse_to_start_without_triggers(using: str = "default") -> None:
    """Called when web and worker start: a ledger that could be rewritten is not served."""
    gone = missing(using)
    if gone:
        raise ImproperlyConfigured(f"append-only triggers are missing ({', '.join(gone)}): run `manage.py migrate`")
