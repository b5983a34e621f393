"""What hosts read without asking anybody."""

import base64
import zlib
from datetime import timedelta

import jwt as pyjwt
import pytest
import time_machine
from django.conf import settings
from django.urls import resolve
from django.utils import timezone

from access.clearinghouse.keys import key_document
from access.domain.status_list import decode
from access.grants.services import end_grant
from access.models import Grant, StatusList, Visa
from access.visas import status_lists
from governance import keys
from governance.domain.errors import NotNow
from governance.services import keys as key_service
from tests.access.provider import flows
from tests.access.provider.flows import a_world, tokens, userinfo
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db


def test_br_2_and_br_6_discovery_stands_at_the_issuer_without_a_redirect():
    response = flows.Browser().get("/.well-known/openid-configuration", HTTP_HOST="localhost")

    document = response.json()
    assert response.status_code == 200
    assert document["issuer"] == settings.BASE_URL
    assert document["issuer"].endswith("/")
    assert (document["response_types_supported"], document["code_challenge_methods_supported"]) == (
        ["code"],
        ["S256"],
    )
    assert "urn:ietf:params:oauth:grant-type:device_code" in document["grant_types_supported"]
    assert "device_authorization_endpoint" in document
    for name, address in document.items():
        if name.endswith(("_endpoint", "jwks_uri")):
            assert address.startswith(settings.BASE_URL)
            resolve(f"/{address.removeprefix(settings.BASE_URL)}")


def test_discovery_answers_the_same_with_a_doubled_slash():
    single = flows.Browser().get("/.well-known/openid-configuration")
    doubled = flows.Browser().get("/x", PATH_INFO="//.well-known/openid-configuration")

    assert (doubled.status_code, doubled.content) == (200, single.content)


def test_the_same_metadata_stand_where_oauth_clients_look():
    openid = flows.Browser().get("/.well-known/openid-configuration")
    oauth = flows.Browser().get("/.well-known/oauth-authorization-server")

    assert (oauth.status_code, oauth.content) == (200, openid.content)


PUBLIC = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/.well-known/jwks-es256.json",
    "/service-info",
    "/status/1",
]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_documents_are_one_copy_for_all_and_readable_by_every_page(path: str):
    world = a_world()
    userinfo(tokens(world.app, world.ada)["access_token"])
    browser = flows.signed_in(world.ada)

    response = browser.get(path, HTTP_ACCEPT_LANGUAGE="fi", HTTP_ORIGIN="https://any.example")
    preflight = browser.options(path, HTTP_ORIGIN="https://any.example")

    assert response.status_code == 200
    assert "Vary" not in response
    assert {response["Access-Control-Allow-Origin"], preflight["Access-Control-Allow-Origin"]} == {"*"}
    assert (preflight.status_code, preflight.content) == (204, b"")


def test_a_public_dataset_is_one_copy_for_each_form():
    world = a_world()
    path = f"/datasets/{world.access.dataset.versions.get().accession}"

    response = flows.signed_in(world.ada).get(path, HTTP_ACCEPT="application/json")

    assert (response.status_code, response["Vary"]) == (200, "Accept")


def test_a_status_list_of_another_time_or_form_is_not_given_in_its_place():
    world = a_world()
    userinfo(tokens(world.app, world.ada)["access_token"])
    browser = flows.Browser()

    earlier = browser.get("/status/1?time=1686925000")
    asked = ("application/statuslist+cwt", "application/statuslist+jwt", "application/*", "*/*", "application/jwt")
    statuses = {accept: browser.get("/status/1", HTTP_ACCEPT=accept).status_code for accept in asked}

    assert (earlier.status_code, "time" in earlier.json()["error"]) == (501, True)
    assert statuses == {accept: 406 if accept.endswith("+cwt") else 200 for accept in asked}


def test_a_list_of_a_time_to_come_is_signed_anew():
    world = a_world()
    userinfo(tokens(world.app, world.ada)["access_token"])
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        later = flows.Browser().get("/status/1").content

    now = flows.Browser().get("/status/1").content

    assert pyjwt.decode(now, options={"verify_signature": False})["iat"] <= flows.now_seconds()
    assert now != later


def test_the_key_document_is_public_cacheable_and_read_by_the_clearinghouse():
    standing_keys()

    response = flows.Browser().get("/.well-known/jwks.json")

    read = key_document(response.json())
    assert response["Cache-Control"] == "public, max-age=300"
    assert (list(read.keys), read.unfit) == ([key["kid"] for key in keys.jwks()["keys"]], frozenset())
    assert {key["kty"] for key in response.json()["keys"]} == {"RSA"}


def test_a_revoked_key_leaves_the_document_at_once():
    standing_keys()
    kid = keys.active("token").kid

    key_service.revoke(kid=kid, by=TESTS, now=timezone.now())

    assert kid not in flows.Browser().get("/.well-known/jwks.json").content.decode()


