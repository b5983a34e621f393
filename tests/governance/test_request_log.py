"""Requests are logged by method and route: no query, no address, no account, no browser; exceptions without their words."""

import json

import pytest
from django.db import connection

from tests.access.builders import person
from tests.logs import log

pytestmark = pytest.mark.django_db
CANARY = "canary-eyJhbGciOiJSUzI1NiJ9"


def requests_in(written: str) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in written.splitlines()]
    return [row for row in rows if row.get("request")]


def test_a_request_is_logged_by_its_route_and_answer_alone(client) -> None:
    client.force_login(person("ada"))
    with log() as written:
        client.get("/health/live", headers={"user-agent": CANARY, "x-request-id": CANARY})

    rows = [row for row in requests_in(written.getvalue()) if row["event"] == "request_finished"]
    assert [set(row) - {"request_id", "timestamp"} for row in rows] == [{"code", "event", "level", "logger", "request"}]
    assert (rows[0]["code"], rows[0]["request"]) == (200, "GET /health/live")


def test_the_query_and_the_path_of_a_request_are_not_logged(client) -> None:
    with log() as written:
        client.get("/userinfo", {"access_token": CANARY})
        client.get("/oauth/logout", {"id_token_hint": CANARY})
        client.get(f"/{CANARY}")
        client.get(f"/requests/{CANARY}")

    assert "GET /userinfo" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_an_exception_is_logged_by_its_type_and_place(client) -> None:
    client.raise_request_exception = False

    def fails(execute, sql, params, many, context):
        raise ValueError(f"what somebody typed: {CANARY}")

    with log() as written, connection.execute_wrapper(fails):
        answer = client.get("/status/1")

    failed = next(row for row in requests_in(written.getvalue()) if row["event"] == "request_failed")
    assert answer.status_code == 500
    assert failed["exception"] == "ValueError"
    assert any("test_request_log.py" in frame for frame in failed["frames"])
    assert CANARY not in written.getvalue() + answer.content.decode()
