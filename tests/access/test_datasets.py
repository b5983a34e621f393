"""The page of a dataset, and what programs read there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from governance.duo.catalogues.beacon import read_duo_data_use
from governance.imports.files import read_content
from governance.models import Dataset, DatasetVersion
from governance.selectors.ontology import active_ontologies
from governance.services import datasets, hosts
from governance.services.datasets import add_version
from governance.services.imports import import_datasets
from tests.access.builders import (
    DS_HEART,
    HEART,
    NOW,
    World,
    dataset,
)
from tests.access.catalogue import show, titles
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
CARDIO = "MONDO:0004995"


def test_a_dataset_is_a_page_for_people(lake: World, client: Client) -> None:
    html = client.get("/datasets/FAILING-0001").content.decode()

    assert "<h1>Failing genomes</h1>" in html
    assert "heart disorder only" in html
    assert "The data may be used for a number of months, then the use ends." in html
    assert "/committees/lakeland" in html
    assert 'name="dataset" value="failing"' in html


def test_where_the_data_are_and_how_they_are_used_is_told_in_the_readers_language(lake: World, client: Client) -> None:
    harbour = hosts.register_host(
        slug="harbour", name="Harbour", organisation=lake.committee.organisation, country="FI",
        modes=["download", "visit"], base_url="https://harbour.example/", audience="https://harbour.example/",
        by=TESTS, now=NOW,
    )  # fmt: skip
    hosts.serve_dataset(host=harbour, dataset=lake.dataset, by=TESTS, now=NOW)
    client.cookies["django_language"] = "fr"

    with translation.override("en"):
        html = client.get("/datasets/HEARTS-0001").content.decode()

    assert '<span class="small">téléchargement, visite</span>' in html


def test_a_dataset_is_json_for_programs(lake: World, client: Client) -> None:
    answer = client.get("/datasets/FAILING-0001", headers={"accept": "application/json"})

    base = settings.BASE_URL
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert "Accept" in answer.headers["Vary"]
    assert {key: body[key] for key in ("id", "accession", "issuer", "jku", "visa", "committee", "duo", "dataUse")} == {
        "id": f"{base}datasets/FAILING-0001",
        "accession": "FAILING-0001",
        "issuer": base,
        "jku": f"{base}.well-known/jwks.json",
        "visa": {
            "type": "ControlledAccessGrants", "value": f"{base}datasets/FAILING-0001",
            "source": f"{base}committees/lakeland", "by": "dac",
        },
        "committee": {"name": "Lakeland Data Access Committee", "url": f"{base}committees/lakeland"},
        "duo": ["DUO:0000007", "DUO:0000025"],
        "dataUse": DS_HEART,
    }  # fmt: skip
    assert body["dataUseConditions"]["duoDataUse"] == [
        {
            "id": "DUO:0000007", "label": "disease specific research", "version": "2021-02-23",
            "modifiers": [{"id": HEART, "label": "heart disorder"}],
        },
        {"id": "DUO:0000025", "label": "time limit on use: 24 months", "version": "2021-02-23"},
    ]  # fmt: skip
    assert body["participants"] == {"linked": False, "atLeast": 1490}


def test_what_goes_out_as_beacon_comes_back_as_the_same_data_use(lake: World, client: Client) -> None:
    label = {
        "permission": "DUO:0000007", "diseases": [HEART], "local": [],
        "modifiers": [{"term": "DUO:0000022", "countries": ["FI", "SE"]}, "DUO:0000045"],
    }  # fmt: skip
    dataset("limited", lake.committee, label)

    body = client.get("/datasets/LIMITED-0001", headers={"accept": "application/json"}).json()

    read = read_duo_data_use(body["dataUseConditions"]["duoDataUse"], active_ontologies())
    assert read.data_use == label


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/json;q=0.9", "text/html"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("application/*", "application/json"),
        ("image/png", "text/html"),
        (";;;,/,q=", "text/html"),
    ],
)
def test_accept_chooses_between_page_and_json(lake: World, client: Client, accept: str, kind: str) -> None:
    answer = client.get("/datasets/HEARTS-0001", headers={"accept": accept} if accept else {})

    assert answer.headers["Content-Type"].partition(";")[0] == kind


@pytest.mark.parametrize("accession", ["NOWHERE", "a b", "x" * 4000])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_unknown_accession_is_not_there(lake: World, client: Client, accession: str, accept: str) -> None:
    answer = client.get(f"/datasets/{accession}", headers={"accept": accept})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith(accept)


def test_an_address_with_a_slash_at_its_end_is_another_address(lake: World, client: Client) -> None:
    assert client.get("/datasets/HEARTS-0001/").status_code == 404


def test_an_unsettled_label_is_said_aloud_and_cannot_be_asked_for(lake: World, client: Client) -> None:
    html = client.get("/datasets/Nobody-knows").content.decode()
    body = client.get("/datasets/Nobody-knows", headers={"accept": "application/json"}).json()

    assert "written as “XYZ”" in html
    assert "nobody can ask for them" in html
    assert 'name="dataset"' not in html
    assert (body["dataUseSettled"], body["duo"], body["dataUseConditions"]) == (False, [], {"duoDataUse": []})


def test_a_label_that_is_known_in_part_says_so(lake: World, client: Client) -> None:
    file = read_content(b"name\tdata_use\nHalf known\tDUO:0000042,DUO:0000022\n", "ega", active_ontologies())
    import_datasets(file=file, organisation=None, committee=lake.committee, by=TESTS, now=NOW)

    html = client.get("/datasets/Half-known").content.decode()

    assert "The catalogue it comes from says only in part what it may be used for." in html
    assert "written as" not in html


def test_a_limit_that_only_a_local_term_keeps_is_shown(lake: World, client: Client) -> None:
    dataset("grown", lake.committee, {"permission": "HMB", "local": ["adults-only"]})

    assert "adults-only" in client.get("/datasets/GROWN-0001").content.decode()


def test_an_older_version_points_to_the_newest_and_both_stay(lake: World, client: Client) -> None:
    add_version(dataset=lake.dataset, accession="HEARTS-0002", by=TESTS, now=NOW + timedelta(days=1))

    old = client.get("/datasets/HEARTS-0001").content.decode()
    new = client.get("/datasets/HEARTS-0002", headers={"accept": "application/json"}).json()

    assert "A newer version exists" in old
    assert [one["accession"] for one in new["versions"]] == ["HEARTS-0002", "HEARTS-0001"]
    assert titles(show(client, q="hearts-0001")) == ["Hearts genomes"]


def test_a_version_closed_to_new_grants_cannot_be_asked_for(lake: World, client: Client) -> None:
    DatasetVersion.objects.filter(accession="HEARTS-0001").update(closed_at=NOW)

    html = client.get("/datasets/HEARTS-0001").content.decode()

    assert "This dataset is closed to new grants." in html


def test_the_id_that_hosts_use_is_the_visas_value(lake: World, client: Client) -> None:
    datasets.create_dataset(
        slug="ega", title="EGA set", organisation=lake.committee.organisation, committee=lake.committee, country="FI",
        accession="EGAD-1", data_use={"permission": "GRU"}, modes=["download"], visa_value="EGAD00001", by=TESTS, now=NOW,
    )  # fmt: skip

    body = client.get("/datasets/EGAD-1", headers={"accept": "application/json"}).json()

    assert (body["id"], body["visa"]["value"]) == (f"{settings.BASE_URL}datasets/EGAD-1", "EGAD00001")


def test_a_dataset_costs_few_queries(
    lake: World, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client.get("/datasets/HEARTS-0001")

    with django_assert_max_num_queries(5):
        client.get("/datasets/HEARTS-0001")


def test_text_of_a_catalogue_is_never_markup(lake: World, client: Client) -> None:
    rows = "name\tdata_use_restriction\tindication\n<script>x</script>\tGRU\t<b>bold</b>\n"
    file = read_content(rows.encode(), "dbgap", active_ontologies())
    import_datasets(file=file, organisation=None, committee=lake.committee, by=TESTS, now=NOW)
    address = Dataset.objects.get(source_name__startswith="<script").versions.get().accession

    pages = show(client) + client.get(f"/datasets/{address}").content.decode()

    assert "<script>x" not in pages
    assert "<b>bold" not in pages
