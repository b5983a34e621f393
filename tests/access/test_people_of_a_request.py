"""Who works on a request: nobody slips past a committee, and no invitation takes a judge away."""

from datetime import timedelta

import pytest

from access.cases import services as cases
from access.committees.benches import bench_of
from access.models import Request
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from governance.domain.errors import Conflict
from governance.models import AuditEvent
from tests.access import builders
from tests.access.builders import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def _half_returned(world: builders.World) -> Request:
    """A request for two datasets: one line is in review, the other was given back, so that it can be edited."""
    request = builders.drafted(world)
    lungs = builders.dataset("lungs", world.committee)
    requests.add_dataset(request=request, dataset=lungs, by=world.ada, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    other = world.case().lines.get(dataset_version__dataset=lungs)
    cases.take_into_review(line=other, by=world.chair, now=NOW)
    cases.return_line(line=other, text="Why lungs?", by=world.chair, now=NOW)
    request.refresh_from_db()
    return request


def test_a_second_click_on_yes_changes_nothing() -> None:
    world = builders.world()
    request, carl = builders.drafted(world), builders.person("carl")
    collaborators.ask(request=request, name="carl", by=world.ada, now=NOW)
    first = collaborators.join(request=request, by=carl, now=NOW)
    events = AuditEvent.objects.count()

    second = collaborators.join(request=request, by=carl, now=LATER)

    assert (second.pk, second.confirmed_at, AuditEvent.objects.count()) == (first.pk, NOW, events)


def test_a_colleague_who_came_after_the_submission_is_not_named_by_its_grant() -> None:
    world = builders.world(quorum=1)
    request = _half_returned(world)
    carl = builders.person("carl")
    collaborators.ask(request=request, name="carl", by=world.ada, now=LATER)
    collaborators.join(request=request, by=carl, now=LATER)
    cases.vote(line=world.line(), choice="approve", reason="", by=world.chair, now=LATER)

    grant = cases.approve(line=world.line(), months=12, by=world.chair, now=LATER)

    assert [row.person for row in grant.people.all()] == [world.ada]


def test_an_invitation_takes_no_judge_off_an_open_case() -> None:
    world = builders.world()
    request = _half_returned(world)

    collaborators.ask(request=request, name="mei", by=world.ada, now=LATER)

    with pytest.raises(Conflict, match="You sit on a committee"):
        collaborators.join(request=request, by=world.member, now=LATER)
    assert world.member in {seat.person for seat in bench_of(world.case(), LATER).judges}


def test_the_institution_of_somebody_who_was_only_invited_is_no_conflict() -> None:
    world = builders.world()
    request = _half_returned(world)
    clinic, carl = builders.organisation("clinic"), builders.person("carl")
    builders.belongs(clinic, carl)
    builders.belongs(clinic, world.member)
    collaborators.ask(request=request, name="carl", by=world.ada, now=LATER)

    invited = bench_of(world.case(), LATER).recused
    collaborators.join(request=request, by=carl, now=LATER)

    assert (invited, bench_of(world.case(), LATER).recused) == (frozenset(), frozenset({world.member.pk}))
