"""Consent codes are read by cases; the real catalogue is read to the last row."""

import csv
import json
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.duo.catalogues.curie_lists import read_curies
from governance.duo.catalogues.dbgap import read_code
from governance.duo.catalogues.readings import CodeReading, RowStatus
from governance.duo.data_use import parse_data_use
from governance.duo.ontology import Ontologies

CASES = json.loads((Path(__file__).parents[2] / "cases" / "imports" / "dbgap.json").read_text("utf-8"))["cases"]
REAL = Path(__file__).resolve().parents[4] / "shared" / "real" / "anvil_datasets.tsv"


def as_json(read: CodeReading) -> dict[str, Any]:
    return {
        "status": read.status.value,
        "data_use": read.data_use and dict(read.data_use),
        "disease_text": read.disease_text,
        "cut_off": read.cut_off,
        "clues": [[clue.text, clue.found_in] for clue in read.clues],
        "reason": read.reason,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_code_is_read_as_its_case_says(case: dict[str, Any]) -> None:
    read = read_code(case["code"], case["long_name"], case["indication"])

    assert as_json(read) == case["expect"]


@given(
    permission=st.sampled_from(["NRES", "GRU", "HMB", "POA"]),
    modifiers=st.lists(st.sampled_from(["IRB", "PUB", "COL", "NPU", "GSO", "MDS"]), unique=True),
    separator=st.sampled_from(["-", "_", ",", " ", "/"]),
    order=st.randoms(use_true_random=False),
)
def test_order_separators_and_letter_case_never_matter(
    permission: str, modifiers: list[str], separator: str, order: Any
) -> None:
    parts = [permission, *modifiers]
    shuffled = order.sample(parts, len(parts))

    tidy = read_code("-".join(parts))
    dirty = read_code(separator.join(shuffled).lower())

    assert (dirty.status, dirty.data_use) == (tidy.status, tidy.data_use)


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_ends_as_a_reading_with_a_valid_data_use_or_a_reason(code: str, long_name: str) -> None:
    read = read_code(code, long_name)

    if read.status is RowStatus.IMPORTED:
        parse_data_use(read.data_use)
    assert (read.status is RowStatus.IMPORTED) != bool(read.reason)


def test_every_row_of_the_real_catalogue_ends_with_what_its_code_says() -> None:
    if not REAL.exists():
        warnings.warn(f"LEFT OUT: {REAL} is not there, so the real catalogue was not read", stacklevel=1)
        return
    with REAL.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))

    read = [(row, read_code(row["data_use_restriction"], row["consent_long_name"], row["indication"])) for row in rows]

    assert Counter(one.status.value for _row, one in read) == {"imported": 100, "proposed": 62, "rejected": 107}
    for row, one in read:
        if one.status is RowStatus.REJECTED:
            assert one.reason
            continue
        code = row["data_use_restriction"].replace("_", "-").split("-")
        said = {part for part in code if part in MEANINGS}
        assert one.data_use is not None
        found = {one.data_use["permission"], *one.data_use["modifiers"], *one.data_use["local"]}
        assert found == {MEANINGS[part] for part in said}, row["data_use_restriction"]


MEANINGS = {
    "NRES": "DUO:0000004",
    "GRU": "DUO:0000042",
    "HMB": "DUO:0000006",
    "DS": "DUO:0000007",
    "IRB": "DUO:0000021",
    "PUB": "DUO:0000019",
    "COL": "DUO:0000020",
    "NPU": "DUO:0000045",
    "GSO": "DUO:0000016",
    "MDS": "methods-permitted",
}


@pytest.mark.parametrize(
    "text",
    [
        "GRU" + " " * 90_000 + "x", "GRU" + "\n" * 90_000 + "x", "a," * 45_000, "(" * 90_000, "GRU (" * 15_000, "a (b" * 20_000,
        "GRU - " * 15_000, "x" + " only" * 18_000, "a_" * 45_000, "duo:" * 20_000, "-" * 90_000, "[" * 90_000, "(,)" * 30_000,
    ],
    ids=range(13),
)  # fmt: skip
def test_a_cell_as_long_as_a_line_may_be_is_read_at_once(text: str) -> None:
    for reading in (read_code(text, text), read_curies(text, Ontologies([]), text)):
        assert reading.reason or reading.status is RowStatus.IMPORTED
