"""Signing in to a client: the code flow with PKCE, its consent screen and its tokens."""

import re

import jwt as pyjwt
import pytest
from django.conf import settings

from access.passports import client_services as clients
from governance.models import DataHost
from governance.templatetags.duologue import day
from tests.access import builders
from tests.access.provider import flows
from tests.access.provider.flows import Pkce, a_world, asked, consent, returned, signed_in, tokens
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def test_br_1_a_person_signs_in_with_a_proof_key_and_the_client_gets_its_tokens():
    world = a_world()

    given = tokens(world.portal, world.ada, flows.EVERY_SCOPE)

    assert set(given) == {"access_token", "expires_in", "token_type", "scope", "refresh_token", "id_token"}
    id_token = flows.read(given["id_token"])
    assert id_token["sub"] == world.ada.subject
    assert id_token["aud"] == world.portal.client.client_id
    assert (id_token["nonce"], id_token["iss"]) == ("n-1", settings.BASE_URL)
    assert id_token["exp"] - id_token["iat"] <= 300
    assert not [name for name in id_token if name.startswith("ga4gh_")]


def test_br_3_to_br_8_the_access_token_has_the_form_of_rfc_9068_and_no_ga4gh_claim():
    world = a_world()

    token = tokens(world.portal, world.ada)["access_token"]

    header, claims = pyjwt.get_unverified_header(token), flows.read(token)
    client_id = world.portal.client.client_id
    assert (header["typ"], header["alg"], set(header)) == ("at+jwt", "RS256", {"typ", "alg", "kid"})
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "client_id", "scope"}
    assert claims["aud"] == [client_id]
    assert claims["client_id"] == client_id
    assert claims["scope"] == "openid ga4gh_passport_v1"
    assert claims["sub"] == world.ada.subject
    assert claims["iss"] == settings.BASE_URL
    assert all(type(claims[name]) is int for name in ("iat", "exp"))


def test_the_answer_to_the_client_names_the_issuer():
    world = a_world()

    answer = returned(consent(signed_in(world.ada), asked(world.portal, Pkce.new())))

    assert (answer["state"], answer["iss"]) == ("s-1", settings.BASE_URL)


def test_a_person_who_refuses_releases_nothing():
    world = a_world()

    answer = returned(consent(signed_in(world.ada), asked(world.portal, Pkce.new()), allow="false"))

    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "s-1", settings.BASE_URL)
    assert "code" not in answer


def test_br_16_a_person_leaves_out_what_they_do_not_want_to_release():
    world, pkce = a_world(), Pkce.new()
    query = asked(world.portal, pkce, flows.EVERY_SCOPE)

    code = returned(consent(signed_in(world.ada), query, leave_out="email"))["code"]

    given = flows.redeem(world.portal, code, pkce).json()
    assert given["scope"] == "openid profile ga4gh_passport_v1"
    assert "email" not in flows.userinfo(given["access_token"]).json()


def test_the_consent_screen_says_what_is_asked_for_which_hosts_and_what_the_visas_say():
    world = a_world()
    browser = signed_in(world.ada)

    portal = browser.get("/oauth/authorize", asked(world.portal, Pkce.new())).content.decode()
    app = browser.get("/oauth/authorize", asked(world.app, Pkce.new()))

    assert "only visas that every host of a dataset may have" in portal
    assert "Only when a host is named" not in portal
    assert "It belongs to Vault host" in app.content.decode()
    assert "Hearts genomes" in app.content.decode()
    assert "form-action 'self' https://portal.example" in app["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"modes": ["federated"]}, "Loch host serves these data in other ways than your grant is for."),
        (
            {"enforces_cohorts": True, "polls": True},
            "Loch host leaves out by itself who said no, and Vault host does not.",
        ),
    ],
)
def test_the_consent_screen_of_a_portal_says_which_host_keeps_a_visa_back(change: dict[str, object], says: str):
    world = a_world()
    DataHost.objects.filter(pk=world.loch.pk).update(**change)
    world.access.dataset.has_members = True
    world.access.dataset.save()
    browser = signed_in(world.ada)

    portal, app = (
        browser.get("/oauth/authorize", asked(by, Pkce.new())).content.decode() for by in (world.portal, world.app)
    )

    assert "Only when a host is named" in portal
    assert says in portal
    assert "Only when a host is named" not in app


