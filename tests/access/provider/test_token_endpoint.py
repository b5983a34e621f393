"""Codes and refresh tokens: each works once, and a second use ends everything that came of it."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from oauth2_provider.models import get_access_token_model, get_refresh_token_model

from access.models import SpentCode
from access.passports import client_services as clients
from tests.access.provider import flows
from tests.access.provider.flows import Pkce, a_code, a_world, redeem, refresh, tokens, userinfo
from tests.races import shared_database, together

pytestmark = pytest.mark.django_db
AccessToken, RefreshToken = get_access_token_model(), get_refresh_token_model()


def test_br_19_answers_with_tokens_are_kept_by_nobody():
    world, pkce = a_world(), Pkce.new()

    response = redeem(world.portal, a_code(world.portal, world.ada, pkce), pkce)

    assert (response["Cache-Control"], response["Pragma"]) == ("no-cache, no-store", "no-cache")


def test_no_token_or_secret_is_stored_in_clear_text():
    world = a_world()

    given = tokens(world.portal, world.ada)

    stored = [
        *AccessToken.objects.values_list("token", flat=True),
        *RefreshToken.objects.values_list("token", flat=True),
    ]
    world.portal.client.refresh_from_db()
    assert set(stored) == {""}
    assert given["refresh_token"] not in world.portal.client.client_secret
    assert identify_hasher(world.portal.client.client_secret).algorithm == "client_sha256"


@pytest.mark.parametrize("wrong", ["code_verifier", "redirect_uri", "client", "secret"])
def test_a_code_is_redeemed_by_its_client_with_its_key_and_address(wrong: str):
    world, pkce = a_world(), Pkce.new()
    code = a_code(world.portal, world.ada, pkce)

    by = {"client": world.app, "secret": flows.Registered(world.portal.client, "guess")}.get(wrong, world.portal)
    more = {"code_verifier": "x" * 64} if wrong == "code_verifier" else {}
    more |= {"redirect_uri": "https://portal.example/other"} if wrong == "redirect_uri" else {}
    response = redeem(by, code, pkce, **more)

    assert response.status_code in (400, 401)
    assert AccessToken.objects.count() == 0


def test_a_code_is_not_redeemed_without_the_address_of_its_request():
    world, pkce = a_world(), Pkce.new()
    code = a_code(world.portal, world.ada, pkce)
    body = {"grant_type": "authorization_code", "code": code, "code_verifier": pkce.verifier}

    without = flows.Browser().post("/oauth/token", body, **world.portal.basic)

    assert (without.status_code, without.json()["error"]) == (400, "invalid_request")
    assert AccessToken.objects.count() == 0
    assert redeem(world.portal, code, pkce).status_code == 200


def test_a_client_that_does_not_prove_itself_is_asked_for_basic():
    world = a_world()
    guess = flows.Registered(world.portal.client, "guess")
    body = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}

    answers = [
        flows.Browser().post(path, body, **guess.basic)
        for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/device")
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer["WWW-Authenticate"] for answer in answers} == {'Basic realm="duologue"'}
    assert {answer.json()["error"] for answer in answers} == {"invalid_client"}


def test_a_public_client_may_send_an_empty_secret_and_no_other():
    world, pkce = a_world(), Pkce.new()
    app = flows.a_client("Desk app", None, clients.AUTHORIZATION_CODE, clients.DEVICE_CODE, public=True)
    wrong = flows.Registered(app.client, "guess")

    first = redeem(app, a_code(app, world.ada, pkce), pkce)
    guessed = refresh(wrong, first.json()["refresh_token"])
    second = refresh(app, first.json()["refresh_token"])
    device = flows.Browser().post("/oauth/device", {}, **app.basic)
    confidential = refresh(flows.Registered(world.portal.client, ""), second.json()["refresh_token"])
    stolen = flows.Browser().post("/oauth/token", {"grant_type": "client_credentials"}, **app.basic)

    assert (first.status_code, second.status_code, device.status_code) == (200, 200, 200)
    assert (guessed.status_code, confidential.status_code) == (401, 401)
    assert stolen.json()["error"] == "unauthorized_client"


def test_a_code_used_twice_ends_the_tokens_that_it_gave_even_after_a_refresh():
    world, pkce = a_world(), Pkce.new()
    code = a_code(world.portal, world.ada, pkce)
    first = redeem(world.portal, code, pkce).json()
    second = refresh(world.portal, first["refresh_token"]).json()

    replay = redeem(world.portal, code, pkce)

    assert replay.json()["error"] == "invalid_grant"
    assert userinfo(second["access_token"]).status_code == 401
    assert refresh(world.portal, second["refresh_token"]).status_code == 400


def test_a_refresh_gives_new_tokens_and_ends_the_old_ones():
    world = a_world()
    first = tokens(world.portal, world.ada)

    second = refresh(world.portal, first["refresh_token"]).json()

    assert second["scope"] == first["scope"]
    assert second["refresh_token"] != first["refresh_token"]
    assert userinfo(first["access_token"]).status_code == 401
    assert userinfo(second["access_token"]).status_code == 200


def test_a_replayed_refresh_token_ends_its_whole_family():
    world = a_world()
    first = tokens(world.portal, world.ada)
    second = refresh(world.portal, first["refresh_token"]).json()

    replay = refresh(world.portal, first["refresh_token"])

    assert replay.json()["error"] == "invalid_grant"
    assert userinfo(second["access_token"]).status_code == 401
    assert refresh(world.portal, second["refresh_token"]).status_code == 400


def test_another_clients_refresh_token_is_no_grant():
    world = a_world()
    given = tokens(world.portal, world.ada)

    response = refresh(world.app, given["refresh_token"])

    assert response.json()["error"] == "invalid_grant"


def test_a_closed_account_gets_no_token_and_its_tokens_open_nothing():
    world, pkce = a_world(), Pkce.new()
    given, code = tokens(world.portal, world.ada), a_code(world.portal, world.ada, pkce)
    world.ada.is_active = False
    world.ada.save()

    assert userinfo(given["access_token"]).status_code == 401
    assert refresh(world.portal, given["refresh_token"]).status_code == 400
    assert redeem(world.portal, code, pkce).status_code == 400


def test_revocation_ends_access_and_refresh_token_together_and_only_ones_own():
    world = a_world()
    given = tokens(world.portal, world.ada)
    body = {"token": given["access_token"]}

    foreign = flows.Browser().post("/oauth/revoke", body, **world.app.basic)
    still = userinfo(given["access_token"]).status_code
    own = flows.Browser().post("/oauth/revoke", {**body, "token_type_hint": "refresh_token"}, **world.portal.basic)

    assert (foreign.status_code, still, own.status_code) == (200, 200, 200)
    assert userinfo(given["access_token"]).status_code == 401
    assert refresh(world.portal, given["refresh_token"]).status_code == 400


@pytest.mark.parametrize("grant", ["password", "implicit", ""])
def test_other_grants_are_not_offered(grant: str):
    world = a_world()
    body = {"grant_type": grant, "username": "ada", "password": "x"}

    response = flows.Browser().post("/oauth/token", body, **world.portal.basic)

    assert response.json()["error"] in ("unsupported_grant_type", "invalid_request")


def test_a_host_gets_the_host_scope_by_its_secret_and_nothing_else():
    world = a_world()
    ask = {"grant_type": "client_credentials"}

    claims = flows.read(flows.host_token(world.feeds))

    assert (claims["scope"], claims["sub"]) == ("host", world.feeds.client.client_id)
    for scope in ("openid", "openid ga4gh_passport_v1", "nonsense"):
        response = flows.Browser().post("/oauth/token", {**ask, "scope": scope}, **world.feeds.basic)
        assert response.json()["error"] == "invalid_scope"
        assert "scopes_supported" in response.json()["error_description"]
    wider = flows.Browser().post("/oauth/token", {**ask, "scope": "host openid"}, **world.feeds.basic).json()
    assert (wider["scope"], flows.read(wider["access_token"])["scope"]) == ("host", "host")
    assert flows.Browser().post("/oauth/token", ask, **world.portal.basic).json()["error"] == "unauthorized_client"


def test_ended_tokens_and_old_codes_are_deleted():
    world, now = a_world(), flows.timezone.now()
    tokens(world.portal, world.ada)
    flows.host_token(world.feeds)

    clients.clear_expired(now)
    kept = SpentCode.objects.count()
    clients.clear_expired(now + clients.SPENT_CODES_KEPT_FOR * 2)

    assert (kept, SpentCode.objects.count()) == (1, 0)


@pytest.mark.parametrize("name", ["grant_type", "code", "refresh_token", "client_id", "scope", "subject_token"])
def test_a_nul_in_a_parameter_is_the_clients_fault(name: str):
    world, pkce = a_world(), Pkce.new()
    grant = {"refresh_token": "refresh_token", "scope": "client_credentials", "subject_token": clients.TOKEN_EXCHANGE}
    body = {"grant_type": grant.get(name, "authorization_code"), "redirect_uri": flows.BACK, "code": "x"}

    token = flows.Browser().post("/oauth/token", {**body, name: "a\x00b"}, **world.portal.basic)
    authorize = flows.signed_in(world.ada).get("/oauth/authorize", {**flows.asked(world.portal, pkce), name: "\x00"})

    assert (token.status_code, authorize.status_code) == (400, 400)


def answers(results: list[Any]) -> list[int]:
    """The statuses; an error in a thread fails the test with its traceback."""
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return sorted(result.status_code for result in results)


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_of_one_code_none_leaves_a_token_that_another_could_hold(tmp_path: Path):
    with shared_database(tmp_path):
        world, pkce, won = a_world(), Pkce.new(), 0
        for _ in range(3):
            code = a_code(world.portal, world.ada, pkce)
            results = together(*[lambda code=code: redeem(world.portal, code, pkce)] * 4)

            statuses = answers(results)
            won += statuses.count(200)
            assert statuses.count(200) <= 1
            assert set(statuses) <= {200, 400}
            assert AccessToken.objects.filter(user=world.ada).count() == 0
            assert RefreshToken.objects.filter(user=world.ada, revoked__isnull=True).count() == 0

        assert won >= 1
        assert userinfo(tokens(world.portal, world.ada)["access_token"]).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_of_one_refresh_token_one_wins_and_the_family_ends(tmp_path: Path):
    with shared_database(tmp_path):
        world, won = a_world(), 0
        for _ in range(3):
            given = tokens(world.portal, world.ada)["refresh_token"]
            results = together(*[lambda given=given: refresh(world.portal, given)] * 4)

            statuses = answers(results)
            won += statuses.count(200)
            assert statuses.count(200) <= 1
            assert set(statuses) <= {200, 400}
            assert AccessToken.objects.filter(user=world.ada).count() == 0
            assert RefreshToken.objects.filter(user=world.ada, revoked__isnull=True).count() == 0

        assert won >= 1
        assert userinfo(tokens(world.portal, world.ada)["access_token"]).status_code == 200
