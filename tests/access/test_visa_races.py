"""No visa after a revocation, whoever is faster: by interleaving on purpose, and by threads."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from access.grants.services import end_grant
from access.hosts import services as hosts
from access.models import Client, Grant, PassportIntent, Visa
from access.passports import client_services as clients
from access.passports import minting as visas
from consent.selectors.positions import position
from consent.services import memberships
from governance import keys
from governance.models import DataHost, Installation
from governance.record import outbox
from governance.services import hosts as registry
from governance.services import keys as key_service
from tests.access import builders
from tests.access.granted import Granted, granted, host
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.acting import TESTS
from tests.consent import builders as consent
from tests.governance.key_builders import standing_keys
from tests.races import shared_database, together
from tests.worlds import made_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=True):
        yield


@made_once
def world() -> Granted:
    """Ada holds a grant on a dataset with three members, at a host that enforces cohorts and at one that does not."""
    standing_keys()
    Installation.objects.create(demo=True, made_at=builders.NOW)
    return granted()


def client_of(host: DataHost) -> Client:
    """The client of one host."""
    return flows.a_client(f"{host.name} app", host, clients.AUTHORIZATION_CODE).client


def intend(of: Granted, client: Client) -> visas.Intended:
    """The first step of minting."""
    return visas.record_intent(person=of.access.ada, client=client, host=None, now=timezone.now())


def mint(of: Granted, client: Client) -> list[dict[str, Any]]:
    """All steps: the controlled access visas that are handed out."""
    minted = mint_visas(person=of.access.ada, client=client, now=timezone.now())
    return flows.by_type(list(minted.visas)).get("ControlledAccessGrants", [])


def end(of: Granted) -> Grant:
    """The committee revokes the grant."""
    return end_grant(grant=of.grant, reason=Grant.End.REVOKED, note="Misuse.", by=TESTS, now=timezone.now())


def test_what_is_revoked_while_it_is_being_signed_is_on_the_list_and_is_not_delivered():
    of = world()
    intended = intend(of, client_of(of.download))
    jti = next(one.row.jti for one in intended.planned if one.row.grant_id)

    end(of)
    delivered = visas.deliver(intended, visas.sign(intended), now=timezone.now())

    assert jti not in delivered
    assert len(delivered) == len(intended.planned) - 1
    assert Visa.objects.get(jti=jti).revoked_because == "revoked"


def test_an_intent_of_which_nothing_stands_is_discarded():
    of = world()
    intended = intend(of, client_of(of.download))
    signed = visas.sign(intended)

    key_service.revoke(kid=keys.active("token").kid, by=TESTS, now=timezone.now())
    delivered = visas.deliver(intended, signed, now=timezone.now())

    row = PassportIntent.objects.get()
    assert (delivered, row.delivered_at) == ({}, None)
    assert row.discarded_at is not None


def test_a_key_that_is_rotated_between_plan_and_signature_completes_what_was_planned():
    of = world()
    intended = intend(of, client_of(of.download))

    key_service.rotate(use="token", by=TESTS, now=timezone.now())
    delivered = visas.deliver(intended, visas.sign(intended), now=timezone.now())

    assert len(delivered) == len(intended.planned)
    assert {flows.read(token)["sub"] for token in delivered.values()} == {of.access.ada.subject}


def test_what_was_being_recorded_while_its_key_was_revoked_is_found_a_minute_later():
    of = world()
    intended = intend(of, client_of(of.download))
    key_service.revoke(kid=keys.active("token").kid, by=TESTS, now=timezone.now())
    outbox.drain()
    # As if it had been committed just now.
    Visa.objects.update(revoked_at=None, revoked_because="")

    outbox.drain(now=timezone.now() + timedelta(minutes=1))

    assert intended.planned
    assert set(Visa.objects.values_list("revoked_because", flat=True)) == {"key_revoked"}
    assert outbox.waiting(timezone.now() + timedelta(days=1)) == 0


def test_a_withdrawn_participant_stops_new_visas_before_anything_is_propagated():
    of = world()
    client = client_of(of.download)
    before = mint(of, client)

    of.leaves(0, timezone.now())
    after = mint_visas(person=of.access.ada, client=client, now=timezone.now())

    assert len(before) == 1
    assert [one.code for one in after.withheld] == ["unconfirmed"]
    assert "ControlledAccessGrants" not in flows.by_type(list(after.visas))
    assert Visa.objects.get(jti=before[0]["jti"]).revoked_because == "shrunk"


def test_a_confirmed_host_gets_visas_again_until_somebody_else_leaves():
    of = world()
    client, dataset = client_of(of.download), of.access.dataset.pk
    of.leaves(0, timezone.now())
    mint(of, client)
    hosts.confirm(host=of.download, grant=of.grant, position=position(dataset), by=TESTS, now=timezone.now())

    confirmed = mint(of, client)
    of.leaves(1, timezone.now())

    assert (len(confirmed), mint(of, client)) == (1, [])


def test_a_host_that_enforces_keeps_its_visas_and_new_ones_name_the_new_position():
    of = world()
    client, dataset = client_of(of.enforcing), of.access.dataset.pk
    before = mint(of, client)[0]

    of.leaves(0, timezone.now())
    after = mint(of, client)[0]

    assert before["cohort"].endswith(f"{of.grant.number}?at={position(dataset) - 1}")
    assert after["cohort"].endswith(f"{of.grant.number}?at={position(dataset)}")
    assert set(Visa.objects.filter(grant=of.grant).values_list("revoked_at", flat=True)) == {None}


def test_when_the_last_participant_leaves_there_is_no_visa_anywhere():
    of = world()
    client = client_of(of.enforcing)
    mint(of, client)
    for number in range(3):
        of.leaves(number, timezone.now())

    assert mint(of, client) == []
    assert Grant.objects.get(pk=of.grant.pk).end_reason == "consent_gone"
    assert set(Visa.objects.filter(grant=of.grant).values_list("revoked_because", flat=True)) == {"consent_gone"}


def raced(work: list[Callable[[], Any]]) -> list[Any]:
    """All of it at once in any order; an error in a thread fails the test."""
    random.Random(7).shuffle(work)
    results = together(*work)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


@pytest.mark.django_db(transaction=True)
def test_however_mints_and_a_revocation_meet_no_visa_stands_afterwards(tmp_path: Path):
    with shared_database(tmp_path):
        of = world()
        client = client_of(of.enforcing)

        raced([lambda: mint(of, client) for _ in range(6)] + [lambda: end(of)])

        standing = Visa.objects.filter(grant=of.grant, revoked_at__isnull=True)
        assert standing.count() == 0
        assert mint(of, client) == []


@pytest.mark.django_db(transaction=True)
def test_however_mints_and_a_withdrawal_meet_no_visa_stands_at_a_host_that_does_not_enforce(tmp_path: Path):
    with shared_database(tmp_path):
        of = world()
        download, enforcing = client_of(of.download), client_of(of.enforcing)
        leave = lambda: of.leaves(0, timezone.now())  # noqa: E731  one line of work among the others

        raced([lambda: mint(of, download), lambda: mint(of, enforcing)] * 3 + [leave])
        outbox.drain(now=timezone.now())

        newest = position(of.access.dataset.pk)
        assert Visa.objects.filter(grant=of.grant, host=of.download, revoked_at__isnull=True).count() == 0
        assert mint(of, download) == []
        assert mint(of, enforcing)[0]["cohort"].endswith(f"?at={newest}")


@pytest.mark.django_db(transaction=True)
def test_however_a_portals_mints_and_a_withdrawal_meet_no_visa_for_every_host_stands(tmp_path: Path):
    with shared_database(tmp_path):
        of = world()
        DataHost.objects.update(enforces_cohorts=False)
        portal = flows.a_client("Portal", None, clients.AUTHORIZATION_CODE).client
        leave = lambda: of.leaves(0, timezone.now())  # noqa: E731  one line of work among the others

        raced([lambda: mint(of, portal) for _ in range(5)] + [leave])
        outbox.drain(now=timezone.now())

        assert Visa.objects.filter(grant=of.grant, revoked_at__isnull=True).count() == 0
        assert mint(of, portal) == []


@pytest.mark.django_db(transaction=True)
def test_however_a_portals_mints_and_one_more_host_meet_no_visa_from_before_it_stands(tmp_path: Path):
    with shared_database(tmp_path):
        of = world()
        DataHost.objects.filter(pk=of.download.pk).update(closed_at=timezone.now())
        portal = flows.a_client("Portal", None, clients.AUTHORIZATION_CODE).client
        late = host("attic", enforces=True)
        serve = lambda: registry.serve_dataset(  # noqa: E731  one line of work among the others
            host=late, dataset=of.access.dataset, by=TESTS, now=timezone.now()
        )

        raced([lambda: mint(of, portal) for _ in range(5)] + [serve])
        outbox.drain(now=timezone.now())

        rows = Visa.objects.filter(grant=of.grant, revoked_at__isnull=True)
        since = registry.HostedDataset.objects.get(host=late).since
        assert [row for row in rows if row.intent.at < since] == []
        assert len(mint(of, portal)) == 1


@pytest.mark.django_db(transaction=True)
def test_however_mints_and_first_members_meet_no_visa_without_a_cohort_stands(tmp_path: Path):
    with shared_database(tmp_path):
        of, programme = flows.a_world(enforces=True), consent.world("karelia")
        late = consent.enrol(programme, consent.person("late"))
        consent.answer(late, programme, consent.EVERYTHING)
        mint_for = lambda host: mint_visas(  # noqa: E731  one line of work among the others
            person=of.ada, client=of.portal.client, host=host, now=timezone.now()
        )
        join = lambda: memberships.add(  # noqa: E731
            participant=late, dataset=of.access.dataset, by=TESTS, now=timezone.now()
        )

        raced([lambda: mint_for(of.vault), lambda: mint_for(of.loch), lambda: mint_for(None)] * 2 + [join])
        outbox.drain(now=timezone.now())

        standing = Visa.objects.filter(grant=of.grant, revoked_at__isnull=True)
        assert set(standing.values_list("host__slug", "position")) <= {("vault", 1)}
        assert [len(mint_for(host).visas) for host in (of.vault, of.loch, None)] == [3, 2, 2]


@pytest.mark.django_db(transaction=True)
def test_however_mints_meet_no_place_on_the_status_list_is_given_twice(tmp_path: Path):
    with shared_database(tmp_path):
        of = world()
        client = client_of(of.enforcing)

        raced([lambda: mint(of, client) for _ in range(8)])

        places = list(Visa.objects.values_list("status_list__number", "index"))
        assert len(places) == len(set(places)) == 24


@pytest.mark.django_db(transaction=True)
def test_however_mints_and_a_key_revocation_meet_nothing_of_the_stolen_key_stands(tmp_path: Path):
    with shared_database(tmp_path):
        of = world()
        client, stolen = client_of(of.enforcing), keys.active("token").kid

        together(
            *[lambda: mint(of, client) for _ in range(5)],
            lambda: key_service.revoke(kid=stolen, by=TESTS, now=timezone.now()),
        )
        outbox.drain(now=timezone.now())

        assert Visa.objects.filter(kid=stolen, revoked_at__isnull=True).count() == 0
        assert keys.active("token").kid != stolen
        assert len(mint(of, client)) == 1
