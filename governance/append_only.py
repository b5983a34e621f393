"""Tables that only grow: triggers on both databases, installed again after every migrate and checked at start.

A Django table remake on SQLite drops triggers silently, so `post_migrate` installs them anew each time. On PostgreSQL
TRUNCATE needs a trigger of its own, and a column that a trigger reads cannot be altered: `pre_migrate` lifts them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models

REFUSAL = "append-only"


@dataclass(frozen=True, slots=True)
class Rule:
    """A table that refuses DELETE (and TRUNCATE), and UPDATE unless only `open_columns` change.

    Columns of `set_once` go from null to a value, and never on from there. `open_when` is an SQL condition on the row
    (`{row}`) under which it may change or go, such as a draft that is not yet published; no row ever comes back to it.
    """

    model: type[models.Model]
    open_columns: tuple[str, ...] = ()
    set_once: tuple[str, ...] = ()
    open_when: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def frozen_columns(self) -> tuple[str, ...]:
        columns = [field.column for field in self.model._meta.concrete_fields]
        return tuple(column for column in columns if column not in (*self.open_columns, *self.set_once))

    @property
    def open_before(self) -> str:
        """SQL: whether the row was still open; empty where rows never are."""
        return f"({self.open_when.format(row='OLD')})" if self.open_when else ""

    def refuses_update(self, differs: str) -> str:
        """SQL condition under which an UPDATE of a row is refused; `differs` compares with null as a value."""
        refused = [f'OLD."{column}" {differs} NEW."{column}"' for column in self.frozen_columns]
        refused += [
            f'(OLD."{column}" IS NOT NULL AND OLD."{column}" {differs} NEW."{column}")' for column in self.set_once
        ]
        if not self.open_when:
            return " OR ".join(refused)
        refused.append(f"({self.open_when.format(row='NEW')})")
        return f"NOT {self.open_before} AND ({' OR '.join(refused)})"


_rules: list[Rule] = []


def only_grows(
    model: type[models.Model],
    *,
    open_columns: Iterable[str] = (),
    set_once: Iterable[str] = (),
    open_when: str = "",
) -> None:
    """Declare a table append-only. Called in `AppConfig.ready()`, before migrations run."""
    rule = Rule(model, tuple(open_columns), tuple(set_once), open_when)
    if rule not in _rules:
        _rules.append(rule)


def rules() -> tuple[Rule, ...]:
    """Every declared table, for tests and documentation."""
    return tuple(_rules)


def _sqlite(rule: Rule) -> list[str]:
    name = f"append_only_{rule.table}"
    abort = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {rule.table} only grows'); END"
    update_when = rule.refuses_update("IS NOT")
    delete_when = f"WHEN NOT {rule.open_before}" if rule.open_when else ""
    return [
        f'DROP TRIGGER IF EXISTS "{name}_update"',
        f'DROP TRIGGER IF EXISTS "{name}_delete"',
        f'CREATE TRIGGER "{name}_update" BEFORE UPDATE ON "{rule.table}" WHEN {update_when} {abort}',
        f'CREATE TRIGGER "{name}_delete" BEFORE DELETE ON "{rule.table}" {delete_when} {abort}',
    ]


def _postgresql(rule: Rule) -> list[str]:
    """The conditions stand inside a function of the table: a trigger's own WHEN would forbid every later migration of a
    column that it names.
    """
    name = f"append_only_{rule.table}"
    refuse = f"RAISE EXCEPTION '{REFUSAL}: % only grows', TG_TABLE_NAME;"
    delete_refused = f"IF NOT {rule.open_before} THEN {refuse} END IF;" if rule.open_when else refuse
    statements = [
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"IF TG_OP = 'UPDATE' THEN IF {rule.refuses_update('IS DISTINCT FROM')} THEN {refuse} END IF; RETURN NEW; "
        f"ELSIF TG_OP = 'DELETE' THEN {delete_refused} RETURN OLD; "
        f"ELSE {refuse} END IF; RETURN NULL; END $$"
    ]
    for kind in ("update", "delete", "truncate"):
        each = "STATEMENT" if kind == "truncate" else "ROW"
        statements += [
            f'DROP TRIGGER IF EXISTS "{name}_{kind}" ON "{rule.table}"',
            f'CREATE TRIGGER "{name}_{kind}" BEFORE {kind.upper()} ON "{rule.table}" '
            f'FOR EACH {each} EXECUTE FUNCTION "{name}"()',
        ]
    return statements


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


def lift(using: str = "default", plan: Sequence[object] = (), **_: object) -> None:
    """Take the triggers away for a migration. Connected to `pre_migrate`; without a plan nothing happens.

    PostgreSQL refuses to alter a column that a trigger reads. Where the migration fails, web and worker
    refuse to start until `migrate` has run to its end and put the triggers back.
    """
    if not plan:
        return
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for rule in _rules:
            if rule.table in tables:
                on_table = f' ON "{rule.table}"' if connection.vendor == "postgresql" else ""
                for kind in ("update", "delete", "truncate"):
                    cursor.execute(f'DROP TRIGGER IF EXISTS "append_only_{rule.table}_{kind}"{on_table}')


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
