"""Who waits for whom on PostgreSQL, by holding one transaction open while another works (docs/locks.md)."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from access.grants import services as grants
from access.hosts import services as hosts
from access.models import Grant, HostAcknowledgement, PassportIntent
from access.passports import client_services as clients
from access.passports import given_again
from access.visas import status_lists
from consent.selectors.positions import position
from governance.locks import lock_person
from governance.models import User
from tests.access import builders
from tests.access.granted import Granted, another_grant, granted
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.races import shared_database, together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql"),  # on SQLite everybody who writes waits
]


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=True):
        yield


def world() -> Granted:
    """Ada and Bo hold grants on one dataset."""
    standing_keys()
    of = granted()
    bo = another_grant(of, "bo").people.get().person
    for person in (of.access.ada, bo):
        second_factor(person)
    return of


def mint(of: Granted, name: str) -> int:
    person = User.objects.get(username=name)
    return len(mint_visas(person=person, client=None, host=of.enforcing, now=timezone.now()).visas)


def while_held(held: Callable[[], object], work: Callable[[], object]) -> bool:
    """Whether work ends while a transaction that did `held` is open."""
    begun, ended = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def hold() -> None:
        with transaction.atomic():
            held()
            begun.set()
            in_time.append(ended.wait(3))

    def do() -> None:
        begun.wait(30)
        work()
        ended.set()

    errors = [one for one in together(hold, do) if isinstance(one, BaseException)]
    assert errors == []
    return in_time[0]


def while_recording(of: Granted, name: str, work: Callable[[], object]) -> bool:
    """Whether work ends while a visa of somebody is being recorded."""
    begun, ended = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def pause(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "access_visa"'):
            begun.set()
            in_time.append(ended.wait(3))
        return execute(sql, params, many, context)

    def hold() -> None:
        with connection.execute_wrapper(pause):
            mint(of, name)

    def do() -> None:
        begun.wait(30)
        work()
        ended.set()

    errors = [one for one in together(hold, do) if isinstance(one, BaseException)]
    assert errors == []
    return in_time[0]


def test_minting_waits_for_no_other_minting(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()

        assert while_recording(of, "ada", lambda: mint(of, "ada"))
        assert while_recording(of, "ada", lambda: mint(of, "bo"))


def test_userinfo_of_different_people_queues_for_nothing_shared(tmp_path: Path) -> None:
    """Neither for visas minted, by a process that has to take places on the status list, nor for those given again."""
    with shared_database(tmp_path):
        of = world()
        portal = flows.a_client("Portal", None, clients.AUTHORIZATION_CODE).client
        of.access.dataset.hosted.filter(host=of.download).delete()
        given: list[int] = []

        def asks() -> None:
            bo = User.objects.get(username="bo")
            given.append(len(given_again.visas_for(person=bo, client=portal, now=timezone.now()).visas))

        def asks_elsewhere() -> None:
            status_lists.forget()
            asks()

        assert while_recording(of, "ada", asks_elsewhere)
        assert while_recording(of, "ada", asks)
        assert given == [3, 3]
        assert PassportIntent.objects.get(client=portal).given == 2


def test_minting_waits_for_its_own_person_and_grants_and_for_no_others(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        own = Grant.objects.get(people__person__username="ada")
        other = Grant.objects.get(people__person__username="bo")

        waits = {
            "own grant": not while_held(lambda: grants.locked(own), lambda: mint(of, "ada")),
            "own person": not while_held(lambda: lock_person(of.access.ada), lambda: mint(of, "ada")),
            "other grant": not while_held(lambda: grants.locked(other), lambda: mint(of, "ada")),
        }

        assert waits == {"own grant": True, "own person": True, "other grant": False}


def test_a_host_confirms_beside_minting_and_judging(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        newest = position(of.access.dataset.pk)

        def confirms() -> None:
            hosts.confirm(host=of.enforcing, grant=of.grant, position=newest, by=TESTS, now=timezone.now())

        beside_minting = while_recording(of, "ada", confirms)
        HostAcknowledgement.objects.all().delete()
        beside_judging = while_held(lambda: grants.locked(of.grant), confirms)

        assert (beside_minting, beside_judging) == (True, True)


def test_people_mint_beside_changes_of_their_datasets_without_a_deadlock(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        of = world()
        work: list[Callable[[], object]] = []
        for number in range(2):
            of.leaves(number, timezone.now())
            work += [lambda: mint(of, "ada"), lambda: mint(of, "bo")] * 2

        results = together(*work)

        assert [one for one in results if isinstance(one, BaseException)] == []
        assert {grant.cohort_size for grant in Grant.objects.all()} == {1}
