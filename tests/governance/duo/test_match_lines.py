"""The pure part of `manage.py match`: cases by line in, decisions by line out."""

import io
import json
from typing import Any

import pytest
import rfc8785

from governance.duo.command import answer, load, run
from governance.duo.ontology import Ontologies, shipped
from tests.governance.duo.cases import ontologies

CASE: dict[str, Any] = {
    "data_use": {
        "permission": "DS",
        "diseases": ["MONDO:0004992"],
        "modifiers": [{"term": "GS", "countries": ["FI", "SE"]}],
    },
    "purpose": {"investigations": ["DUO:0000040"], "diseases": ["MONDO:0007254"], "countries": ["FI"]},
    "at": "2026-11-22",
}


def answered(case: dict[str, Any]) -> dict[str, Any]:
    return answer(json.dumps(case).encode(), ontologies())


def test_a_case_is_answered_with_its_decision_and_english_sentences():
    found = answered(CASE | {"id": 7})

    assert found["verdict"] == "permit"
    assert found["grantable"] is True
    assert found["obligations"] == []
    assert found["id"] == 7
    assert [reason["text"] for reason in found["reasons"]] == [
        "The agreed use, research on named diseases, includes research on a disease "
        "as far as it is about those diseases.",
        "Agreed to: breast cancer, alone or as a form of an agreed disease.",
        "Every country of the purpose is allowed: FI.",
    ]


def test_bad_lines_are_answered_in_their_place_and_the_others_still_are():
    lines = [
        json.dumps(CASE).encode() + b"\n",
        b"\n",
        b"  \r\n",
        b"{not json\n",
        json.dumps(CASE | {"id": "x", "at": "today"}).encode() + b"\n",
        b"\xef\xbb\xbf" + json.dumps(CASE).encode(),
    ]
    out = io.BytesIO()

    status = run(lines, out, ontologies())

    written = [json.loads(line) for line in out.getvalue().splitlines()]
    assert status == 1
    assert [line.get("verdict") for line in written] == ["permit", None, None, "permit"]
    assert written[1]["field"] == "line"
    assert written[2] == {"error": "must be a date, written YYYY-MM-DD", "field": "at", "id": "x"}


def test_when_every_line_is_valid_the_status_is_zero_and_lines_are_canonical():
    out = io.BytesIO()

    status = run([json.dumps(CASE).encode(), b"\n"], out, ontologies())

    assert status == 0
    assert out.getvalue() == rfc8785.dumps(json.loads(out.getvalue())) + b"\n"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"data_use": None}, "data_use"),
        ({"purpose": []}, "purpose"),
        ({"at": None}, "at"),
        ({"at": "20261122"}, "at"),
        ({"note": "x"}, "note"),
        ({"id": "\ud800"}, "id"),
        ({"data_use": {"permission": "GRU", "modifiers": ["GS"]}}, "data_use.modifiers[0].countries"),
        ({"purpose": {"countries": ["UK"]}}, "purpose.countries[0]"),
    ],
)
def test_a_refused_case_names_its_field(change: dict[str, Any], field: str):
    found = answered(CASE | change)

    assert found["field"] == field
    assert "verdict" not in found


@pytest.mark.parametrize("missing", ["data_use", "purpose", "at"])
def test_a_missing_part_is_named(missing: str):
    found = answered({key: value for key, value in CASE.items() if key != missing})

    assert found["field"] == missing


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b"[]", "line"),
        (b"null", "line"),
        (b'{"at": NaN}', "line"),
        (b"\xff\xfe", "line"),
        (b"[" * 100_000, "line"),
        (b'{"at": "2026-11-22", "at": "2026-11-23"}', "at"),
        (b'{"data_use": {"permission": "HMB", "permission": "NRES"}}', "data_use.permission"),
        (b'{"data_use": {"modifiers": [{"term": "PUB", "term": "NPU"}]}}', "data_use.modifiers[0].term"),
        (b'{"id": ' + b"9" * 5000 + b"}", "line"),
    ],
)
def test_a_line_that_cannot_be_read_with_certainty_is_refused(line: bytes, field: str):
    found = answer(line, ontologies())

    assert (found["field"], set(found)) == (field, {"error", "field"})


def test_without_files_the_default_is_used():
    assert load([]) is shipped()
    assert load([], default=ontologies) is ontologies()


def test_explain_names_the_fact_or_term_behind_each_reason_in_the_way() -> None:
    case = {
        "data_use": {"permission": "HMB", "modifiers": ["NCU", "IRB"]},
        "purpose": {"investigations": ["DUO:0000037"], "commercial": True},
        "at": "2026-11-22",
    }
    line = json.dumps(case).encode()

    plain, explained = (answer(line, Ontologies([]), explain=explain) for explain in (False, True))

    assert "obstacles" not in plain
    assert [(one["term"], one["kind"], one["field"], one["outstanding"]) for one in explained["obstacles"]] == [
        ("DUO:0000021", "missing", "ethics_approval", True),
        ("DUO:0000046", "fact", "commercial", False),
    ]
