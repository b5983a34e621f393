"""Catalogues in other formats: what is readable enters, what is missing goes to a steward, and what went out comes back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from governance.domain.errors import Invalid
from governance.domain.roles import Role
from governance.imports.files import read_content
from governance.models import Committee, Dataset, DatasetProposal, User
from governance.selectors.ontology import active_ontologies
from governance.services import committees, datasets, organisations, people, roles
from governance.services.imports import import_datasets
from governance.services.proposals import settle_proposal
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HEART = "MONDO:0005267"
DOUBT = "a person decides which is right"


@pytest.fixture
def place() -> Committee:
    lake = organisations.create_organisation(
        slug="lake", name="Lake", domain="lake.example", country="FI", kind="not-for-profit", by=TESTS, now=NOW
    )
    return committees.create_committee(
        slug="lake-dac", name="Lake DAC", organisation=lake, code="LDC", contact="dac@lake.example", by=TESTS, now=NOW
    )


@pytest.fixture
def dana(place: Committee) -> User:
    steward = people.create_person(username="dana", email="dana@lake.example", name="Dana", by=TESTS, now=NOW)
    roles.give_role(role=Role.STEWARD, on=place.organisation, to=steward, by=TESTS, now=NOW)
    return steward


def run(content: bytes, place: Committee, format: str) -> list[dict[str, Any]]:
    file = read_content(content, format, active_ontologies())
    results = import_datasets(file=file, organisation=place.organisation, committee=place, by=TESTS, now=NOW)
    return [result.report() for result in results]


def listed(*cells: str, column: str = "data_use") -> bytes:
    rows = "".join(f"Set {number}\t{cell}\n" for number, cell in enumerate(cells))
    return f"name\t{column}\n{rows}".encode()


def beacon(*entries: Any, **more: Any) -> bytes:
    one = {"id": "B1", "name": "Hearts", "dataUseConditions": {"duoDataUse": list(entries)}, **more}
    return json.dumps({"response": {"collections": [one]}}).encode()


def found(report: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(row["status"], row["permission"], row["diseases"], row["modifiers"]) for row in report]


# --- Lists of identifiers -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "permission", "modifiers"),
    [
        ("DUO:0000042 (general research use)", "DUO:0000042", []),
        ("general research use", "DUO:0000042", []),
        ("General research use; not for profit organisation use only", "DUO:0000042", ["DUO:0000045"]),
        ("obo:DUO_0000042", "DUO:0000042", []),
        ('["DUO:0000042", "DUO:0000018"]', "DUO:0000042", ["DUO:0000018"]),
        ("['DUO:0000042', 'DUO:0000018']", "DUO:0000042", ["DUO:0000018"]),
        ("HMB-IRB-NPU", "DUO:0000006", ["DUO:0000021", "DUO:0000045"]),
        ("Health/Medical/Biomedical (NPU)", "DUO:0000006", ["DUO:0000045"]),
        ("GRU GS-EU", "DUO:0000042", [{"term": "DUO:0000022", "countries": ["EU"]}]),
        ("DUO:0000042, DUO:0000022 (Germany, FI)", "DUO:0000042", [{"term": "DUO:0000022", "countries": ["DE", "FI"]}]),
        ("DUO:0000042 DUO:0000025 (24 months)", "DUO:0000042", [{"term": "DUO:0000025", "months": 24}]),
    ],
    ids=str,
)
@pytest.mark.parametrize(("format", "column"), [("ega", "data_use"), ("dbgap", "data_use_restriction")])
def test_every_spelling_of_a_data_use_is_read_in_either_column(
    place: Committee, cell: str, permission: str, modifiers: list[Any], format: str, column: str
) -> None:
    report = run(listed(cell, column=column), place, format)

    assert found(report) == [("imported", permission, [], modifiers)]


@pytest.mark.parametrize(
    ("cell", "permission", "modifiers", "reason"),
    [
        (
            "DUO:0000007 MONDO:9999999", "DUO:0000007", [],
            "the disease MONDO:9999999 is unknown to the loaded ontologies: a steward names it",
        ),
        ("DUO:0000007", "DUO:0000007", [], "DS comes without its disease: a steward names it"),
        (
            "DUO:0000042,DUO:0000006", None, [],
            "it names more than one permission, GRU and HMB: a steward says which one holds",
        ),
        ("DUO:0000021", None, ["DUO:0000021"], "it names no permission: a steward gives one of NRES, GRU, HMB, DS, POA"),
        (
            "DUO:0000042,DUO:0000022", "DUO:0000042", ["DUO:0000022"],
            "GS needs a value that is not given (countries): a steward gives it",
        ),
        (
            "DUO:0000005", "DUO:0000042", [],
            "GRU-CC is obsolete: a person decides whether it becomes GRU, or GRU with CC where care was consented to",
        ),
        (
            f"DUO:0000007 {HEART} (breast cancer)", "DUO:0000007", [],
            f"{HEART} is heart disorder, but the label beside it says 'breast cancer': a steward says which is meant",
        ),
    ],
    ids=["unknown disease", "no disease", "two permissions", "no permission", "no value", "obsolete", "another label"],
)  # fmt: skip
def test_what_a_list_leaves_open_goes_to_a_steward(
    place: Committee, cell: str, permission: str | None, modifiers: list[Any], reason: str
) -> None:
    report = run(listed(cell), place, "ega")

    assert found(report) == [("proposed", permission, [], modifiers)]
    assert report[0]["reason"] == reason
    assert Dataset.objects.get().data_use is None


@pytest.mark.parametrize("term", ["RS", "GS", "MOR", "TS", "US", "PS", "IS"])
def test_every_term_without_its_value_is_proposed(place: Committee, term: str) -> None:
    reports = [
        run(listed(f"DUO:0000042,{term}"), place, "ega"),
        run(beacon({"id": "GRU"}, {"id": term}), place, "beacon"),
    ]

    assert [(row["status"], row["permission"], len(row["modifiers"])) for [row] in reports] == [
        ("proposed", "DUO:0000042", 1),
    ] * 2


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("EA", "no permission among the codes of 'EA': EA unknown"),
        ("DUO:0000042 DUO:9999999", "DUO:9999999 is no DUO term of release 2021-02-23"),
        ("DUO:0000037", "DUO:0000037 (biomedical research) is no term for data: it is of the kind investigation"),
        ("DUO:0000042 (no restriction)", f"DUO:0000042 is GRU, but the label beside it says 'no restriction': {DOUBT}"),
        (f"DUO:0000042 {HEART}", "no valid data use: diseases belong to DS: GRU takes none"),
        ("DUO:0000042 XYZ", "XYZ is no term that anything here knows: ask whoever published it"),
    ],
    ids=str,
)
def test_what_nobody_can_read_is_refused_with_its_reason(place: Committee, cell: str, reason: str) -> None:
    report = run(listed(cell), place, "ega")

    assert (found(report), report[0]["reason"]) == ([("rejected", None, [], [])], reason)


def test_a_long_name_is_the_witness_of_a_list_of_identifiers_too(place: Committee) -> None:
    rows = "name\tdata_use_restriction\tconsent_long_name\nA\tDUO:0000006\tHealth/Medical/Biomedical (IRB)\n"

    [row] = run(rows.encode(), place, "dbgap")

    assert (row["status"], row["reason"]) == (
        "rejected", f"the code 'DUO:0000006' does not hold IRB, but its long name says it: {DOUBT}",
    )  # fmt: skip


# --- Beacon -------------------------------------------------------------------------------------------------
def test_a_beacons_data_use_is_read(place: Committee) -> None:
    report = run(
        beacon(
            {"id": "DUO:0000007", "modifiers": [{"id": HEART, "label": "heart disorder", "version": "1"}]},
            {"id": "DUO:0000022", "modifiers": [{"id": "ISO3166-1:DEU"}], "description": "places"},
        ),
        place,
        "beacon",
    )

    assert found(report) == [
        ("imported", "DUO:0000007", [HEART], [{"term": "DUO:0000022", "countries": ["DE"]}]),
    ]
    assert Dataset.objects.get().title == "Hearts"


def test_a_beacons_dataset_without_a_data_use_is_refused(place: Committee) -> None:
    [row] = run(json.dumps([{"id": "B2", "name": "Nothing said"}]).encode(), place, "beacon")

    assert (row["status"], row["reason"]) == ("rejected", "no duoDataUse is given")


def test_the_label_of_an_unknown_disease_gives_its_candidates(place: Committee) -> None:
    entry = {"id": "DUO:0000007", "modifiers": [{"id": "EFO:0001645", "label": "coronary artery disease"}]}

    [row] = run(beacon(entry), place, "beacon")

    assert (row["status"], row["disease_text"]) == ("proposed", "coronary artery disease")
    assert row["candidates"][0] == {
        "id": "MONDO:0005010", "label": "coronary artery disorder", "fits": "synonym", "found_in": "label beside the id",
    }  # fmt: skip


@pytest.mark.parametrize("key", ["id", "code"])
def test_modifiers_inside_a_permission_are_its_modifiers(place: Committee, key: str) -> None:
    nested = {key: "DUO:0000042", "modifiers": [{key: "DUO:0000021"}, {key: "DUO:0000019"}]}

    assert found(run(beacon(nested), place, "beacon")) == [
        ("imported", "DUO:0000042", [], ["DUO:0000021", "DUO:0000019"]),
    ]


def test_no_message_advises_to_leave_a_limit_out(place: Committee) -> None:
    limited = {"id": "DUO:0000042", "modifiers": [{"id": HEART}]}

    [row] = run(beacon(limited), place, "beacon")

    assert (row["status"], row["reason"]) == (
        "rejected",
        f"duoDataUse[0].modifiers: GRU is restricted to {HEART}, and takes no disease: a person decides",
    )


@pytest.mark.parametrize(("id", "label"), [("DUO:0000042", "no restriction"), ("DUO:0000006", "RS")])
def test_a_label_that_names_another_term_is_a_doubt(place: Committee, id: str, label: str) -> None:
    [row] = run(beacon({"id": id, "label": label}), place, "beacon")

    assert row["status"] == "rejected"
    assert row["reason"].endswith(f"but the label beside it says {label!r}: {DOUBT}")


# --- Out, and in again --------------------------------------------------------------------------------------
WHOLE = {
    "permission": "DUO:0000007", "diseases": [HEART], "local": ["no-redistribution", "visit-only"],
    "modifiers": [
        {"term": "DUO:0000012", "research_types": ["HP:0000118"]},
        {"term": "DUO:0000020", "investigators": ["ada"]},
        {"term": "DUO:0000022", "countries": ["FI", "SE"]},
        {"term": "DUO:0000024", "until": "2027-01-31"},
        {"term": "DUO:0000025", "months": 24},
        {"term": "DUO:0000026", "users": ["ada"]},
        {"term": "DUO:0000027", "projects": ["p1"]},
        {"term": "DUO:0000028", "institutions": ["040af2s02"]},
        "DUO:0000045",
    ],
}  # fmt: skip


def export(format: str, to: Path) -> dict[str, Any]:
    call_command("export_datasets", "--format", format, "--output", str(to))
    written: dict[str, Any] = json.loads(to.read_text("utf-8"))
    return written


def made_by_hand(place: Committee, data_use: dict[str, Any]) -> Dataset:
    return datasets.create_dataset(
        slug="hearts", title="Hearts", organisation=place.organisation, committee=place, country="FI",
        accession="H-1", data_use=data_use, modes=["visit"], by=TESTS, now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "hint"), [("UK", "write 'GB'"), ("EU", "name each country"), ("Atlantis", "unknown country code")]
)
def test_a_dataset_is_in_a_country_or_its_row_says_what_to_write(place: Committee, written: str, hint: str) -> None:
    [row] = run(f"name\tdata_use_restriction\tcountry\nHearts\tGRU\t{written}\n".encode(), place, "dbgap")

    assert row["status"] == "rejected"
    assert hint in row["reason"]


@pytest.mark.parametrize("format", ["json", "beacon"])
def test_every_part_of_a_data_use_comes_back_as_it_went_out(place: Committee, tmp_path: Path, format: str) -> None:
    made_by_hand(place, WHOLE)

    [row] = run(json.dumps(export(format, tmp_path / "out.json")).encode(), place, format)

    again = Dataset.objects.get(source=format)
    assert row["status"] == "imported"
    assert (again.data_use, again.title) == (WHOLE, "Hearts")


def test_a_dataset_made_by_hand_goes_out_under_its_own_name(place: Committee, tmp_path: Path) -> None:
    made_by_hand(place, WHOLE)

    [one] = export("json", tmp_path / "out.json")["datasets"]

    assert one["name"] == "hearts"


def test_months_and_days_are_read_from_a_beacons_labels(place: Committee, tmp_path: Path) -> None:
    made_by_hand(place, WHOLE)
    [one] = export("beacon", tmp_path / "out.json")["datasets"]
    del one["info"]

    [row] = run(json.dumps([one]).encode(), place, "beacon")

    assert {"term": "DUO:0000024", "until": "2027-01-31"} in row["modifiers"]
    assert {"term": "DUO:0000025", "months": 24} in row["modifiers"]
    assert (row["status"], "PS needs a value" in row["reason"]) == ("proposed", True)


def test_a_beacon_whose_two_data_uses_differ_is_left_to_a_person(place: Committee, tmp_path: Path) -> None:
    made_by_hand(place, WHOLE)
    [one] = export("beacon", tmp_path / "out.json")["datasets"]
    del one["dataUseConditions"]["duoDataUse"][-1]

    [row] = run(json.dumps([one]).encode(), place, "beacon")

    assert (row["status"], row["reason"]) == (
        "rejected", f"duoDataUse and the data use beside it say different things: {DOUBT}",
    )  # fmt: skip


def test_our_own_json_comes_back_as_it_went_out(place: Committee, tmp_path: Path) -> None:
    label = {
        "permission": "DS", "diseases": [HEART], "modifiers": [{"term": "TS", "months": 24}, "IRB"],
        "local": ["visit-only"],
    }  # fmt: skip
    one = {
        "name": "hearts", "title": "Hearts", "summary": "Genomes", "country": "ES", "accession": "H-1",
        "modes": ["visit"], "data_types": ["exome"], "participants": 340, "data_use": label,
    }  # fmt: skip
    run(json.dumps({"datasets": [one]}).encode(), place, "json")

    assert export("json", tmp_path / "out.json") == {"datasets": [one]}


def test_our_own_json_takes_labels_and_names_of_countries(place: Committee) -> None:
    label = {
        "permission": "general research use",
        "modifiers": [{"term": "GS", "countries": ["Germany"]}, "obo:DUO_0000045"],
    }

    report = run(json.dumps([{"name": "x", "data_use": label}]).encode(), place, "json")

    assert found(report) == [
        ("imported", "DUO:0000042", [], [{"term": "GS", "countries": ["DE"]}, "DUO:0000045"]),
    ]


# --- What a steward gives -----------------------------------------------------------------------------------
def test_a_steward_gives_what_is_missing_and_nothing_that_was_said_is_lost(place: Committee, dana: User) -> None:
    run(listed("DUO:0000006,DUO:0000042,DUO:0000022,DUO:0000021"), place, "ega")

    settle_proposal(
        proposal=DatasetProposal.objects.get(), diseases=[], by=dana, now=NOW, reason="the consent form",
        permission="HMB", modifiers=[{"term": "GS", "countries": ["FI"]}],
    )  # fmt: skip

    assert Dataset.objects.get().data_use == {
        "permission": "HMB", "diseases": [], "modifiers": ["DUO:0000021", {"term": "GS", "countries": ["FI"]}], "local": [],
    }  # fmt: skip


def test_a_known_disease_beside_an_unknown_one_stays(place: Committee, dana: User) -> None:
    run(listed(f"DUO:0000007 {HEART} EFO:0001645"), place, "ega")

    settle_proposal(
        proposal=DatasetProposal.objects.get(), diseases=["MONDO:0005010"], by=dana, now=NOW, reason="the consent form"
    )

    label = Dataset.objects.get().data_use
    assert label is not None
    assert label["diseases"] == ["MONDO:0005010", HEART]


def test_a_proposal_is_not_settled_while_a_part_is_missing(place: Committee, dana: User) -> None:
    run(listed("DUO:0000042,DUO:0000022"), place, "ega")

    with pytest.raises(Invalid, match="GS needs one or more countries"):
        settle_proposal(proposal=DatasetProposal.objects.get(), diseases=[], by=dana, now=NOW, reason="so")

    assert Dataset.objects.get().data_use is None


# --- Bad text ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("format", ["json", "beacon"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('"\\ud800"', "line 1: it is not valid Unicode: half of a surrogate pair stands alone"),
        ('"a\\u0000b"', "line 1: it holds a zero character"),
        ("1e999", "line 1: it holds a number that is too large"),
        ("NaN", "the file holds a number that JSON cannot: NaN is no number of JSON"),
        ("1" * 5000, "the file holds a number that JSON cannot"),
    ],
    ids=["surrogate", "zero", "infinite", "no number", "digits"],
)
@pytest.mark.parametrize("key", ["name", "id", "title", "data_use"])
def test_text_that_no_database_holds_is_named_and_loses_no_other_row(
    place: Committee, tmp_path: Path, format: str, text: str, says: str, key: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(f'[{{"name": "x", "id": "x", "{key}": {text}}}]')

    with pytest.raises(CommandError) as refused:
        call_command("import_datasets", str(path), "--format", format, "--report", str(tmp_path / "report"))

    assert says in str(refused.value)
