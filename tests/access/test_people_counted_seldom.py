"""How many people permit a purpose is told so often and no oftener, whichever page tells it; nothing typed is lost to that."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from access.models import Request
from access.requests import services as requests
from tests.access.builders import NOW
from tests.access.drafts import typed_into
from tests.access.granted import Granted, granted
from tests.accounts import signed_in
from tests.consent.builders import EVERYTHING
from tests.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]
HTMX = {"HX-Request": "true"}
LIMIT = 2
Ask = Callable[[Client, Request], HttpResponse]


@pytest.fixture
def of() -> Granted:
    """A dataset of twelve people who said yes."""
    return granted(others=[EVERYTHING] * 9)


@pytest.fixture
def draft(of: Granted) -> Request:
    return requests.create_draft(by=of.access.ada, now=NOW, dataset=of.access.dataset)


def path(draft: Request, page: str) -> str:
    return f"/requests/{draft.number}/{page}"


def post(draft: Request, page: str, *, htmx: bool = False, **typed: Any) -> Ask:
    return lambda client, one: client.post(path(one, page), typed_into(one, **typed), headers=HTMX if htmx else {})


WAYS: dict[str, Callable[[Request], Ask]] = {
    "the form": lambda draft: lambda client, one: client.get(path(one, "purpose")),
    "the match as it is typed": lambda draft: post(draft, "match", htmx=True),
    "the match without scripts": lambda draft: post(draft, "match"),
    "saving by itself": lambda draft: post(draft, "draft", htmx=True),
    "saving what cannot be read": lambda draft: post(draft, "purpose", months="none"),
    "searching a disease": lambda draft: post(draft, "purpose", disease_q="heart", find_disease="1"),
    "the review": lambda draft: lambda client, one: client.get(path(one, "review")),
    "the catalogue": lambda draft: lambda client, one: client.get(f"/datasets/?purpose={one.number}"),
}


def tells(answer: HttpResponse) -> bool:
    words = flat(strip_tags(answer.content.decode()))
    return "10 of 10 people permit this" in words or "10 of 10 fit" in words


@pytest.mark.parametrize("way", WAYS)
def test_every_page_that_counts_people_for_a_purpose_has_one_limit(
    settings: Any, draft: Request, of: Granted, way: str
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "purpose_asked": f"{LIMIT}/m/user"}
    client, ask = signed_in(of.access.ada), WAYS[way](draft)
    client.post(path(draft, "purpose"), typed_into(draft))

    answers = [ask(client, draft) for _ in range(LIMIT + 1)]
    by_another_way = client.get(path(draft, "purpose"))

    assert [tells(one) for one in answers] == [True] * LIMIT + [False]
    assert len({one.status_code for one in answers}) == 1
    assert "People are not counted now" in by_another_way.content.decode()
    assert not tells(by_another_way)


def test_beyond_the_limit_what_is_typed_is_saved_and_the_label_still_speaks(
    settings: Any, draft: Request, of: Granted
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "purpose_asked": "1/m/user"}
    client = signed_in(of.access.ada)
    client.get(path(draft, "purpose"))

    saved = client.post(path(draft, "draft"), typed_into(draft, title="Kept all the same"), headers=HTMX)

    draft.refresh_from_db()
    assert draft.title == "Kept all the same"
    assert "1 dataset, checked at" in flat(strip_tags(saved.content.decode()))
