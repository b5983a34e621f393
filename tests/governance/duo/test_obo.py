"""The OBO reader: what it takes from a file, and how it refuses one."""

import gzip
import hashlib
import io
from pathlib import Path

import pytest

from governance.duo.ontologies.ontology_content import FileLimits
from governance.duo.ontologies.ontology_files import ReadingReport, read_ontology
from governance.duo.ontologies.releases import OntologyError, ReleaseFinding, Term

CASES = Path(__file__).resolve().parents[2] / "cases" / "ontology"
SMALL = "format-version: 1.2\n\n[Term]\nid: A:1\nname: one\n"
NO_TAG = "expected 'tag: value' or a '[Term]'; is it an OBO file?"
SYNONYM = 'synonym: "text" EXACT []'


def read(text: str | bytes, limits: FileLimits | None = None) -> dict[str, Term]:
    content = text.encode() if isinstance(text, str) else text
    return dict(read_ontology(io.BytesIO(content), limits or FileLimits()).terms)


def refusal(text: str | bytes, limits: FileLimits | None = None) -> str:
    with pytest.raises(OntologyError) as refused:
        read(text, limits)
    return str(refused.value)


def test_a_term_is_read_with_all_that_counts() -> None:
    terms = read_ontology(CASES / "hub.obo").terms

    assert terms["HUB:3"] == Term(
        id="HUB:3",
        label="cancer",
        synonyms=('malignant "growth"', "Krebs"),
        parents=("HUB:2",),
        exact=("FAR:3", "FAR:31", "FAR:32", "ICD10WHO:C00-C97"),
    )


def test_the_other_kinds_of_term_are_read_too() -> None:
    terms = read_ontology(CASES / "hub.obo").terms

    assert [terms[i] for i in ("HUB:4", "HUB:40", "HUB:6", "HUB:9", "HUB:10")] == [
        Term("HUB:4", "breast cancer", parents=("HUB:3",), exact=("FAR:4",)),
        Term("HUB:40", "breast cancer", obsolete=True, replaced_by=("HUB:4",)),
        Term("HUB:6", "cancer of the heart", parents=("HUB:3", "HUB:5")),
        Term("HUB:9", "obsolete fever", obsolete=True),
        Term("HUB:10", "obsolete split", obsolete=True, replaced_by=("HUB:4", "HUB:5")),
    ]


def test_exact_match_properties_are_read_in_each_spelling() -> None:
    lines = (
        "exactMatch FAR:1",
        "skos:exactMatch FAR:2",
        "http://www.w3.org/2004/02/skos/core#exactMatch FAR:3",
        "exactMatch http://purl.obolibrary.org/obo/FAR_4",
        'exactMatch "http://example.org/FAR_5" xsd:anyURI',
        "exactMatch http://identifiers.org/mesh/D6",
        "exactMatch https://omim.org/entry/7",
        "exactMatch http://linkedlifedata.com/resource/umls/id/C8",
        "exactMatch far:1",
        "exactMatch https://icd.who.int/browse10/2019/en#/C50",
        "exactMatch http://www.orpha.net/ORDO/Orphanet_9",
        "closeMatch FAR:90",
        "broadMatch FAR:91",
        "narrowMatch FAR:92",
        "skos:relatedMatch FAR:93",
        "inexactMatch FAR:94",
    )

    terms = read(SMALL + "".join(f"property_value: {line}\n" for line in lines))

    assert terms["A:1"].exact == (
        "FAR:1",
        "FAR:2",
        "FAR:3",
        "FAR:4",
        "FAR:5",
        "mesh:D6",
        "OMIM:7",
        "UMLS:C8",
        "ICD10WHO:C50",
        "Orphanet:9",
    )


def test_a_cross_reference_counts_only_when_a_source_says_equivalent() -> None:
    lines = (
        'B:1 {source="A:equivalentTo"}',
        'B:2 {source="A:other", source="A:equivalentTo"} ! a comment',
        'B:3 "words {in braces}" {source="equivalentTo"}',
        'B:4 {source="A:other, A:equivalentTo"}',
        "B:90",
        'B:91 {source="A:relatedTo"}',
        'B:92 {source="A:notEquivalentTo"}',
        'B:93 "equivalentTo"',
        'B:94 {comment="equivalentTo"}',
        'B:95 {source="A:equivalentTogether"}',
        'B:96 ! {source="A:equivalentTo"}',
    )

    terms = read(SMALL + "".join(f"xref: {line}\n" for line in lines))

    assert terms["A:1"].exact == ("B:1", "B:2", "B:3", "B:4")


