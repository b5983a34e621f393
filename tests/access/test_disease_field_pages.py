"""The field of diseases on a draft's form: searched, added and removed, with and without JavaScript."""

import re

import pytest

from access.models import Request
from tests.access import builders
from tests.access.builders import HEART_FAILURE
from tests.access.drafts import typed_into
from tests.accounts import signed_in
from tests.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]


def test_diseases_are_searched_added_and_removed_without_javascript(world: builders.World, draft: Request) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/purpose"

    found = client.post(path, typed_into(draft, disease=[], disease_q="dilated cardiomyopathy", find_disease="1"))
    client.post(path, typed_into(draft, disease=[], add_disease="MONDO:0005021"))
    added = Request.objects.get().purpose["diseases"]
    client.post(path, typed_into(draft, disease=["MONDO:0005021", HEART_FAILURE], remove_disease="MONDO:0005021"))

    assert 'name="add_disease" value="MONDO:0005021"' in found.content.decode()
    assert added == ["MONDO:0005021"]
    assert Request.objects.get().purpose["diseases"] == [HEART_FAILURE]


def test_the_disease_search_answers_htmx_with_buttons_and_others_with_a_page(world: builders.World) -> None:
    client = signed_in(world.ada)

    part = client.get("/requests/diseases?q=heart failure", headers={"HX-Request": "true"}).content.decode()
    page = client.get("/requests/diseases?q=heart failure").content.decode()
    nothing = client.get("/requests/diseases?q=qqqqq").content.decode()

    assert "<html" not in part
    assert 'value="MONDO:0005252"' in part
    assert "<h1>Find a disease</h1>" in page
    assert "Nothing is called that" in nothing


def _found(html: str) -> list[str]:
    return re.findall(r'name="add_disease" value="([^"]+)"', html)


def test_more_diseases_are_reachable_with_and_without_javascript(world: builders.World, draft: Request) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/purpose"
    few = typed_into(draft, disease_q="cardiomyopathy", find_disease="1")

    first = client.post(path, few).content.decode()
    [more] = re.findall(r'name="find_disease" value="(\d\d+)"', flat(first))
    posted = client.post(path, few | {"find_disease": more}).content.decode()
    part = client.get(f"/requests/diseases?disease_q=cardiomyopathy&shown={more}", headers={"HX-Request": "true"})
    page = client.get("/requests/diseases?q=cardiomyopathy").content.decode()

    assert (len(_found(first)), len(_found(posted))) == (8, int(more))
    assert _found(posted) == _found(part.content.decode())
    assert "shown=60" in page


def test_each_found_disease_says_what_it_is_a_kind_of(world: builders.World) -> None:
    part = signed_in(world.ada).get("/requests/diseases?q=heart failure", headers={"HX-Request": "true"})

    assert "a kind of heart disorder" in part.content.decode()


@pytest.mark.parametrize("shown", ["-1", "x", "0", "99999999999999", "٣٠", ""])
def test_an_odd_number_of_diseases_is_answered(world: builders.World, shown: str) -> None:
    answer = signed_in(world.ada).get("/requests/diseases", {"q": "heart", "shown": shown})

    assert answer.status_code == 200


def test_the_field_of_the_form_finds_diseases_by_its_own_name(world: builders.World) -> None:
    client = signed_in(world.ada)

    part = client.get("/requests/diseases?disease_q=heart failure", headers={"HX-Request": "true"}).content.decode()

    assert 'value="MONDO:0005252"' in part
