"""A draft that saves by itself: what is told to whoever types, and what is kept."""

from typing import Any

import pytest
from django.test import Client

from access.models import Request
from tests.access import builders
from tests.access.drafts import typed_into
from tests.accounts import signed_in
from tests.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]


def _by_itself(client: Client, draft: Request, **typed: Any) -> str:
    answer = client.post(f"/requests/{draft.number}/draft", typed_into(draft, **typed), headers={"HX-Request": "true"})
    return " ".join(answer.content.decode().split())


def test_a_draft_saves_by_itself_and_the_buttons_of_the_same_page_do_not_conflict_with_it(
    world: builders.World, draft: Request
) -> None:
    client = signed_in(world.ada)
    sent = typed_into(draft, title="Typed later", page="one", then="save")

    told = _by_itself(client, draft, title="Typed first", page="one")
    first = Request.objects.get().title
    pressed = client.post(f"/requests/{draft.number}/purpose", sent)

    assert "Saved on 18 November 2026, 09:00 UTC." in told
    assert f'name="revision" id="revision" value="{draft.revision + 1}" hx-swap-oob="true"' in flat(told)
    assert "1 permit, 0 review, 0 deny" in told
    assert (first, pressed.status_code, Request.objects.get().title) == ("Typed first", 302, "Typed later")


def test_what_cannot_be_read_is_told_as_not_saved_and_loses_nothing_that_was(
    world: builders.World, draft: Request
) -> None:
    client = signed_in(world.ada)
    client.post(f"/requests/{draft.number}/purpose", typed_into(draft, then="save"))

    told = _by_itself(client, draft, title="Changed", months="many", country=["FI", "SE"], countries="Finnl")

    found = Request.objects.get()
    assert "Not saved: Months. Enter a whole number." in told
    assert "Not saved: Countries of people and computers." in told
    assert "Not counted yet" in told
    assert (found.title, found.purpose["months"], found.purpose["countries"]) == ("Changed", 24, ["FI", "SE"])


def test_a_draft_that_somebody_else_saved_is_told_as_not_saved(world: builders.World, draft: Request) -> None:
    client = signed_in(world.ada)
    old = draft.revision
    client.post(f"/requests/{draft.number}/purpose", typed_into(draft, title="Theirs", page="one", then="save"))

    told = _by_itself(client, draft, title="Mine", page="two", revision=str(old))

    assert "Not saved: somebody else saved this request" in told
    assert "hx-swap-oob" in told
    assert 'name="revision"' not in told
    assert Request.objects.get().title == "Theirs"


def test_what_leads_away_from_the_form_saves_first(world: builders.World, draft: Request) -> None:
    client, path = signed_in(world.ada), f"/requests/{draft.number}/purpose"

    form = client.get(path).content.decode()
    away = client.post(path, typed_into(draft, title="Kept", then="people"))
    kept = Request.objects.get().title
    checked = client.post(path, typed_into(draft, title="Kept too", then="check"))

    inside = form[form.index('hx-post="') : form.index("</form>", form.index('hx-post="'))]
    assert '<a href="/' not in inside
    assert away.headers["Location"] == f"/requests/{draft.number}#people"
    assert checked.headers["Location"] == path
    assert (kept, Request.objects.get().title) == ("Kept", "Kept too")
