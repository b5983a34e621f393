"""What a file of memberships costs, read for the first time and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from benchmarks._figures import figure, moved, platform
from benchmarks._floors import same_writes
from benchmarks._measuring import Call
from benchmarks._worlds import copied

LINES = 500


@dataclass
class Crowd:
    """Participants of a programme and a host, for files that bring them into one dataset after another."""

    of: Any
    host: Any
    keys: list[str]
    datasets: int = 0

    def file(self) -> Call:
        """A file that brings everybody into a new dataset, with the host's own ids."""
        builders, imports = moved("tests.consent.builders"), moved("consent.services.membership_import")
        line = getattr(imports, "FileLine", None) or imports.Line
        self.datasets += 1
        dataset = builders.dataset(f"hearts-{self.datasets}", self.of.programme.organisation)
        moved("governance.services.hosts").serve_dataset(
            host=self.host, dataset=dataset, by=platform("tests"), now=builders.NOW
        )
        lines = [
            line(
                number=place,
                participant_id=key,
                dataset=dataset.versions.get().accession,
                host=self.host.slug,
                host_member_id=f"{self.datasets}-{place}",
            )
            for place, key in enumerate(self.keys, start=2)
        ]
        at = builders.NOW + timedelta(hours=self.datasets)
        return partial(
            imports.import_memberships, programme=self.of.programme, lines=lines, by=platform("tests"), now=at
        )


def crowd(size: str) -> Crowd:
    """Five hundred participants who have said nothing yet."""
    builders, tests = moved("tests.consent.builders"), moved("tests.consent.test_memberships")
    of = builders.world()
    first = builders.enrol(of)
    host = tests.host("harbour", of.programme.organisation)
    people = [copied(first, id=f"{place:032x}") for place in range(1, LINES)]
    type(first).objects.bulk_create(people)
    state = first.state
    type(state).objects.bulk_create(
        type(state)(
            participant=one,
            profile_id=state.profile_id,
            effective=state.effective,
            events=0,
            last_hash="",
            changed_at=state.changed_at,
        )
        for one in people
    )
    return Crowd(of, host, [first.pk, *(one.pk for one in people)])


@figure(f"membership import, {LINES} new lines with a host's ids", world=crowd, ms=100, floors=(same_writes,), times=5)
def membership_import(world: Crowd) -> Iterator[Call]:
    """Each file brings everybody into one more dataset."""
    while True:
        yield world.file()


@figure(f"the same {LINES} lines again", world=crowd, ms=25, times=5)
def membership_import_again(world: Crowd) -> Iterator[Call]:
    """Nothing in the file is new."""
    again = world.file()
    again()
    while True:
        yield again
