"""Ten thousand changes by the owner of the database, each to some row of some sealed table: `verify` finds every one.

Whoever owns the database lifts the triggers and changes a column, exchanges two rows' values, takes a row out or puts one in.
`SIZE=full` makes 10,000 changes, from the seed below; otherwise as many as `make drills` has time for.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, models, transaction

from access.models import CaseMessage, Grant, Line, Recusal, Request, RequestSubmission, TermsVersion, Vote
from access.verification import records
from access.verification import verify as access
from consent.models import ConsentEvent
from consent.services.verify import verify_ledger
from governance.domain.events import Kind, Subject
from governance.models import AuditEvent, Checkpoint, DataHost, Leaf, Subtree
from governance.record import append_only, audit, sealer
from governance.record import verify as record
from governance.services import verify as ground
from governance.services import verify_keys
from tests.access.tour import LATER, tour
from tests.acting import DRILL
from tests.governance.record.sealing import put, run

pytestmark = pytest.mark.django_db
SEED = 20261130
SOON = LATER + timedelta(minutes=10)
CHANGES = 10_000 if os.environ.get("SIZE") == "full" else 60
Check = Callable[[], list[Any]]


def in_the_log() -> list[Any]:
    return list(record.findings(now=SOON))


def in_records() -> list[Any]:
    return [*records.findings(), *verify_keys.findings()]


def in_grants() -> list[Any]:
    return list(access.findings(now=SOON))


# Each sealed table: which part of `verify` holds its rows against what was sealed, and how often it is chosen.
SEALED: dict[type[models.Model], tuple[Check, int]] = {
    AuditEvent: (in_the_log, 8),
    Leaf: (in_the_log, 2),
    Subtree: (in_the_log, 1),
    Checkpoint: (in_the_log, 2),
    ConsentEvent: (lambda: list(verify_ledger(now=SOON).problems), 4),
    Request: (in_records, 1),
    RequestSubmission: (in_records, 1),
    Line: (in_records, 1),
    Vote: (in_records, 1),
    CaseMessage: (in_records, 1),
    Recusal: (in_records, 1),
    TermsVersion: (in_records, 1),
    DataHost: (lambda: list(ground.findings()), 1),
    Grant: (in_grants, 1),
}
# What is not sealed: the number under which the database keeps a row that is named by its uuid and that nothing points to, and
# what is worked out again from other tables, and changes without an event.
RECOMPUTED = ("judged_position", "cohort_size", "ethics_due", "judged_under", "submission")
NOT_SEALED = {(ConsentEvent, "id"), *((Grant, name) for name in RECOMPUTED)}


@pytest.fixture
def _sealed() -> Iterator[None]:
    """The tour's world, sealed, with more than one kept subtree, and every trigger put aside."""
    with time_machine.travel(LATER, tick=False):
        tour()
        for at in (LATER, LATER + timedelta(minutes=1)):
            read = {"name": "drill", "version": "1", "terms": 3}
            audit.record_each(Kind.ONTOLOGY_IMPORTED, [(Subject("drill", "one"), read)] * 256, by=DRILL, now=at)
            sealer.seal(now=at)
        append_only.lift(plan=["the owner"])
        yield


@pytest.mark.usefixtures("_sealed")
def test_every_change_to_a_sealed_row_is_found() -> None:
    assert {check.__name__: check() for check, _often in SEALED.values()} == {
        check.__name__: [] for check, _often in SEALED.values()
    }
    drawn = random.Random(SEED)
    tables, often = list(SEALED), [weight for _check, weight in SEALED.values()]
    missed: list[str] = []
    made: Counter[str] = Counter()
    while made.total() < CHANGES:
        [model] = drawn.choices(tables, often)
        with transaction.atomic():
            told = changed(drawn, model)
            if told and not found(SEALED[model][0]):
                missed.append(f"{model.__name__}: {told}")
            transaction.set_rollback(True)
        made.update([f"{model.__name__} {told.split()[0]}"] if told else [])

    assert missed == []
    assert {name.split()[1] for name in made} == {"changed", "exchanged", "removed", "added"}


def found(check: Check) -> bool:
    """Whether the check says something; a row that nobody can read any more is found as well."""
    try:
        with transaction.atomic():
            return bool(check())
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001  `verify` ends with a traceback and status 1
        return True


def changed(drawn: random.Random, model: type[models.Model]) -> str:
    """Something that the owner does to a table, told in words; nothing where the table's own constraints refuse it."""
    act = drawn.choices([column_changed, values_exchanged, row_removed, row_added], [6, 2, 1, 1])[0]
    try:
        with transaction.atomic():
            return act(drawn, model)
    except DatabaseError:
        return ""