def test_an_alternative_id_that_has_a_stanza_of_its_own_keeps_it() -> None:
    own = "\n[Term]\nid: A:2\nname: two\n"

    terms = read(SMALL + "alt_id: A:2\n" + own)

    assert terms["A:2"] == Term("A:2", "two")


def test_an_alternative_id_of_two_terms_has_two_replacements() -> None:
    terms = read(SMALL + "alt_id: A:9\n\n[Term]\nid: A:2\nname: two\nalt_id: A:9\n")

    assert terms["A:9"].replaced_by == ("A:1", "A:2")


@pytest.mark.parametrize(
    ("header", "version"),
    [
        ("data-version: releases/2026-08-04\n", "2026-08-04"),
        ("data-version: http://purl.obolibrary.org/obo/a/releases/v2026-08-04/a.obo\n", "2026-08-04"),
        ("data-version: a/2026-08-21-extract\n", "a/2026-08-21-extract"),
    ],
)
def test_the_version_is_the_files_own(header: str, version: str) -> None:
    release = read_ontology(io.BytesIO((header + SMALL).encode()))

    assert release.version == version


def test_a_file_without_a_version_is_known_by_its_hash() -> None:
    sha256 = hashlib.sha256(SMALL.encode()).hexdigest()

    release = read_ontology(io.BytesIO(SMALL.encode()))

    assert (release.version, release.sha256) == (f"sha256:{sha256[:12]}", sha256)


def test_a_release_is_named_after_the_vocabulary_that_most_terms_have() -> None:
    text = "ontology: other\n\n[Term]\nid: X:1\n\n[Term]\nid: A:2\n" + SMALL.partition("\n")[2]

    release = read_ontology(io.BytesIO(text.encode()))

    assert release.name == "A"


def test_a_compressed_file_is_the_same_release() -> None:
    plain = (CASES / "hub.obo").read_bytes()

    release = read_ontology(io.BytesIO(gzip.compress(plain)))

    assert release == read_ontology(io.BytesIO(plain))


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    dressed = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()

    assert read(dressed) == read(SMALL)


def test_a_term_without_a_name_is_called_by_its_id() -> None:
    assert read("[Term]\nid: A:1\n") == {"A:1": Term("A:1", "A:1")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file holds no [Term]; is it an OBO file?"),
        ("format-version: 1.2\n", "the file holds no [Term]; is it an OBO file?"),
        ("[Typedef]\nid: part_of\n", "the file holds no term that can be kept"),
        ("a page\n", "Invalid file line 1: " + NO_TAG),
        ("[Term]\nid: A:1\nname one\n", "Invalid file line 3: " + NO_TAG),
        ("[Term\n", "Invalid file line 1: a stanza starts with a name in brackets, such as '[Term]'"),
        (SMALL + "comment: \0\n", "Invalid file line 6: a character of value zero; is it an OBO file?"),
        (
            b"[Term]\nid: A:1\nname: \xff\n",
            "Invalid file line 3: not UTF-8; save the file as UTF-8 and try again",
        ),
    ],
)
def test_what_is_no_obo_file_is_refused_with_its_line(text: str | bytes, message: str) -> None:
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        ("\n[Term]\nname: two\n", ReleaseFinding(7, "", "a term without an id: left out")),
        ("id: A:2\n", ReleaseFinding(6, "A:1", "a second id, A:2: left out")),
        ("\n[Term]\nid: a:1\n", ReleaseFinding(7, "a:1", "stands twice, first at line 3: left out")),
        (
            f"\n[Term]\nid: A:{'2' * 60}\n",
            ReleaseFinding(7, f"A:{'2' * 58}", "the id is longer than 60 characters: left out"),
        ),
        ("is_a: ! nothing\n", ReleaseFinding(6, "A:1", "is_a names no id: left out")),
        ("synonym: bare\n", ReleaseFinding(6, "A:1", "a synonym without double quotes: left out")),
    ],
)
def test_what_cannot_be_kept_is_left_out_and_reported_with_its_line(wrong: str, finding: ReleaseFinding) -> None:
    report = ReadingReport()

    release = read_ontology(io.BytesIO((SMALL + wrong).encode()), report=report)

    assert (dict(release.terms), report.findings) == ({"A:1": Term("A:1", "one")}, [finding])


def test_a_name_that_is_too_long_is_cut_and_reported() -> None:
    report = ReadingReport()

    release = read_ontology(io.BytesIO(f"[Term]\nid: A:1\nname: {'x' * 501}\n".encode()), report=report)

    assert release.terms["A:1"].label == "x" * 499 + "…"
    assert [str(finding) for finding in report.findings] == [
        "line 1: A:1: the name is longer than 500 characters: it is cut"
    ]


