"""Scopes that cannot be given are ignored, wherever they are asked for, and the answer says what was given."""

import pytest

from access.passports import client_services as clients
from tests.access.provider import flows
from tests.access.provider.flows import PASSPORT_SCOPES, Pkce, Registered, World, a_world

pytestmark = pytest.mark.django_db
MORE = f"{PASSPORT_SCOPES} offline_access email"


def narrow_client(world: World, *grants: str, public: bool = False) -> Registered:
    """A client that was registered without `email`."""
    return flows.a_client("Narrow", world.vault, *grants, scopes=PASSPORT_SCOPES, public=public)


def test_the_code_flow_gives_what_it_can_and_says_so():
    world, pkce = a_world(), Pkce.new()
    by = narrow_client(world, clients.AUTHORIZATION_CODE)

    given = flows.redeem(by, flows.a_code(by, world.ada, pkce, MORE), pkce).json()

    assert given["scope"] == PASSPORT_SCOPES
    assert flows.read(given["access_token"])["scope"] == PASSPORT_SCOPES
    assert set(flows.userinfo(given["access_token"]).json()) == {"sub", "ga4gh_passport_v1"}


def test_the_consent_screen_shows_only_what_can_be_given():
    world = a_world()
    by = narrow_client(world, clients.AUTHORIZATION_CODE)

    page = flows.signed_in(world.ada).get("/oauth/authorize", flows.asked(by, Pkce.new(), MORE))

    assert page.status_code == 200
    assert [fact.scope for fact in page.context["asked"]] == PASSPORT_SCOPES.split()


def test_a_refresh_never_widens_and_ignores_what_was_not_given():
    world, pkce = a_world(), Pkce.new()
    code = flows.a_code(world.portal, world.ada, pkce, "openid profile")
    first = flows.redeem(world.portal, code, pkce).json()
    body = {"grant_type": "refresh_token", "scope": "openid profile offline_access ga4gh_passport_v1"}

    second = flows.Browser().post(
        "/oauth/token", {**body, "refresh_token": first["refresh_token"]}, **world.portal.basic
    )
    nothing = flows.Browser().post(
        "/oauth/token",
        {**body, "refresh_token": second.json()["refresh_token"], "scope": "offline_access"},
        **world.portal.basic,
    )

    assert second.json()["scope"] == "openid profile"
    assert set(flows.userinfo(second.json()["access_token"]).json()) == {"sub", "name", "preferred_username"}
    assert (nothing.status_code, nothing.json()["error"]) == (400, "invalid_scope")


def test_the_device_flow_shows_and_gives_only_what_it_can():
    world = a_world()
    program = narrow_client(world, clients.DEVICE_CODE, public=True)
    started = flows.Browser().post("/oauth/device", {"client_id": program.client.client_id, "scope": MORE}).json()
    browser = flows.signed_in(world.ada)

    page = browser.get("/device", {"code": started["user_code"]})
    browser.post("/device", {"code": started["user_code"], "allow": "true", "chosen": MORE.split()})
    body = {"grant_type": clients.DEVICE_CODE, "device_code": started["device_code"]}
    given = flows.Browser().post("/oauth/token", {**body, "client_id": program.client.client_id}).json()

    assert [fact.scope for fact in page.context["asked"]] == PASSPORT_SCOPES.split()
    assert given["scope"] == PASSPORT_SCOPES


def test_an_exchange_ignores_scopes_and_says_what_a_passport_is_worth():
    world = a_world()
    token = flows.tokens(world.app, world.ada)["access_token"]

    answer = flows.exchange(world.app, token, scope="openid offline_access nonsense").json()

    assert answer["scope"] == "ga4gh_passport_v1"
    assert flows.read(answer["access_token"])["ga4gh_passport_v1"]
