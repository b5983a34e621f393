"""Search by id, label and synonym."""

import time
from pathlib import Path

import pytest

from governance.duo.ontologies.ontology_files import read_ontology
from governance.duo.ontologies.search import NOT_OF_PEOPLE
from governance.duo.ontology import Ontologies, Release, Term, shipped

CASES = Path(__file__).resolve().parents[2] / "cases" / "ontology"


@pytest.fixture(scope="module")
def joined() -> Ontologies:
    return Ontologies([read_ontology(CASES / "hub.obo"), read_ontology(CASES / "far.obo")])


def ids(terms: list[Term]) -> list[str]:
    return [term.id for term in terms]


@pytest.mark.parametrize("text", ["cancer", "CANCER", "  Cancer  "])
def test_the_exact_label_comes_first_then_starts_then_words(joined: Ontologies, text: str) -> None:
    found = ids(joined.search(text))

    assert found == ["HUB:3", "HUB:6", "FAR:32", "FAR:31", "HUB:4", "HUB:22"]


def test_a_whole_synonym_comes_before_the_start_of_a_label() -> None:
    terms = [
        Term("A:1", "flu season"),
        Term("A:2", "influenza", ("flu",)),
        Term("A:3", "the flu"),
        Term("A:4", "Flu"),
    ]

    found = Ontologies([Release("A", "1", "", {term.id: term for term in terms})]).search("flu")

    assert ids(found) == ["A:4", "A:2", "A:1", "A:3"]


def test_every_word_asked_for_must_start_a_word_of_one_name(joined: Ontologies) -> None:
    assert ids(joined.search("hea canc")) == ["HUB:6", "HUB:22"]
    assert ids(joined.search("hea canc lump")) == []


def test_a_foreign_name_finds_the_hub_term_that_it_stands_for(joined: Ontologies) -> None:
    assert ids(joined.search("mastocarc")) == ["HUB:4"]
    assert ids(joined.search("Krebs")) == ["HUB:3"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("HUB:4", ["HUB:4"]),
        ("hub:8", ["HUB:4"]),
        ("FAR:4", ["HUB:4"]),
        ("HUB:9", ["HUB:9"]),
        ("http://purl.obolibrary.org/obo/HUB_20", ["HUB:20"]),
        ("hub:2", ["HUB:2", "HUB:20", "HUB:21", "HUB:22"]),
    ],
)
def test_an_id_finds_the_term_it_stands_for_then_ids_that_start_so(
    joined: Ontologies, text: str, found: list[str]
) -> None:
    assert ids(joined.search(text)) == found


def test_names_of_obsolete_terms_find_nothing(joined: Ontologies) -> None:
    assert ids(joined.search("obsolete")) == []


@pytest.mark.parametrize(
    ("text", "limit"), [("", 20), ("   ", 20), ("(*", 20), ("zzz", 20), ("cancer", 0), ("HUB:3", 0)]
)
def test_nothing_is_found_where_nothing_can_be(joined: Ontologies, text: str, limit: int) -> None:
    assert joined.search(text, limit) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "cardiomyopathy",
            ["cardiomyopathy", "intrinsic cardiomyopathy", "familial cardiomyopathy", "dilated cardiomyopathy",
             "hypertrophic cardiomyopathy"],
        ),
        ("heart failure", ["heart failure", "congestive heart failure"]),
        ("T2D", ["type 2 diabetes mellitus"]),
        ("heart attack", ["myocardial infarction"]),
        ("asd", ["atrial septal defect"]),
        ("cardiomyop", ["cardiomyopathy"]),
        ("dementia", ["dementia"]),
    ],
)  # fmt: skip
def test_what_people_type_finds_what_they_mean_first(text: str, first: list[str]) -> None:
    assert [term.label for term in shipped().search(text, len(first))] == first


def test_letters_find_the_diseases_that_they_stand_for() -> None:
    assert "autism spectrum disorder" in [term.label for term in shipped().search("asd", 8)]
    assert "amyotrophic lateral sclerosis" in [term.label for term in shipped().search("ALS", 1)]


@pytest.mark.parametrize("text", ["cardiomyopathy", "heart failure", "asd", "cancer", "dog"])
def test_diseases_of_animals_are_found_by_their_ids_alone(text: str) -> None:
    ontologies = shipped()

    found = ontologies.search(text, 500)

    assert not [term.label for term in found if NOT_OF_PEOPLE in ontologies.ancestors(term.id)]
    assert ids(ontologies.search("MONDO:1010441", 1)) == ["MONDO:1010441"]


def test_a_mere_susceptibility_stands_after_the_diseases() -> None:
    labels = [term.label for term in shipped().search("parkinson disease", 10)]

    assert not [label for label in labels if "susceptibility" in label]


def test_no_more_than_the_limit_is_found(joined: Ontologies) -> None:
    assert ids(joined.search("cancer", 2)) == ids(joined.search("cancer"))[:2]


def test_a_search_of_all_of_mondo_stays_far_below_a_second() -> None:
    everything = shipped()
    everything.search("warm up")

    started = time.perf_counter()
    found = [everything.search(text)[:1] for text in ("a", "ca", "of the", "syndrome", "heart failure", "MONDO:00")]
    taken = time.perf_counter() - started

    assert all(found)
    assert taken < 1.0
