"""What must be done outside a transaction is done: at least once, with its effect once, and never silently dropped."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from governance.domain.events import ANNOUNCED, Kind, Subject
from governance.models import AuditEvent, Delivery, OutboxMessage
from governance.record import audit, deliveries, listeners, outbox
from tests.access.granted import LATER, granted, propagate
from tests.acting import DRILL
from tests.governance.worker_process import KIND
from tests.processes import eventually, process, says
from tests.races import shared_database

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
FAILING, WORKING = "drill.fails", "drill.works"


@pytest.fixture
def carried_out() -> Iterator[list[str]]:
    """What was carried out, by a handler that always works beside one that always fails."""
    names: list[str] = []

    def works(payload: dict[str, Any], now: datetime) -> None:
        names.append(payload["name"])

    @transaction.atomic
    def fails(payload: dict[str, Any], now: datetime) -> None:
        audit.record(Kind.PERSON_CREATED, by=DRILL, about=Subject("drill", payload["name"]), now=now)
        raise ConnectionError("canary-address.example refused")

    before = {kind: dict(found) for kind, found in listeners._listeners.items()}
    outbox.subscribe(WORKING, works)
    outbox.subscribe(FAILING, fails)
    yield names
    listeners._listeners.clear()
    listeners._listeners.update(before)


def published(kind: str, name: str, now: datetime = NOW) -> OutboxMessage:
    return outbox.publish(kind, {"name": name}, now=now)


def delivered(message: OutboxMessage) -> Delivery:
    """The one delivery of a message."""
    return message.deliveries.get()


def test_what_is_due_is_carried_out_oldest_first(carried_out: list[str]) -> None:
    published(WORKING, "first")
    published(WORKING, "second")
    outbox.publish(WORKING, {"name": "tomorrow"}, now=NOW, due=NOW + timedelta(days=1))

    done = outbox.drain(now=NOW)

    assert (done, carried_out) == (2, ["first", "second"])
    assert outbox.waiting(NOW) == 0
    assert outbox.waiting(NOW + timedelta(days=1)) == 1


def test_what_fails_waits_longer_each_time_and_holds_up_nobody(carried_out: list[str]) -> None:
    message = published(FAILING, "stuck")
    published(WORKING, "free")
    deliveries.fan_out(NOW)
    waits = []

    for _ in range(12):
        before = delivered(message).due_at
        outbox.drain(now=before)
        waits.append(int((delivered(message).due_at - before).total_seconds()))

    failing = delivered(message)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert (failing.tries, failing.done_at, carried_out) == (12, None, ["free"])
    assert failing.outcome == Delivery.Outcome.FAILED


def test_what_fails_leaves_no_half_of_its_effect_and_no_address_in_its_error(carried_out: list[str]) -> None:
    failing = published(FAILING, "stuck")

    outbox.drain(now=NOW)

    assert delivered(failing).error == "ConnectionError"
    assert not AuditEvent.objects.filter(subject_kind="drill").exists()


def test_after_75_hours_it_is_given_up_and_stays_to_be_seen(carried_out: list[str]) -> None:
    failing = published(FAILING, "stuck")

    outbox.drain(now=NOW + timedelta(hours=75))
    at_the_limit = delivered(failing).given_up_at
    outbox.drain(now=NOW + timedelta(hours=75, minutes=11))

    given_up = delivered(failing)
    assert (at_the_limit, given_up.given_up_at) == (None, NOW + timedelta(hours=75, minutes=11))
    assert (given_up.done_at, given_up.outcome) == (None, Delivery.Outcome.GIVEN_UP)
    assert outbox.given_up() == 1


def test_what_was_given_up_can_be_replayed(carried_out: list[str]) -> None:
    given_up = published(FAILING, "stuck", NOW - timedelta(hours=76))
    outbox.drain(now=NOW)
    OutboxMessage.objects.filter(pk=given_up.pk).update(kind=WORKING)
    given_up.deliveries.update(listener="works")

    again = outbox.replay(now=NOW)

    assert (again, outbox.given_up(), outbox.drain(now=NOW), carried_out) == (1, 0, 1, ["stuck"])


def test_what_waits_and_what_was_given_up_is_seen_from_outside_and_replayed_by_command(client: Client) -> None:
    message = OutboxMessage.objects.create(kind=WORKING, created_at=NOW, due_at=NOW, fanned_at=NOW)
    message.deliveries.create(listener="works", queue="deliveries", due_at=NOW, given_up_at=NOW)
    said = StringIO()

    before = client.get("/health/ready").json()
    call_command("worker", "--replay", stdout=said)
    after = client.get("/health/ready").json()

    quiet = {"grants_unjudged": 0, "ledgers_not_whole": 0, "record_unsealed": 0}
    assert before == {"ready": True, "outbox_waiting": 0, "outbox_given_up": 1, **quiet}
    assert said.getvalue() == "1 messages are due again\n"
    assert after == {"ready": True, "outbox_waiting": 1, "outbox_given_up": 0, **quiet}


def test_of_two_handlers_one_that_fails_does_not_undo_the_other(carried_out: list[str]) -> None:
    outbox.subscribe(FAILING, outbox.handlers()[WORKING][0])
    message = published(FAILING, "both")

    outbox.drain(now=NOW)
    outbox.drain(now=NOW + timedelta(seconds=1))

    assert (carried_out, outbox.waiting(NOW + timedelta(seconds=3))) == (["both"], 1)
    told = {row.listener: (row.tries, row.outcome) for row in message.deliveries.all()}
    assert told == {"works": (1, Delivery.Outcome.DONE), "fails": (2, Delivery.Outcome.FAILED)}


def test_what_a_worker_has_claimed_is_left_to_it_until_the_claim_is_over(carried_out: list[str]) -> None:
    def meanwhile(payload: dict[str, Any], now: datetime) -> None:
        another_worker.append(outbox.drain(now=NOW))
        another_worker.append(outbox.drain(now=NOW + deliveries.CLAIM))

    another_worker: list[int] = []
    outbox.subscribe(WORKING, meanwhile)
    published(WORKING, "slow")

    done = outbox.drain(now=NOW)

    # Nothing to do during the first claim, nor during the second of the one who took it over; nobody does it three times.
    assert another_worker == [0, 0, 0, 1]
    # Who listens beside it has a delivery of their own, done once.
    assert (done, carried_out) == (1, ["slow"])


@pytest.mark.django_db(transaction=True)
def test_no_handler_runs_in_a_transaction_that_it_did_not_open(tmp_path: Path, carried_out: list[str]) -> None:
    inside: list[bool] = []
    with shared_database(tmp_path):
        outbox.subscribe(WORKING, lambda payload, now: inside.append(connection.in_atomic_block))
        published(WORKING, "alone")

        outbox.drain(now=NOW)

    assert inside == [False]


def test_messages_about_one_thing_are_carried_out_together_by_the_newest(carried_out: list[str]) -> None:
    outbox.subscribe(WORKING, outbox.handlers()[WORKING][0], about="of")
    for of, name in (("a", "first"), ("b", "other"), ("a", "newest")):
        outbox.publish(WORKING, {"of": of, "name": name}, now=NOW)

    assert (outbox.drain(now=NOW), carried_out) == (3, ["newest", "other"])


def test_what_fails_together_waits_together_and_is_given_up_by_its_own_age(carried_out: list[str]) -> None:
    outbox.subscribe(FAILING, outbox.handlers()[FAILING][0], about="name")
    old = published(FAILING, "same", NOW - timedelta(hours=76))
    young = published(FAILING, "same")

    outbox.drain(now=NOW)

    assert (delivered(old).given_up_at, delivered(young).given_up_at) == (NOW, None)
    assert (delivered(old).due_at, delivered(young).due_at) == (NOW + timedelta(seconds=1),) * 2


def test_a_message_that_comes_twice_takes_effect_once() -> None:
    of = granted()
    of.leaves(0)
    propagate()
    once = list(AuditEvent.objects.values_list("pk", flat=True))

    Delivery.objects.update(done_at=None, due_at=LATER)
    OutboxMessage.objects.update(fanned_at=None)
    carried = propagate()

    assert carried > 0
    assert list(AuditEvent.objects.values_list("pk", flat=True)) == once
    assert of.now().cohort_size == 2


def test_every_announced_kind_has_somebody_who_listens_or_is_for_hosts_alone() -> None:
    unheard = {kind.value for kind in ANNOUNCED if kind.value not in outbox.handlers()}

    # Both reach hosts by feed and status list; pushed events will listen here.
    assert unheard == {"grant.shrunk", "grant.person_ended"}


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_claimed_is_carried_out_by_the_next_once(tmp_path: Path) -> None:
    with shared_database(tmp_path):
        with transaction.atomic():
            message = published(KIND, "claimed")
        arguments = ("-m", "tests.governance.worker_process", str(tmp_path))

        with process(*arguments, folder=tmp_path) as worker:
            says(worker, "ready")
            eventually((tmp_path / "claimed").exists, "the worker claims the message")
            worker.kill()
            worker.wait()
        after_the_kill = list(AuditEvent.objects.filter(subject_kind="drill").values_list("subject_id", flat=True))
        (tmp_path / "go").touch()
        with process(*arguments, folder=tmp_path):
            eventually(lambda: delivered(message).done_at is not None, "the next worker carries it out")

        assert after_the_kill == []
        assert list(AuditEvent.objects.filter(subject_kind="drill").values_list("subject_id", flat=True)) == ["claimed"]
