"""Token exchange: an access token becomes a Passport, narrowed to the hosts that are named."""

import json

import jwt as pyjwt
import pytest
from django.conf import settings
from django.http import HttpResponse
from jwcrypto import jwk
from jwcrypto import jwt as jwcrypto_jwt

from access.passports import client_services as clients
from governance import keys
from governance.models import DataHost
from tests.access.provider import flows
from tests.access.provider.flows import ACCESS_TYPE, PASSPORT_TYPE, a_world, exchange, tokens

pytestmark = pytest.mark.django_db


def test_pi_2_to_pi_6_an_access_token_is_exchanged_for_a_passport_that_two_libraries_verify():
    world = a_world()

    response = exchange(world.app, tokens(world.app, world.ada)["access_token"])

    answer = response.json()
    token = answer["access_token"]
    claims = flows.read(token)
    assert (answer["issued_token_type"], answer["token_type"]) == (PASSPORT_TYPE, "Bearer")
    assert 0 < answer["expires_in"] <= 3600
    assert response["Cache-Control"] == "no-cache, no-store"
    assert pyjwt.get_unverified_header(token) == {
        "typ": "vnd.ga4gh.passport+jwt",
        "alg": "RS256",
        "kid": keys.active("token").kid,
    }
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "ga4gh_passport_v1"}
    assert (claims["iss"], claims["sub"]) == (settings.BASE_URL, world.ada.subject)
    document = jwk.JWKSet.from_json(json.dumps(keys.jwks()))
    for signed in (token, *claims["ga4gh_passport_v1"]):
        assert json.loads(jwcrypto_jwt.JWT(key=document, jwt=signed).claims) == flows.read(signed)


def test_a_hosts_client_gets_a_passport_for_that_host_alone():
    world = a_world()

    claims = flows.read(exchange(world.app, tokens(world.app, world.ada)["access_token"]).json()["access_token"])

    assert claims["aud"] == ["https://vault.example"]
    assert len(flows.by_type(claims["ga4gh_passport_v1"])["ControlledAccessGrants"]) == 1


def said(responses: list[HttpResponse]) -> list[tuple[int, str]]:
    """Status and error of each refusal."""
    return [(response.status_code, response.json()["error"]) for response in responses]


NARROWED = [
    ({}, None),
    ({"audience": "https://loch.example"}, ["https://loch.example"]),
    ({"resource": "https://loch.example/data/objects/1"}, ["https://loch.example"]),
    ({"resource": "https://loch.example/data"}, ["https://loch.example"]),
    ({"audience": "https://loch.example", "resource": "https://loch.example/data/1"}, ["https://loch.example"]),
]


def test_pi_11_a_portal_narrows_by_resource_and_audience():
    world = a_world()
    token = tokens(world.portal, world.ada)["access_token"]

    passports = [flows.read(exchange(world.portal, token, **named).json()["access_token"]) for named, _ in NARROWED]

    assert [claims.get("aud") for claims in passports] == [audience for _, audience in NARROWED]
    granted = [flows.by_type(claims["ga4gh_passport_v1"])["ControlledAccessGrants"] for claims in passports]
    assert [len(visas) for visas in granted] == [1] * len(NARROWED)


SEVERAL = [
    {"audience": ["https://loch.example", "https://vault.example"]},
    {"audience": ["https://loch.example", "https://loch.example"]},
    {"resource": ["https://loch.example/data/1", "https://vault.example/data/2"]},
    {"audience": "https://loch.example", "resource": "https://vault.example/data/2"},
]


def test_a_passport_is_for_one_host():
    world = a_world()
    token = tokens(world.portal, world.ada)["access_token"]

    responses = [exchange(world.portal, token, **named) for named in SEVERAL]

    assert said(responses) == [(400, "invalid_target")] * len(SEVERAL)
    assert all("a Passport is for one" in response.json()["error_description"] for response in responses)


FOREIGN = [
    {"audience": "https://loch.example"},
    {"audience": "https://vault.example.evil.example"},
    {"resource": "https://vault.example.evil.example/data"},
    {"resource": "https://vault.example@evil.example/data"},
    {"resource": "https://user@vault.example/data"},
    {"resource": "http://vault.example/data"},
    {"resource": "https://vault.example/database"},
    {"resource": "https://vault.example/data/../other"},
    {"resource": "https://vault.example:444/data"},
    {"resource": "https://vault.example:port/data"},
    {"resource": ""},
]