def test_a_comment_glued_to_an_id_is_no_part_of_it() -> None:
    terms = read(SMALL + 'is_a: A:2!two\nreplaced_by: A:3{x="y"}\nxref: B:1\\!2 {source="equivalentTo"}\n')

    assert terms["A:1"] == Term("A:1", "one", parents=("A:2",), replaced_by=("A:3",), exact=("B:1!2",))


def test_a_backslash_at_the_end_joins_the_next_line() -> None:
    report = ReadingReport()
    text = '[Term]\nid: A:1\nname: a long \\\nname\nis_a: \\\nA:2\nsynonym: "a path C:\\\\" EXACT []\nsynonym: bare\n'

    release = read_ontology(io.BytesIO(text.encode()), report=report)

    assert release.terms["A:1"] == Term("A:1", "a long name", parents=("A:2",), synonyms=("a path C:\\",))
    assert report.findings == [ReleaseFinding(8, "A:1", "a synonym without double quotes: left out")]


def test_lines_joined_by_backslashes_are_bounded_as_one() -> None:
    message = refusal("[Term]\nid: A:1\nname: " + "xxxx\\\n" * 10, FileLimits(max_line=30))

    assert message == "Invalid file line 8: longer than 30 bytes; is it an OBO file?"


def test_equivalent_to_is_exact() -> None:
    assert read(SMALL + "equivalent_to: DOID:5 ! five\n")["A:1"].exact == ("DOID:5",)


@pytest.mark.parametrize(
    "said",
    [
        "replaced_by: X:2",
        "property_value: IAO:0100001 X:2",
        "property_value: http://purl.obolibrary.org/obo/IAO_0100001 http://purl.obolibrary.org/obo/X_2",
        'property_value: IAO:0100001 "X:2" xsd:string',
        "replaced_by: X:2\nproperty_value: IAO:0100001 x:2",
    ],
)
def test_what_replaces_an_obsolete_term_is_read_in_each_spelling(said: str) -> None:
    terms = read(f"[Term]\nid: X:1\nis_obsolete: true\n{said}\n")

    assert terms["X:1"].replaced_by == ("X:2",)


def test_an_obsolete_term_that_another_names_as_its_alternative_is_replaced_by_it() -> None:
    old = "\n[Term]\nid: a:9\nname: old\nis_obsolete: true\n"
    other = "\n[Term]\nid: A:8\nname: older\nis_obsolete: true\nreplaced_by: A:2\n"

    terms = read(SMALL + "alt_id: A:9\nalt_id: A:8\n" + old + other)

    assert [terms["a:9"].replaced_by, terms["A:8"].replaced_by] == [("A:1",), ("A:2",)]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (FileLimits(max_bytes=30), "more than 30 bytes of content; import a smaller extract"),
        (FileLimits(max_line=10), "Invalid file line 1: longer than 10 bytes; is it an OBO file?"),
        (FileLimits(max_terms=0), "Invalid file line 3: more than 0 terms; import a smaller extract"),
    ],
)
def test_a_file_that_is_too_large_is_refused(limits: FileLimits, message: str) -> None:
    assert refusal(SMALL, limits) == message


def test_a_small_compressed_file_cannot_fill_the_memory() -> None:
    bomb = gzip.compress(b"x" * 50_000_000)

    message = refusal(bomb)

    assert message == "Invalid file line 1: longer than 1048576 bytes; is it an OBO file?"


def test_a_small_compressed_file_is_not_unpacked_for_long() -> None:
    limits = FileLimits(small_enough=100_000)
    lines = SMALL + "comment: nothing\n" * 50_000

    message = refusal(gzip.compress(lines.encode()), limits)

    assert (
        message
        == "the compressed file unpacks to more than 100 times its size; unpack it yourself if it is meant to be so"
    )
    assert read(lines, limits) == read(SMALL)
    assert read(gzip.compress(SMALL.encode()), FileLimits(max_unpacked=1)) == read(SMALL)


def test_a_compressed_file_cut_short_is_refused() -> None:
    cut = gzip.compress((CASES / "hub.obo").read_bytes())[:-20]

    message = refusal(cut)

    assert "the compressed data are damaged or cut short" in message


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OntologyError) as refused:
        read_ontology(tmp_path / "none.obo")

    assert str(refused.value) == f"cannot read {tmp_path / 'none.obo'}: No such file or directory"
