"""The MONDO extract that ships, and the command that makes it."""

from pathlib import Path

import pytest

from governance.duo.ontologies import extract
from governance.duo.ontologies.extract import from_guide, main, read_extract, write_extract
from governance.duo.ontology import OntologyError, Relation, Release, Term, shipped

GUIDE = {
    "MONDO:0000001": {
        "label": "disease",
        "ancestors": {},
        "deprecated": False,
        "synonyms": ["condition", "disease"],
    },
    "MONDO:0000002": {
        "label": "made up\tillness",
        "ancestors": {"MONDO:0000001": 1},
        "deprecated": False,
        "synonyms": ["a|b", "c"],
        "description": "left out",
    },
    "MONDO:0000003": {
        "label": "made up cold",
        "ancestors": {"MONDO:0000002": 1, "MONDO:0000001": 2},
        "deprecated": False,
    },
    "MONDO:0000004": {"ancestors": {}, "deprecated": True, "replaced_by": "MONDO:0000003"},
    "MONDO:0000005": {
        "label": "obsolete sign",
        "ancestors": {},
        "deprecated": True,
        "replaced_by": "HP:0000005",
    },
}


def test_the_guides_form_becomes_a_release() -> None:
    made = from_guide("MONDO", "v2026-05-05", GUIDE)

    assert made == Release(
        "MONDO",
        "2026-05-05",
        "",
        {
            "MONDO:0000001": Term("MONDO:0000001", "disease", ("condition",)),
            "MONDO:0000002": Term("MONDO:0000002", "made up illness", ("a b", "c"), ("MONDO:0000001",)),
            "MONDO:0000003": Term("MONDO:0000003", "made up cold", parents=("MONDO:0000002",)),
            "MONDO:0000004": Term("MONDO:0000004", "MONDO:0000004", obsolete=True, replaced_by=("MONDO:0000003",)),
            "MONDO:0000005": Term("MONDO:0000005", "obsolete sign", obsolete=True, replaced_by=("HP:0000005",)),
        },
    )


def test_an_extract_reads_back_as_it_was_written() -> None:
    made = from_guide("MONDO", "v2026-05-05", GUIDE)

    read = read_extract(write_extract(made))

    assert (read.name, read.version, read.terms) == (made.name, made.version, made.terms)
    assert write_extract(read) == write_extract(made)


@pytest.mark.parametrize("damaged", [b"", b"no gzip", write_extract(from_guide("MONDO", "1", GUIDE))[:-9]])
def test_a_damaged_extract_is_refused(damaged: bytes) -> None:
    with pytest.raises(OntologyError, match="the ontology extract is damaged"):
        read_extract(damaged)


def test_without_the_guide_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extract, "_GUIDE", "a_package_that_is_not_there")

    status = main([str(tmp_path / "out.gz")])

    assert (status, list(tmp_path.iterdir())) == (1, [])
    assert "pip install cellxgene-ontology-guide" in capsys.readouterr().err


def test_the_shipped_extract_is_the_whole_of_mondo() -> None:
    (release,) = shipped().releases

    assert shipped().identity() == {"MONDO": f"2026-05-05 sha256:{release.sha256}"}
    assert (len(release.terms), sum(term.obsolete for term in release.terms.values())) == (31_958, 3_968)
    assert shipped() is shipped()


def test_the_shipped_extract_answers_what_the_matcher_asks() -> None:
    breast_cancer, cancer, heart_failure = "MONDO:0007254", "MONDO:0004992", "MONDO:0005252"

    assert shipped().relation(breast_cancer, cancer) == Relation.BELOW
    assert shipped().relation(cancer, breast_cancer) == Relation.BROADER
    assert shipped().relation(heart_failure, cancer) == Relation.UNRELATED
    assert shipped().relation("DOID:162", cancer) == Relation.UNKNOWN
    assert shipped().resolve("MONDO:0000002").node == "MONDO:0009299"
    assert shipped().resolve("MONDO:0000003").problem == "obsolete"
    assert [term.id for term in shipped().search("cardiac failure", 1)] == [heart_failure]


def test_every_link_of_the_shipped_extract_leads_to_a_term_of_it() -> None:
    (release,) = shipped().releases
    terms = release.terms

    dangling = {p for term in terms.values() for p in term.parents if p not in terms or terms[p].obsolete}

    assert dangling == set()


def test_the_notice_of_the_shipped_extract_names_source_version_and_licence() -> None:
    notice = (Path(extract.__file__).parents[1] / "data" / "NOTICE").read_text()

    version = shipped().releases[0].version
    assert all(words in notice for words in ("Mondo Disease Ontology", version, "Attribution 4.0", extract.SHIPPED))
