"""Visas at hosts that enforce cohorts and at hosts that do not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from access.models import Grant, HostAcknowledgement, Visa
from tests.access import builders
from tests.access.provider.flows import World, a_world
from tests.access.provider.minting import granted, mint, why

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=False):
        yield


def shrink(world: World, at: int) -> None:
    """Somebody left the cohort at that position."""
    Grant.objects.filter(pk=world.grant.pk).update(shrunk_at_position=at, judged_position=at)


def test_a_host_that_does_not_enforce_gets_visas_again_once_it_has_confirmed_the_last_shrink():
    world, now = a_world(), timezone.now()
    ours = HostAcknowledgement.objects.create(host=world.vault, grant=world.grant, needs_position=5, changed_at=now)
    HostAcknowledgement.objects.create(
        host=world.loch, grant=world.grant, needs_position=5, changed_at=now, confirmed_position=5
    )
    shrink(world, 5)

    stopped = mint(world)
    ours.confirmed_position = 4
    ours.save()
    behind = mint(world)
    ours.confirmed_position = 5
    ours.save()

    assert [why(one) for one in (stopped, behind)] == [["unconfirmed"]] * 2
    assert [granted(one) for one in (stopped, behind)] == [[], []]
    assert len(granted(mint(world))) == 1


def test_a_visa_for_a_host_that_enforces_names_the_position_of_its_cohort():
    world = a_world(enforces=True)
    world.access.dataset.has_members = True
    world.access.dataset.save()
    world.grant.refresh_from_db()

    claims = granted(mint(world))[0]

    assert claims["cohort"] == f"{settings.BASE_URL}api/v1/hosts/cohorts/{world.grant.number}?at=0"
    assert Visa.objects.get(grant=world.grant).position == 0


def test_a_deaf_host_that_enforces_gets_no_visa_until_it_has_confirmed():
    world, now = a_world(enforces=True), timezone.now()
    row = HostAcknowledgement.objects.create(
        host=world.vault, grant=world.grant, needs_position=5, changed_at=now - timedelta(minutes=59)
    )

    late = mint(world)
    row.changed_at = now - timedelta(hours=1)
    row.save()
    deaf = mint(world)
    row.confirmed_position = 5
    row.save()

    assert ([len(granted(one)) for one in (late, deaf)], why(deaf)) == ([1, 0], ["deaf"])
    assert len(granted(mint(world))) == 1
