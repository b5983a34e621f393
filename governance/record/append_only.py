"""Tables that only grow: triggers on both databases, installed again after every migrate and checked at start.

A Django table remake on SQLite drops triggers silently, so `post_migrate` installs them anew each time. On PostgreSQL
TRUNCATE needs a trigger of its own, and a column that a trigger reads cannot be altered: `pre_migrate` lifts them.
On SQLite REPLACE deletes the rows that it conflicts with and fires no delete trigger for them: a trigger before INSERT
refuses what has a key of a standing row. What stands is compared with what would be installed, not by name alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from governance.columns import column_of, field_of

REFUSAL = "append-only"
_NAMED, _OF_NEW = re.compile(r'"(\w+)"'), r'NEW."\1"'
# What PostgreSQL calls BEFORE each of these, for each row or once for the statement (pg_trigger.tgtype).
POSTGRESQL_TYPES = {"update": 19, "delete": 11, "truncate": 34}
# Without a condition, without a list of columns, and which function with which text.
_POSTGRESQL_LOOK = """
SELECT c.relname, t.tgname, t.tgenabled::text, t.tgtype, t.tgqual IS NULL AND t.tgattr = '', p.proname, p.prosrc
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)
"""


@dataclass(frozen=True, slots=True)
class GrowthRule:
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
        columns = [column_of(field) for field in self.model._meta.concrete_fields]
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


_rules: list[GrowthRule] = []


def only_grows(
    model: type[models.Model],
    *,
    open_columns: Iterable[str] = (),
    set_once: Iterable[str] = (),
    open_when: str = "",
) -> None:
    """Declare a table append-only. Called in `AppConfig.ready()`, before migrations run."""
    rule = GrowthRule(model, tuple(open_columns), tuple(set_once), open_when)
    if rule not in _rules:
        _rules.append(rule)


def rules() -> tuple[GrowthRule, ...]:
    """Every declared table, for tests and documentation."""
    return tuple(_rules)


def _keys(rule: GrowthRule, using: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The columns of each key that a REPLACE deletes by, and the SQL condition under which it is one; `rowid` is one."""
    options = rule.model._meta
    yield ("rowid",), ""
    # A key that is counted by the database is the rowid itself; any other has an index of its own.
    keys = (field for field in options.concrete_fields if field.unique and not isinstance(field, models.AutoField))
    yield from (((column_of(field),), "") for field in keys)
    connection = connections[using]
    editor = connection.SchemaEditorClass(connection, collect_sql=True)
    for constraint in options.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            condition = constraint._get_condition_sql(rule.model, editor) or ""  # type: ignore[attr-defined]  # Django's own
            yield tuple(column_of(field_of(rule.model, name)) for name in constraint.fields), condition


def _stands(rule: GrowthRule, using: str, besides: str = "") -> str:
    """SQL condition: a row that must stay has a key of the new row, so that REPLACE would delete it."""
    same = []
    for columns, condition in _keys(rule, using):
        equal = [f'"{column}" = NEW."{column}"' for column in columns]
        if condition:
            # The same condition twice: on the standing row, and on the new one.
            equal += [f"({condition})", f"({_NAMED.sub(_OF_NEW, condition)})"]
        same.append(f"({' AND '.join(equal)})")
    # Names of our own models and their columns alone.
    return f'EXISTS (SELECT 1 FROM "{rule.table}" WHERE ({" OR ".join(same)}){besides})'  # noqa: S608


@cache
def _sqlite(rule: GrowthRule, using: str) -> Mapping[str, str]:
    """The statement that makes each trigger of a table."""
    abort = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {rule.table} only grows'); END"
    others = _stands(rule, using, besides=' AND "rowid" IS NOT OLD."rowid"')
    when = {
        "insert": _stands(rule, using),
        "update": f"({rule.refuses_update('IS NOT')}) OR {others}",
        "delete": f"NOT {rule.open_before}" if rule.open_when else "",
    }
    return {
        kind: f'CREATE TRIGGER "{_name(rule, kind)}" BEFORE {kind.upper()} ON "{rule.table}" '
        f"{f'WHEN {condition} ' if condition else ''}{abort}"
        for kind, condition in when.items()
    }


