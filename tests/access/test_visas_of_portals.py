"""A client without a host: its bare visas name no host, so it gets only those that every host of a dataset may have."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.hosts import services as hosts
from access.models import Grant, HostAcknowledgement, Visa
from access.passports import host_selectors as visa_hosts
from access.passports import minting as visas
from access.passports import selectors
from access.passports.held_selectors import held
from consent.selectors.positions import position
from governance.models import DataHost
from governance.record import outbox
from governance.services import hosts as registry
from tests.access import builders, operated
from tests.access.granted import Granted, granted
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.access.provider.flows import World, a_host, a_world
from tests.access.provider.minting import granted as grants_in
from tests.access.provider.minting import why
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def of() -> Granted:
    """Three members; Harbour enforces cohorts, Arkiv does not."""
    return granted()


def asked(of: Granted | World, at: DataHost | None = None) -> visas.Minted:
    """What Ada receives for one host, or for none in particular."""
    if isinstance(of, World):
        return mint_visas(person=of.ada, client=of.portal.client, host=at, now=timezone.now())
    return operated.visas_at(of, at, timezone.now())


def named(minted: visas.Minted) -> list[tuple[str, str]]:
    """Why, and at which host."""
    return [(one.code, one.host) for one in minted.withheld]


def all_enforce() -> None:
    DataHost.objects.update(enforces_cohorts=True, polls=True)


def none_enforces() -> None:
    DataHost.objects.update(enforces_cohorts=False)


def test_no_visa_fits_a_host_that_enforces_cohorts_and_one_that_does_not(of: Granted):
    minted = asked(of)

    [one] = minted.withheld
    assert grants_in(minted) == []
    assert (one.code, one.grant) == ("unlike", of.grant.number)
    assert one.message.startswith("Harbour enforces cohorts and Arkiv does not")
    assert [len(grants_in(asked(of, at))) for at in (of.enforcing, of.download)] == [1, 1]


def test_a_host_whose_passports_name_nobody_gets_only_what_every_host_may_have(of: Granted):
    DataHost.objects.filter(pk=of.download.pk).update(passport_aud=False)
    of.download.refresh_from_db()

    beside_another_sort = asked(of, of.download)
    none_enforces()
    alike = asked(of, of.download)

    assert (grants_in(beside_another_sort), why(beside_another_sort)) == ([], ["unlike"])
    assert len(grants_in(alike)) == 1
    assert [row.host for row in Visa.objects.filter(grant=of.grant)] == [None]


def test_where_every_host_enforces_one_visa_names_the_cohort_for_all_of_them(of: Granted):
    all_enforce()

    [claims] = grants_in(asked(of))

    assert claims["cohort"].endswith(f"{of.grant.number}?at={position(of.access.dataset.pk)}")
    assert [row.host for row in Visa.objects.filter(grant=of.grant)] == [None]


def test_one_deaf_host_keeps_the_visa_from_all(of: Granted):
    all_enforce()
    HostAcknowledgement.objects.create(
        host=of.download, grant=of.grant, needs_position=9, changed_at=timezone.now() - timedelta(hours=1)
    )

    assert named(asked(of)) == [("deaf", "arkiv")]
    assert len(grants_in(asked(of, of.enforcing))) == 1


def test_a_portals_visa_opens_nothing_at_a_host_that_has_not_confirmed(of: Granted):
    none_enforces()
    assert len(grants_in(asked(of))) == 1

    of.leaves(0, timezone.now())
    outbox.drain(now=timezone.now())
    stopped = asked(of)
    newest = position(of.access.dataset.pk)
    hosts.confirm(host=of.enforcing, grant=of.grant, position=newest, by=TESTS, now=timezone.now())
    half = asked(of)
    hosts.confirm(host=of.download, grant=of.grant, position=newest, by=TESTS, now=timezone.now())

    assert [row.revoked_because for row in Visa.objects.filter(grant=of.grant)] == ["shrunk"]
    assert named(stopped) == [("unconfirmed", "harbour"), ("unconfirmed", "arkiv")]
    assert named(half) == [("unconfirmed", "arkiv")]
    assert len(grants_in(asked(of))) == 1


def test_a_host_that_serves_in_other_ways_than_were_granted_keeps_the_visa_from_all():
    world = a_world()
    DataHost.objects.filter(pk=world.loch.pk).update(modes=["federated"])

    assert named(asked(world)) == [("mode", "loch")]
    assert named(asked(world, world.loch)) == []
    assert len(grants_in(asked(world, world.vault))) == 1


def test_a_dataset_without_members_is_the_same_for_both_kinds_of_hosts():
    world = a_world(enforces=True)

    [claims] = grants_in(asked(world))

    assert "cohort" not in claims


def test_the_plain_type_is_given_to_all_where_all_ask_for_it():
    world = a_world()
    DataHost.objects.filter(pk=world.vault.pk).update(visa_typ="JWT")
    mixed = asked(world)
    DataHost.objects.update(visa_typ="JWT")
    plain = asked(world)

    types = [flows.pyjwt.get_unverified_header(minted.visas[0])["typ"] for minted in (mixed, plain)]
    assert types == ["vnd.ga4gh.visa+jwt", "JWT"]


def test_visas_for_every_host_end_when_one_more_host_serves_the_dataset():
    world = a_world()
    asked(world)
    asked(world, world.vault)

    late = a_host("attic", world.access)
    registry.serve_dataset(host=late, dataset=world.access.dataset, by=TESTS, now=timezone.now())
    outbox.drain(now=timezone.now())

    rows = Visa.objects.filter(grant=world.grant).order_by("pk")
    assert [(row.host, row.revoked_because) for row in rows] == [(None, "another_host"), (world.vault, "")]


def test_a_host_may_take_its_own_visas_and_those_for_every_host_that_served_then():
    world = a_world()
    asked(world)
    asked(world, world.vault)
    with time_machine.travel(timezone.now() + MINUTE, tick=False):
        late = a_host("attic", world.access)
        registry.HostedDataset.objects.filter(host=late).update(since=timezone.now())

    of_grant = Visa.objects.filter(grant=world.grant)
    may = {at.slug: [row.host for row in of_grant.filter(visa_hosts.for_host(at)).order_by("pk")]
           for at in (world.vault, world.loch, late)}  # fmt: skip

    assert may == {"vault": [None, world.vault], "loch": [None], "attic": []}


def test_a_closed_host_stands_in_nobodys_way(of: Granted):
    DataHost.objects.filter(pk=of.download.pk).update(closed_at=timezone.now())

    assert why(asked(of)) == []
    assert len(grants_in(asked(of))) == 1


def test_choosing_costs_the_same_for_one_grant_and_for_several(of: Granted):
    others = [operated.another_grant(of, f"colleague-{number}") for number in range(3)]
    for grant in others:
        grant.people.create(person=of.access.ada, since=builders.NOW)
    operated.visas_at(of, of.enforcing, timezone.now())

    def cost(at: DataHost | None) -> list[Any]:
        grants = held(of.access.ada, Grant.objects.values("pk"), timezone.now())
        counts = []
        for some in (grants[:1], grants):
            with CaptureQueriesContext(connection) as queries:
                selectors.choose(person=of.access.ada, grants=some, at=visa_hosts.Reach(at), now=timezone.now())
            counts.append(len(queries))
        return counts

    for at in (None, of.enforcing, of.download):
        one, several = cost(at)
        assert one == several <= 3
