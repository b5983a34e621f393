"""A world that is put back is the world that was made, and nothing that one test does to it meets another."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from access.models import Grant
from access.verification import verify
from consent.services.verify import verify_ledger
from governance.models import SigningKey, User
from governance.services import keys
from tests import worlds
from tests.access.builders import HMB_IRB, NOW, person, world
from tests.access.granted import Granted, granted
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db
Made = TypeVar("Made")


class _Undone(Exception):
    """Takes back what a block wrote."""


def undone(work: Callable[[], Made]) -> Made:
    """What some work returns, of which the database keeps nothing: as in a test that ran before."""
    returned = []
    try:
        with transaction.atomic():
            returned.append(work())
            raise _Undone
    except _Undone:
        return returned[0]


def held() -> dict[str, list[str]]:
    """Every row of every table, in whatever order."""
    return {table.name: sorted(map(repr, table.rows)) for table in worlds.tables()}


def test_the_same_rows_stand_again():
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        made = undone(lambda: (granted(), held())[1])
        granted()

    assert len(made) > 30
    assert held() == made


def test_its_objects_are_fresh_and_name_the_rows_that_stand():
    def spoil() -> Granted:
        of = granted()
        of.participants.pop()
        of.grant.number = "another"
        return of

    spoilt, of = undone(spoil), granted()

    assert of.grant is not spoilt.grant
    assert of.grant.number == Grant.objects.get().number
    assert [one.account for one in of.participants] == list(User.objects.filter(username__startswith="participant-"))


def test_it_is_whole_and_goes_on():
    undone(granted)
    of = granted()

    assert [*verify.findings(now=NOW), *verify_ledger(now=NOW).problems] == []
    of.leaves(0)
    assert person("newcomer").pk > max(User.objects.exclude(username="newcomer").values_list("pk", flat=True))


def test_other_arguments_are_another_world():
    general = undone(lambda: world().dataset.data_use)

    assert world(data_use=HMB_IRB).dataset.data_use != general


def test_beside_what_stands_already_it_is_made_anew():
    undone(world)
    person("first")

    assert world().ada.pk > User.objects.get(username="first").pk


def test_where_a_test_asks_for_it_the_services_make_it():
    undone(granted)

    with CaptureQueriesContext(connection) as sent, worlds.made_anew():
        granted()

    assert len(sent) > 500


def test_at_another_moment_it_is_made_anew():
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        undone(standing_keys)
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        standing_keys()

    assert {key.created_at for key in SigningKey.objects.all()} == {NOW + timedelta(days=1)}


def test_a_key_made_later_is_none_of_those_that_stand():
    undone(standing_keys)
    standing_keys()
    with_it = set(SigningKey.objects.values_list("public_jwk__n", flat=True))

    keys.rotate(use=SigningKey.Use.TOKEN, by=TESTS, now=NOW + timedelta(days=30))

    assert len(with_it) > 1
    assert SigningKey.objects.count() == len(set(SigningKey.objects.values_list("kid", flat=True)))
    assert SigningKey.objects.exclude(public_jwk__n__in=with_it).exists()
