"""What it costs that grants follow consent, and what is asked again and again while nothing is new."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.test import Client
from django.utils import timezone

from access.models import Grant
from benchmarks import _http
from benchmarks._figures import figure, moved
from benchmarks._floors import empty_view
from benchmarks._measuring import Call
from benchmarks._worlds import copied, host_token

ACCEPTS = 60


@dataclass
class Followed:
    """One dataset with many grants at two hosts, people who may leave, and the token of the host that polls."""

    granted: Any
    token: str
    left: int = 0

    def leave(self, people: int = 1) -> Call:
        """So many people narrow their consent so that it fits no more. What the worker does then is the call."""
        asked = moved("tests.consent.builders")
        now = timezone.now()
        for number in range(self.left, self.left + people):
            # Round by round: who has left takes part again, in no cohort, and another one leaves.
            self.granted.answers(number % ACCEPTS, asked.EVERYTHING | {"repository": "no"}, now)
        self.left += people
        return self.follow

    def follow(self) -> None:
        """What the worker does."""
        moved("tests.access.granted").propagate(timezone.now())

    def poll(self, cursor: int) -> dict[str, Any]:
        """What the host is told that asks from a cursor."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer: dict[str, Any] = json.loads(_http.get(f"/api/v1/hosts/grants?since={cursor}", headers=headers))
        return answer


def followed(grants: int) -> Any:
    """The world of one dataset with so many grants."""
    return partial(_followed, grants)


def _followed(grants: int, size: str) -> Followed:
    tests = moved("tests.access.granted")
    moved("tests.governance.key_builders").standing_keys()
    of = tests.granted(others=[moved("tests.consent.builders").EVERYTHING] * (ACCEPTS - 3))
    first = Grant.objects.get(pk=of.grant.pk)
    for number in range(1, grants):
        _another(first, number)
    tests.propagate(timezone.now())
    world = Followed(of, host_token(of.enforcing))
    world.leave()()
    return world


def _another(grant: Any, number: int) -> None:
    """The same grant once more, of a request of its own."""
    line = grant.line
    request: Any = copied(line.case.request, number=f"R-{number}")
    request.save()
    copied(line.case.request.submissions.get(), request_id=request.pk).save()
    case: Any = copied(line.case, number=f"C-{number}", request_id=request.pk)
    case.save()
    other: Any = copied(line, case_id=case.pk)
    other.save()
    made: Any = copied(grant, number=f"G-x{number}", line_id=other.pk)
    if hasattr(made, "submission_id"):
        made.submission_id = request.submissions.get().pk
    made.save()
    copied(grant.people.get(), grant_id=made.pk).save()
    for change in grant.changes.all():
        copied(change, grant_id=made.pk, position=None).save()


ONE, MANY = followed(1), followed(100)


@figure("withdrawal followed in 100 grants", world=MANY, ms=150, queries=30)
def followed_in_hundred(world: Followed) -> Iterator[Call]:
    """One participant, a hundred cohorts, two hosts."""
    while True:
        yield world.leave()


@figure("ten that wait, followed in 100 grants", world=MANY, ms=225, times=3)
def ten_followed_in_hundred(world: Followed) -> Iterator[Call]:
    """At most half as much again as one."""
    while True:
        yield world.leave(10)


@figure("withdrawal followed in one grant", world=ONE)
def followed_in_one(world: Followed) -> Iterator[Call]:
    """As many statements as for a hundred."""
    while True:
        yield world.leave()


def _polls(world: Followed) -> Iterator[Call]:
    cursor = 0
    while (page := world.poll(cursor))["more"]:
        cursor = page["cursor"]
    while True:
        yield partial(world.poll, page["cursor"])


@figure("host polls, nothing new", world=ONE, ms=6, queries=5, floors=(empty_view,))
def polls(world: Followed) -> Iterator[Call]:
    """What each host asks every minute."""
    yield from _polls(world)


@figure("host polls, nothing new, 100 × the grants", world=MANY, ms=6.6, queries=5, floors=(empty_view,))
def polls_of_many(world: Followed) -> Iterator[Call]:
    """At most a tenth more than for one grant."""
    yield from _polls(world)


def _sweeps(name: str) -> Iterator[Call]:
    evaluation = moved("access.grants.evaluation", "access.services.evaluation")
    while True:
        yield lambda: getattr(evaluation, name)(timezone.now())


@figure("sweep with nothing behind, 1 grant", world=ONE)
def sweep(world: Followed) -> Iterator[Call]:
    """What the worker does every ten seconds."""
    return _sweeps("sweep")


@figure("sweep with nothing behind, 100 grants", world=MANY)
def sweep_of_many(world: Followed) -> Iterator[Call]:
    """A look-up, whatever the number of grants."""
    return _sweeps("sweep")


@figure("ethics sweep with nothing due, 100 grants", world=MANY)
def ethics_of_many(world: Followed) -> Iterator[Call]:
    """What the worker does every hour."""
    return _sweeps("follow_ethics")


@figure("ethics sweep with nothing due, 1 grant", world=ONE)
def ethics(world: Followed) -> Iterator[Call]:
    """A look at an index of days, whatever the number of grants."""
    return _sweeps("follow_ethics")


def _host_pages(world: Followed) -> Iterator[Call]:
    host = world.granted.enforcing
    browser = Client(HTTP_HOST="127.0.0.1")
    operator = moved("tests.access.operated").operator("hanna", host)
    browser.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")

    def read() -> None:
        answer = browser.get(f"/hosts/{host.slug}")
        if answer.status_code != 200:
            raise RuntimeError(f"the page of the host answered {answer.status_code}")

    while True:
        yield read


@figure("host page, 1 grant", world=ONE, queries=12, floors=(empty_view,))
def host_page(world: Followed) -> Iterator[Call]:
    """What an operator opens."""
    return _host_pages(world)


@figure("host page, 100 grants, of which 25 are shown", world=MANY, queries=12, floors=(empty_view,))
def host_page_of_many(world: Followed) -> Iterator[Call]:
    """As many statements as for one."""
    return _host_pages(world)
