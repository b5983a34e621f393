"""What the authorization endpoint refuses, and when it does not ask."""

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from oauth2_provider.models import get_grant_model

from access.models import RememberedConsent
from access.passports import client_services as clients
from tests.access.provider import flows
from tests.access.provider.flows import BACK, Pkce, a_world, asked, consent, returned, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "host"}, "invalid_scope"),
        ({"scope": "nonsense offline_access"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"prompt": "none"}, "consent_required"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
def test_a_wrong_request_goes_back_to_the_client_with_its_error(changes: dict[str, str], error: str):
    world = a_world()
    query = {name: value for name, value in {**asked(world.portal, Pkce.new()), **changes}.items() if value}

    response = signed_in(world.ada).get("/oauth/authorize", query)

    answer = returned(response)
    assert (answer["error"], answer["iss"], answer["state"]) == (error, settings.BASE_URL, "s-1")
    assert error in ("consent_required", "unsupported_response_type") or answer["error_description"]


@pytest.mark.parametrize(
    "address",
    ["https://portal.example/back/", "https://portal.example/back?x=1", "https://evil.example/back"],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(address: str):
    world = a_world()

    response = signed_in(world.ada).get(
        "/oauth/authorize", {**asked(world.portal, Pkce.new()), "redirect_uri": address}
    )

    assert response.status_code == 400
    assert b"Nothing was released" in response.content


def test_an_unknown_client_is_told_so_on_a_page():
    world = a_world()

    response = signed_in(world.ada).get("/oauth/authorize", {**asked(world.portal, Pkce.new()), "client_id": "nobody"})

    assert response.status_code == 400
    assert b"Nothing was released" in response.content


def test_a_form_that_was_tampered_with_releases_nothing():
    world = a_world()
    browser, query = signed_in(world.ada), asked(world.portal, Pkce.new())
    initial = browser.get("/oauth/authorize", query).context["form"].initial

    foreign = browser.post("/oauth/authorize", {**flows.plain(initial), "client_id": "nobody", "allow": "true"})
    empty = browser.post("/oauth/authorize", {"allow": "true"})
    wider = browser.post(
        "/oauth/authorize",
        {**flows.plain(initial), "scope": "openid host", "chosen": "host", "allow": "true"},
    )

    assert (foreign.status_code, empty.status_code) == (400, 400)
    assert returned(wider)["iss"] == settings.BASE_URL
    assert [grant.scope for grant in get_grant_model().objects.all()] == ["openid"]


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in_or_told_so_silently():
    world = a_world()
    query = asked(world.portal, Pkce.new())

    loud = flows.Browser().get("/oauth/authorize", query)
    silent = flows.Browser().get("/oauth/authorize", {**query, "prompt": "none"})

    assert loud["Location"].startswith("/accounts/login/?next=/oauth/authorize")
    assert (returned(silent)["error"], returned(silent)["iss"]) == ("login_required", settings.BASE_URL)


def test_a_request_names_the_address_that_it_returns_to():
    world = a_world()
    query = asked(world.portal, Pkce.new())
    del query["redirect_uri"]

    response = signed_in(world.ada).get("/oauth/authorize", query)

    assert response.status_code == 400
    assert b"Nothing was released" in response.content


def test_prompt_login_makes_a_person_who_is_signed_in_prove_themselves_again():
    world = a_world()

    response = signed_in(world.ada).get("/oauth/authorize", asked(world.portal, Pkce.new(), prompt="login"))

    assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    assert "prompt" not in response["Location"]


def test_silence_is_given_only_for_what_was_remembered_for_this_very_client():
    world = a_world()
    browser = signed_in(world.ada)
    consent(browser, asked(world.portal, Pkce.new()), remember=True)

    same = browser.get("/oauth/authorize", asked(world.portal, Pkce.new(), prompt="none"))
    wider = browser.get("/oauth/authorize", asked(world.portal, Pkce.new(), flows.EVERY_SCOPE, prompt="none"))
    other = browser.get("/oauth/authorize", asked(world.app, Pkce.new(), prompt="none"))

    assert "code" in returned(same)
    assert returned(wider)["error"] == "consent_required"
    assert returned(other)["error"] == "consent_required"


def test_a_header_of_the_request_cannot_say_who_is_signed_in():
    world = a_world()
    consent(signed_in(world.ada), asked(world.portal, Pkce.new()), remember=True)
    forged = {"HTTP_DUOLOGUE_PERSON": str(world.ada.pk), "HTTP_DUOLOGUE.PERSON": str(world.ada.pk)}

    response = flows.Browser().get("/oauth/authorize", asked(world.portal, Pkce.new(), prompt="none"), **forged)

    assert returned(response)["error"] == "login_required"


def test_a_live_token_never_stands_in_for_consent():
    world = a_world()
    flows.tokens(world.portal, world.ada)

    response = signed_in(world.ada).get("/oauth/authorize", asked(world.portal, Pkce.new(), approval_prompt="auto"))

    assert response.status_code == 200


def test_a_resource_is_for_the_exchange_alone():
    world, pkce = a_world(), Pkce.new()
    query = asked(world.portal, pkce, resource="https://vault.example/data")

    code = returned(consent(signed_in(world.ada), query))["code"]
    token = flows.redeem(world.portal, code, pkce, resource="https://vault.example/data").json()["access_token"]

    assert flows.read(token)["aud"] == [world.portal.client.client_id]
    assert flows.userinfo(token).status_code == 200


def test_visas_need_a_second_factor_and_signing_in_does_not():
    world = a_world(demo=False)
    browser = signed_in(world.ada)

    visas = browser.get("/oauth/authorize", asked(world.portal, Pkce.new()))
    name = browser.get("/oauth/authorize", asked(world.portal, Pkce.new(), "openid profile"))
    Authenticator.objects.create(user=world.ada, type=Authenticator.Type.TOTP, data={})
    after = browser.get("/oauth/authorize", asked(world.portal, Pkce.new()))

    assert (visas.status_code, name.status_code, after.status_code) == (403, 200, 200)
    assert b"Set up a second factor first" in visas.content


def test_an_expired_client_and_the_client_of_a_closed_host_are_no_clients():
    world = a_world()
    now = flows.timezone.now()
    world.portal.client.expires_at = now
    world.portal.client.save()
    world.vault.closed_at = now
    world.vault.save()

    for one in (world.portal, world.app):
        assert signed_in(world.ada).get("/oauth/authorize", asked(one, Pkce.new())).status_code == 400
    assert (
        flows.Browser().post("/oauth/token", {"grant_type": "client_credentials"}, **world.feeds.basic).status_code
        == 401
    )


def test_people_see_what_they_let_be_remembered_and_take_it_back():
    world = a_world()
    browser = signed_in(world.ada)
    consent(browser, asked(world.portal, Pkce.new()), remember=True)
    row = RememberedConsent.objects.get()

    page = browser.get("/oauth/consents").content.decode()
    foreign = signed_in(world.access.chair).post(f"/oauth/consents/{row.pk}/forget")
    own = browser.post(f"/oauth/consents/{row.pk}/forget", follow=True)

    assert "Portal" in page
    assert foreign.status_code == 404
    assert "Every program asks you each time" in own.content.decode()
    assert browser.get("/oauth/authorize", asked(world.portal, Pkce.new())).status_code == 200


def test_a_public_client_redeems_its_code_with_the_proof_key_alone():
    world, pkce = a_world(), Pkce.new()
    app = flows.a_client("Desk app", None, clients.AUTHORIZATION_CODE, public=True)
    code = flows.a_code(app, world.ada, pkce)
    body = {
        "grant_type": "authorization_code",
        "redirect_uri": BACK,
        "client_id": app.client.client_id,
        "code": code,
    }

    without = flows.Browser().post("/oauth/token", body)
    with_key = flows.Browser().post("/oauth/token", {**body, "code_verifier": pkce.verifier})
    as_host = flows.Browser().post(
        "/oauth/token", {"grant_type": "client_credentials", "client_id": app.client.client_id}
    )

    assert app.secret == ""
    assert (without.status_code, with_key.status_code, as_host.status_code) == (400, 200, 401)