def _function_body(rule: GrowthRule) -> str:
    """The conditions stand inside a function of the table: a trigger's own WHEN would forbid every later migration of a
    column that it names.
    """
    refuse = f"RAISE EXCEPTION '{REFUSAL}: % only grows', TG_TABLE_NAME;"
    delete_refused = f"IF NOT {rule.open_before} THEN {refuse} END IF;" if rule.open_when else refuse
    return (
        f" BEGIN IF TG_OP = 'UPDATE' THEN IF {rule.refuses_update('IS DISTINCT FROM')} THEN {refuse} END IF; RETURN NEW; "
        f"ELSIF TG_OP = 'DELETE' THEN {delete_refused} RETURN OLD; "
        f"ELSE {refuse} END IF; RETURN NULL; END "
    )


def _name(rule: GrowthRule, kind: str = "") -> str:
    # PostgreSQL cuts names at 63 bytes.
    return f"append_only_{rule.table}{f'_{kind}' if kind else ''}"[:63]


def _postgresql(rule: GrowthRule) -> Iterator[str]:
    name = _name(rule)
    yield f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $${_function_body(rule)}$$'
    for kind in POSTGRESQL_TYPES:
        each = "STATEMENT" if kind == "truncate" else "ROW"
        yield f'DROP TRIGGER IF EXISTS "{_name(rule, kind)}" ON "{rule.table}"'
        yield (
            f'CREATE TRIGGER "{_name(rule, kind)}" BEFORE {kind.upper()} ON "{rule.table}" '
            f'FOR EACH {each} EXECUTE FUNCTION "{name}"()'
        )
        # Otherwise a session that calls itself a replica would not be refused.
        yield f'ALTER TABLE "{rule.table}" ENABLE ALWAYS TRIGGER "{_name(rule, kind)}"'


def install(using: str = "default", **_: object) -> None:
    """Install every trigger whose table exists. Connected to `post_migrate`; doing it twice changes nothing."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for rule in _rules:
            if rule.table not in tables:
                continue
            if connection.vendor == "postgresql":
                statements = list(_postgresql(rule))
            else:
                wanted = _sqlite(rule, using)
                statements = [f'DROP TRIGGER IF EXISTS "{_name(rule, kind)}"' for kind in wanted]
                statements += wanted.values()
            for statement in statements:
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
                for kind in ("insert", *POSTGRESQL_TYPES):
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{_name(rule, kind)}"{on_table}')


def unguarded(using: str = "default") -> list[str]:
    """The triggers that are not what `migrate` installs, each with what is wrong: missing, switched off, or different."""
    connection = connections[using]
    look = _astray_on_postgresql if connection.vendor == "postgresql" else _astray_on_sqlite
    return list(look(connection))


def _astray_on_sqlite(connection: BaseDatabaseWrapper) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        standing = dict(cursor.fetchall())
    for rule in _rules:
        for kind, wanted in _sqlite(rule, connection.alias).items():
            name = _name(rule, kind)
            if name not in standing:
                yield f"{name} is missing"
            elif standing[name] != wanted:
                yield f"{name} is not the one that migrate installs"


def _astray_on_postgresql(connection: BaseDatabaseWrapper) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL_LOOK)
        standing = {(row[0], row[1]): row[2:] for row in cursor.fetchall()}
    for rule in _rules:
        for kind, type_bits in POSTGRESQL_TYPES.items():
            name = _name(rule, kind)
            found = standing.get((rule.table, name))
            if found is None:
                yield f"{name} is missing"
            elif found[0] != "A":
                yield f"{name} is switched off" if found[0] == "D" else f"{name} is not on in every session"
            elif found[1:] != (type_bits, True, _name(rule), _function_body(rule)):
                yield f"{name} is not the one that migrate installs"


def refuse_to_start_without_triggers(using: str = "default") -> None:
    """Called when web and worker start: a ledger that could be rewritten is not served."""
    wrong = unguarded(using)
    if wrong:
        raise ImproperlyConfigured(f"append-only triggers do not stand ({', '.join(wrong)}): run `manage.py migrate`")
