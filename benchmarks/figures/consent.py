"""What consent costs: a change that reaches two datasets after a short and after a long history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from benchmarks._figures import figure, moved, platform
from benchmarks._floors import same_writes
from benchmarks._measuring import Call

HOUR = timedelta(hours=1)


@dataclass
class Story:
    """A participant with data in two datasets, and the hours at which they changed their mind."""

    participant: Any
    of: Any
    hours: Iterator[int]

    def changes(self) -> None:
        """The next change: to health research alone, or back to any research."""
        builders = moved("tests.consent.builders")
        hour = next(self.hours)
        answers = builders.HEALTH if hour % 2 else builders.EVERYTHING
        builders.answer(self.participant, self.of, answers, builders.NOW + hour * HOUR)


def story(events: int) -> Any:
    """The world of one participant with so many events."""
    return partial(_story, events)


def _story(events: int, size: str) -> Story:
    builders, memberships = moved("tests.consent.builders"), moved("consent.services.memberships")
    of = builders.world()
    petra = builders.enrol(of, builders.person("petra"))
    for slug in ("hearts", "lungs"):
        dataset = builders.dataset(slug, of.programme.organisation)
        memberships.add(participant=petra, dataset=dataset, by=platform("tests"), now=builders.NOW)
    found = Story(petra, of, count(1))
    for _ in range(events):
        found.changes()
    return found


def _changes(world: Story) -> Iterator[Call]:
    while True:
        yield world.changes


@figure("consent change in 2 datasets, 10 events before", world=story(10), ms=6.7, queries=9, floors=(same_writes,))
def consent_change(world: Story) -> Iterator[Call]:
    """What a participant's answer costs until it is stored with everything that follows from it."""
    yield from _changes(world)


@figure("consent change in 2 datasets, 280 events before", world=story(280), ms=8, queries=9, floors=(same_writes,))
def consent_change_late(world: Story) -> Iterator[Call]:
    """The same after a long history: at most 1.2 times as much."""
    yield from _changes(world)


@dataclass
class Crowd:
    """Participants with data in two datasets, for all of whom one account decides, and the hours at which it does."""

    participants: Any
    of: Any
    account: Any
    hours: Iterator[int]

    def answers(self) -> tuple[Any, Any]:
        """The next answers, to health research alone or back to any research, and when they are given."""
        builders = moved("tests.consent.builders")
        hour = next(self.hours)
        return builders.HEALTH if hour % 2 else builders.EVERYTHING, builders.NOW + hour * HOUR


AT_ONCE = 25


def _crowd(size: str) -> Crowd:
    builders, memberships = moved("tests.consent.builders"), moved("consent.services.memberships")
    deciders, account = moved("consent.services.deciders"), builders.person("gail")
    of = builders.world()
    participants = [builders.enrol(of) for _ in range(AT_ONCE)]
    datasets = [builders.dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs")]
    for one in participants:
        deciders.give(
            participant=one, account=account, capacity="guardian", role="aunt", by=platform("tests"), now=builders.NOW
        )
        for dataset in datasets:
            memberships.add(participant=one, dataset=dataset, by=platform("tests"), now=builders.NOW)
    return Crowd(participants, of, account, count(1))


@figure("consent changes of 25 participants in 2 datasets by the bulk door", world=_crowd, ms=50, queries=10)
def consents_together(world: Crowd) -> Iterator[Call]:
    """What a chunk of the bulk door costs, and so what a withdrawal beside it waits for at most."""
    batches, saying = moved("consent.services.batches"), moved("consent.services.recording").Saying
    while True:
        answers, now = world.answers()
        said = saying(answers=answers, form_version=world.of.version)
        yield partial(
            batches.record_many,
            programme=world.of.programme,
            lines=[batches.SaidLine(number, one.pk, said) for number, one in enumerate(world.participants)],
            by=world.account,
            capacity="guardian",
            source="paper",
            now=now,
        )


@figure("one of them by the single door", world=_crowd, ms=6.7, queries=9)
def consents_singly(world: Crowd) -> Iterator[Call]:
    """The same for one participant, by the door of pages: twenty-five of these stand beside the chunk."""
    ledger = moved("consent.services.ledger")
    while True:
        answers, now = world.answers()
        for one in world.participants:
            yield partial(
                ledger.record_answers,
                participant=one,
                answers=answers,
                form_version=world.of.version,
                by=world.account,
                capacity="guardian",
                source="paper",
                now=now,
            )
