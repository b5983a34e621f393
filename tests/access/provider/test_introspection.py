"""Introspection: what a token is worth to the asking host, at once; and the feeds' door."""

import pytest
from django.utils import timezone
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView, Response

from access.grants.services import end_grant
from access.hosts.authentication import HostAuthentication, IsHost
from access.models import Grant, Visa
from access.passports import client_services as clients
from governance import keys
from governance.models import DataHost
from governance.services import keys as key_service
from governance.services import people
from tests.access.provider import flows
from tests.access.provider.flows import Registered, a_world, exchange, tokens, userinfo
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def introspect(by: Registered, token: str) -> dict[str, object]:
    response = flows.Browser().post("/oauth/introspect", {"token": token}, **by.basic)
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "no-cache, no-store"
    return response.json()


def test_a_host_learns_what_an_access_token_says_and_no_name():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    answer = introspect(world.feeds, token)

    assert answer == {"active": True, "token_type": "Bearer", **flows.read(token)}
    assert not {"username", "name", "email"} & set(answer)


def test_a_token_that_is_not_for_the_host_looks_like_none():
    world = a_world()
    loch = flows.a_client("Loch feeds", world.loch, clients.CLIENT_CREDENTIALS, scopes="host")
    of_vault = tokens(world.app, world.ada)["access_token"]
    passport = exchange(world.app, of_vault).json()["access_token"]
    visa = flows.read(passport)["ga4gh_passport_v1"][0]

    answers = [introspect(loch, token) for token in (of_vault, passport, visa, "unknown", "")]

    assert answers == [{"active": False}] * 5
    assert introspect(loch, tokens(world.portal, world.ada)["access_token"])["active"] is True


def test_a_passport_is_worth_something_to_the_host_of_its_visas_alone():
    world = a_world()
    loch = flows.a_client("Loch feeds", world.loch, clients.CLIENT_CREDENTIALS, scopes="host")
    token = tokens(world.portal, world.ada)["access_token"]
    passport = exchange(world.portal, token, audience=world.loch.audience).json()["access_token"]
    told = introspect(loch, passport)

    # As if a Passport for one host had come to hold what was minted for the other.
    Visa.objects.filter(grant=world.grant).update(host=world.vault)

    assert told == {"active": True, **flows.read(passport)}
    assert introspect(loch, passport) == {"active": False}


def test_a_visa_for_every_host_is_worth_something_to_those_that_serve_its_dataset():
    world = a_world()
    loch, attic = (
        flows.a_client(f"{host.name} feeds", host, clients.CLIENT_CREDENTIALS, scopes="host")
        for host in (world.loch, flows.hosts.register_host(
            slug="attic", name="Attic", organisation=world.access.committee.organisation, country="FI",
            modes=["visit"], base_url="https://attic.example", audience="https://attic.example", by=TESTS,
            now=timezone.now(),
        ))
    )  # fmt: skip
    visas = userinfo(tokens(world.portal, world.ada)["access_token"]).json()["ga4gh_passport_v1"]
    [grant] = [visa for visa in visas if flows.read(visa)["ga4gh_visa_v1"]["type"] == "ControlledAccessGrants"]

    answers = [introspect(by, grant)["active"] for by in (world.feeds, loch, attic)]

    assert answers == [True, True, False]


def test_a_revoked_grant_ends_visa_and_passport_at_once():
    world = a_world()
    passport = exchange(world.app, tokens(world.app, world.ada)["access_token"]).json()["access_token"]
    visa = flows.read(passport)["ga4gh_passport_v1"][0]
    before = [introspect(world.feeds, token) for token in (passport, visa)]

    end_grant(grant=world.grant, reason=Grant.End.REVOKED, note="Misuse.", by=TESTS, now=timezone.now())

    assert before == [{"active": True, **flows.read(token)} for token in (passport, visa)]
    assert [introspect(world.feeds, token) for token in (passport, visa)] == [{"active": False}] * 2


def test_a_closed_account_ends_whatever_it_was_given_at_once():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]
    passport = exchange(world.app, token).json()["access_token"]
    visas = userinfo(token).json()["ga4gh_passport_v1"]
    given = [token, passport, *visas]
    before = [introspect(world.feeds, one)["active"] for one in given]

    people.close_account(person=world.ada, because="stolen", by=TESTS, now=timezone.now())

    assert before == [True] * 5
    assert [introspect(world.feeds, one) for one in given] == [{"active": False}] * 5


