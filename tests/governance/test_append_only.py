"""Tables that only grow refuse what would rewrite them, whoever asks the database, and after every migrate again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from access.cases import services as cases
from access.grants import obligation_services as obligations
from access.hosts.services import seal_grants
from access.models import CaseMessage, Evidence, GrantChange, Obligation, RequestSubmission, TermsVersion, Vote
from consent.models import CohortChange, ConsentEvent, ConsentProfile, Decider, FormVersion, Membership, MembershipEnd
from consent.services import forms, memberships
from consent.services.sealer import seal
from governance.domain.events import Kind, Subject
from governance.models import AuditEvent, Checkpoint, Leaf, Subtree
from governance.record import append_only, audit, sealer
from tests.access.granted import NOW, Granted, granted
from tests.acting import TESTS
from tests.consent.builders import adult_content
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db

TABLES = (
    AuditEvent,
    CaseMessage,
    Checkpoint,
    CohortChange,
    ConsentEvent,
    ConsentProfile,
    Decider,
    Evidence,
    FormVersion,
    GrantChange,
    Leaf,
    Membership,
    MembershipEnd,
    RequestSubmission,
    Subtree,
    TermsVersion,
    Vote,
)
each_table = pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)


@contextmanager
def refused() -> Iterator[None]:
    """What runs inside is refused by the database as something that only grows."""
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        yield


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def rows(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def another(field: models.Field, value: Any) -> Any:
    """Some value of the column's kind that differs from this one."""
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.BinaryField):
        return b"another"
    if isinstance(field, models.PositiveSmallIntegerField):
        return 9
    if isinstance(field, models.JSONField):
        return '{"another": 1}'
    if isinstance(field, models.UUIDField):
        return "0" * 32
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.CharField | models.TextField):
        return "another"
    return 999_999


@pytest.fixture
def full() -> Granted:
    """A world in which every table that only grows holds a row."""
    of = granted()
    case = of.access.case()
    cases.write_to_applicant(case=case, text="Welcome.", by=of.access.chair, now=NOW)
    promised = Obligation.objects.create(grant=of.grant, place=1, term="DUO:0000019", state="promised")
    obligations.offer(obligation=promised, words="A paper.", link="", by=of.access.ada, now=NOW)
    memberships.end(participant=of.participants[2], dataset=of.access.dataset, by=TESTS, now=NOW)
    seal(of.access.dataset.pk)
    seal_grants()
    standing_keys()
    # So many leaves that there is a subtree to be kept.
    audit.record_each(Kind.KEY_RETIRED, [(Subject("key", "one"), {"use": "token"})] * 256, by=TESTS, now=NOW)
    sealer.seal(now=NOW)
    return of


def test_every_declared_table_is_listed_here() -> None:
    declared = {rule.model for rule in append_only.rules()}

    assert declared == set(TABLES)


def test_no_column_of_a_row_can_be_rewritten(full: Granted) -> None:
    for rule in append_only.rules():
        model = rule.model
        row = model._default_manager.order_by("pk")[0]

        for field in model._meta.concrete_fields:
            value = field.value_from_object(row)
            if field.column in rule.open_columns or (field.column in rule.set_once and value is None):
                continue
            with refused():
                statement = f'UPDATE "{rule.table}" SET "{field.column}" = %s WHERE "{model._meta.pk.column}" = %s'
                run(statement, another(field, value), row.pk)


def test_no_row_can_be_deleted(full: Granted) -> None:
    for model in TABLES:
        row = model._default_manager.order_by("pk")[0]

        with refused():
            run(f'DELETE FROM "{model._meta.db_table}" WHERE "{model._meta.pk.column}" = %s', row.pk)


def replacing(model: type[models.Model], **changed: Any) -> tuple[str, list[Any]]:
    """INSERT of a row with the columns of the oldest one, changed; and its values."""
    table = model._meta.db_table
    [found] = rows(f'SELECT * FROM "{table}" ORDER BY "{model._meta.pk.column}" LIMIT 1')
    columns = [field.column for field in model._meta.concrete_fields]
    [names] = [[row[1] for row in rows(f'PRAGMA table_info("{table}")')]]
    values = dict(zip(names, found, strict=True)) | changed
    into = ", ".join(f'"{column}"' for column in columns)
    holes = ", ".join(["%s"] * len(columns))
    return f'INTO "{table}" ({into}) VALUES ({holes})', [values[column] for column in columns]


