"""The data host operator's pages and the public pages in a real browser: accessible in each theme, direction and width."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect

from access.grants import services as grants
from access.hosts import services as hosts
from access.models import HostAcknowledgement
from tests.access.granted import LATER, propagate
from tests.access.operated import Operated, another_grant, operated, visas_at
from tests.acting import TESTS
from tests.browser import (
    PHONE,
    WIDE,
    assert_fits,
    assert_no_axe_findings,
    choose_language,
    press,
    screenshot,
    sign_in,
)

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC = ("help", "accessibility", "privacy")


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(LATER + timedelta(minutes=10), tick=True):
        yield


@pytest.fixture
def of() -> Operated:
    """Three grants: one that nobody confirmed, one that the enforcing host confirmed, one ended; visas from before."""
    made = operated()
    second, third = (another_grant(made.world, name) for name in ("carl", "eva"))
    for host in (made.world.enforcing, made.world.download):
        visas_at(made.world, host, LATER - timedelta(minutes=20))
    made.world.leaves(1)
    propagate(LATER + timedelta(seconds=1))
    for grant, host in ((second, made.world.enforcing), (made.world.grant, made.world.enforcing)):
        hosts.told(host=host, grant=grant, now=LATER + timedelta(seconds=2))
    hosts.confirm(host=made.world.enforcing, grant=second, position=4, by=TESTS, now=LATER + timedelta(seconds=4))
    grants.end_grant(grant=third, reason="revoked", note="misuse", by=made.world.access.chair, now=LATER)
    return made


def addresses(of: Operated) -> dict[str, str]:
    """The address of each page, and what its picture is called."""
    number = of.world.grant.number
    return {
        "hosts": "/hosts/",
        "host-enforcing": "/hosts/harbour",
        "host-download": "/hosts/arkiv",
        "host-confirm": f"/hosts/arkiv/grants/{number}/confirm",
        "host-confirm-enforcing": f"/hosts/harbour/grants/{number}/confirm",
    }


@pytest.mark.parametrize("drawn", ["light", "dark", "ar"])
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_is_accessible_in_each_theme_direction_and_width(
    page: Page, live_server, of: Operated, drawn: str, window: dict[str, int]
) -> None:
    sign_in(page, live_server.url, of.hanna)
    page.set_viewport_size(window)
    if drawn == "dark":
        page.emulate_media(color_scheme="dark")
    if drawn == "ar":
        choose_language(page, live_server.url, "ar")

    for name, address in addresses(of).items():
        answer = page.goto(live_server.url + address)
        assert answer is not None
        assert answer.status == 200, address
        screenshot(page, f"{name}-{drawn}-{window['width']}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if drawn == "ar" else "ltr")
        assert_fits(page)
        assert_no_axe_findings(page)


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize("drawn", ["light", "dark", "ar"])
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_public_pages_are_accessible(
    page: Page, live_server, name: str, drawn: str, window: dict[str, int]
) -> None:
    page.set_viewport_size(window)
    if drawn == "dark":
        page.emulate_media(color_scheme="dark")
    if drawn == "ar":
        choose_language(page, live_server.url, "ar")

    page.goto(f"{live_server.url}/{name}/")

    screenshot(page, f"{name}-{drawn}-{window['width']}")
    assert_fits(page)
    assert_no_axe_findings(page)


def test_an_operator_confirms_without_a_script(chromium: Browser, live_server, of: Operated) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, of.hanna)

    page.goto(live_server.url + "/hosts/arkiv")
    page.get_by_role("link", name=f"See what to remove for {of.world.grant.number}").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the list").click()
    press(page.get_by_role("button", name="Confirm position 4"))
    marked = page.get_by_role("alert").inner_text()
    page.get_by_role("checkbox", name="I removed these records").check()
    page.get_by_role("button", name="Confirm position 4").click()

    expect(page.get_by_role("status")).to_contain_text(f"Visas for {of.world.grant.number} are given out here again.")
    assert downloading.value.path().read_text() == "arkiv-1\n"
    assert "Tick this once it is done" in marked
    row = HostAcknowledgement.objects.get(host=of.world.download, grant=of.world.grant)
    assert row.confirmed_position == 4
    context.close()


def test_an_error_takes_the_focus_and_leads_to_its_field(page: Page, live_server, of: Operated) -> None:
    sign_in(page, live_server.url, of.hanna)
    page.goto(live_server.url + addresses(of)["host-confirm"])

    page.get_by_role("button", name="Confirm position 4").click()

    expect(page.get_by_role("alert")).to_be_focused()
    assert_no_axe_findings(page)
    page.get_by_role("link", name="Tick this once it is done").click()
    expect(page.get_by_role("checkbox", name="I removed these records")).to_be_focused()