def test_a_target_that_is_not_the_clients_host_is_refused():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    responses = [exchange(world.app, token, **named) for named in FOREIGN]

    assert said(responses) == [(400, "invalid_target")] * len(FOREIGN)


WRONG = [
    {"requested_token_type": None},
    {"requested_token_type": ACCESS_TYPE},
    {"requested_token_type": [PASSPORT_TYPE, PASSPORT_TYPE]},
    {"subject_token_type": PASSPORT_TYPE},
    {"subject_token_type": None},
    {"subject_token": None},
    {"subject_token": "x"},
]


def test_pi_8_to_pi_10_wrong_parameters_are_refused():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    responses = [exchange(world.app, token, **changes) for changes in WRONG]

    assert said(responses) == [(400, "invalid_request")] * len(WRONG)


def test_pi_7_the_client_proves_itself():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]
    desk = flows.a_client("Desk app", None, clients.AUTHORIZATION_CODE, public=True)
    plain = flows.a_client("Plain", None, clients.AUTHORIZATION_CODE)

    guess = exchange(flows.Registered(world.app.client, "guess"), token)
    public = exchange(desk, token)
    unregistered = exchange(plain, token)

    assert [guess.status_code, public.status_code, unregistered.status_code] == [401, 401, 400]
    assert guess["WWW-Authenticate"].startswith("Basic")
    assert unregistered.json()["error"] == "unauthorized_client"


def test_pi_9_the_subject_token_is_passport_scoped_stands_and_is_an_access_token():
    world = a_world()
    given = tokens(world.app, world.ada)
    passport = exchange(world.app, given["access_token"]).json()["access_token"]
    narrow = tokens(world.app, world.ada, "openid profile")["access_token"]
    flows.Browser().post("/oauth/revoke", {"token": given["access_token"]}, **world.app.basic)

    wrong = [given["access_token"], given["id_token"], given["refresh_token"], passport, narrow]

    assert [exchange(world.app, token).status_code for token in wrong] == [400] * 5


def test_only_its_own_client_or_the_host_it_is_sent_to_exchanges_a_token():
    world = a_world()
    of_portal, of_app = (tokens(by, world.ada)["access_token"] for by in (world.portal, world.app))
    other = flows.a_client("Loch app", world.loch, clients.AUTHORIZATION_CODE, clients.TOKEN_EXCHANGE)

    by_host = exchange(world.app, of_portal)
    by_portal = exchange(world.portal, of_app)
    by_other_host = exchange(other, of_app)

    assert flows.read(by_host.json()["access_token"])["aud"] == ["https://vault.example"]
    assert [by_portal.status_code, by_other_host.status_code] == [400, 400]


def test_pi_5_a_person_without_grants_gets_a_passport_that_may_be_empty():
    world = a_world()
    token = tokens(world.app, world.access.chair)["access_token"]

    claims = flows.read(exchange(world.app, token).json()["access_token"])

    assert claims["ga4gh_passport_v1"] == []


def test_a_host_that_refuses_any_audience_gets_passports_without_one():
    world = a_world()
    DataHost.objects.filter(pk=world.vault.pk).update(passport_aud=False)
    by_portal = tokens(world.portal, world.ada)["access_token"]

    own = exchange(world.app, tokens(world.app, world.ada)["access_token"]).json()["access_token"]
    named = exchange(world.portal, by_portal, audience="https://vault.example").json()["access_token"]
    other = exchange(world.portal, by_portal, audience="https://loch.example").json()["access_token"]
    loch = flows.a_client("Loch feeds", world.loch, clients.CLIENT_CREDENTIALS, scopes="host")
    active = [
        flows.Browser().post("/oauth/introspect", {"token": token}, **by.basic).json()["active"]
        for by, token in ((world.feeds, own), (world.feeds, named), (world.feeds, other), (loch, own), (loch, other))
    ]

    assert [flows.read(token).get("aud") for token in (own, named, other)] == [None, None, ["https://loch.example"]]
    assert all(len(flows.read(token)["ga4gh_passport_v1"]) == 3 for token in (own, named))
    assert active == [True, True, False, False, True]