@pytest.mark.only_on("sqlite")  # only SQLite replaces rows on INSERT
@each_table
def test_no_row_is_replaced_by_one_of_the_same_key(full: Granted, model: type[models.Model]) -> None:
    columns = {field.column: field for field in model._meta.concrete_fields}
    before = rows(f'SELECT * FROM "{model._meta.db_table}"')
    keys = [[model._meta.pk.column]]
    keys += [[field.column] for field in columns.values() if field.unique]
    keys += [
        [model._meta.get_field(name).column for name in one.fields]
        for one in model._meta.constraints
        if isinstance(one, models.UniqueConstraint)
    ]
    for key in keys:
        # Everything but the key is another: what would be deleted is known by this key alone.
        others = {
            column: another(field, None)
            for column, field in columns.items()
            if (field.primary_key or field.unique) and column not in key
        }
        into, values = replacing(model, **others)
        for statement in ("REPLACE", "INSERT OR REPLACE"):
            with refused():
                run(f"{statement} {into}", *values)

    assert rows(f'SELECT * FROM "{model._meta.db_table}"') == before


@pytest.mark.only_on("sqlite")  # only SQLite replaces rows on UPDATE
def test_no_row_is_replaced_by_what_another_row_becomes(full: Granted) -> None:
    full.leaves(0)
    published = full.consent.version
    drafted = forms.draft(programme=full.consent.programme, content=adult_content("2"), by=full.consent.rosa, now=NOW)

    with refused():
        run('UPDATE OR REPLACE "consent_cohortchange" SET "position" = 1 WHERE "position" IS NULL')
    with refused():
        run('UPDATE OR REPLACE "consent_formversion" SET "id" = %s WHERE "id" = %s', published.pk, drafted.pk)
    with refused():
        run('UPDATE OR REPLACE "consent_formversion" SET "number" = 1 WHERE "id" = %s', drafted.pk)

    assert FormVersion.objects.filter(pk=published.pk, state="published").exists()


@pytest.mark.only_on("sqlite")  # only SQLite replaces rows on INSERT
def test_a_row_of_a_key_that_nobody_has_is_written(full: Granted) -> None:
    """A vote that was replaced holds no key of those that stand, nor does a draft beside a published form."""
    Vote.objects.update(replaced_at=NOW)
    forms.draft(programme=full.consent.programme, content=adult_content("2"), by=full.consent.rosa, now=NOW)
    into, values = replacing(Vote, id=None, replaced_at=None)

    run(f"INSERT {into}", *values)

    assert Vote.objects.filter(replaced_at=None).count() == 1


def test_no_table_can_be_emptied_at_once(full: Granted) -> None:
    # SQLite has no TRUNCATE: there a DELETE of everything stands for it.
    truncate = "DELETE FROM {}"
    if connection.vendor == "postgresql":
        truncate = "TRUNCATE {} CASCADE"
        run("SET CONSTRAINTS ALL IMMEDIATE")

    for model in TABLES:
        with refused():
            run(truncate.format(f'"{model._meta.db_table}"'))


def test_a_position_is_given_once_and_never_changed() -> None:
    of = granted()
    of.leaves(0)
    change = CohortChange.objects.get(position=None)

    CohortChange.objects.filter(pk=change.pk).update(position=4)
    with refused():
        CohortChange.objects.filter(pk=change.pk).update(position=5)
    with refused():
        CohortChange.objects.filter(pk=change.pk).update(position=None)

    change.refresh_from_db()
    assert change.position == 4


def test_a_published_form_stays_as_it_was_signed_and_never_becomes_a_draft_again() -> None:
    version = granted().consent.version

    with refused():
        FormVersion.objects.filter(pk=version.pk).update(content={})
    with refused():
        FormVersion.objects.filter(pk=version.pk).update(state="draft")

    version.refresh_from_db()
    assert (version.state, version.retired_at) == ("published", None)


def test_a_form_that_is_still_written_may_change_until_it_is_published() -> None:
    of = granted().consent
    drafted = forms.draft(programme=of.programme, content=adult_content("2"), by=of.rosa, now=NOW)

    drafted.content = adult_content("3")
    drafted.save(update_fields=["content"])

    assert FormVersion.objects.get(pk=drafted.pk).content["form"]["version"] == "3"