def test_service_info_names_issuer_keys_and_algorithms():
    document = flows.Browser().get("/service-info").json()

    assert {"id", "name", "type", "organization", "version"} <= set(document)
    assert set(document["type"]) == {"group", "artifact", "version"}
    assert (document["issuer"], document["algorithms"]) == (settings.BASE_URL, ["RS256"])
    assert document["jku"] == f"{settings.BASE_URL}.well-known/jwks.json"


def revoked_indexes(response) -> set[int]:
    """The indexes of the revoked, read as a host reads them: without any code of ours."""
    claims = pyjwt.decode(response.content.decode(), options={"verify_signature": False})
    text = claims["status_list"]["lst"]
    packed = zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return {place * 8 + bit for place, byte in enumerate(packed) if byte for bit in range(8) if byte >> bit & 1}


def test_the_status_list_is_signed_by_the_status_key_and_may_be_kept_for_a_minute():
    world = a_world()
    visas = userinfo(tokens(world.app, world.ada)["access_token"]).json()["ga4gh_passport_v1"]
    pointer = flows.read(visas[0])["status"]["status_list"]

    response = flows.Browser().get(f"/{pointer['uri'].removeprefix(settings.BASE_URL)}")

    token = response.content.decode()
    claims = flows.read(token)
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "application/statuslist+jwt",
        "public, max-age=60",
    )
    assert pyjwt.get_unverified_header(token) == {
        "typ": "statuslist+jwt",
        "alg": "RS256",
        "kid": keys.jwks()["keys"][1]["kid"],
    }
    assert (claims["sub"], claims["ttl"], claims["status_list"]["bits"]) == (pointer["uri"], 60, 1)
    assert decode(claims["status_list"]["lst"]).at(pointer["idx"]) == 0
    assert revoked_indexes(response) == set()


def test_a_revoked_grant_is_on_the_list_at_the_next_request():
    world = a_world()
    visas = userinfo(tokens(world.app, world.ada)["access_token"]).json()["ga4gh_passport_v1"]
    granted = flows.by_type(visas)["ControlledAccessGrants"][0]["status"]["status_list"]["idx"]
    before = revoked_indexes(flows.Browser().get("/status/1"))

    end_grant(grant=world.grant, reason=Grant.End.REVOKED, note="Misuse.", by=TESTS, now=timezone.now())

    assert (before, revoked_indexes(flows.Browser().get("/status/1"))) == (set(), {granted})


def test_a_list_is_signed_anew_only_when_it_changed_or_grew_old():
    world = a_world()
    userinfo(tokens(world.app, world.ada)["access_token"])

    first, second = (flows.Browser().get("/status/1").content for _ in range(2))
    key_service.revoke(kid=keys.active("status").kid, by=TESTS, now=timezone.now())

    assert first == second
    assert flows.kid(flows.Browser().get("/status/1").content.decode()) == keys.active("status").kid


def test_a_list_is_gone_once_its_last_visa_has_ended():
    world = a_world()
    userinfo(tokens(world.app, world.ada)["access_token"])
    StatusList.objects.update(last_exp=timezone.now())

    assert [flows.Browser().get(f"/status/{number}").status_code for number in (1, 2)] == [404, 404]


def test_without_a_status_key_nothing_is_said():
    world = a_world()
    userinfo(tokens(world.app, world.ada)["access_token"])
    key_service.SigningKey.objects.filter(use="status").delete()

    assert flows.Browser().get("/status/1").status_code == 503
    with pytest.raises(NotNow):
        status_lists.signed_list(1)


def test_places_are_never_given_twice_and_a_full_list_is_followed_by_another():
    standing_keys()
    now = timezone.now()
    status_lists.reserve(1, now=now)
    StatusList.objects.update(size=20)

    places = status_lists.reserve(30, now=now)

    assert {place.number for place in places} == {1, 2}
    assert len({(place.number, place.index) for place in places}) == 30
    assert [place.index for place in places] != sorted(place.index for place in places)
    assert all(0 <= place.index < 20 for place in places if place.number == 1)
    assert Visa.objects.count() == 0


def test_without_a_signing_key_every_endpoint_says_so_in_json():
    world, pkce = a_world(), flows.Pkce.new()
    token, code = tokens(world.app, world.ada)["access_token"], flows.a_code(world.app, world.ada, pkce)
    key_service.SigningKey.objects.filter(use="token", state="active").update(published_until=timezone.now())

    answers = [userinfo(token), flows.exchange(world.app, token), flows.redeem(world.app, code, pkce)]

    assert [answer.status_code for answer in answers] == [503] * 3
    assert {answer.json()["error"] for answer in answers} == {"temporarily_unavailable"}
    assert all("again" in answer.json()["error_description"] for answer in answers)
