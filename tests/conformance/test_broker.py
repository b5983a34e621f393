"""GA4GH AAI 1.2.1, broker and passport issuer, item by item over HTTP (`BR-*`, `PI-*` of the checklist)."""

from urllib.parse import urlsplit

import jwt as pyjwt
import pytest
from django.conf import settings

from access.models import RememberedConsent
from governance.models import AuditEvent
from tests.access.provider import flows
from tests.access.provider.flows import (
    Pkce,
    World,
    a_world,
    asked,
    consent,
    exchange,
    returned,
    signed_in,
    tokens,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
Browser = flows.Browser


def discovered() -> dict[str, object]:
    """The discovery document."""
    return Browser().get("/.well-known/openid-configuration").json()


def at(name: str) -> str:
    """The path of an endpoint, as discovery names it."""
    return urlsplit(str(discovered()[name])).path


def passport(world: World, **more: object) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a Passport by exchange."""
    answer = exchange(world.app, tokens(world.app, world.ada)["access_token"], **more)
    token = answer.json()["access_token"]
    return pyjwt.get_unverified_header(token), flows.read(token)


def test_br_1_it_is_an_openid_provider_with_the_members_that_discovery_demands():
    document = discovered()

    assert {
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
        "scopes_supported",
        "claims_supported",
    } <= set(document)


def test_br_2_the_key_document_that_discovery_names_can_be_read():
    a_world()

    assert Browser().get(at("jwks_uri")).json()["keys"][0]["kty"] == "RSA"


def test_br_3_br_9_the_endpoints_of_discovery_give_a_token_and_its_userinfo():
    world, pkce = a_world(), Pkce.new()
    code = returned(consent(signed_in(world.ada), asked(world.app, pkce)))["code"]

    assert at("authorization_endpoint") == "/oauth/authorize"
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": flows.BACK}
    given = Browser().post(at("token_endpoint"), {**body, "code_verifier": pkce.verifier}, **world.app.basic).json()
    info = Browser().get(at("userinfo_endpoint"), HTTP_AUTHORIZATION=f"Bearer {given['access_token']}")
    assert info.json()["sub"] == world.ada.subject


def test_br_4_the_header_of_an_access_token_has_typ_alg_and_kid():
    world = a_world()

    header = pyjwt.get_unverified_header(tokens(world.app, world.ada)["access_token"])

    assert (header["typ"], header["alg"], bool(header["kid"])) == ("at+jwt", "RS256", True)


def test_br_5_br_8_its_claims_are_those_of_rfc_9068_and_name_the_client():
    world = a_world()

    claims = flows.read(tokens(world.app, world.ada)["access_token"])

    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"} == set(claims)
    assert claims["aud"] == [world.app.client.client_id]
    assert {"openid", "ga4gh_passport_v1"} == set(claims["scope"].split())


def test_br_6_the_issuer_with_the_path_of_discovery_resolves():
    world = a_world()
    issuer = flows.read(tokens(world.app, world.ada)["access_token"])["iss"]

    path = urlsplit(f"{issuer}.well-known/openid-configuration").path

    assert Browser().get(path).json()["issuer"] == issuer == settings.BASE_URL


def test_br_7_no_access_token_and_no_id_token_holds_a_ga4gh_claim():
    world = a_world()

    given = tokens(world.app, world.ada, flows.EVERY_SCOPE)

    for name in ("access_token", "id_token"):
        assert not [claim for claim in flows.read(given[name]) if claim.startswith("ga4gh")]


def test_br_10_br_14_the_same_visas_come_by_exchange():
    world = a_world()
    info = flows.userinfo(tokens(world.app, world.ada)["access_token"]).json()

    _, claims = passport(world)

    assert len(claims["ga4gh_passport_v1"]) == len(info["ga4gh_passport_v1"]) == 3


def test_br_11_br_12_userinfo_answers_in_json_with_a_list_of_visas():
    world = a_world()

    response = flows.userinfo(tokens(world.app, world.ada)["access_token"])

    assert response["Content-Type"] == "application/json"
    assert len(response.json()["ga4gh_passport_v1"]) == 3


@pytest.mark.parametrize("scope", ["openid", "openid profile email"])
def test_br_13_without_a_passport_scoped_token_there_is_no_passport_claim(scope: str):
    world = a_world()
    token = tokens(world.app, world.ada, scope)["access_token"]

    assert "ga4gh_passport_v1" not in flows.userinfo(token).json()
    assert exchange(world.app, token).status_code == 400


def test_br_15_a_code_is_bound_to_client_address_and_proof_key_and_works_once():
    world, pkce = a_world(), Pkce.new()
    code = flows.a_code(world.app, world.ada, pkce)

    by_another = flows.redeem(world.portal, code, pkce)
    with_another_key = flows.redeem(world.app, code, Pkce.new())
    elsewhere = flows.redeem(world.app, code, pkce, redirect_uri="https://portal.example/other")
    first, second = flows.redeem(world.app, code, pkce), flows.redeem(world.app, code, pkce)

    statuses = [answer.status_code for answer in (by_another, with_another_key, elsewhere, first, second)]
    assert statuses == [400, 400, 400, 200, 400]


def test_br_16_nothing_is_released_without_the_persons_yes_to_each_part():
    world = a_world()
    browser = signed_in(world.ada)

    refused = returned(consent(browser, asked(world.app, Pkce.new()), allow="false"))
    pkce = Pkce.new()
    partly = returned(consent(browser, asked(world.app, pkce), leave_out="ga4gh_passport_v1"))

    assert refused["error"] == "access_denied"
    assert flows.redeem(world.app, partly["code"], pkce).json()["scope"] == "openid"


def test_br_17_a_remembered_release_is_a_choice_that_the_person_takes_back():
    world = a_world()
    browser = signed_in(world.ada)
    consent(browser, asked(world.app, Pkce.new()), remember=True)
    silent = browser.get("/oauth/authorize", asked(world.app, Pkce.new()))

    browser.post(f"/oauth/consents/{RememberedConsent.objects.get().pk}/forget")

    assert "code" in returned(silent)
    assert browser.get("/oauth/authorize", asked(world.app, Pkce.new())).status_code == 200
    kinds = AuditEvent.objects.filter(kind__startswith="client.consent").values_list("kind", flat=True)
    assert sorted(kinds) == ["client.consent_forgotten", "client.consent_remembered"]


def test_br_18_its_visas_are_its_own_document_visas():
    world = a_world()

    _, claims = passport(world)

    visas = claims["ga4gh_passport_v1"]
    headers = [pyjwt.get_unverified_header(visa) for visa in visas]
    key_document = f"{settings.BASE_URL}.well-known/jwks.json"
    assert [(one["typ"], one["jku"]) for one in headers] == [("vnd.ga4gh.visa+jwt", key_document)] * 3
    assert {flows.read(visa)["iss"] for visa in visas} == {settings.BASE_URL}


def test_br_19_answers_with_tokens_or_claims_are_not_cached():
    world, pkce = a_world(), Pkce.new()
    redeemed = flows.redeem(world.app, flows.a_code(world.app, world.ada, pkce), pkce)
    token = redeemed.json()["access_token"]

    answers = [redeemed, exchange(world.app, token), flows.userinfo(token), flows.refresh(world.app, "x")]

    assert {(answer["Cache-Control"], answer["Pragma"]) for answer in answers} == {("no-cache, no-store", "no-cache")}


def test_pi_1_the_passport_issuer_is_the_broker():
    world = a_world()

    _, claims = passport(world)

    assert claims["iss"] == discovered()["issuer"]


def test_pi_2_pi_3_a_passport_is_signed_rs256_with_its_own_type():
    header, _ = passport(a_world())

    assert (header["alg"], header["typ"]) == ("RS256", "vnd.ga4gh.passport+jwt")


def test_pi_4_pi_12_a_passport_has_its_claims_and_the_subject_of_its_visas():
    world = a_world()

    _, claims = passport(world)

    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "ga4gh_passport_v1"}
    assert {flows.read(visa)["sub"] for visa in claims["ga4gh_passport_v1"]} == {claims["sub"]}


def test_pi_5_the_passport_claim_is_a_list_of_strings_and_may_be_empty():
    world = a_world()
    world.ada.affiliations.all().delete()

    _, claims = passport(world)

    assert claims["ga4gh_passport_v1"] == []


def test_pi_6_the_token_endpoint_issues_passports_beside_other_grants():
    world = a_world()

    assert "urn:ietf:params:oauth:grant-type:token-exchange" in discovered()["grant_types_supported"]
    assert passport(world)[1]["aud"] == ["https://vault.example"]
    assert flows.host_token(world.feeds)


def test_pi_7_the_client_authenticates():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    assert exchange(flows.Registered(world.app.client, "wrong"), token).status_code == 401


@pytest.mark.parametrize(
    ("item", "change"),
    [
        ("PI-8", {"requested_token_type": None}),
        ("PI-8", {"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}),
        ("PI-9", {"subject_token": "eyJ"}),
        ("PI-10", {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}),
    ],
)
def test_pi_8_pi_9_pi_10_each_parameter_is_as_the_profile_says(item: str, change: dict[str, str | None]):
    world = a_world()

    response = exchange(world.app, tokens(world.app, world.ada)["access_token"], **change)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), item


def test_pi_11_resource_and_audience_narrow_the_passport():
    world = a_world()
    token = tokens(world.portal, world.ada)["access_token"]

    claims = flows.read(exchange(world.portal, token, resource="https://loch.example/data").json()["access_token"])

    assert claims["aud"] == ["https://loch.example"]
    assert len(flows.by_type(claims["ga4gh_passport_v1"])["ControlledAccessGrants"]) == 1
