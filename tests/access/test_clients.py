"""Clients are registered for a host or for none; their secret is shown once."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import Client
from access.passports import client_services as clients
from governance.domain.errors import Invalid, NotAllowed
from governance.models import AuditEvent, Installation
from governance.record import seals
from tests.access import builders
from tests.access.provider import flows
from tests.access.provider.flows import a_world
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
CODE, HOSTS, EXCHANGE = clients.AUTHORIZATION_CODE, clients.CLIENT_CREDENTIALS, clients.TOKEN_EXCHANGE


def register(**changes: Any) -> tuple[Client, str]:
    given: dict[str, Any] = {
        "name": "Portal",
        "host": None,
        "grants": [CODE],
        "redirect_uris": ["https://portal.example/back"],
        "scopes": ["openid"],
        "by": TESTS,
        "now": builders.NOW,
    }
    return clients.register_client(**given | changes)


def test_a_secret_has_256_random_bits_and_is_kept_as_a_salted_hash():
    first, second = register(), register()

    stored = [client.client_secret for client, _ in (first, second)]
    assert all(len(secret) == 43 for _, secret in (first, second))
    assert all(text.startswith("client_sha256$") for text in stored)
    assert stored[0] != stored[1]
    assert check_password(first[1], stored[0])
    assert not check_password(second[1], stored[0])


def test_registering_is_recorded_without_the_secret():
    client, secret = register(scopes=["openid", "email"])

    event = AuditEvent.objects.get(kind="client.registered")
    assert (event.subject_id, event.actor) == (client.client_id, "system:tests")
    assert event.detail.pop("seal") == seals.seal(client, without=clients.UNSEALED)
    assert event.detail == {"host": "", "grants": [CODE], "scopes": ["openid", "email"], "public": False}
    assert secret not in str(event.detail)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grants": []}, "grants"),
        ({"grants": ["implicit"]}, "grants"),
        ({"grants": [HOSTS], "scopes": ["host"]}, "grants"),
        ({"grants": [CODE, EXCHANGE], "public": True}, "grants"),
        ({"scopes": ["openid", "everything"]}, "scopes"),
        ({"scopes": ["openid", "host"]}, "scopes"),
        ({"scopes": ["email"]}, "scopes"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["https://*.example/back"]}, "redirect_uris"),
        ({"redirect_uris": ["https://portal.example/back#part"]}, "redirect_uris"),
        ({"redirect_uris": ["/back"]}, "redirect_uris"),
        ({"redirect_uris": ["https://[portal/back"]}, "redirect_uris"),
        ({"redirect_uris": ["org.example.app:/back"]}, "redirect_uris"),
        ({"public": True, "redirect_uris": ["app:/back"]}, "redirect_uris"),
        ({"public": True, "redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"public": True, "redirect_uris": ["org.example.app://back"]}, "redirect_uris"),
        ({"post_logout_redirect_uris": ["javascript:alert(1)"]}, "post_logout_redirect_uris"),
        ({"allowed_origins": ["https://portal.example/"]}, "allowed_origins"),
        ({"allowed_origins": ["*"]}, "allowed_origins"),
        ({"allowed_origins": ["null"]}, "allowed_origins"),
    ],
    ids=str,
)
def test_a_wrong_registration_says_which_field_is_wrong(changes: dict[str, Any], field: str):
    with pytest.raises(Invalid) as refusal:
        register(**changes)

    assert list(refusal.value.fields) == [field]
    assert Client.objects.count() == 0


def test_a_native_app_returns_to_the_loopback_also_where_everything_else_is_https(settings: Any):
    settings.OAUTH2_PROVIDER = {**settings.OAUTH2_PROVIDER, "ALLOWED_REDIRECT_URI_SCHEMES": ["https"]}
    loopback = ["http://127.0.0.1/back", "http://[::1]:4242/back"]

    app, _ = register(redirect_uris=[*loopback, "org.example.app:/back"], public=True)

    assert app.get_allowed_schemes() == ["http", "org.example.app"]
    for uri in (*loopback, "http://localhost/back", "http://portal.example/back"):
        with pytest.raises(Invalid, match="cannot be returned to"):
            register(redirect_uris=[uri])
    with pytest.raises(Invalid, match="cannot be returned to"):
        register(redirect_uris=["http://portal.example/back"], public=True)


def test_a_demo_token_opens_userinfo_and_comes_as_a_passport_too():
    world = a_world()
    token, passport = StringIO(), StringIO()

    call_command("demo_token", "ada", "--client", "Vault app", stdout=token)
    call_command("demo_token", "ada", "--client", world.app.client.client_id, "--passport", stdout=passport)

    assert len(flows.userinfo(token.getvalue().strip()).json()["ga4gh_passport_v1"]) == 3
    assert flows.read(passport.getvalue().strip())["aud"] == ["https://vault.example"]


def test_without_a_client_the_first_that_may_have_visas_is_taken():
    a_world()
    out = StringIO()

    call_command("demo_token", "ada", stdout=out)

    assert flows.read(out.getvalue().strip())["scope"] == "openid ga4gh_passport_v1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "there is nobody called nobody"),
        (["ada", "--client", "Unknown"], "there is no client Unknown"),
        (["ada", "--client", "Vault feeds"], "there is no client Vault feeds"),
    ],
)
def test_a_demo_token_for_nobody_or_for_no_client_is_refused(arguments: list[str], message: str):
    a_world()

    with pytest.raises(CommandError, match=message):
        call_command("demo_token", *arguments)


def test_outside_a_demo_world_no_token_is_given_without_a_sign_in():
    world = a_world()
    Installation.objects.update(demo=False)

    with pytest.raises(CommandError, match="this is no demo world"):
        call_command("demo_token", "ada")
    with pytest.raises(NotAllowed):
        clients.give_token(person=world.ada, client=world.app.client, by=TESTS, now=timezone.now())


def test_a_demo_token_says_why_a_visa_is_missing():
    world = a_world()
    other = builders.terms_of(world.access.committee, "Use the data for your purpose, and publish.")
    world.access.requests[-1].submissions.get().terms.set([other])
    out, said = StringIO(), StringIO()

    call_command("demo_token", "ada", "--client", "Vault app", "--passport", stdout=out, stderr=said)

    assert (
        said.getvalue() == f"no visa for {world.grant.number}: Terms of use is not accepted yet: read and accept it\n"
    )