def sealed_columns(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if (model, field.name) not in NOT_SEALED]


def some_row(drawn: random.Random, model: type[models.Model]) -> models.Model:
    keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    return model._default_manager.get(pk=drawn.choice(keys))


def column_changed(drawn: random.Random, model: type[models.Model]) -> str:
    row = some_row(drawn, model)
    column = drawn.choice(sealed_columns(model))
    before = column.value_from_object(row)
    after = another(drawn, column, before)
    if after == before or not put(row, column.name, after):
        return ""
    return f"changed {column.name} of {row.pk} from {before!r:.60} to {after!r:.60}"


def values_exchanged(drawn: random.Random, model: type[models.Model]) -> str:
    one, other = some_row(drawn, model), some_row(drawn, model)
    column = drawn.choice([field for field in sealed_columns(model) if not field.primary_key])
    first, second = column.value_from_object(one), column.value_from_object(other)
    if first == second:
        return ""
    put(one, column.name, second)
    put(other, column.name, first)
    return f"exchanged {column.name} of {one.pk} and {other.pk}"


def row_removed(drawn: random.Random, model: type[models.Model]) -> str:
    row = some_row(drawn, model)
    options: Any = model._meta
    run(f'DELETE FROM "{options.db_table}" WHERE "{options.pk.column}" = %s', written(options.pk, row.pk))
    return f"removed {row.pk}"


def row_added(drawn: random.Random, model: type[models.Model]) -> str:
    row = some_row(drawn, model)
    options: Any = model._meta
    values = [
        written(
            field, another(drawn, field, field.value_from_object(row)) if field.unique else field.value_from_object(row)
        )
        for field in options.concrete_fields
    ]
    columns = ", ".join(f'"{field.column}"' for field in options.concrete_fields)
    places = ", ".join("%s" for _value in values)
    run(f'INSERT INTO "{options.db_table}" ({columns}) VALUES ({places})', *values)
    return f"added beside {row.pk}: {values!r:.80}"


def written(field: Any, value: Any) -> Any:
    """A value as its column holds it."""
    return field.get_db_prep_save(value, connection)


def another(drawn: random.Random, field: Any, value: Any) -> Any:
    """Some other value of the column's kind, mostly close to what it was."""
    if field.null and value is not None and drawn.random() < 0.25:
        return None
    if isinstance(field, models.JSONField):
        return other_json(drawn, value)
    if isinstance(field, models.BinaryField):
        at = drawn.randrange(len(value))
        return bytes(value[:at]) + bytes([value[at] ^ 1 << drawn.randrange(8)]) + bytes(value[at + 1 :])
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return moved(drawn, value or LATER)
    if isinstance(field, models.DateField):
        return (value or LATER.date()) + timedelta(days=drawn.choice([-400, -1, 1, 400]))
    if isinstance(field, models.UUIDField):
        return f"{drawn.getrandbits(128):032x}"
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.IntegerField):
        return max((value or 0) + drawn.choice([-1000, -1, 1, 2, 7, 100_000]), 0)
    return other_text(drawn, str(value or ""))


def moved(drawn: random.Random, at: datetime) -> datetime:
    return at + drawn.choice([-1, 1]) * timedelta(microseconds=10 ** drawn.randrange(12))


def other_text(drawn: random.Random, text: str) -> str:
    at = drawn.randrange(len(text) + 1)
    return drawn.choice([text[:at] + drawn.choice("aZ0 é.") + text[at + drawn.randrange(2) :], text[:at], text[::-1]])


def other_json(drawn: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value and drawn.random() < 0.8:
        key = drawn.choice(sorted(value))
        left = {name: one for name, one in value.items() if name != key}
        return left if drawn.random() < 0.2 else {**left, key: other_json(drawn, value[key])}
    if isinstance(value, list) and value and drawn.random() < 0.8:
        at = drawn.randrange(len(value))
        return [*value[:at], *([] if drawn.random() < 0.3 else [other_json(drawn, value[at])]), *value[at + 1 :]]
    if isinstance(value, dict):
        return {**value, "more": drawn.randrange(9)}
    if isinstance(value, list):
        return [*value, drawn.randrange(9)]
    if isinstance(value, bool) or value is None:
        return drawn.choice(["", 0, not value])
    return value + 1 if isinstance(value, int) else other_text(drawn, str(value))
