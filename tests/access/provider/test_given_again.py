"""UserInfo gives the same visas again within five minutes, until anything that they rest on is not as it was."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.committees import terms_services as terms
from access.domain.visas import MIN_LIFE
from access.grants import services as grants
from access.models import GrantPerson, HostAcknowledgement, PassportIntent, Visa
from access.passports import client_services as clients
from access.passports import given_again
from access.passports.tokens import peek
from access.visas import revocation
from consent.models import CohortChange
from governance.models import Affiliation, HostedDataset, OntologyRelease, SigningKey, User
from governance.services import hosts, organisations
from governance.services import keys as key_service
from tests.access import builders
from tests.access.granted import Granted, another_grant, granted, host
from tests.access.provider import flows
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.worlds import made_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    given_again.forget()
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=True) as clock:
        yield clock
    given_again.forget()


class Portal:
    """A portal that asks for Ada, who has one grant on a dataset that one enforcing host serves."""

    def __init__(self) -> None:
        standing_keys()
        self.of: Granted = granted()
        self.of.access.dataset.hosted.filter(host=self.of.download).delete()
        self.ada = second_factor(self.of.access.ada)
        self.client = flows.a_client("Portal", None, clients.AUTHORIZATION_CODE).client

    def ids(self) -> set[str]:
        """Which visas the portal is given now."""
        given = given_again.visas_for(person=User.objects.get(pk=self.ada.pk), client=self.client, now=timezone.now())
        return {str(peek(visa)[1]["jti"]) for visa in given.visas}

    def gives_the_same(self) -> bool:
        before = self.ids()
        assert before == self.ids() != set()
        return True


@pytest.fixture
@made_once
def portal() -> Portal:
    return Portal()


def test_what_stands_is_given_again_and_counted(portal: Portal) -> None:
    given = [portal.ids() for _ in range(3)]

    assert given[0] == given[1] == given[2]
    assert len(given[0]) == 3
    assert [(one.given, one.asked) for one in PassportIntent.objects.all()] == [(3, 3)]
    assert Visa.objects.count() == 3


def test_each_client_and_each_person_is_given_visas_of_their_own(portal: Portal) -> None:
    first = portal.ids()
    portal.client = flows.a_client("Other", None, clients.AUTHORIZATION_CODE).client
    second = portal.ids()
    another_grant(portal.of, "grace")
    portal.ada = second_factor(User.objects.get(username="grace"))

    assert len({frozenset(one) for one in (first, second, portal.ids())}) == 3


def _later(**by: int) -> Callable[[Portal, Any], object]:
    return lambda portal, clock: clock.shift(timedelta(**by))


def _revoked(portal: Portal, clock: Any) -> object:
    held = portal.of.now()
    return revocation.revoke_visas(grant=held, because="tests", now=timezone.now())


def _closed(portal: Portal, clock: Any) -> object:
    return User.objects.filter(pk=portal.ada.pk).update(is_active=False)


def _suspended(portal: Portal, clock: Any) -> object:
    return grants.suspend(grant=portal.of.now(), note="late", by=TESTS, now=timezone.now())


def _left(portal: Portal, clock: Any) -> object:
    return portal.of.leaves(0, timezone.now())


def _labelled(portal: Portal, clock: Any) -> object:
    dataset = portal.of.access.dataset
    return type(dataset).objects.filter(pk=dataset.pk).update(data_use={"permission": "HMB"})


def _published(portal: Portal, clock: Any) -> object:
    return builders.terms_of(portal.of.access.committee, "Use the data very well.")


def _deaf(portal: Portal, clock: Any) -> object:
    return HostAcknowledgement.objects.create(
        host=portal.of.enforcing,
        grant=portal.of.grant,
        needs_position=99,
        changed_at=timezone.now() - timedelta(hours=1),
    )


def _serves(portal: Portal, clock: Any) -> object:
    third = host("third", enforces=True)
    return hosts.serve_dataset(host=third, dataset=portal.of.access.dataset, by=TESTS, now=timezone.now())


def _host_closed(portal: Portal, clock: Any) -> object:
    return type(portal.of.enforcing).objects.filter(pk=portal.of.enforcing.pk).update(closed_at=timezone.now())


def _activated(portal: Portal, clock: Any) -> object:
    return OntologyRelease.objects.create(
        name="HP",
        version="1",
        sha256="0" * 64,
        state=OntologyRelease.State.ACTIVE,
        imported_at=timezone.now(),
        activated_at=timezone.now(),
    )


def _belongs_elsewhere(portal: Portal, clock: Any) -> object:
    return builders.belongs(builders.organisation("sea"), portal.ada)


def _affiliation_over(portal: Portal, clock: Any) -> object:
    standing = Affiliation.objects.get(person=portal.ada)
    return organisations.end_affiliation(affiliation=standing, by=TESTS, now=timezone.now())


# What each cause leaves: visas anew, or of them those that say who she is, or none.
CAUSES: dict[str, tuple[Callable[[Portal, Any], object], int]] = {
    "five minutes": (_later(minutes=5), 3),
    "a clock that was put back": (_later(seconds=-30), 3),
    "a revoked visa": (_revoked, 3),
    "a closed account": (_closed, 0),
    "no second factor any more": (lambda portal, _: Authenticator.objects.filter(user=portal.ada).delete(), 0),
    "an affiliation ended": (_affiliation_over, 0),
    "another affiliation": (_belongs_elsewhere, 4),
    "a suspended grant": (_suspended, 1),
    "a part in the grant that ended": (
        lambda portal, _: GrantPerson.objects.filter(person=portal.ada).update(ended_at=timezone.now()),
        1,
    ),
    "a member who left, not yet judged": (_left, 3),
    "another label": (_labelled, 3),
    "new terms": (_published, 3),
    "a host gone deaf": (_deaf, 2),
    "one more host": (_serves, 3),
    "a host that closed": (_host_closed, 1),
    "another setting of a host": (
        lambda portal, _: hosts.change_host(host=portal.of.enforcing, by=TESTS, now=timezone.now(), visa_typ="JWT"),
        3,
    ),
    "a host that serves it no more": (lambda portal, _: HostedDataset.objects.all().delete(), 1),
    "another ontology": (_activated, 3),
    "a rotated key revoked": (
        lambda portal, _: key_service.revoke(
            kid=SigningKey.objects.get(use="token", state="active").kid, by=TESTS, now=timezone.now()
        ),
        3,
    ),
}


@pytest.mark.parametrize(("cause", "left"), CAUSES.values(), ids=CAUSES)
def test_nothing_is_given_again_once_anything_is_not_as_it_was(
    portal: Portal, clock: time_machine.Traveller, cause: Callable[[Portal, Any], object], left: int
) -> None:
    assert portal.gives_the_same()
    before = portal.ids()

    cause(portal, clock)
    after = portal.ids()

    assert len(after) == left
    assert not after & before


def test_the_days_of_its_committee_end_what_is_given_again(portal: Portal, clock: time_machine.Traveller) -> None:
    assert portal.of.access.committee.time_zone == "Europe/Helsinki"
    clock.move_to((builders.NOW + timedelta(days=1)).replace(hour=21, minute=58))
    before = portal.ids()
    assert before == portal.ids()

    clock.shift(timedelta(minutes=2, seconds=1))

    assert not before & portal.ids()


def test_whatever_is_given_again_has_half_of_its_life_before_it() -> None:
    assert given_again.FOR <= MIN_LIFE / 2


def test_newer_terms_that_were_accepted_are_told_at_once(portal: Portal) -> None:
    newest = builders.terms_of(portal.of.access.committee, "Use the data well.")
    before = portal.ids()
    assert before == portal.ids()

    terms.accept_terms(terms=newest, sha256=newest.sha256, by=portal.ada, now=timezone.now())

    assert not before & portal.ids()


def test_what_is_withheld_is_looked_at_each_time(portal: Portal) -> None:
    """A host that has to confirm may do so at any moment, and visas come at once."""
    _deaf(portal, None)
    first = portal.ids()
    HostAcknowledgement.objects.all().delete()

    assert (len(first), len(portal.ids())) == (2, 3)


def test_other_peoples_changes_end_nothing_of_hers(portal: Portal) -> None:
    before = portal.ids()
    grant = another_grant(portal.of, "grace")
    grants.suspend(grant=grant, note="late", by=TESTS, now=timezone.now())

    assert CohortChange.objects.exists()
    assert portal.ids() == before


def test_userinfo_again_signs_nothing_and_costs_three_statements_whatever_the_number_of_grants(portal: Portal) -> None:
    def cost() -> int:
        portal.ids()
        with CaptureQueriesContext(connection) as queries:
            portal.ids()
        return len([one for one in queries if "SAVEPOINT" not in one["sql"]])

    one = cost()
    for number in range(4):
        another_grant(portal.of, f"colleague-{number}").people.create(person=portal.ada, since=builders.NOW)
    several = cost()

    # And one for who the person is, which the token tells at UserInfo.
    assert one == several == 3
