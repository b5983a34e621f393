"""`python -m benchmarks.growth`: what the acts that are asked again and again cost in the world that stands in a database.

    DATABASE_URL=postgres://…/made python -m benchmarks.growth

For worlds of `benchmarks.world` in several sizes, one after the other on the same machine: what grows between them is read
off the lines. It leaves a draft, a role, a host's client and sessions behind.
"""

import logging
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import django

from benchmarks._figures import platform

TIMES = 7


def costs() -> Iterator[tuple[str, Any]]:
    """Each act with its cost, the median of several calls after one."""
    from benchmarks._measuring import middle, once  # noqa: PLC0415  once Django is set up

    for what, act in _acts():
        act()
        yield what, middle(once(act) for _ in range(TIMES))


def _acts() -> Iterator[tuple[str, Any]]:
    from django.utils import timezone  # noqa: PLC0415  once Django is set up

    from access.grants import evaluation  # noqa: PLC0415  once Django is set up
    from access.models import Case, Request  # noqa: PLC0415  once Django is set up
    from benchmarks import _http  # noqa: PLC0415  once Django is set up
    from benchmarks._asked import again  # noqa: PLC0415  once Django is set up
    from benchmarks._worlds import host_token  # noqa: PLC0415  once Django is set up
    from governance.domain.roles import Role  # noqa: PLC0415  once Django is set up
    from governance.models import DataHost, User  # noqa: PLC0415  once Django is set up
    from governance.services import roles  # noqa: PLC0415  once Django is set up

    now = timezone.now()
    host = DataHost.objects.get(slug="place-0")
    ada, chair = User.objects.get(username="ada"), User.objects.get(username="chidi")
    roles.give_role(role=Role.HOST_OPERATOR, on=host.organisation, to=ada, by=platform("tests"), now=now)
    if not Request.objects.filter(number="R-growth").exists():
        model = Request.objects.filter(applicant=ada)[0]
        again(model, number="R-growth", state="draft", ended_at=None).save()
    yield "catalogue", partial(_http.get, "/datasets/")
    yield "catalogue, what fits a purpose", _page(ada, "/datasets/?purpose=R-growth")
    yield "queue", _page(chair, "/queue/")
    yield "case", _page(chair, f"/cases/{Case.objects.order_by('pk')[0].number}")
    yield "host", _page(ada, f"/hosts/{host.slug}")
    listening = DataHost.objects.get(slug="place-1")
    token, cursor = host_token(listening), _newest()
    polled = partial(_http.get, f"/api/v1/hosts/grants?since={cursor}", headers={"Authorization": f"Bearer {token}"})
    yield "host polls, nothing new", polled
    yield "sweep with nothing behind", lambda: evaluation.sweep(timezone.now())
    yield "ethics sweep with nothing due", lambda: evaluation.follow_ethics(timezone.now())


def _newest() -> int:
    from access.hosts.services import seal_grants  # noqa: PLC0415  once Django is set up

    return seal_grants()


def _page(person: Any, address: str) -> Any:
    """A page as a signed-in person reads it."""
    from django.test import Client  # noqa: PLC0415  once Django is set up

    browser = Client(HTTP_HOST="127.0.0.1")
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    # A role that demands a second factor asks for one before anything else.
    from tests.accounts import second_factor  # noqa: PLC0415  once Django is set up

    if not person.authenticator_set.exists():
        second_factor(person)

    def read() -> None:
        answer = browser.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")

    return read


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    logging.disable(logging.ERROR)
    from access.models import Grant  # noqa: PLC0415  once Django is set up
    from consent.models import Participant  # noqa: PLC0415  once Django is set up

    print(f"{Participant.objects.count():,} participants, {Grant.objects.count():,} grants\n")
    print("| what | statements | ms (Python + database) |\n|---|---|---|")
    for what, cost in costs():
        print(f"| {what} | {cost.queries} | {cost.python:.1f} + {cost.database:.1f} |", flush=True)


if __name__ == "__main__":
    main()
