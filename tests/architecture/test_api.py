"""The API keeps to its own description: Schemathesis asks every operation what it likes, as a host and as nobody."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.wsgi import get_wsgi_application
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from governance.record import sealer
from governance.services import keys
from tests.access.granted import LATER, NOW, granted
from tests.access.test_host_feeds import Api
from tests.acting import TESTS
from tests.architecture.doors import patterns

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 40
# What is there in the feeds and in the record.
PLACES = {"since": 0, "index": 0, "first": 1, "second": 2, "start": 0, "count": 2}
# What of the record is for everybody.
OPEN = ("checkpoint", "keys", "hashes", "proof/inclusion", "proof/consistency")


def description() -> Any:
    """The description as the product serves it."""
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())


def explore(check: Callable[[Case], None]) -> list[str]:
    """Let Schemathesis make cases of every operation; returns the operations that it asked."""
    asked = []
    for found in description().get_all_operations():
        operation = found.ok()
        asked.append(f"{operation.method.upper()} {operation.path}")

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def asks(case: Case) -> None:
            check(case)

        asks()
    return asked


def test_every_operation_answers_a_host_as_its_description_says() -> None:
    with time_machine.travel(LATER + timedelta(minutes=1), tick=False):
        keys.ensure(by=TESTS, now=NOW)
        of = granted()
        sealer.seal(now=LATER)
        headers = Api(of.enforcing).headers
        real = {"number": of.grant.number, "accession": of.access.dataset.versions.get().accession}
        answered: set[int] = set()
        turns = count()

        def ask(case: Case) -> None:
            # Every other case is about what is there: what Schemathesis makes up names nothing of this world.
            if next(turns) % 2 == 0:
                case.path_parameters = {name: real[name] for name in case.path_parameters or {}}
                case.query = {name: PLACES.get(name, value) for name, value in (case.query or {}).items()}
            answered.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

        asked = explore(ask)

    assert len(asked) >= 4
    assert {200, 400, 404} <= answered


def test_nobody_is_answered_without_a_token() -> None:
    statuses = set()

    def ask(case: Case) -> None:
        if case.operation.path not in {f"/api/v1/log/{one}" for one in OPEN}:
            statuses.add(case.call().status_code)

    explore(ask)

    assert statuses <= {401, 400, 404, 405}
    assert 401 in statuses


@pytest.mark.parametrize("token", ["", "nonsense", "e30.e30.", "a" * 9000])
def test_a_token_that_is_none_is_refused_in_words(client: Any, token: str) -> None:
    answer = client.get(reverse("host_grants"), headers={"authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert answer.headers["Content-Type"] == "application/json"


def test_every_address_under_the_api_is_described() -> None:
    described = set(description().raw_schema["paths"])

    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route}") for _name, route in patterns() if route.startswith("api/v1/")
    }
    assert routes == {path for path in described if path.startswith("/api/v1/")}
