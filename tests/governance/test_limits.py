"""Limits count what is tried once for all web processes, and say how long to wait."""

import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.test import Client, RequestFactory

from governance import limits
from tests.access import builders
from tests.access.provider import flows
from tests.access.provider.flows import Browser

pytestmark = pytest.mark.django_db


def test_tries_are_counted_where_every_process_sees_them() -> None:
    """A cache in a process's own memory would count once for each process, and forget at a restart."""
    cache = caches["default"]

    assert isinstance(cache, DatabaseCache)
    assert cache._max_entries == 10_000


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_try_after_the_last_allowed_one_is_refused_by_any_method(method: str, settings: object) -> None:
    settings.RATE_LIMITS = {"knock": "3/m/ip"}  # type: ignore[attr-defined]
    request = getattr(RequestFactory(), method)("/", REMOTE_ADDR="192.0.2.1")
    neighbour = getattr(RequestFactory(), method)("/", REMOTE_ADDR="192.0.2.2")

    tries = [limits.within(request, "knock") for _ in range(4)]

    assert tries == [True, True, True, False]
    assert limits.exhausted(request, "knock")
    assert limits.within(neighbour, "knock")


def test_looking_whether_a_limit_is_reached_counts_nothing(settings: object) -> None:
    settings.RATE_LIMITS = {"knock": "1/m/ip"}  # type: ignore[attr-defined]
    request = RequestFactory().get("/")

    assert [limits.exhausted(request, "knock") for _ in range(3)] == [False, False, False]


def test_who_sends_wrong_client_secrets_is_told_to_wait() -> None:
    allowed = int(settings.RATE_LIMITS["client_refused"].split("/")[0])
    wrong = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
    doors = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")

    answers = [Browser().post(doors[n % 3], {**wrong, "token": "x"}) for n in range(allowed + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (answers[-1].status_code, answers[-1]["Retry-After"]) == (429, "60")
    assert answers[-1].json() == {
        "error": "temporarily_unavailable",
        "error_description": "this was asked too often: wait a minute, then try again",
    }


def test_one_program_mints_no_end_of_visas_for_a_person_by_userinfo(settings: object) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "userinfo": "2/m/key"}  # type: ignore[attr-defined]
    world = flows.a_world()
    own, other = (flows.tokens(client, world.ada)["access_token"] for client in (world.app, world.portal))
    forged = own.rpartition(".")[0] + ".AAAA"

    answers = [flows.userinfo(token) for token in (forged, forged, own, own, own, other)]

    assert [answer.status_code for answer in answers] == [401, 401, 200, 200, 429, 200]
    assert (answers[4]["Retry-After"], answers[4].json()["error"]) == ("60", "temporarily_unavailable")


def test_who_asks_too_often_what_fits_reads_when_to_try_again(settings: object) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "export": "1/m/user"}  # type: ignore[attr-defined]
    browser = Client()
    browser.force_login(builders.person("petra"), backend="django.contrib.auth.backends.ModelBackend")

    answers = [browser.get("/my-data/everything.json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Wait a minute, then try again." in answers[1].content.decode()
