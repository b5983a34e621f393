"""How close data are to what is studied: said of what is known, and nothing is guessed where nothing is."""

import pytest

from access.domain.closeness import Beside, Closeness, beside, diseases_named
from governance.duo.ontology import shipped

HEART, HEART_FAILURE, INFARCTION = "MONDO:0005267", "MONDO:0005252", "MONDO:0005068"
CONGESTIVE, EPILEPSY, CANCER = "MONDO:0005009", "MONDO:0005027", "MONDO:0004992"


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ([HEART_FAILURE], Beside(Closeness.SAME, (HEART_FAILURE,))),
        ([CONGESTIVE, EPILEPSY], Beside(Closeness.SAME, (CONGESTIVE,))),
        ([HEART], Beside(Closeness.WIDER, (HEART,))),
        ([INFARCTION], Beside(Closeness.NEAR, (INFARCTION,))),
        ([CANCER, EPILEPSY], Beside(Closeness.OTHER, (CANCER, EPILEPSY))),
        ([], Beside(Closeness.UNKNOWN)),
    ],
    ids=["itself", "a kind", "wider", "near", "other", "nothing known"],
)
def test_the_best_of_what_data_are_about_says_how_close_they_are(about: list[str], expected: Beside) -> None:
    assert beside([HEART_FAILURE], about, shipped()) == expected


def test_any_of_several_studied_diseases_will_do() -> None:
    assert beside([EPILEPSY, HEART_FAILURE], [CONGESTIVE], shipped()).closeness is Closeness.SAME


def test_diseases_of_other_kinds_are_not_near_by_being_diseases() -> None:
    assert beside([CANCER], [EPILEPSY], shipped()).closeness is Closeness.OTHER


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Genomes of people with heart failure", {HEART_FAILURE}),
        ("heart_failure_and_epilepsy_WES", {HEART_FAILURE, EPILEPSY}),
        ("Cancers in Lakeland", {CANCER}),
        ("Congestive heart failure", {CONGESTIVE}),
        ("Hearts genomes", set()),
        ("Mendelian disorders", set()),
        ("IBD exomes", {"MONDO:0005265"}),
        ("ibd exomes", set()),
        ("", set()),
        ("x" * 5_000, set()),
    ],
)
def test_diseases_are_found_in_a_text_by_their_whole_names(text: str, named: set[str]) -> None:
    assert diseases_named(text, shipped()) == named