def test_a_passport_without_visas_is_worth_nothing_once_the_account_is_closed():
    world = a_world()
    end_grant(grant=world.grant, reason=Grant.End.REVOKED, note="Misuse.", by=TESTS, now=timezone.now())
    world.ada.affiliations.update(ended_at=timezone.now())
    passport = exchange(world.app, tokens(world.app, world.ada)["access_token"]).json()["access_token"]
    before = introspect(world.feeds, passport)["active"]

    people.close_account(person=world.ada, because="stolen", by=TESTS, now=timezone.now())

    assert (flows.read(passport)["ga4gh_passport_v1"], before) == ([], True)
    assert introspect(world.feeds, passport) == {"active": False}


def test_a_revoked_key_ends_whatever_it_signed():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]
    passport = exchange(world.app, token).json()["access_token"]
    visas = userinfo(token).json()["ga4gh_passport_v1"]

    key_service.revoke(kid=keys.active("token").kid, by=TESTS, now=timezone.now())

    assert [introspect(world.feeds, one) for one in (token, passport, *visas)] == [{"active": False}] * 5


def test_only_a_hosts_client_asks_by_post_with_its_secret():
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]
    browser = flows.Browser()

    by_portal = browser.post("/oauth/introspect", {"token": token}, **world.portal.basic)
    by_nobody = browser.post("/oauth/introspect", {"token": token})
    by_bearer = browser.post("/oauth/introspect", {"token": token}, HTTP_AUTHORIZATION=f"Bearer {token}")
    in_address = browser.get(f"/oauth/introspect?token={token}", **world.feeds.basic)
    without = browser.post("/oauth/introspect", {}, **world.feeds.basic)

    statuses = [answer.status_code for answer in (by_portal, by_nobody, by_bearer, in_address, without)]
    assert statuses == [403, 401, 401, 405, 400]
    assert by_portal.json()["error"] == "unauthorized_client"
    assert by_nobody["WWW-Authenticate"] == 'Basic realm="duologue"'


class Feed(APIView):
    """A feed as the hosts' API has them."""

    authentication_classes = [HostAuthentication]
    permission_classes = [IsHost]

    def get(self, request):
        return Response({"host": request.auth.client.host.slug, "user": request.user.host.slug})


def feed(token: str, **more: str):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    return Feed.as_view()(APIRequestFactory().get("/api/v1/hosts/grants", more, **headers))


def test_a_hosts_token_opens_the_feeds_for_that_host():
    world = a_world()

    response = feed(flows.host_token(world.feeds))

    assert (response.status_code, response.data) == (200, {"host": "vault", "user": "vault"})


def test_no_other_token_opens_the_feeds():
    world = a_world()
    given = tokens(world.app, world.ada)
    good = flows.host_token(world.feeds)
    visa = userinfo(given["access_token"]).json()["ga4gh_passport_v1"][0]
    passport = exchange(world.app, given["access_token"]).json()["access_token"]

    wrong = [given["access_token"], given["id_token"], given["refresh_token"], visa, passport, "x", ""]
    answers = [feed(token) for token in wrong] + [feed("", access_token=good), feed(good, access_token=good)]

    assert [answer.status_code for answer in answers] == [401] * 9
    assert {answer["WWW-Authenticate"] for answer in answers} == {'Bearer realm="duologue", scope="host"'}


def test_the_feeds_close_with_the_host():
    world = a_world()
    token = flows.host_token(world.feeds)
    world.vault.closed_at = timezone.now()
    world.vault.save()

    assert feed(token).status_code == 401


def test_the_hosts_api_is_closed_to_whoever_is_no_open_host():
    world = a_world()
    tokens_of = {
        "a person": flows.a_token(world.feeds, world.ada, "host"),
        "a client without a host": flows.a_token(world.portal, None, "host"),
        "a person at a portal": flows.a_token(world.portal, world.ada, "host"),
        "a host": flows.host_token(world.feeds),
    }
    paths = ["grants", "members/HEARTS-0001", f"cohorts/{world.grant.number}"]

    def ask() -> dict[str, set[int]]:
        return {
            who: {
                flows.Browser().get(f"/api/v1/hosts/{path}", HTTP_AUTHORIZATION=f"Bearer {token}").status_code
                for path in paths
            }
            for who, token in tokens_of.items()
        }

    opened = ask()
    DataHost.objects.filter(pk=world.vault.pk).update(closed_at=timezone.now())

    assert opened == {**{who: {401} for who in tokens_of}, "a host": {200}}
    assert ask() == {who: {401} for who in tokens_of}
