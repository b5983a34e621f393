"""Whatever ends a right ends its visas, however it meets minting: by interleaving on purpose, and by threads.

`SIZE=full` races each cause a thousand times.
"""

import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from access.committees import terms_services as terms
from access.grants import services as grants
from access.models import Grant, GrantPerson, RequestSubmission, Visa
from access.passports import minting as visas
from governance.models import Affiliation, DataHost, User
from governance.record import outbox
from governance.services import hosts, organisations, people
from tests.access import builders
from tests.access.granted import Granted, granted, host
from tests.access.mints import mint_visas
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.races import shared_database, together
from tests.worlds import made_once

# Each block in a world of its own, so that none is slow with what the earlier rounds left.
BLOCKS, ROUNDS = (20, 50) if os.environ.get("SIZE") == "full" else (1, 3)
MINTS = 3


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=True):
        yield


@dataclass
class Cause:
    """What ends a right, and what makes it as it was.

    `leaves`: the visas that say who the person is. `again`: there may be new visas at once, of another sort.
    `worker_alone`: delivery does not look for it.
    """

    ends: Callable[[Granted], object]
    undone: Callable[[Granted], object]
    leaves: bool = False
    again: bool = False
    worker_alone: bool = False
    at: str = "arkiv"

    def carried_out(self, of: Granted) -> None:
        """The cause, and then what the worker does."""
        self.ends(of)
        outbox.drain()


def ada(of: Granted) -> User:
    return User.objects.get(pk=of.access.ada.pk)


def ends_affiliation(of: Granted) -> None:
    standing = Affiliation.objects.get(person=of.access.ada, ended_at__isnull=True)
    organisations.end_affiliation(affiliation=standing, by=TESTS, now=timezone.now())


def belongs_again(of: Granted) -> None:
    builders.belongs(of.access.university, of.access.ada)
    GrantPerson.objects.update(ended_at=None)


def closes_account(of: Granted) -> None:
    people.close_account(person=of.access.ada, because="left", by=TESTS, now=timezone.now())


def opens_account(of: Granted) -> None:
    User.objects.filter(pk=of.access.ada.pk).update(is_active=True)
    GrantPerson.objects.update(ended_at=None)


def takes_away_the_second_factor(of: Granted) -> None:
    with people.second_factor_followed(person=of.access.ada, now=timezone.now()):
        Authenticator.objects.filter(user=of.access.ada).delete()


def sets_one_up(of: Granted) -> None:
    second_factor(of.access.ada)


def publishes_terms(of: Granted) -> None:
    """The request came before the committee had terms, so that those are asked for which it has now."""
    builders.terms_of(of.access.committee, f"Use the data well, {random.random()}.")


def accepts_them(of: Granted) -> None:
    newest = of.access.committee.terms.order_by("-number")[0]
    terms.accept_terms(terms=newest, sha256=newest.sha256, by=of.access.ada, now=timezone.now())


def revokes_the_persons_part(of: Granted) -> None:
    grants.end_person(grant=of.grant, person=of.access.ada, note="She left.", by=TESTS, now=timezone.now())


def named_again(of: Granted) -> None:
    GrantPerson.objects.update(ended_at=None)


def suspends(of: Granted) -> None:
    grants.suspend(grant=of.grant, note="outstanding", by=TESTS, now=timezone.now())


def resumes(of: Granted) -> None:
    grants.activate_if_ready(grant=of.grant, now=timezone.now())


def closes_the_host(of: Granted) -> None:
    hosts.close_host(host=of.download, because="left", by=TESTS, now=timezone.now())


def opens_the_host(of: Granted) -> None:
    DataHost.objects.filter(pk=of.download.pk).update(closed_at=None)


def stops_enforcing(of: Granted) -> None:
    hosts.change_host(host=of.enforcing, enforces_cohorts=False, by=TESTS, now=timezone.now())


def enforces_again(of: Granted) -> None:
    DataHost.objects.filter(pk=of.enforcing.pk).update(enforces_cohorts=True)


CAUSES = {
    "affiliation": Cause(ends_affiliation, belongs_again),
    "account": Cause(closes_account, opens_account),
    "second factor": Cause(takes_away_the_second_factor, sets_one_up),
    "terms": Cause(publishes_terms, accepts_them, leaves=True, worker_alone=True),
    "part in a grant": Cause(revokes_the_persons_part, named_again, leaves=True),
    "suspension": Cause(suspends, resumes, leaves=True),
    "host closed": Cause(closes_the_host, opens_the_host),
    "host stops enforcing": Cause(stops_enforcing, enforces_again, again=True, worker_alone=True, at="harbour"),
}
each_cause = pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)


