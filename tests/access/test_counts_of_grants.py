"""How many people are in a grant's cohort: the committee counts them, whoever works with their data reads tens."""

import pytest

from access.grants.selectors import counted_exactly_for
from access.models import Grant
from governance.domain.roles import Role
from governance.services import roles
from tests.access.granted import NOW, Granted, granted, propagate
from tests.accounts import second_factor, signed_in
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> Granted:
    """Somebody has left, so that there is a number and a moment to watch."""
    found = granted()
    found.leaves(0)
    propagate()
    return found


def test_the_committee_reads_the_number_and_when_somebody_left(world: Granted) -> None:
    size = world.now().cohort_size

    page = signed_in(world.access.chair).get(f"/grants/{world.grant.number}").content.decode()

    assert f"{size}<br>" in page
    assert "Who is left out last changed at position" in page


@pytest.mark.parametrize("path", ["/grants/", "/grants/{number}"])
def test_who_works_with_the_data_reads_tens_and_no_moment(world: Granted, path: str) -> None:
    page = signed_in(world.access.ada).get(path.format(number=world.grant.number)).content.decode()

    assert "fewer than 10" in page
    assert "position" not in page


def test_a_seat_on_the_committee_opens_no_number_of_ones_own_grant(world: Granted) -> None:
    ada, mei = world.access.ada, world.access.member
    roles.give_role(role=Role.MEMBER, on=world.access.committee, to=second_factor(ada), by=TESTS, now=NOW)
    grants = list(Grant.objects.all())

    assert counted_exactly_for(mei, grants) == {world.grant.pk}
    assert counted_exactly_for(ada, grants) == frozenset()
