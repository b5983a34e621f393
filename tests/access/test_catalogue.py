"""The catalogue and the pages of datasets: what anybody finds, and what a purpose of one's own adds."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from governance.domain.roles import Role
from governance.imports.files import read_content
from governance.models import Dataset, User
from governance.selectors.ontology import active_ontologies
from governance.services import hosts, roles
from governance.services.imports import import_datasets
from governance.services.real_catalogue import seed_real_catalogue
from tests.access import costs
from tests.access.builders import (
    DIABETES,
    DS_HEART,
    DS_SUGAR,
    HEART_FAILURE,
    NOW,
    World,
    committee,
    dataset,
    drafted,
    organisation,
    person,
    world,
)
from tests.access.catalogue import show, titles
from tests.accounts import signed_in
from tests.acting import TESTS
from tests.browser import PHONE, WIDE, assert_fits, assert_no_axe_findings, press, screenshot, sign_in

pytestmark = pytest.mark.django_db
CARDIO = "MONDO:0004995"


# --- Search and filters -------------------------------------------------------------------------------------
def test_datasets_in_which_people_take_part_come_first(lake: World, client: Client) -> None:
    Dataset.objects.filter(slug="sugar").update(has_members=True)

    everybody = titles(show(client))

    assert everybody == ["Sugar genomes", "Failing genomes", "Hearts genomes", "Nobody knows"]


def test_everybody_sees_every_dataset_with_its_data_use_in_words(lake: World, client: Client) -> None:
    html = show(client)

    assert titles(html) == ["Failing genomes", "Hearts genomes", "Nobody knows", "Sugar genomes"]
    assert "heart disorder only" in html
    assert "24 months" in html
    assert "What it may be used for is not settled yet" in html


def test_numbers_of_people_are_rounded_down(lake: World, client: Client) -> None:
    html = show(client)

    assert "1,490 people, label only" in html
    assert "fewer than 10 people, label only" in html
    assert "1,497" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "SUGAR"}, ["Sugar genomes"]),
        ({"q": "failing-0001"}, ["Failing genomes"]),
        ({"q": "phs000123"}, ["Nobody knows"]),
        ({"q": "cardiovascular"}, ["Failing genomes"]),
        ({"disease": CARDIO}, ["Failing genomes"]),
        ({"disease": [CARDIO, DIABETES]}, ["Failing genomes", "Sugar genomes"]),
        ({"disease": HEART_FAILURE}, []),
        ({"term": "unsettled"}, ["Nobody knows"]),
        ({"term": "NPU"}, ["Sugar genomes"]),
        ({"term": "visit-only"}, ["Sugar genomes"]),
        ({"kind": "exome"}, ["Failing genomes"]),
        ({"country": "ES"}, []),
        ({"people": "members"}, []),
        ({"q": "genomes", "term": ["DS", "GRU"]}, ["Failing genomes", "Hearts genomes", "Sugar genomes"]),
        ({"fit": "permit"}, ["Failing genomes", "Hearts genomes", "Nobody knows", "Sugar genomes"]),
    ],
    ids=str,
)
def test_search_and_filters_find(lake: World, client: Client, query: dict[str, Any], found: list[str]) -> None:
    assert titles(show(client, **query)) == found


def test_committees_hosts_and_ways_of_access_are_filters(lake: World, client: Client) -> None:
    other = committee("sea", organisation("sea"))
    dataset("waves", other)
    harbour = hosts.register_host(
        slug="harbour", name="Harbour", organisation=other.organisation, country="FI", modes=["visit"],
        base_url="https://harbour.example/", audience="https://harbour.example/", by=TESTS, now=NOW,
    )  # fmt: skip
    hosts.serve_dataset(host=harbour, dataset=lake.dataset, by=TESTS, now=NOW)

    assert titles(show(client, committee="sea")) == ["Waves genomes"]
    assert titles(show(client, host="harbour")) == ["Hearts genomes"]
    assert "Nobody knows" not in titles(show(client, mode="download"))


def test_a_chosen_filter_can_be_taken_back(lake: World, client: Client) -> None:
    html = show(client, q="genomes", disease=CARDIO)

    assert 'href="?q=genomes"' in html
    assert "cardiovascular disorder" in html


def test_an_empty_list_says_what_to_do(lake: World, client: Client) -> None:
    assert "No dataset fits all of this" in show(client, q="zebra")


def test_an_empty_catalogue_says_who_fills_it(db: None, client: Client) -> None:
    assert "There are no datasets yet" in show(client)


@pytest.mark.parametrize(
    "query",
    [
        "after=nowhere&before=nowhere", "q=%ff%fe", "disease=MONDO:9999999", "purpose=R-2026-0001&fit=perhaps",
        "term=" + "x" * 5000, "&".join(f"country=X{n}" for n in range(500)),
        "q=" + "a " * 5000,
    ],
    ids=["places", "bytes", "diseases", "fit", "long", "many", "words"],
)  # fmt: skip
def test_bad_parameters_are_never_an_error_of_ours(lake: World, query: str) -> None:
    visitor, ada = Client(), signed_in(lake.ada)

    answers = [one.get(f"/datasets/?{query}").status_code for one in (visitor, ada)]

    assert answers == [200, 200]


# --- Pages and costs ----------------------------------------------------------------------------------------
def many(of: World, count: int) -> None:
    rows = "".join(f"Set {number:03d}\tGRU\n" for number in range(count))
    file = read_content(f"name\tdata_use_restriction\n{rows}".encode(), "dbgap", active_ontologies())
    import_datasets(file=file, organisation=None, committee=of.committee, by=TESTS, now=NOW)


def test_pages_follow_each_other_without_gaps_and_back(lake: World, client: Client) -> None:
    many(lake, 43)
    seen: list[str] = []
    query = "?q=set"

    for _page in range(3):
        html = client.get(f"/datasets/{query}").content.decode()
        seen += titles(html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        query = following[1].replace("&amp;", "&") if following else ""
    back = re.search(r'href="([^"]+)" rel="prev"', html)

    assert seen == [f"Set {number:03d}" for number in range(43)]
    assert back is not None
    previous = client.get(f"/datasets/{back[1].replace('&amp;', '&')}").content.decode()
    assert titles(previous) == seen[20:40]


def test_the_number_of_queries_does_not_grow_with_datasets(lake: World) -> None:
    request = drafted(lake)
    many(lake, 60)
    ada = signed_in(lake.ada)
    ada.get("/datasets/")

    assert len(costs.statements(ada, f"/datasets/?purpose={request.number}&q=set")) <= 12
    assert len(costs.statements(Client(), "/datasets/")) <= 4


# --- What fits a purpose ------------------------------------------------------------------------------------
def test_a_purpose_of_ones_own_shows_what_fits_and_why_not_best_first(lake: World) -> None:
    request = drafted(lake)

    html = show(signed_in(lake.ada), purpose=request.number)

    assert titles(html) == ["Failing genomes", "Hearts genomes", "Nobody knows", "Sugar genomes"]
    words = re.findall(r'<span class="state (?:yes|ask|no)">.*?</svg>([A-Za-z]+)</span>\s*</header>', html)
    assert words == ["Permit", "Permit", "Review", "Deny"]
    assert "Agreed to: diabetes mellitus" in html
    assert "DS-2" in html


def test_the_fit_is_a_filter_beside_a_purpose(lake: World) -> None:
    request = drafted(lake)

    html = show(signed_in(lake.ada), purpose=request.number, fit="deny")

    assert titles(html) == ["Sugar genomes"]


def test_somebody_elses_purpose_tells_nothing(lake: World) -> None:
    request = drafted(lake)
    stranger = signed_in(person("carl"))

    html = show(stranger, purpose=request.number, fit="deny")

    assert request.title not in html
    assert len(titles(html)) == 4


# --- The demo's real datasets -------------------------------------------------------------------------------
def steward_of(of: World) -> User:
    dana = person("dana")
    roles.give_role(role=Role.STEWARD, on=of.committee.organisation, to=dana, by=TESTS, now=NOW)
    return dana


def test_the_real_catalogue_enters_with_settled_and_open_proposals(lake: World, client: Client) -> None:
    results = seed_real_catalogue(
        organisation=lake.committee.organisation, committee=lake.committee, by=steward_of(lake), now=NOW
    )

    stored = Dataset.objects.filter(source_name__in=[one.name for one in results])
    assert len(results) == stored.count() >= 40
    assert stored.filter(data_use__isnull=True).count() == stored.filter(proposal__state="open").count() > 0
    assert stored.filter(proposal__state="accepted").count() >= 10
    assert "AnVIL_T2T" in titles(show(client, q="t2t"))


def test_seeding_the_real_catalogue_twice_changes_nothing(lake: World) -> None:
    dana = steward_of(lake)
    place = {"organisation": lake.committee.organisation, "committee": lake.committee, "by": dana, "now": NOW}
    seed_real_catalogue(**place)
    before = Dataset.objects.order_by("pk").values_list("pk", "data_use")[:]
    before = list(before)

    seed_real_catalogue(**place)

    assert list(Dataset.objects.order_by("pk").values_list("pk", "data_use")) == before


# --- In a browser -------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_are_accessible_at_each_width(page: Page, live_server: Any, window: dict[str, int]) -> None:
    lake = world()
    dataset("failing", lake.committee, DS_HEART)
    dataset("sugar", lake.committee, DS_SUGAR)
    seed_real_catalogue(
        organisation=lake.committee.organisation, committee=lake.committee, by=steward_of(lake), now=NOW
    )
    request = drafted(lake)
    sign_in(page, live_server.url, lake.ada)
    page.set_viewport_size(window)

    for name, address in (
        ("catalogue", f"/datasets/?purpose={request.number}&disease={CARDIO}"),
        ("catalogue-terms", "/datasets/?term=DS"),
        ("catalogue-empty", "/datasets/?q=zebra"),
        ("dataset", "/datasets/SUGAR-0001"),
        ("dataset-unsettled", "/datasets/AnVIL_CMG_Broad_Heart_Seidman_WES"),
    ):
        page.goto(live_server.url + address)
        screenshot(page, f"{name}-{window['width']}")
        assert_fits(page)
        assert_no_axe_findings(page)


@pytest.mark.django_db(transaction=True)
def test_searching_and_filtering_work_without_scripts(chromium: Browser, live_server: Any) -> None:
    lake = world()
    dataset("failing", lake.committee, DS_HEART)
    dataset("sugar", lake.committee, DS_SUGAR)
    context = chromium.new_context(java_script_enabled=False, viewport=WIDE)
    page = context.new_page()
    page.goto(f"{live_server.url}/datasets/")

    page.fill("#q", "genomes")
    page.check(f"input[value='{DIABETES}']")
    press(page.locator("form .btn--quiet >> text=Show"))
    listed = page.locator("article h3").all_inner_texts()
    press(page.locator("article h3 a"))
    title = page.locator("h1").inner_text()

    context.close()
    assert (listed, title) == (["Sugar genomes"], "Sugar genomes")
