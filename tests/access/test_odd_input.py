"""Input that no form sends: refused with a reason, on either database, and never an error of ours."""

import pytest
from django.test import Client as Browser

from access.models import Request
from tests.access import builders

pytestmark = pytest.mark.django_db
NUL = "\x00"


@pytest.mark.parametrize(
    "address",
    [
        "/requests/%00",
        "/requests/new?dataset=%00",
        "/requests/diseases?q=%00",
        "/cases/%00",
        "/queue/?q=%00",
        "/grants/%00",
        "/datasets/%00",
        "/help/?%00=1",
    ],
)
def test_an_address_with_a_nul_cannot_be_read(address: str) -> None:
    world = builders.world()
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.chair)

    answer = browser.get(address)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "sent",
    [{"disease": NUL}, {"add_dataset": NUL}, {"dataset_q": NUL, "find_dataset": "1"}, {NUL: "1"}],
)
def test_a_form_with_a_nul_changes_nothing(sent: dict[str, str]) -> None:
    world = builders.world()
    before = builders.drafted(world)
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.ada)

    answer = browser.post(f"/requests/{before.number}/purpose", {"revision": before.revision, "title": "New", **sent})

    assert answer.status_code == 400
    assert Request.objects.get().title == before.title


def test_a_name_longer_than_any_account_is_not_asked_for() -> None:
    world = builders.world()
    request = builders.drafted(world)
    browser = Browser(raise_request_exception=False)
    browser.force_login(world.ada)

    answer = browser.post(f"/requests/{request.number}/do/invite", {"account": "x" * 100_000}, follow=True)

    assert answer.status_code == 422
    assert "Use at most 254 characters." in answer.content.decode()
    assert not request.collaborators.exists()
