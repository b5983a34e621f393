"""Runs every case file in tests/cases/matching: decisions, canonical forms, meets, refusals."""

from datetime import date
from typing import Any

import pytest

from governance.duo.batches.batch import Batch
from governance.duo.canonical import canonical
from governance.duo.data_use import parse_data_use, to_json
from governance.duo.matcher import match
from governance.duo.meet import meet
from governance.duo.purpose import parse_purpose
from governance.duo.reading import InvalidUse
from tests.governance.duo.cases import AT, ontologies, read

DECISIONS = (
    "permissions.json",
    "care_and_sensitive.json",
    "modifiers.json",
    "obligations.json",
    "local.json",
    "diseases.json",
)


def cases(*files: str) -> list[Any]:
    return [pytest.param(case, id=f"{file}: {case['name']}") for file in files for case in read(file)]


@pytest.mark.parametrize("case", cases(*DECISIONS))
def test_a_case_is_decided_as_the_specification_says(case: dict[str, Any]) -> None:
    data_use, purpose = parse_data_use(case["data_use"]), parse_purpose(case["purpose"])

    decision = match(data_use, purpose, date.fromisoformat(case.get("at", AT)), ontologies())

    assert {
        "verdict": decision.verdict,
        "grantable": decision.grantable,
        "reasons": [f"{reason.rule} {reason.verdict}" for reason in decision.reasons],
        "obligations": decision.to_json()["obligations"],
    } == case["expect"]


@pytest.mark.parametrize("file", DECISIONS)
def test_the_batch_decides_every_case_of_a_file_alike(file: str) -> None:
    written = read(file)
    uses = [parse_data_use(case["data_use"]) for case in written]
    batch = Batch(uses, ontologies())

    rows = [batch.row(parse_purpose(case["purpose"]), date.fromisoformat(case.get("at", AT))) for case in written]

    assert [
        {"case": case["name"], "verdict": row.verdicts[place], "grantable": row.grantable[place]}
        for place, (case, row) in enumerate(zip(written, rows, strict=True))
    ] == [
        {"case": case["name"], "verdict": case["expect"]["verdict"], "grantable": case["expect"]["grantable"]}
        for case in written
    ]


@pytest.mark.parametrize("case", cases("canonical.json"))
def test_a_data_use_has_its_canonical_form(case: dict[str, Any]) -> None:
    given = parse_data_use(case["data_use"])

    form = to_json(canonical(given, ontologies()))

    assert form == case["expect"]


@pytest.mark.parametrize("case", cases("meet.json"))
def test_data_uses_have_their_meet_in_any_order(case: dict[str, Any]) -> None:
    parts = [parse_data_use(part) for part in case["parts"]]

    there, back = meet(parts, ontologies()), meet(parts[::-1], ontologies())

    assert [to_json(there), to_json(back)] == [case["expect"], case["expect"]]


@pytest.mark.parametrize("case", cases("invalid.json"))
def test_what_is_not_valid_is_refused_with_the_field_named(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidUse) as refused:
        read_case(case)

    assert refused.value.field == case["field"]
    assert case.get("message_has", "") in refused.value.message


def read_case(case: dict[str, Any]) -> None:
    if "purpose" in case:
        parse_purpose(case["purpose"])
    else:
        canonical(parse_data_use(case["data_use"]), ontologies())


def test_every_case_has_a_name_of_its_own() -> None:
    files = (*DECISIONS, "canonical.json", "meet.json", "invalid.json")

    names = {file: [case["name"] for case in read(file)] for file in files}

    assert {file: len(set(found)) for file, found in names.items()} == {
        file: len(found) for file, found in names.items()
    }
