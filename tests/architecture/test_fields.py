"""Every field of every table is declared: personal, which retention, export and erasure must know, or safe.

`fields.json` lists both for each model; a model names its personal fields in `PERSONAL`. A field that stands in neither list
fails, so that nobody adds one without thinking of whom it is about.
"""

import json
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

FILE = Path(__file__).parent / "fields.json"
DECLARED: dict[str, dict[str, list[str]]] = json.loads(FILE.read_text(encoding="utf-8"))
MODELS = [model for app in ("governance", "consent", "access") for model in apps.get_app_config(app).get_models()]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


def test_every_table_is_listed_and_nothing_else() -> None:
    assert {model._meta.label for model in MODELS} == set(DECLARED)


@each_model
def test_every_field_is_declared_personal_or_safe(model: type[models.Model]) -> None:
    fields = {field.name for field in model._meta.get_fields() if field.concrete}
    declared = DECLARED[model._meta.label]

    assert sorted(declared["personal"] + declared["safe"]) == sorted(fields)
    assert set(getattr(model, "PERSONAL", ())) == set(declared["personal"])


def test_the_ledger_and_the_audit_log_hold_nothing_personal() -> None:
    grown = ["governance.AuditEvent", "governance.OutboxMessage", "consent.ConsentEvent", "consent.CohortChange"]

    assert [DECLARED[label]["personal"] for label in grown] == [[], [], [], []]


@each_model
def test_no_row_shows_personal_data_when_it_is_printed(model: type[models.Model]) -> None:
    canary = "canary-of-a-person"
    row = model()
    for name in getattr(model, "PERSONAL", ()):
        if isinstance(model._meta.get_field(name), models.CharField | models.TextField):
            setattr(row, name, canary)

    try:
        shown = f"{row!r} {row}"
    except (AttributeError, models.ObjectDoesNotExist):
        # It names a row that it belongs to, which is not there.
        shown = ""
    assert canary not in shown