def test_visas_stand_ticked_where_they_are_asked_for_and_are_left_out_knowingly():
    world, pkce = a_world(), Pkce.new()
    browser, query = signed_in(world.ada), asked(world.portal, pkce, flows.EVERY_SCOPE)
    page = browser.get("/oauth/authorize", query)
    form = flows.plain(page.context["form"].initial)
    sent = {**form, "allow": "true", "chosen": ["email"], "remember": "1"}
    address = f"/oauth/authorize?{page.request['QUERY_STRING']}"

    warned = browser.post(address, sent)
    refused = browser.post(address, {**sent, "allow": "false"})
    released = browser.post(address, {**sent, "without_visas": "1"})

    ticked = {fact.scope for fact in page.context["asked"] if fact.ticked}
    assert ticked == {"openid", "ga4gh_passport_v1"}
    assert (warned.status_code, "You left out your visas" in warned.content.decode()) == (200, True)
    assert {fact.scope for fact in warned.context["asked"] if fact.ticked} == {"openid", "email"}
    assert warned.context["remember"] is True
    assert returned(refused)["error"] == "access_denied"
    given = flows.redeem(world.portal, returned(released)["code"], pkce).json()
    assert given["scope"] == "openid email"


def test_a_dataset_is_named_with_its_grant_and_its_last_day():
    world = a_world()

    page = signed_in(world.ada).get("/oauth/authorize", asked(world.app, Pkce.new())).content.decode()

    shown = " ".join(page.partition("What your visas say today")[2].partition("</ul>")[0].split())
    last = day(world.grant.last_day)
    assert f"Hearts genomes, grant {world.grant.number}, until {last}" in re.sub("<[^>]+>", "", shown)


def test_br_17_consent_is_remembered_only_by_choice_and_for_that_client_alone():
    world = a_world()
    browser = signed_in(world.ada)

    consent(browser, asked(world.portal, Pkce.new()))
    asks_again = browser.get("/oauth/authorize", asked(world.portal, Pkce.new()))
    consent(browser, asked(world.portal, Pkce.new()), remember=True)

    assert asks_again.status_code == 200
    assert "code" in returned(browser.get("/oauth/authorize", asked(world.portal, Pkce.new())))
    assert browser.get("/oauth/authorize", asked(world.app, Pkce.new())).status_code == 200
    assert browser.get("/oauth/authorize", asked(world.portal, Pkce.new(), flows.EVERY_SCOPE)).status_code == 200
    assert browser.get("/oauth/authorize", asked(world.portal, Pkce.new(), prompt="consent")).status_code == 200


def test_a_native_app_is_returned_to_by_its_own_scheme_with_a_code_or_an_error():
    world, pkce = a_world(), Pkce.new()
    back = "org.example.app:/back"
    client, _ = clients.register_client(
        name="Native",
        host=None,
        grants=[clients.AUTHORIZATION_CODE],
        redirect_uris=[back],
        scopes=["openid"],
        by=TESTS,
        now=builders.NOW,
        public=True,
    )
    app = flows.Registered(client, "")
    browser, query = signed_in(world.ada), {**asked(app, pkce, "openid"), "redirect_uri": back}

    page = browser.get("/oauth/authorize", query)
    yes, no = consent(browser, query), consent(browser, query, allow="false")
    wrong = browser.get("/oauth/authorize", {**query, "code_challenge_method": "plain"})

    assert "form-action 'self' org.example.app:;" in f"{page['Content-Security-Policy']};"
    assert [response["Location"].partition("?")[0] for response in (yes, no, wrong)] == [back] * 3
    assert "code=" in yes["Location"]
    assert "error=access_denied" in no["Location"]
    assert "error=invalid_request" in wrong["Location"]
