"""Which spellings name one id; the cases are tests/cases/ontology/names.json."""

import json
from pathlib import Path
from typing import Any

import pytest

from governance.duo.ontologies.curies import canonical_spelling, compact, key, vocabulary
from governance.duo.ontology import Ontologies, Release, Term

NAMES = json.loads((Path(__file__).resolve().parents[2] / "cases" / "ontology" / "names.json").read_text())


def cases(kind: str) -> list[Any]:
    return [pytest.param(case["spellings"], id=case["name"]) for case in NAMES[kind]]


@pytest.mark.parametrize("spellings", cases("one"))
def test_the_spellings_of_one_id_are_one(spellings: list[str]) -> None:
    found = {spelling: key(compact(spelling)) for spelling in spellings}

    assert found == dict.fromkeys(spellings, key(spellings[0]))


@pytest.mark.parametrize("spellings", cases("several"))
def test_ids_of_several_vocabularies_stay_several(spellings: list[str]) -> None:
    found = {key(compact(spelling)) for spelling in spellings}

    assert len(found) == len(spellings)


@pytest.mark.parametrize("text", NAMES["as_written"])
def test_what_is_no_id_stays_as_it_is_written(text: str) -> None:
    assert (compact(text), canonical_spelling(compact(text))) == (text, text)


@pytest.mark.parametrize("spellings", cases("one"))
def test_every_spelling_finds_the_term_that_a_file_spells_in_its_own_way(spellings: list[str]) -> None:
    for written in {compact(spelling) for spelling in spellings if ":" in compact(spelling)}:
        release = Release("A", "1", "", {written: Term(written, "a disease")})

        ontologies = Ontologies([release])

        assert {ontologies.resolve(spelling).node for spelling in spellings} == {written}


@pytest.mark.parametrize("spellings", cases("one"))
def test_every_spelling_of_an_unknown_id_is_one_node(spellings: list[str]) -> None:
    nobody = Ontologies([])

    nodes = {nobody.resolve(spelling).node for spelling in spellings if ":" in compact(spelling)}

    assert len(nodes) == 1
    assert vocabulary(nodes.pop()) == vocabulary(spellings[0])


def test_an_exact_link_is_found_under_every_name_of_its_vocabulary() -> None:
    hub = Release(
        "MONDO", "1", "", {"MONDO:1": Term("MONDO:1", "Marfan syndrome", exact=("Orphanet:558", "MIM:154700"))}
    )
    foreign = Release("ORDO", "1", "", {"ORPHA:558": Term("ORPHA:558", "Marfan syndrome")})

    joined = Ontologies([hub, foreign])

    assert {joined.resolve(one).node for one in ("ORDO:558", "ORPHA:558", "Orphanet_558", "OMIM:154700")} == {"MONDO:1"}


def test_two_files_of_one_vocabulary_under_two_names_are_one_vocabulary() -> None:
    hub = Release("MONDO", "1", "", {"MONDO:1": Term("MONDO:1", "disease")})
    one = Release(
        "ORDO", "1", "", {"ORDO:1": Term("ORDO:1", "one"), "ORDO:2": Term("ORDO:2", "two", parents=("ORPHA:1",))}
    )
    other = Release("ORPHA", "1", "", {"ORPHA:3": Term("ORPHA:3", "three", parents=("ORDO:2",))})

    joined = Ontologies([hub, one, other])

    assert sorted(joined.ancestors("Orphanet:3")) == ["ORDO:1", "ORDO:2", "ORPHA:3"]
