"""A page of a client's own origin may read that client's answers; no other page may."""

import pytest

from access.passports import client_services as clients
from tests.access.provider import flows
from tests.access.provider.flows import Pkce, Registered, a_world, redeem, tokens

pytestmark = pytest.mark.django_db
ORIGIN, OTHER = "https://app.example", "https://other.example"
ALLOWS = "Access-Control-Allow-Origin"


def page_app(origin: str) -> Registered:
    """An application that runs in a page."""
    return flows.a_client("Page", None, clients.AUTHORIZATION_CODE, public=True, allowed_origins=[origin])


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/userinfo"])
def test_a_preflight_is_answered_for_the_origin_of_a_client(path: str):
    page_app(ORIGIN)

    own = flows.Browser().options(path, HTTP_ORIGIN=ORIGIN)
    others = [flows.Browser().options(path, HTTP_ORIGIN=text) for text in (OTHER, "https://app", "null", "")]

    assert (own.status_code, own[ALLOWS], own["Vary"].split(", ")[0]) == (204, ORIGIN, "Origin")
    assert (own["Access-Control-Allow-Methods"], own["Access-Control-Allow-Headers"]) == (
        "GET, POST",
        "Authorization, Content-Type",
    )
    assert not any(ALLOWS in answer for answer in others)


def test_the_answers_are_read_by_the_clients_own_page_alone():
    world, pkce = a_world(), Pkce.new()
    app, _ = page_app(ORIGIN), page_app(OTHER)
    code = flows.a_code(app, world.ada, pkce, "openid")
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": flows.BACK}
    body |= {"client_id": app.client.client_id, "code_verifier": pkce.verifier}

    wrong = flows.Browser().post("/oauth/token", {**body, "code": "x"}, HTTP_ORIGIN=ORIGIN)
    given = flows.Browser().post("/oauth/token", body, HTTP_ORIGIN=ORIGIN)
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {given.json()['access_token']}"}
    own = flows.Browser().get("/userinfo", HTTP_ORIGIN=ORIGIN, **bearer)
    other = flows.Browser().get("/userinfo", HTTP_ORIGIN=OTHER, **bearer)
    spoilt = flows.Browser().get("/userinfo", HTTP_ORIGIN=ORIGIN, HTTP_AUTHORIZATION=f"{bearer['HTTP_AUTHORIZATION']}x")

    assert [answer[ALLOWS] for answer in (wrong, given, own, spoilt)] == [ORIGIN] * 4
    assert [answer.status_code for answer in (wrong, given, own, spoilt)] == [400, 200, 200, 401]
    assert ALLOWS not in other
    assert "Access-Control-Allow-Credentials" not in own


def test_a_client_without_origins_is_read_by_no_page():
    world, pkce = a_world(), Pkce.new()

    answer = redeem(world.portal, "x", pkce)
    token = tokens(world.portal, world.ada)["access_token"]
    read = flows.Browser().get("/userinfo", HTTP_ORIGIN=ORIGIN, HTTP_AUTHORIZATION=f"Bearer {token}")

    assert ALLOWS not in answer
    assert (read.status_code, ALLOWS in read) == (200, False)