# A table can be remade on SQLite only outside a transaction; both databases are treated alike.
@pytest.mark.django_db(transaction=True)
def test_triggers_stand_again_after_a_migration_has_remade_the_table() -> None:
    granted()
    field = AuditEvent._meta.get_field("subject_id")
    wider = models.CharField(max_length=field.max_length + 1)
    wider.set_attributes_from_name("subject_id")
    wider.model = AuditEvent
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEvent, field, wider)
    lost = append_only.unguarded()

    call_command("migrate", verbosity=0)

    assert append_only.unguarded() == []
    # What is shown here is SQLite's silence; PostgreSQL alters the table in place.
    assert bool(lost) == (connection.vendor == "sqlite")
    with refused():
        AuditEvent.objects.update(actor="nobody")
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEvent, wider, field)


@each_table
def test_nothing_starts_while_a_trigger_is_missing(model: type[models.Model]) -> None:
    name = f"append_only_{model._meta.db_table}_update"
    on_table = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""

    run(f'DROP TRIGGER "{name}"{on_table}')

    assert append_only.unguarded() == [f"{name} is missing"]
    with pytest.raises(ImproperlyConfigured, match="append-only triggers do not stand"):
        append_only.refuse_to_start_without_triggers()


@each_table
def test_nothing_starts_while_a_trigger_of_that_name_does_something_else(model: type[models.Model], client) -> None:
    table = model._meta.db_table
    name = f"append_only_{table}_update"
    if connection.vendor == "postgresql":
        run(f'CREATE OR REPLACE FUNCTION "append_only_{table}"() RETURNS trigger LANGUAGE plpgsql AS $$ '
            "BEGIN RETURN NEW; END $$")  # fmt: skip
    else:
        run(f'DROP TRIGGER "{name}"')
        run(f'CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" WHEN 0 BEGIN SELECT RAISE(ABORT, \'only grows\'); END')

    assert f"{name} is not the one that migrate installs" in append_only.unguarded()
    with pytest.raises(ImproperlyConfigured, match="append-only triggers do not stand"):
        append_only.refuse_to_start_without_triggers()
    assert client.get("/health/ready").status_code == 503


@each_table
def test_nothing_starts_while_a_trigger_of_that_name_stands_on_another_table(model: type[models.Model]) -> None:
    table = model._meta.db_table
    other = "governance_organisation"
    name = f"append_only_{table}_delete"
    if connection.vendor == "postgresql":
        run(f'DROP TRIGGER "{name}" ON "{table}"')
        run(f'CREATE TRIGGER "{name}" BEFORE DELETE ON "{other}" FOR EACH ROW EXECUTE FUNCTION "append_only_{table}"()')
    else:
        [[made]] = rows("SELECT sql FROM sqlite_master WHERE name = %s", name)
        run(f'DROP TRIGGER "{name}"')
        run(made.replace(f'ON "{table}"', f'ON "{other}"').replace('OLD."state"', 'OLD."slug"'))

    assert len(append_only.unguarded()) == 1


@pytest.mark.only_on("postgresql")  # SQLite cannot switch a trigger off
@pytest.mark.parametrize(
    ("switched", "says"),
    [
        ("DISABLE TRIGGER ALL", "is switched off"),
        ("DISABLE TRIGGER USER", "is switched off"),
        ('ENABLE TRIGGER "append_only_{table}_delete"', "is not on in every session"),
        ('ENABLE REPLICA TRIGGER "append_only_{table}_delete"', "is not on in every session"),
    ],
)
@each_table
def test_nothing_starts_while_a_trigger_is_switched_off(model: type[models.Model], switched: str, says: str) -> None:
    table = model._meta.db_table

    run(f'ALTER TABLE "{table}" {switched.format(table=table)}')

    assert f"append_only_{table}_delete {says}" in append_only.unguarded()


@pytest.mark.only_on("postgresql")  # SQLite has no replicas
def test_a_session_that_calls_itself_a_replica_is_refused_too(full: Granted) -> None:
    run("SET LOCAL session_replication_role = replica")

    for model in TABLES:
        with refused():
            run(f'DELETE FROM "{model._meta.db_table}"')


def test_installing_twice_changes_nothing() -> None:
    append_only.install()
    append_only.install()

    assert append_only.unguarded() == []
