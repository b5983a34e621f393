"""The database ends a transaction that met another crosswise: programs get what they asked for, or are told to come back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client as Browser

from tests.access.provider import flows
from tests.access.provider.flows import World, a_world, exchange, tokens, userinfo

pytestmark = pytest.mark.django_db
Call = Callable[[World, str], HttpResponse]


class Crosswise:
    """Fails statements that speak of a table, the first few times or always."""

    def __init__(self, table: str, times: int, error: type[Exception] = OperationalError) -> None:
        self.table, self.left, self.error = f'"{table}"', times, error

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.table in sql and self.left:
            self.left -= 1
            raise self.error("deadlock detected")
        return execute(sql, params, many, context)


def introspects(world: World, token: str) -> HttpResponse:
    return Browser().post("/oauth/introspect", {"token": token}, **world.feeds.basic)


def revokes(world: World, token: str) -> HttpResponse:
    return Browser().post("/oauth/revoke", {"token": token}, **world.app.basic)


def redeems(world: World, token: str) -> HttpResponse:
    return flows.refresh(world.app, token)


def begins_on_a_device(world: World, token: str) -> HttpResponse:
    return Browser().post("/oauth/device", {"scope": "openid"}, **world.app.basic)


# What each asks the database for, and whether it may be asked for twice.
CALLS: dict[str, tuple[Call, str, bool]] = {
    "userinfo": (lambda world, token: userinfo(token), "governance_user", True),
    "exchange": (lambda world, token: exchange(world.app, token), "access_visa", True),
    "introspection": (introspects, "oauth2_provider_accesstoken", True),
    "revocation": (revokes, "oauth2_provider_accesstoken", True),
    "refresh": (redeems, "oauth2_provider_refreshtoken", False),
    "device": (begins_on_a_device, "access_client", False),
}
each_call = pytest.mark.parametrize(("call", "table", "again"), CALLS.values(), ids=CALLS)


def given(world: World, call: Call) -> str:
    return str(tokens(world.app, world.ada)["refresh_token" if call is redeems else "access_token"])


@each_call
def test_a_database_that_has_no_time_is_told_in_json_with_when_to_come_back(
    call: Call, table: str, again: bool
) -> None:
    world = a_world()
    token = given(world, call)

    with connection.execute_wrapper(Crosswise(table, times=1000)):
        answer = call(world, token)

    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Retry-After"]) == (
        503,
        "application/json",
        "1",
    )
    assert answer.json()["error"] == "temporarily_unavailable"  # type: ignore[attr-defined]
    assert "no-store" in answer.headers["Cache-Control"]


@each_call
def test_what_may_be_done_twice_is_tried_again_and_a_refresh_token_is_not(call: Call, table: str, again: bool) -> None:
    world = a_world()
    token = given(world, call)

    with connection.execute_wrapper(Crosswise(table, times=1)):
        answer = call(world, token)

    assert answer.status_code == (200 if again else 503)


def test_an_audit_log_that_cannot_be_written_is_told_the_same_way() -> None:
    world = a_world()
    token = tokens(world.app, world.ada)["access_token"]

    with connection.execute_wrapper(Crosswise("governance_auditevent", times=1000)):
        answer = exchange(world.app, token)

    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")  # type: ignore[attr-defined]


def test_what_breaks_on_our_side_is_told_to_a_program_in_json() -> None:
    world = a_world()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {tokens(world.app, world.ada)['access_token']}"}

    with connection.execute_wrapper(Crosswise("access_visa", times=1000, error=RuntimeError)):
        answer = Browser(raise_request_exception=False).get("/userinfo", **bearer)

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
    assert answer.json() == {
        "error": "server_error",
        "error_description": "something broke on our side: try again in a few minutes",
    }


@pytest.mark.parametrize("door", ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/device", "/userinfo"])
@pytest.mark.parametrize("sent", ["token=%00", "&".join(f"a{n}=1" for n in range(1200))], ids=["a NUL", "many"])
def test_what_cannot_be_read_is_told_to_a_program_in_json(door: str, sent: str) -> None:
    answer = Browser().post(door, sent, content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "the request cannot be read: send fewer parameters, and no NUL in them",
    }


def test_a_page_says_so_in_words() -> None:
    with connection.execute_wrapper(Crosswise("governance_dataset", times=1000)):
        answer = Browser().get("/datasets/", HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1")
    assert b"<html" in answer.content
