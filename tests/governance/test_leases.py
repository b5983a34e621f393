"""One process at a time keeps the schedule, whoever else would; a killed one leaves it to the next."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from governance.models import Lease
from governance.record import leases, worker
from tests.races import shared_database, together

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
NAME = "drill"


@pytest.fixture
def ran() -> Iterator[list[str]]:
    """A schedule of one item that is always due, and what it did."""
    names: list[str] = []
    before = list(worker._schedule)
    worker._schedule[:] = [worker.Scheduled("drill", 0, lambda now: names.append(Lease.objects.get().holder))]
    yield names
    worker._schedule[:] = before


@pytest.mark.django_db
def test_a_lease_is_one_holders_until_it_is_over() -> None:
    def take(holder: str, seconds: float) -> bool:
        return leases.take(NAME, holder, 6, NOW + timedelta(seconds=seconds))

    taken = [take("a", 0), take("b", 1), take("a", 4), take("b", 7), take("b", 10), take("a", 11)]

    assert taken == [True, False, True, False, True, False]
    assert Lease.objects.get(name=NAME).until == NOW + timedelta(seconds=16)


@pytest.mark.django_db
def test_a_lease_that_is_left_is_free_at_once_and_only_its_holder_leaves_it() -> None:
    leases.take(NAME, "a", 6, NOW)

    leases.release(NAME, "b")
    before = leases.take(NAME, "b", 6, NOW)
    leases.release(NAME, "a")

    assert (before, leases.take(NAME, "b", 6, NOW)) == (False, True)


@pytest.mark.django_db
def test_of_two_schedulers_one_runs_and_the_other_takes_over_when_it_is_gone(ran: list[str]) -> None:
    did = [worker.keep_schedule("a"), worker.keep_schedule("b"), worker.keep_schedule("a")]
    leases.release(worker.SCHEDULE, "a")
    did.append(worker.keep_schedule("b"))

    assert (did, ran) == ([1, 0, 1, 1], ["a", "a", "b"])


@pytest.mark.django_db(transaction=True)
def test_of_many_that_ask_at_the_same_moment_one_gets_it(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        got = together(*[lambda holder=holder: leases.take(NAME, holder, 60) for holder in "abcdefgh"])
        connection.close()

    assert sorted(map(str, got)) == ["False"] * 7 + ["True"]


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_held_on_while_its_work_takes_longer_than_it(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        assert leases.take(NAME, "a", 0.3)
        first = Lease.objects.get(name=NAME).until
        with leases.kept(NAME, "a", 0.3):
            while Lease.objects.get(name=NAME).until < first + timedelta(seconds=1):
                assert not leases.take(NAME, "b", 0.3)
        connection.close()