@made_once
def world() -> Granted:
    """Ada, with a second factor, holds a grant of a committee that asks for the terms that it has now."""
    standing_keys()
    of = granted()
    second_factor(of.access.ada)
    RequestSubmission.terms.through.objects.all().delete()
    return of


def mint(of: Granted, cause: Cause) -> visas.Minted:
    return mint_visas(person=ada(of), client=None, host=DataHost.objects.get(slug=cause.at), now=timezone.now())


def intend(of: Granted, cause: Cause) -> visas.Intended:
    return visas.record_intent(
        person=of.access.ada, client=None, host=DataHost.objects.get(slug=cause.at), now=timezone.now()
    )


def standing(of: Granted, cause: Cause) -> int:
    """How many visas stand that the cause should have ended."""
    rows = Visa.objects.filter(intent__person=of.access.ada, revoked_at__isnull=True, exp__gt=timezone.now())
    if cause.again:
        rows = rows.filter(position__isnull=False)
    return (rows.filter(grant__isnull=False) if cause.leaves else rows).count()


@each_cause
@pytest.mark.django_db(transaction=True)
def test_a_visa_in_flight_is_on_the_list_or_was_never_made(tmp_path: Path, cause: Cause) -> None:
    with shared_database(tmp_path):
        of = world()
        recorded, caused = threading.Event(), threading.Event()

        def minting() -> dict[str, str]:
            with transaction.atomic():
                intended = intend(of, cause)
                recorded.set()
                # Committed once the cause was, where that does not wait for us.
                caused.wait(0.5)
            signed = visas.sign(intended)
            worked.wait(30)
            return visas.deliver(intended, signed, now=timezone.now())

        def ending() -> None:
            recorded.wait(30)
            cause.ends(of)
            caused.set()
            outbox.drain()
            worked.set()

        worked = threading.Event()
        delivered, ended = together(minting, ending)

        assert ended is None
        assert isinstance(delivered, dict)
        assert standing(of, cause) == 0
        assert not set(delivered) & set(Visa.objects.filter(revoked_at__isnull=False).values_list("jti", flat=True))
        assert (len(delivered) > 0) == cause.leaves


@each_cause
@pytest.mark.django_db
def test_what_is_delivered_looks_at_the_causes_though_the_worker_is_late(cause: Cause) -> None:
    of = world()
    intended = intend(of, cause)
    before = {one.row.jti for one in intended.planned if one.row.grant_id or not cause.leaves}

    cause.ends(of)
    delivered = visas.deliver(intended, visas.sign(intended), now=timezone.now())

    # What the worker alone finds out is on the status list when it has.
    if cause.worker_alone:
        outbox.drain()
        assert standing(of, cause) == 0
    else:
        assert not before & set(delivered)


@each_cause
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.django_db(transaction=True)
def test_however_mints_and_a_cause_meet_no_visa_stands_afterwards(tmp_path: Path, cause: Cause, block: int) -> None:
    chance = random.Random(block)
    with shared_database(tmp_path):
        of = world()
        accepts_them(of)
        for _round in range(ROUNDS):
            assert len(mint(of, cause).visas) > 1
            work: list[Callable[[], object]] = [lambda: mint(of, cause)] * MINTS + [lambda: cause.carried_out(of)]
            chance.shuffle(work)

            results = together(*work)
            outbox.drain()

            assert [one for one in results if isinstance(one, BaseException)] == []
            assert standing(of, cause) == 0
            assert [one for one in mint(of, cause).visas if not (cause.leaves or cause.again)] == []
            cause.undone(of)


@pytest.mark.django_db
def test_one_more_host_ends_the_visas_that_were_for_every_host() -> None:
    of = world()
    of.grant.line.dataset_version.dataset.hosted.filter(host=of.download).delete()
    mint_visas(person=ada(of), client=None, now=timezone.now())
    before = Grant.objects.get(pk=of.grant.pk).visas.filter(revoked_at__isnull=True).count()

    hosts.serve_dataset(host=host("third", enforces=True), dataset=of.access.dataset, by=TESTS, now=timezone.now())
    outbox.drain()

    assert (before, standing(of, CAUSES["suspension"])) == (1, 0)
