"""Every evil token of the case files, at every door of ours: refused as it should be, never an error of ours."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.http import HttpResponse

from access.passports import tokens as reading
from tests.access.provider import flows
from tests.access.provider.flows import Registered, a_world, exchange, userinfo
from tests.access.spoilt_tokens import spoil

pytestmark = pytest.mark.django_db
FILES = sorted((Path(__file__).resolve().parents[2] / "cases" / "tokens").glob("*.json"))


def evil() -> Iterator[tuple[str, str]]:
    """Name and text of each token of the case files."""
    for path in FILES:
        for case in json.loads(path.read_text())["cases"]:
            yield f"{path.stem}: {case['name']}", spoil(case)


def introspected(by: Registered, token: str) -> HttpResponse:
    return flows.Browser().post("/oauth/introspect", {"token": token}, **by.basic)


def test_no_evil_token_opens_a_door_or_breaks_it():
    world = a_world()
    wrong: list[tuple[str, str, int]] = []

    cases = list(evil())
    for name, token in cases:
        bearer = userinfo(token).status_code
        subject = exchange(world.app, token).status_code
        asked = introspected(world.feeds, token)
        active = asked.status_code == 200 and asked.json()["active"]
        wrong += [(name, "userinfo", bearer)] * (bearer != 401)
        wrong += [(name, "exchange", subject)] * (subject != 400)
        wrong += [(name, "introspect", asked.status_code)] * (asked.status_code not in (200, 400) or active)

    assert len(cases) >= 80
    assert wrong == []


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/logout"])
def test_no_evil_token_breaks_what_only_reads_a_hint(path: str):
    world = a_world()
    browser = flows.signed_in(world.ada)
    wrong: list[tuple[str, int]] = []

    # An empty hint is none at all: the person has just confirmed that they want to sign out.
    for name, token in ((name, token) for name, token in evil() if token):
        if path == "/oauth/revoke":
            status = flows.Browser().post(path, {"token": token}, **world.app.basic).status_code
        else:
            status = browser.post(path, {"id_token_hint": token, "allow": "true"}).status_code
        wrong += [(name, status)] * (status not in (200, 400))

    assert wrong == []
    assert "_auth_user_id" in browser.session


@pytest.mark.parametrize("token", ["", ".", "..", "...", "é.é.é", "\x00.\x00.\x00", "e30", "W10.W10.W10", "a" * 9])
def test_what_cannot_be_read_has_neither_header_nor_claims(token: str):
    assert reading.peek(token) == ({}, {})
