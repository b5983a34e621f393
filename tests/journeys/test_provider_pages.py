"""The pages of the OpenID Provider in a browser: without findings, and the whole sign-in without a script."""

from urllib.parse import urlencode

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from access.passports import client_services as clients
from access.passports import device_services as devices
from tests.access.provider import flows
from tests.access.provider.flows import Pkce, World, a_client, a_world, asked
from tests.browser import PHONE, assert_fits, assert_no_axe_findings, press, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def pages(world: World) -> dict[str, str]:
    """The address of each page."""
    program = a_client("Fetcher", world.vault, clients.DEVICE_CODE, public=True)
    started = devices.start(client=program.client, scopes=flows.EVERY_SCOPE.split(), now=timezone.now())
    query = asked(world.portal, Pkce.new(), flows.EVERY_SCOPE)
    return {
        "consent": f"/oauth/authorize?{urlencode(query)}",
        "error": f"/oauth/authorize?{urlencode(query | {'client_id': 'nobody'})}",
        "remembered": "/oauth/consents",
        "sign-out": "/oauth/logout",
        "code": "/device",
        "wrong code": "/device?code=not-a-code",
        "device": f"/device?code={started.user_code}",
    }


def test_every_page_is_without_findings_and_fits_a_phone(page: Page, live_server):
    world = a_world()
    sign_in(page, live_server.url, world.ada)
    page.set_viewport_size(PHONE)

    for address in pages(world).values():
        page.goto(f"{live_server.url}{address}")
        assert_no_axe_findings(page)
        assert_fits(page)


def test_a_person_releases_what_they_tick_without_a_script(chromium: Browser, live_server):
    world = a_world()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("https://portal.example/**", lambda route: route.fulfill(body="back"))
    sign_in(page, live_server.url, world.ada)
    pkce = Pkce.new()

    page.goto(f"{live_server.url}/oauth/authorize?{urlencode(asked(world.portal, pkce, flows.EVERY_SCOPE))}")
    visas, release = (
        page.get_by_role("checkbox", name="Your visas"),
        page.get_by_role("button", name="Release what is ticked"),
    )
    visas.uncheck()
    press(release)
    expect(page.get_by_text("You left out your visas")).to_be_visible()
    visas.check()
    release.click()
    page.wait_for_url("https://portal.example/**")

    code = flows.parse_qs(flows.urlsplit(page.url).query)["code"][0]
    assert flows.redeem(world.portal, code, pkce).json()["scope"] == "openid ga4gh_passport_v1"
    context.close()
