"""MONDO and the Disease Ontology as they are. The files are no part of the project: without them this says so."""

from pathlib import Path

import pytest

from governance.duo.ontologies.ontology_files import read_ontology
from governance.duo.ontology import Ontologies, Relation
from tests.processes import leave_out

REAL = Path(__file__).resolve().parents[3].parent / "shared" / "real"
FILES = [REAL / "mondo.obo.gz", REAL / "doid.obo.gz"]
MISSING = [str(file) for file in FILES if not file.exists()]


@pytest.fixture(scope="module", autouse=True)
def real() -> Ontologies:
    if MISSING:
        leave_out(f"the tests on real ontologies: not there: {', '.join(MISSING)}")
    return Ontologies([read_ontology(file) for file in FILES])


def test_both_files_are_read_whole(real: Ontologies) -> None:
    counts = {release.name: len(release.terms) for release in real.releases}

    assert counts == {"MONDO": 18_278, "DOID": 12_246}
    versions = {release.name: release.version for release in real.releases}
    assert versions == {"MONDO": "mondo/2026-08-21-extract", "DOID": "doid/2026-08-19-extract"}


@pytest.mark.parametrize(
    ("term", "to", "relation"),
    [
        ("MONDO:0005252", "MONDO:0005267", Relation.BELOW),  # heart failure, heart disorder
        ("MONDO:0005252", "MONDO:0004992", Relation.UNRELATED),  # heart failure, cancer
        ("MONDO:0004992", "MONDO:0007254", Relation.BROADER),  # cancer, breast cancer
        ("DOID:1612", "MONDO:0004992", Relation.BELOW),  # breast cancer in the other vocabulary
        ("MONDO:0007254", "DOID:162", Relation.BELOW),
        (
            "DOID:0001816",
            "DOID:0050686",
            Relation.DISAGREE,
        ),  # angiosarcoma, organ system cancer: MONDO sees no organ
        ("DOID:0001816", "DOID:162", Relation.BELOW),
        ("DOID:955", "MONDO:0004992", Relation.UNKNOWN),
    ],
)
def test_real_diseases_stand_to_each_other(real: Ontologies, term: str, to: str, relation: Relation) -> None:
    assert real.relation(term, to) == relation


def test_of_the_three_exact_ids_of_cancer_only_the_topmost_is_exact(real: Ontologies) -> None:
    nodes = {identifier: real.resolve(identifier).node for identifier in ("DOID:162", "DOID:0050686", "DOID:0050687")}

    assert nodes == {
        "DOID:162": "MONDO:0004992",
        "DOID:0050686": "DOID:0050686",
        "DOID:0050687": "DOID:0050687",
    }
    assert real.relation("DOID:0050686", "MONDO:0004992") == Relation.BELOW


def test_the_second_ontology_puts_no_hub_term_anywhere_new(real: Ontologies) -> None:
    alone = Ontologies(real.releases[:1])

    moved = [term for term in alone.releases[0].terms if alone.ancestors(term) != real.ancestors(term)]

    assert moved == []


def test_every_link_of_the_other_vocabulary_is_below_or_disputed(real: Ontologies) -> None:
    foreign = real.releases[1].terms.values()

    answers = {real.relation(term.id, parent) for term in foreign for parent in term.parents}

    assert answers == {Relation.BELOW, Relation.DISAGREE, Relation.UNKNOWN}
