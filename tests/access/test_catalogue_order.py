"""The order of the catalogue beside a purpose: what is studied and what fits, said in words."""

import re
from typing import Any

import pytest
from django.test import Client

from access.models import Request
from access.purposes import fit_selectors as fit
from governance.models import Dataset, DatasetVersion
from governance.selectors.ontology import active_ontologies
from tests.access.builders import DS_HEART, HEART_FAILURE, NOW, World, dataset, drafted, world
from tests.access.catalogue import show, titles
from tests.accounts import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def hearts(db: None) -> World:
    """Datasets of every closeness to heart failure, all for general research; and one that denies it."""
    made = world()
    for slug, title in (
        ("seizures", "Epilepsy in families"),
        ("failing", "Congestive heart failure, exomes"),
        ("attacks", "Myocardial infarction before fifty"),
        ("waiting", "Heart failure, companies"),
    ):
        Dataset.objects.filter(pk=dataset(slug, made.committee).pk).update(title=title)
    dataset("agreed", made.committee, DS_HEART)
    Dataset.objects.filter(slug="waiting").update(data_use={"permission": "DS", "diseases": ["MONDO:0005027"]})
    return made


def asked(of: World, **query: Any) -> str:
    return show(signed_in(of.ada), purpose=of.requests[0].number, **query)


def said(html: str) -> list[str]:
    return re.findall(r'<p class="small">((?:About|Nothing)[^<]*)</p>', html)


def test_what_is_studied_and_fits_comes_first_and_what_is_denied_last(hearts: World) -> None:
    drafted(hearts)

    html = asked(hearts)

    assert titles(html) == [
        "Congestive heart failure, exomes", "Agreed genomes", "Myocardial infarction before fifty", "Hearts genomes",
        "Epilepsy in families", "Heart failure, companies",
    ]  # fmt: skip
    assert said(html) == [
        "About what you study: congestive heart failure",
        "About a wider group of diseases: heart disorder",
        "About a disease close to what you study: myocardial infarction",
        "Nothing says which disease it is about",
        "About something else: epilepsy",
        "About what you study: heart failure",
    ]


def test_what_was_studied_tells_more_than_what_was_agreed_to(hearts: World) -> None:
    Dataset.objects.filter(slug="agreed").update(source_row={"indication": "heart failure"})
    drafted(hearts)

    assert said(asked(hearts, q="agreed")) == ["About what you study: heart failure"]


def test_the_order_can_be_chosen_and_is_said(hearts: World) -> None:
    drafted(hearts)

    by_fit, by_title = asked(hearts, sort="fit"), asked(hearts, sort="title")

    assert titles(by_fit)[:1] == ["Congestive heart failure, exomes"]
    assert titles(by_title) == sorted(titles(by_title))
    assert "best fit first" in by_fit
    assert "by title" in by_title
    assert '<option value="title" selected>' in by_title


def test_a_purpose_without_a_disease_says_nothing_of_closeness(hearts: World) -> None:
    drafted(hearts, diseases=[], investigations=["DUO:0000037"])

    html = asked(hearts)

    assert said(html) == []
    assert "best fit first" in html
    assert 'name="close"' not in html


def test_closeness_is_a_filter_beside_a_purpose_alone(hearts: World, client: Client) -> None:
    drafted(hearts)

    assert titles(asked(hearts, close="near")) == ["Myocardial infarction before fifty"]
    assert len(titles(asked(hearts, close=["same", "other"]))) == 3
    assert len(titles(show(client, close="near", sort="fit"))) == 6


def test_pages_follow_each_other_in_the_chosen_order(hearts: World) -> None:
    for number in range(30):
        dataset(f"more-{number:02d}", hearts.committee)
    drafted(hearts)
    ada, seen, query = signed_in(hearts.ada), [], f"?purpose={hearts.requests[0].number}&sort=title"

    for _page in range(2):
        html = ada.get(f"/datasets/{query}").content.decode()
        seen += titles(html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        query = following[1].replace("&amp;", "&") if following else ""

    assert seen == sorted(seen, key=str.casefold)
    assert len(seen) == 36


def test_what_is_not_listed_is_reached_by_its_address_alone(hearts: World, client: Client) -> None:
    Dataset.objects.filter(slug="seizures").update(listed=False)

    assert "Epilepsy in families" not in titles(show(client))
    assert client.get("/datasets/SEIZURES-0001").status_code == 200


@pytest.mark.parametrize("query", [{"sort": "x"}, {"close": "x" * 500}, {"sort": ["fit", "title"]}], ids=str)
def test_an_order_that_is_none_is_the_usual_one(hearts: World, query: dict[str, Any]) -> None:
    drafted(hearts)

    assert asked(hearts, **query)


# --- The panel beside a purpose -----------------------------------------------------------------------------
def test_the_panel_tells_what_is_still_to_be_promised_and_nothing_else(hearts: World) -> None:
    dataset("promises", hearts.committee, {"permission": "GRU", "modifiers": ["RTN", "PUB", "IRB"]})
    purpose = Request.objects.get(pk=drafted(hearts, agrees=["DUO:0000019"]).pk).purpose
    versions = DatasetVersion.objects.filter(dataset__slug__in=["hearts", "promises"]).order_by("dataset__slug")

    found = fit.fits(
        versions, {**purpose, "ethics_approval": None, "diseases": [HEART_FAILURE]}, NOW, active_ontologies()
    )

    assert [(one.dataset.slug, one.undertakings) for one in found] == [("hearts", []), ("promises", ["DUO:0000029"])]
