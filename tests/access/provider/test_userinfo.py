"""UserInfo: who it is and which visas, to the bearer of a passport-scoped access token and to nobody else."""

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from access.visas import status_lists
from governance import keys
from governance.models import SigningKey
from governance.services import keys as key_service
from tests.access.provider import flows
from tests.access.provider.flows import a_world, tokens, userinfo
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def test_br_11_userinfo_answers_a_passport_scoped_token_with_a_list_of_visas():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    response = userinfo(token)

    claims = response.json()
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-cache, no-store"
    assert set(claims) == {"sub", "ga4gh_passport_v1"}
    assert claims["sub"] == flows.read(token)["sub"]
    assert all(isinstance(visa, str) for visa in claims["ga4gh_passport_v1"])
    assert set(flows.by_type(claims["ga4gh_passport_v1"])) == {
        "ControlledAccessGrants",
        "AffiliationAndRole",
        "AcceptedTermsAndPolicies",
    }


def test_br_13_without_the_passport_scope_there_are_no_visas():
    world = a_world()

    claims = userinfo(tokens(world.app, world.ada, "openid profile")["access_token"]).json()

    assert claims == {"sub": world.ada.subject, "name": "Ada Lindholm", "preferred_username": "ada"}


def test_name_and_mail_come_with_their_scopes():
    world = a_world()
    EmailAddress.objects.create(user=world.ada, email=world.ada.email, verified=True, primary=True)

    claims = userinfo(tokens(world.app, world.ada, flows.EVERY_SCOPE)["access_token"]).json()

    del claims["ga4gh_passport_v1"]
    assert claims == {
        "sub": world.ada.subject,
        "name": "Ada Lindholm",
        "preferred_username": "ada",
        "email": "ada@example.org",
        "email_verified": True,
    }


def test_userinfo_answers_post_with_the_token_in_header_or_body():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    header = flows.Browser().post("/userinfo", HTTP_AUTHORIZATION=f"Bearer {token}")
    body = flows.Browser().post("/userinfo", {"access_token": token})

    assert header.json()["sub"] == body.json()["sub"] == world.ada.subject


def test_a_token_in_the_address_is_refused_even_beside_a_good_one():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    alone = flows.Browser().get(f"/userinfo?access_token={token}")
    beside = flows.Browser().get(f"/userinfo?access_token={token}", HTTP_AUTHORIZATION=f"Bearer {token}")
    posted = flows.Browser().post(f"/userinfo?access_token={token}")

    assert [alone.status_code, beside.status_code, posted.status_code] == [401, 401, 401]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "é", "a" * 20_000])
def test_what_is_no_token_is_answered_with_401(token: str):
    a_world()

    response = userinfo(token)

    assert response.status_code == 401
    assert response["Content-Type"] == "application/json"
    assert response["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert response.json()["error"] == "invalid_token"


def test_who_sends_no_token_is_told_what_to_send_and_no_error():
    for response in (flows.Browser().get("/userinfo"), flows.Browser().post("/userinfo")):
        assert (response.status_code, response["Content-Type"]) == (401, "application/json")
        assert (response["WWW-Authenticate"], response.json()) == ('Bearer realm="duologue"', {})


def test_an_expired_token_is_answered_with_401():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=True):
        response = userinfo(token)

    assert response.status_code == 401


def each_other_kind(world: flows.World) -> dict[str, str]:
    """One good token of every other kind that we sign."""
    given = tokens(world.app, world.ada)
    info = userinfo(given["access_token"]).json()
    visas = dict(zip("abcdefgh", info["ga4gh_passport_v1"], strict=False))
    passport = flows.exchange(world.app, given["access_token"]).json()["access_token"]
    now = flows.now_seconds()
    event = {"iss": settings.BASE_URL, "iat": now, "jti": "e-1", "aud": "x", "events": {}}
    return {
        **visas,
        "passport": passport,
        "id token": given["id_token"],
        "refresh token": given["refresh_token"],
        "host token": flows.host_token(world.feeds),
        "status list": status_lists.signed_list(1),
        "security event": keys.sign(event, typ="secevent+jwt", use=SigningKey.Use.STATUS),
    }


def test_no_other_kind_of_token_opens_userinfo():
    world = a_world()

    answers = {kind: userinfo(token).status_code for kind, token in each_other_kind(world).items()}

    assert set(answers.values()) == {401}
    assert len(answers) >= 9


def test_a_token_of_ours_that_is_not_in_the_table_opens_nothing():
    world = a_world()
    now = flows.now_seconds()
    claims = flows.read(tokens(world.app, world.ada)["access_token"])

    unknown = keys.sign(
        {**claims, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 600},
        typ="at+jwt",
        use=SigningKey.Use.TOKEN,
    )

    assert userinfo(unknown).status_code == 401


def test_an_access_token_profile_visa_opens_nothing_even_where_it_stands_in_the_table():
    world = a_world()
    now = flows.now_seconds()
    header = {"typ": "at+jwt", "alg": "RS256", "kid": keys.active("token").kid}
    claims = {"iss": settings.BASE_URL, "sub": world.ada.subject, "iat": now, "exp": now + 600, "jti": "v-1"}
    claims |= {"scope": "openid ga4gh_passport_v1", "ga4gh_visa_v1": {}, "client_id": "x", "aud": ["x"]}
    body = ".".join(flows.segment(part) for part in (header, claims))
    stolen = keys.signer(header["kid"])._private
    visa = f"{body}.{flows.encode(keys._rs256(stolen.private_key, body.encode()))}"
    flows.put_in_table(visa, world)

    assert userinfo(visa).status_code == 401


def test_a_rotation_leaves_tokens_good_and_a_revocation_ends_them():
    world = a_world()
    old = tokens(world.app, world.ada)
    kid = keys.active("token").kid

    key_service.rotate(use="token", by=TESTS, now=timezone.now())
    rotated = userinfo(old["access_token"])
    key_service.revoke(kid=kid, by=TESTS, now=timezone.now())

    assert rotated.status_code == 200
    assert {flows.kid(visa) for visa in rotated.json()["ga4gh_passport_v1"]} == {keys.active("token").kid}
    assert userinfo(old["access_token"]).status_code == 401
    assert userinfo(flows.refresh(world.app, old["refresh_token"]).json()["access_token"]).status_code == 200


def test_visas_are_minted_once_in_five_minutes():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        world = a_world()
        token = tokens(world.app, world.ada)["access_token"]

        first, again = (userinfo(token).json()["ga4gh_passport_v1"] for _ in range(2))
        clock.shift(timedelta(minutes=5))
        second = userinfo(token).json()["ga4gh_passport_v1"]

    assert first == again
    assert not set(first) & set(second)
    assert len(json.dumps(first)) < 1_000_000
