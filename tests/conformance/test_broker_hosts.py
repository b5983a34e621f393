"""What data hosts in the field demand of a document-profile, RS256 issuer: one test for each row that concerns it."""

from datetime import timedelta
from typing import Any

import jwt as pyjwt
import pytest
from django.conf import settings
from django.utils import timezone

from access.clearinghouse.keys import key_document
from access.domain.passport_tokens import MAX_VISA_CHARACTERS, MAX_VISAS
from access.models import Grant
from governance import keys
from governance.models import DataHost
from tests.access.provider import flows
from tests.access.provider.flows import a_world, exchange, tokens, userinfo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def visas_of(world: flows.World) -> list[str]:
    """What UserInfo gives to the vault's client."""
    return userinfo(tokens(world.app, world.ada)["access_token"]).json()["ga4gh_passport_v1"]


def test_all_visas_of_an_answer_are_document_visas_with_jku_and_without_scope():
    visas = visas_of(a_world())

    assert {"jku" in pyjwt.get_unverified_header(visa) for visa in visas} == {True}
    assert not [visa for visa in visas if "scope" in flows.read(visa)]


def test_the_key_set_holds_rsa_keys_only_and_the_signing_key_first():
    visas = visas_of(a_world())

    document = flows.Browser().get("/.well-known/jwks.json").json()

    assert {(key["kty"], key["alg"]) for key in document["keys"]} == {("RSA", "RS256")}
    assert {flows.kid(visa) for visa in visas} == {document["keys"][0]["kid"]}
    assert not key_document(document).unfit


def test_a_host_that_takes_the_first_key_only_verifies_everything_it_needs():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]
    passport = exchange(world.app, token).json()["access_token"]

    first = pyjwt.PyJWK(flows.Browser().get("/.well-known/jwks.json").json()["keys"][0])

    for one in (token, passport, *visas_of(world)):
        assert (
            pyjwt.decode(one, first.key, algorithms=["RS256"], options={"verify_aud": False})["iss"]
            == settings.BASE_URL
        )


def test_an_access_token_has_an_audience_and_both_words_in_one_scope_string():
    world = a_world()

    claims = flows.read(tokens(world.app, world.ada)["access_token"])

    assert claims["aud"] == [world.app.client.client_id]
    assert claims["scope"].split(" ") == ["openid", "ga4gh_passport_v1"]


def test_userinfo_gives_the_same_subject_user_name_and_mail_with_their_scopes():
    world = a_world()
    token = tokens(world.app, world.ada, flows.EVERY_SCOPE)["access_token"]

    claims = userinfo(token).json()

    assert (claims["sub"], claims["preferred_username"], claims["email"]) == (
        flows.read(token)["sub"],
        "ada",
        "ada@example.org",
    )


@pytest.mark.parametrize("token", ["", "expired", "a.b.c"])
def test_userinfo_answers_a_bad_token_with_401(token: str):
    a_world()

    assert userinfo(token).status_code == 401


def test_no_visa_of_an_answer_ends_within_ten_minutes():
    world = a_world()
    Grant.objects.update(ends_at=timezone.now() + timedelta(minutes=9))

    visas = visas_of(world)

    assert len(visas) == 2
    assert min(flows.read(visa)["exp"] for visa in visas) - flows.now_seconds() > 600


def test_a_visa_has_no_audience_whole_seconds_an_assertion_before_it_and_the_subject_of_the_passport():
    world = a_world()
    passport = flows.read(exchange(world.app, tokens(world.app, world.ada)["access_token"]).json()["access_token"])

    for claims in map(flows.read, passport["ga4gh_passport_v1"]):
        said: dict[str, Any] = claims["ga4gh_visa_v1"]
        assert "aud" not in claims
        assert claims["sub"] == passport["sub"]
        assert {type(claims["iat"]), type(claims["exp"]), type(said["asserted"])} == {int}
        assert said["asserted"] <= claims["iat"]
        assert {"by", "source"} <= set(said)


def test_a_host_may_ask_for_the_plain_type():
    world = a_world()
    DataHost.objects.update(visa_typ=DataHost.Typ.JWT)

    types = {pyjwt.get_unverified_header(visa)["typ"] for visa in visas_of(world)}

    assert types == {"JWT"}


def test_what_follows_the_last_slash_of_a_value_is_the_datasets_id():
    value = flows.by_type(visas_of(a_world()))["ControlledAccessGrants"][0]["ga4gh_visa_v1"]["value"]

    assert value == f"{settings.BASE_URL}datasets/HEARTS-0001"
    assert value.rsplit("/", 1)[1] == "HEARTS-0001"


def test_no_restriction_lives_in_conditions():
    assert not [visa for visa in visas_of(a_world()) if "conditions" in flows.read(visa)["ga4gh_visa_v1"]]


def test_an_answer_stays_within_what_hosts_read():
    visas = visas_of(a_world())

    assert (MAX_VISAS, MAX_VISA_CHARACTERS) == (200, 16_384)
    assert max(map(len, visas)) * MAX_VISAS < 1_000_000
    assert keys.active("token").alg == "RS256"
