"""Sign-out that a client asks for (OpenID RP-Initiated Logout 1.0)."""

import pytest
from django.utils import timezone

from governance.services import keys as key_service
from tests.access.provider import flows
from tests.access.provider.flows import a_world, signed_in, tokens, userinfo
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
BYE = "https://portal.example/bye"


def test_a_person_confirms_and_is_signed_out_everywhere_and_sent_back():
    world = a_world()
    given = tokens(world.app, world.ada)
    browser = signed_in(world.ada)
    query = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": BYE, "state": "s"}

    page = browser.get("/oauth/logout", query)
    done = browser.post("/oauth/logout", {**query, "client_id": world.app.client.client_id, "allow": "true"})

    assert page.status_code == 200
    assert "form-action 'self' https://portal.example" in page["Content-Security-Policy"]
    assert done["Location"] == f"{BYE}?state=s"
    assert "_auth_user_id" not in browser.session
    assert userinfo(given["access_token"]).status_code == 401


def test_staying_signed_in_changes_nothing():
    world = a_world()
    given = tokens(world.app, world.ada)
    browser = signed_in(world.ada)

    browser.post("/oauth/logout", {"id_token_hint": given["id_token"], "allow": "false"})

    assert "_auth_user_id" in browser.session
    assert userinfo(given["access_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "visa", "junk"])
def test_only_an_id_token_is_a_hint(kind: str):
    world = a_world()
    given = tokens(world.app, world.ada)
    visa = userinfo(given["access_token"]).json()["ga4gh_passport_v1"][0]
    hint = {**given, "visa": visa, "junk": "a.b.c"}[kind]

    response = signed_in(world.ada).get("/oauth/logout", {"id_token_hint": hint})

    assert response.status_code == 400
    assert b"You are still signed in" in response.content


def test_a_hint_survives_a_rotation_and_not_a_revocation():
    world = a_world()
    hint = {"id_token_hint": tokens(world.app, world.ada)["id_token"]}
    kid, now = flows.kid(hint["id_token_hint"]), timezone.now()

    key_service.rotate(use="token", by=TESTS, now=now)
    rotated = signed_in(world.ada).get("/oauth/logout", hint)
    key_service.revoke(kid=kid, by=TESTS, now=now)
    revoked = signed_in(world.ada).get("/oauth/logout", hint)

    assert (rotated.status_code, revoked.status_code) == (200, 400)


def test_nobody_is_sent_to_an_address_that_is_not_registered():
    world = a_world()
    query = {"id_token_hint": tokens(world.app, world.ada)["id_token"]}

    response = signed_in(world.ada).get("/oauth/logout", {**query, "post_logout_redirect_uri": "https://evil.example/"})

    assert response.status_code == 400
