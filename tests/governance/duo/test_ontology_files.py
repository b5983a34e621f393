"""OWL and obographs: the same terms as from OBO, and how what is neither is refused."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from governance.duo.ontologies.ontology_content import FileLimits
from governance.duo.ontologies.ontology_files import ReadingReport, read_ontology
from governance.duo.ontologies.releases import OntologyError, ReleaseFinding, Term

CASES = Path(__file__).resolve().parents[2] / "cases" / "ontology"
NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" '
    'xmlns:owl="http://www.w3.org/2002/07/owl#" xmlns:obo="http://purl.obolibrary.org/obo/" '
    'xmlns:skos="http://www.w3.org/2004/02/skos/core#"'
)


def rdf(*classes: str) -> bytes:
    return f"<rdf:RDF {NAMESPACES} xml:base='http://example.org/a.owl'>\n{''.join(classes)}</rdf:RDF>".encode()


def owl_class(about: str, *inside: str) -> str:
    return f"<owl:Class rdf:about='{about}'>{''.join(inside)}</owl:Class>\n"


def graph(**graph: Any) -> bytes:
    return json.dumps({"graphs": [graph]}).encode()


def node(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "CLASS", **more}


def read(content: bytes, limits: FileLimits | None = None) -> dict[str, Term]:
    return dict(read_ontology(io.BytesIO(content), limits or FileLimits()).terms)


def refusal(content: bytes, limits: FileLimits | None = None) -> str:
    with pytest.raises(OntologyError) as refused:
        read(content, limits)
    return str(refused.value)


@pytest.mark.parametrize("file", ["hub.owl", "hub.json"])
def test_each_form_of_one_ontology_gives_the_same_terms(file: str) -> None:
    obo, other = read_ontology(CASES / "hub.obo"), read_ontology(CASES / file)

    assert dict(other.terms) == dict(obo.terms)
    assert (other.name, other.version) == (obo.name, obo.version)
    assert other.identity != obo.identity


@pytest.mark.parametrize("file", ["hub.owl", "hub.json"])
def test_each_form_may_be_compressed(file: str) -> None:
    plain = (CASES / file).read_bytes()

    assert read_ontology(io.BytesIO(gzip.compress(plain))) == read_ontology(io.BytesIO(plain))


def test_a_label_in_english_or_in_no_language_is_the_name_and_the_others_are_synonyms() -> None:
    labels = '<rdfs:label xml:lang="fr">maladie</rdfs:label>', '<rdfs:label xml:lang="en">disease</rdfs:label>'

    assert read(rdf(owl_class("http://example.org/A_1", *labels))) == {"A:1": Term("A:1", "disease", ("maladie",))}


def test_addresses_inside_owl_may_be_relative_and_come_in_parts() -> None:
    classes = (
        owl_class("#A_1", '<rdfs:subClassOf rdf:resource="#A_2"/>', "<skos:exactMatch>B:1</skos:exactMatch>"),
        "<owl:Class rdf:ID='A_2'/>",
        "<rdf:Description rdf:about='#A_1'><rdf:type rdf:resource='http://www.w3.org/2002/07/owl#Class'/>"
        "<owl:equivalentClass rdf:resource='http://www.orpha.net/ORDO/Orphanet_5'/><rdfs:label>one</rdfs:label>"
        "</rdf:Description>",
    )

    assert read(rdf(*classes)) == {
        "A:1": Term("A:1", "one", parents=("A:2",), exact=("B:1", "Orphanet:5")),
        "A:2": Term("A:2", "A:2"),
    }


def test_a_parent_that_is_elsewhere_is_kept_for_the_release_that_holds_it() -> None:
    in_owl = rdf(owl_class("http://example.org/A_1", '<rdfs:subClassOf rdf:resource="http://example.org/B_1"/>'))
    in_json = graph(nodes=[node("http://example.org/A_1")], edges=[edge("A", "B")])

    assert [read(content)["A:1"].parents for content in (in_owl, in_json)] == [("B:1",), ("B:1",)]


def edge(child: str, parent: str) -> dict[str, str]:
    return {"sub": f"http://example.org/{child}_1", "pred": "is_a", "obj": f"http://example.org/{parent}_1"}


def test_nodes_that_are_one_are_exact_with_each_other() -> None:
    nodes = [node("http://example.org/A_1"), node("http://example.org/B_1")]

    terms = read(graph(nodes=nodes, equivalentNodesSets=[{"nodeIds": [one["id"] for one in nodes]}]))

    assert [terms["A:1"].exact, terms["B:1"].exact] == [("B:1",), ("A:1",)]


def test_what_cannot_be_kept_of_a_graph_is_left_out_and_reported() -> None:
    report = ReadingReport()
    odd = [
        node("http://example.org/A_1", lbl="half \ud800"),
        node("a\0b"),
        {"type": "CLASS"},
        "a word",
        node("A:" + "2" * 60),
    ]

    release = read_ontology(io.BytesIO(graph(nodes=odd, edges="none", meta=7)), report=report)

    assert dict(release.terms) == {"A:1": Term("A:1", "A:1")}
    assert report.findings == [
        ReleaseFinding(0, "node 1", "a class without an id that can be kept: left out"),
        ReleaseFinding(0, "node 2", "a class without an id that can be kept: left out"),
        ReleaseFinding(0, "A:" + "2" * 58, "the id is longer than 60 characters: left out"),
    ]


def test_a_class_whose_id_is_too_long_is_left_out_with_its_line() -> None:
    report = ReadingReport()
    long = "http://example.org/" + "x" * 60

    release = read_ontology(io.BytesIO(rdf(owl_class("http://example.org/A_1"), owl_class(long))), report=report)

    assert list(release.terms) == ["A:1"]
    assert report.findings == [ReleaseFinding(3, long[:60], "the id is longer than 60 characters: left out")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"<html>\n",
            "Invalid file line 1: the document is not rdf:RDF; convert it to RDF/XML or OBO, for example with ROBOT",
        ),
        (rdf(), "the file holds no term that can be kept"),
        (rdf()[:-3], "not well-formed XML"),
        (rdf("<owl:Class/>"), "the file holds no term that can be kept"),
        (b"{", "not JSON"),
        (b"{}", "the file holds no graphs; is it an obographs file?"),
        (b'{"graphs": [{}]}', "the file holds no term that can be kept"),
        (b'{"graphs": ' + b"[" * 100_000, "not JSON"),
    ],
)
def test_what_is_neither_is_refused(content: bytes, message: str) -> None:
    assert message in refusal(content)


@pytest.mark.parametrize(
    ("content", "limits", "message"),
    [
        (
            rdf(owl_class("http://example.org/A_1")),
            FileLimits(max_terms=0),
            "more than 0 terms; import a smaller extract",
        ),
        (graph(nodes=[node("A:1")]), FileLimits(max_terms=0), "more than 0 terms; import a smaller extract"),
        (graph(nodes=[]), FileLimits(max_whole=5), "more than 5 bytes of JSON; import the OBO file of this ontology"),
        (
            rdf(owl_class("http://example.org/A_1", f"<rdfs:label>{'x' * 11}</rdfs:label>")),
            FileLimits(max_line=10),
            "Invalid file line 2: a text longer than 10 characters; is it an ontology?",
        ),
    ],
)
def test_what_is_too_large_is_refused(content: bytes, limits: FileLimits, message: str) -> None:
    assert refusal(content, limits) == message


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "label.txt").write_text("from outside")
    outside = f"<!DOCTYPE rdf:RDF [<!ENTITY label SYSTEM '{(tmp_path / 'label.txt').as_uri()}'>]>".encode()

    terms = read(outside + rdf(owl_class("http://example.org/A_1", "<rdfs:label>a &label; name</rdfs:label>")))

    assert terms["A:1"].label in ("a  name", "a name")
