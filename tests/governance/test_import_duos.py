"""DUOS studies and EGA policies: each consent group and each policy ends as a dataset, a proposal, or a reason."""

import json
from typing import Any

import pytest

from governance.duo.catalogues.readings import RowStatus
from governance.duo.ontology import shipped
from governance.imports.files import read_content
from governance.imports.rows import ImportRow, Unreadable

HEART = "MONDO:0005267"


def rows(content: Any, format: str) -> list[ImportRow]:
    return list(read_content(json.dumps(content).encode(), format, shipped()).rows)


def group(**fields: Any) -> ImportRow:
    study = {"studyName": "Hearts", "studyDescription": "Genomes.", "dataTypes": ["Genomic"]}
    [row] = rows(study | {"consentGroups": [{"consentGroupName": "g1", **fields}]}, "duos")
    return row


@pytest.mark.parametrize(
    ("fields", "permission", "diseases", "modifiers"),
    [
        ({"generalResearchUse": True}, "DUO:0000042", [], []),
        ({"hmb": True, "poa": False, "generalResearchUse": None, "npu": True, "irb": True}, "DUO:0000006", [],
         ["DUO:0000021", "DUO:0000045"]),
        ({"poa": True, "nmds": True, "gso": True, "pub": True, "col": True}, "DUO:0000011", [],
         ["DUO:0000015", "DUO:0000016", "DUO:0000019", "DUO:0000020"]),
        ({"diseaseSpecificUse": ["http://purl.obolibrary.org/obo/MONDO_0005267"], "hmb": False}, "DUO:0000007", [HEART], []),
        ({"hmb": True, "gs": "Finland and Sweden"}, "DUO:0000006", [], [{"term": "DUO:0000022", "countries": ["FI", "SE"]}]),
        ({"hmb": True, "mor": True, "morDate": "2027-01-31"}, "DUO:0000006", [],
         [{"term": "DUO:0000024", "until": "2027-01-31"}]),
    ],
    ids=["general", "conditions", "ancestry", "disease", "places", "moratorium"],
)  # fmt: skip
def test_a_consent_group_is_read_field_by_field(
    fields: dict[str, Any], permission: str, diseases: list[str], modifiers: list[Any]
) -> None:
    reading = group(**fields).reading

    assert (reading.status, reading.data_use) == (
        RowStatus.IMPORTED, {"permission": permission, "diseases": diseases, "modifiers": modifiers, "local": []},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "it names no permission: a steward gives one of NRES, GRU, HMB, DS, POA"),
        (
            {"hmb": True, "generalResearchUse": True},
            "it names more than one permission, GRU and HMB: a steward says which one holds",
        ),
        (
            {"otherPrimary": "only by us"},
            "it names no permission: a steward gives one of NRES, GRU, HMB, DS, POA; "
            "otherPrimary says 'only by us', which no term expresses: a steward decides",
        ),
        (
            {"hmb": True, "otherSecondary": "tell us"},
            "otherSecondary says 'tell us', which no term expresses: a steward decides",
        ),
        ({"hmb": True, "mor": True}, "MOR needs a value that is not given (until): a steward gives it"),
        (
            {"hmb": True, "mor": True, "morDate": "soon"},
            "MOR needs a value that is not given (until): a steward gives it; "
            "morDate: must be a date, written YYYY-MM-DD",
        ),
        (
            {"diseaseSpecificUse": ["heart disease"]},
            "the disease heart disease is unknown to the loaded ontologies: a steward names it",
        ),
    ],
    ids=["none", "two", "other", "other condition", "no day", "no date", "a name"],
)
def test_what_a_consent_group_leaves_open_is_kept_for_a_steward(fields: dict[str, Any], reason: str) -> None:
    reading = group(**fields).reading

    assert (reading.status, reading.reason) == (RowStatus.PROPOSED, reason)


def test_a_place_that_nobody_knows_leaves_the_countries_open() -> None:
    reading = group(hmb=True, gs="the North").reading

    assert reading.data_use is not None
    assert (reading.status, reading.data_use["modifiers"]) == (RowStatus.PROPOSED, ["DUO:0000022"])
    assert "gs says 'the North'" in reading.reason


def test_the_facts_of_a_study_stand_beside_each_of_its_groups() -> None:
    row = group(hmb=True, numberOfParticipants=120)

    assert (row.name, row.facts.title, row.facts.summary) == ("g1", "Hearts · g1", "Genomes.")
    assert (row.facts.participants, list(row.facts.data_types)) == (120, ["Genomic"])


@pytest.mark.parametrize(
    "fields", [{"hmb": "yes"}, {"diseaseSpecificUse": "DOID:1"}, {"diseaseSpecificUse": [7]}], ids=str
)
def test_a_field_of_another_kind_refuses_the_group_by_name(fields: dict[str, Any]) -> None:
    reading = group(**fields).reading

    assert reading.status is RowStatus.REJECTED
    assert reading.reason.startswith(next(iter(fields)))


def test_a_group_that_is_no_object_is_refused_alone() -> None:
    good = {"consentGroupName": "g1", "hmb": True}

    found = rows([{"studyName": "Hearts", "consentGroups": [good, 7]}], "duos")

    assert [one.reading.status for one in found] == [RowStatus.IMPORTED, RowStatus.REJECTED]


def test_a_policy_stands_for_the_data_that_it_governs() -> None:
    found = rows(
        [
            {
                "object_id": {"alias": "p1"},
                "object_title": "Hearts",
                "duo_codes_curies": ["DUO:0000042", "DUO:0000045"],
            },
            {
                "object_id": {"ega_accession": "EGAP1", "alias": "p2"},
                "duo_codes_curies": ["DUO:0000042", "DUO:0000022"],
            },
            {"object_id": {"alias": "p3"}},
        ],
        "ega",
    )

    assert [(one.name, one.facts.title, one.reading.status.value) for one in found] == [
        ("p1", "Hearts", "imported"), ("EGAP1", "", "proposed"), ("p3", "", "rejected"),
    ]  # fmt: skip
    assert found[2].reading.reason == "no duo_codes_curies are given"


def test_a_file_without_studies_says_what_to_give() -> None:
    with pytest.raises(Unreadable, match="an object with `studies`"):
        rows({"name": "x"}, "duos")
