"""Who is let in where: `access.json` holds what everybody is answered at every address; an address without a row fails.

A row gives the status for each method: one for everybody, or one for each of `who` in order. All knock with an empty form.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.access.granted import NOW
from tests.architecture.doors import UNNAMED, Answer, Doors, doors, patterns

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "access.json").read_text(encoding="utf-8"))
WHO: list[str] = TABLE["who"]
ROWS: dict[str, dict[str, Any]] = TABLE["doors"]
# What belongs to the applicant, the committee or a participant, and to nobody else.
SECRETS = ("We look for causes of heart failure", "Person 0")
OUTSIDERS = ("anonymous", "stranger", "coordinator", "administrator")


@pytest.fixture
def world(db: None) -> Iterator[Doors]:
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        yield doors()


def expected(row: Any) -> list[int]:
    return row if isinstance(row, list) else [row] * len(WHO)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    named = {name for name, _route in patterns() if name}
    unnamed = {route for name, route in patterns() if not name}

    assert (named, unnamed) == (set(ROWS), UNNAMED)


def test_nobody_is_ever_answered_with_an_error_of_ours() -> None:
    statuses = {status for row in ROWS.values() for cell in row.values() for status in expected(cell)}

    assert statuses <= {200, 301, 302, 307, 400, 401, 403, 404, 405, 409, 422}


def test_everybody_is_answered_as_the_table_says(world: Doors) -> None:
    """And outsiders read nothing of others, and every page forbids scripts and styles of its own and holds none."""
    assert list(world.people) == WHO
    answered: dict[str, dict[str, list[int]]] = {}
    wrong: list[str] = []
    for name, row in ROWS.items():
        for method in row:
            answers = [world.knock(name, method, who) for who in WHO]
            answered.setdefault(name, {})[method] = [answer.status for answer in answers]
            for who, answer in zip(WHO, answers, strict=True):
                kept_by = () if who == "anonymous" else kept(answer)
                findings = [*(leaks(answer.text) if who in OUTSIDERS else ()), *weak(answer), *kept_by]
                wrong += [f"{method} {name} as {who}: {finding}" for finding in findings]

    wanted = {name: {method: expected(cell) for method, cell in row.items()} for name, row in ROWS.items()}
    assert {name: row for name, row in answered.items() if row != wanted[name]} == {}
    assert wrong == []


def leaks(text: str) -> Iterator[str]:
    """What somebody else's secrets an outsider reads."""
    return (f"reads {secret!r}" for secret in SECRETS if secret in text)


def kept(answer: Answer) -> Iterator[str]:
    """What of an answer to somebody a browser or a cache would keep, but for documents that are the same for everybody."""
    said = answer.headers.get("Cache-Control", "")
    if "no-store" not in said and "public" not in said:
        yield f"may be kept: Cache-Control is {said!r}"


def weak(answer: Answer) -> Iterator[str]:
    """What of an answer a browser would be right to distrust."""
    for header, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY")):
        if answer.headers.get(header) != value:
            yield f"{header} is {answer.headers.get(header)}"
    if "text/html" not in answer.headers.get("Content-Type", ""):
        return
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy or "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        yield f"its content policy is {policy!r}"
    yield from (f"holds {inline}" for inline in (" style=", "<style", "<script>", " onclick=") if inline in answer.text)


def test_the_secrets_looked_for_stand_where_they_may_be_read(world: Doors) -> None:
    seen = [world.knock(name, "GET", who).text for name, who in (("request", "applicant"), ("case", "chair"))]

    assert all(SECRETS[0] in text for text in seen)
