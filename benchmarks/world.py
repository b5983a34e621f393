"""`python -m benchmarks.world`: a world of any size in an empty database, consistent, so that growth can be measured.

    DATABASE_URL=postgres://…/empty python manage.py migrate
    DATABASE_URL=postgres://…/empty python -m benchmarks.world --size 50000

What is said and decided is said and decided by the services for a few people; the rest is copied from these row by row and
entered by COPY, with ids, hashes and audit events of its own (`_crowd`, `_asked`). Memberships are imported by the service,
which takes the most time. The same seed gives the same world, but for the salts of requests. A world that was begun is not
gone on with: drop the database and begin again.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import django

from benchmarks._figures import platform

FULL = 5_000_000
# To each dataset so many participants, requests and grants: 5 million, 10,000, 100,000 and 1 million.
PEOPLE, REQUESTS, LINES = 500, 10, 10
HOSTS = 10
SEED = 7


def _said(what: str, many: int, steps: Iterable[int], every: float = 10) -> int:
    """Carry the steps out, and say how far they are every few seconds; gives how many there were."""
    began = told = time.monotonic()
    done = 0
    for step in steps:
        done += step
        if time.monotonic() - told > every:
            told = time.monotonic()
            print(f"  {what}: {done:,} of {many:,}, {told - began:,.0f} s", file=sys.stderr)
    print(f"{what}: {done:,} in {time.monotonic() - began:,.1f} s", file=sys.stderr)
    return done


def make(participants: int, seed: int = SEED) -> None:
    """The world, in the database of the settings, which has all tables and nobody in it."""
    from consent.models import Participant  # noqa: PLC0415  once Django is set up

    if Participant.objects.exists():
        raise SystemExit("somebody is in this database: make a world in an empty one")
    _World(participants, random.Random(seed)).make()


class _World:
    """One world as it grows."""

    def __init__(self, participants: int, drawn: random.Random) -> None:
        self.participants, self.drawn = participants, drawn
        # Requests name ten datasets each: whole tens of them.
        self.datasets = max(participants // PEOPLE // LINES, 1) * LINES

    def make(self) -> None:
        from benchmarks import _crowd  # noqa: PLC0415  once Django is set up
        from governance.record import sealer  # noqa: PLC0415  once Django is set up
        from tests.access.granted import NOW, granted, propagate  # noqa: PLC0415  once Django is set up
        from tests.consent.builders import EVERYTHING  # noqa: PLC0415  once Django is set up
        from tests.governance.key_builders import standing_keys  # noqa: PLC0415  once Django is set up

        self.now = NOW
        standing_keys()
        others = [EVERYTHING | said for said in _crowd.answers()]
        self.of = granted(others=others)
        _said("datasets", self.datasets, self._datasets())
        models = [_crowd.signed(one) for one in self.of.participants[3:]]
        people = []
        for key in _crowd.copied(models, self.participants, self.drawn):
            people.append(key)
        print(f"participants: {len(people):,}", file=sys.stderr)
        how: dict[str, Any] = {
            "programme": self.of.consent.programme,
            "by": platform("tests"),
            "now": NOW - timedelta(minutes=30),
        }
        _said("memberships", 2 * len(people), _crowd.join(people, self.made, **how))
        propagate(NOW)
        _said("grants", self.datasets * REQUESTS * LINES, self._grants())
        propagate(NOW)
        # On the day of the events: what is sealed after a later day is taken for put in afterwards.
        _said("sealed events", 0, iter([sealer.seal(now=NOW)]))

    def _datasets(self) -> Iterator[int]:
        from governance.services import hosts  # noqa: PLC0415  once Django is set up
        from tests.access import builders, granted  # noqa: PLC0415  once Django is set up

        places = [granted.host(f"place-{number}", enforces=bool(number % 2)) for number in range(HOSTS)]
        self.made = []
        for number in range(self.datasets):
            made = builders.dataset(f"set-{number:05d}", self.of.access.committee)
            for place in (number, number + 1):
                hosts.serve_dataset(host=places[place % HOSTS], dataset=made, by=platform("tests"), now=self.now)
            self.made.append(made)
            yield 1

    def _grants(self) -> Iterator[int]:
        from benchmarks import _asked  # noqa: PLC0415  once Django is set up

        copier = _asked.Copier()
        copies = REQUESTS * LINES - 1
        applicants = [self._researcher(number) for number in range(copies)]
        for start in range(0, self.datasets, LINES):
            model = self._approved(self.made[start : start + LINES])
            yield LINES
            yield from copier.copy(_asked.approved(model), applicants)

    def _researcher(self, number: int) -> Any:
        from tests.access import builders  # noqa: PLC0415  once Django is set up

        person = builders.person(f"researcher-{number:03d}")
        builders.belongs(self.of.access.university, person)
        builders.accept(self.of.access.terms, person)
        return person

    def _approved(self, datasets: list[Any]) -> Any:
        """A request of Ada's for these datasets, approved for all of them."""
        from access.cases import services as cases  # noqa: PLC0415  once Django is set up
        from access.models import Line, Request  # noqa: PLC0415  once Django is set up
        from access.requests import services as requests  # noqa: PLC0415  once Django is set up
        from tests.access import builders  # noqa: PLC0415  once Django is set up

        of = self.of.access
        of.dataset, first = datasets[0], of.dataset
        draft = builders.drafted(of, now=self.now)
        of.dataset = first
        for dataset in datasets[1:]:
            requests.add_dataset(request=draft, dataset=dataset, by=of.ada, now=self.now)
        request = requests.submit(request=Request.objects.get(pk=draft.pk), by=of.ada, now=self.now)
        for line in Line.objects.filter(case__request=request).order_by("pk"):
            taken = cases.take_into_review(line=line, by=of.chair, now=self.now)
            for voter in (of.chair, of.member):
                cases.vote(line=taken, choice="approve", reason="Fits.", by=voter, now=self.now)
            cases.approve(line=taken, by=of.chair, now=self.now, months=24)
        return request


def main() -> None:
    """Read the arguments and make the world."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.world", description=__doc__.partition("\n")[0])
    parser.add_argument("--size", default="5000", help="how many participants, or full: 5 million")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    began = time.monotonic()
    make(FULL if options.size == "full" else int(options.size), options.seed)
    print(f"the world stands after {time.monotonic() - began:,.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
