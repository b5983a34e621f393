"""Terms that a free text may mean: found by cases, and never more than a person can look through."""

import json
from pathlib import Path
from typing import Any

import pytest

from governance.duo.catalogues.candidates import Candidate, candidates
from governance.duo.catalogues.dbgap import read_code
from governance.duo.catalogues.readings import INDICATION, LONG_NAME, Clue
from governance.duo.ontology import shipped

CASES = json.loads((Path(__file__).parents[2] / "cases" / "imports" / "candidates.json").read_text("utf-8"))["cases"]


def offered(text: str, limit: int = 5) -> tuple[Candidate, ...]:
    return candidates([Clue(text, LONG_NAME)], shipped(), limit)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_a_published_name_finds_its_terms(case: dict[str, Any]) -> None:
    found = [one.id for one in offered(case["text"])]

    assert found[: max(1, len(case["first"]))] == case["first"]


def test_a_long_name_finds_its_term_first_and_an_abbreviation_finds_nothing() -> None:
    assert offered("Cardiovascular Diseases", 1) == (
        Candidate("MONDO:0004995", "cardiovascular disorder", "synonym", LONG_NAME),
    )
    assert candidates(read_code("DS_IBD").clues, shipped()) == ()


@pytest.mark.parametrize("text", ["marfan syndrome", "Marfan syndrome", "MARFAN SYNDROME"])
def test_a_label_fits_as_a_label_whatever_letters_are_capitals(text: str) -> None:
    assert offered(text, 1) == (Candidate("MONDO:0007947", "Marfan syndrome", "label", LONG_NAME),)


def test_parts_of_a_long_name_are_searched_and_animals_are_left_out() -> None:
    assert offered("Epilepsy and Anti-epileptic Drugs") == (Candidate("MONDO:0005027", "epilepsy", "label", LONG_NAME),)


@pytest.mark.parametrize(
    "text", ["Cancer", "Autism Spectrum Disorder", "Malignancies of the blood", "Tobacco addiction"]
)
def test_susceptibility_and_fear_take_nobodys_place(text: str) -> None:
    labels = [one.label for one in offered(text, 50)]

    assert not [label for label in labels if "susceptibility" in label or label.endswith("phobia")]


def test_what_was_studied_never_stands_before_what_was_agreed_to() -> None:
    clues = [Clue("Neuropsychiatric Disorders", LONG_NAME), Clue("epilepsy", INDICATION)]

    found = [(one.fits, one.found_in) for one in candidates(clues, shipped())]

    assert found == [("words", LONG_NAME)] * 4 + [("label", INDICATION)]


@pytest.mark.parametrize(
    ("code", "long_name"),
    [
        ("DS-CA-NPU", "Disease-Specific (Cancer, NPU)"),
        (
            "DS-CA-NPU",
            "Use of the data must be related to Cancer. Use of the data is limited to not-for-profit organizations.",
        ),
        ("DS-CA-NPU", "Cancer"),
        ("Disease-Specific (Cancer, NPU)", ""),
    ],
    ids=["published", "sentence", "bare", "in place of the code"],
)
def test_every_form_of_a_long_name_gives_candidates(code: str, long_name: str) -> None:
    read = read_code(code, long_name, "leukemia")

    assert candidates(read.clues, shipped())[0] == Candidate("MONDO:0004992", "cancer", "label", LONG_NAME)


@pytest.mark.parametrize("text", ["", " ", "()", "and or", "a" * 5_000, "x " * 2_000, "–" * 50, "'s"], ids=range(8))
def test_any_text_is_answered(text: str) -> None:
    assert isinstance(offered(text), tuple)
