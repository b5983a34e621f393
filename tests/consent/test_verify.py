"""The ledger cannot be changed, and what goes around the triggers is found."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, models, transaction

from consent.models import ConsentEvent, ConsentProfile, ConsentState, Member, ProfileCountDelta
from consent.services import ledger, memberships, programmes
from consent.services.verify import ConsentReport, Problem, verify_ledger
from governance.models import AuditEvent
from governance.record import append_only
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, HEALTH, NOW, answer, dataset, enrol, person, world

pytestmark = pytest.mark.django_db
GUARDED = [
    rule.model
    for rule in append_only.rules()
    if not rule.open_columns and (rule.model._meta.app_label == "consent" or rule.model is AuditEvent)
]


@pytest.fixture
def petra():
    """Somebody with a history and a membership."""
    of = world()
    one = enrol(of, person("petra"))
    hearts = dataset("hearts", of.programme.organisation)
    memberships.add(participant=one, dataset=hearts, by=TESTS, now=NOW)
    answer(one, of, EVERYTHING)
    answer(one, of, HEALTH, NOW + timedelta(days=1))
    memberships.end(participant=one, dataset=hearts, by=TESTS, now=NOW + timedelta(days=1))
    memberships.add(participant=one, dataset=hearts, by=TESTS, now=NOW + timedelta(days=1))
    return one


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # What waits for the end of the transaction is checked first, so that nothing else refuses.
            connection.check_constraints()
            cursor.execute(statement)
    except DatabaseError as error:
        return "only grows" in str(error)
    return False


def without_triggers(model: type[models.Model]) -> None:
    """What somebody with the rights of the database's owner can do."""
    on_table = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for kind in ("update", "delete"):
            cursor.execute(f'DROP TRIGGER "append_only_{model._meta.db_table}_{kind}"{on_table}')


def later() -> ConsentReport:
    return verify_ledger(now=NOW + timedelta(days=30))


@pytest.mark.parametrize("model", GUARDED, ids=lambda model: model.__name__)
def test_no_statement_changes_a_table_that_only_grows(petra, model):
    table = model._meta.db_table
    column = next(field.column for field in model._meta.concrete_fields if not field.primary_key)

    assert model.objects.exists()
    assert refused(f'DELETE FROM "{table}"')
    assert refused(f'UPDATE "{table}" SET "{column}" = NULL')
    if connection.vendor == "postgresql":
        assert refused(f'TRUNCATE "{table}" CASCADE')


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [ConsentEvent, AuditEvent], ids=lambda model: model.__name__)
def test_a_migration_that_remakes_the_table_leaves_it_guarded(petra, model):
    old = model._meta.get_field("actor")
    new = models.CharField(max_length=80)
    new.set_attributes_from_name("actor")
    new.model = model

    append_only.lift(plan=["a migration"])
    for before, after in ((old, new), (new, old)):
        with connection.schema_editor() as editor:
            editor.alter_field(model, before, after)
    while_migrating = append_only.unguarded()
    append_only.install()

    assert f"append_only_{model._meta.db_table}_update is missing" in while_migrating
    assert append_only.unguarded() == []
    assert refused(f'DELETE FROM "{model._meta.db_table}"')
    assert refused(f'UPDATE "{model._meta.db_table}" SET "actor" = \'nobody\'')


@pytest.mark.django_db(transaction=True)
def test_a_table_that_was_remade_without_its_triggers_is_not_served():
    field = ConsentEvent._meta.get_field("actor")
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(ConsentEvent, alter_fields=[(field, field)])
        else:
            without_triggers(ConsentEvent)

    assert "append_only_consent_consentevent_delete is missing" in append_only.unguarded()
    with pytest.raises(ImproperlyConfigured, match="manage"):
        append_only.refuse_to_start_without_triggers()
    append_only.install()
    append_only.refuse_to_start_without_triggers()


def test_a_whole_ledger_is_found_whole(petra):
    report = later()

    assert report.problems == []
    assert (report.participants, report.events, report.datasets) == (1, 2, 1)


def test_a_rebuild_gives_the_same_bytes_after_everything_that_can_happen(petra):
    of = petra.programme
    version = of.forms.get().versions.get()
    for number, axis in enumerate(("no_contact", "no_use", "no_collection")):
        ledger.withdraw(
            participant=petra, axis=axis, by=petra.account, capacity="self", now=NOW + timedelta(days=2 + number)
        )
    ledger.rejoin(
        participant=petra,
        answers=HEALTH,
        form_version=version,
        by=petra.account,
        capacity="self",
        now=NOW + timedelta(days=9),
    )

    assert later().problems == []


def test_a_changed_event_is_found(petra):
    without_triggers(ConsentEvent)
    row = ConsentEvent.objects.order_by("sequence").last()
    content = row.content | {"answers": [["research_scope", "participant", "participant", "any"]]}
    ConsentEvent.objects.filter(pk=row.pk).update(content=content)

    says = [problem.says for problem in later().problems]

    assert says[0] == "event 2 does not have the hash of its content: it was changed"
    assert "the state differs from what the ledger gives" in says


def test_a_removed_event_is_found(petra):
    without_triggers(ConsentEvent)
    ConsentEvent.objects.filter(sequence=1).delete()

    says = [problem.says for problem in later().problems]

    assert says[0] == "event 2: event 1 is missing or there twice"
    assert "the state does not name the newest event" in says


def test_a_projection_that_was_changed_is_found(petra):
    excluded = ConsentProfile.objects.get(data_use__isnull=True)
    Member.objects.update(profile=excluded)

    problems = later().problems

    about = f"participant {petra.pk}"
    assert [problem.about for problem in problems] == [about, "dataset hearts"]
    assert problems[1].says == "its counts differ from a recount"


def test_a_state_that_was_changed_and_a_lost_count_step_are_found(petra):
    ConsentState.objects.update(last_hash="0" * 64)
    ProfileCountDelta.objects.order_by("-id")[:1].get().delete()

    assert later().problems == [
        Problem(f"participant {petra.pk}", "the state does not name the newest event"),
        Problem("dataset hearts", "its counts differ from a recount"),
    ]


def test_verifying_costs_no_query_for_each_participant(petra, django_assert_max_num_queries):
    of = petra.programme
    from_one = 23
    for number in range(5):
        programmes.enrol(programme=of, by=TESTS, now=NOW, outside_id=f"X{number}")

    with django_assert_max_num_queries(from_one):
        report = later()

    assert report.participants == 6
