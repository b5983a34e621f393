"""Each listener's part of a message is a row of its own: one that fails, or that a broker loses, holds up no other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.models import Delivery, OutboxMessage
from governance.record import deliveries, listeners, outbox
from governance.record.listeners import Queue

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
KIND = "drill.pushed"


@pytest.fixture
def pushed() -> Iterator[list[tuple[str, str]]]:
    """What was pushed to which host: one of them refuses as long as `refusing` holds its name."""
    told: list[tuple[str, str]] = []
    before = dict(listeners._listeners)

    def push(payload: dict[str, Any], now: datetime) -> None:
        if payload["to"] == "deaf":
            raise ConnectionError("refused")
        told.append((payload["to"], payload["name"]))

    outbox.subscribe(KIND, push, each=lambda payload: payload["hosts"])
    yield told
    listeners._listeners.clear()
    listeners._listeners.update(before)


def published(name: str, hosts: list[str]) -> OutboxMessage:
    return outbox.publish(KIND, {"name": name, "hosts": hosts}, now=NOW)


def told(message: OutboxMessage) -> dict[str, str]:
    return {row.to: row.outcome.value for row in message.deliveries.all()}


def test_a_host_that_refuses_holds_up_no_other(pushed: list[tuple[str, str]]) -> None:
    message = published("first", ["deaf", "harbour", "arkiv"])

    outbox.drain(now=NOW)

    assert pushed == [("arkiv", "first"), ("harbour", "first")]
    assert told(message) == {"arkiv": "done", "deaf": "failed", "harbour": "done"}
    assert list(outbox.unfinished()) == [message]


def test_what_was_given_up_for_one_host_is_shown_and_the_rest_is_done(pushed: list[tuple[str, str]]) -> None:
    message = published("first", ["deaf", "harbour"])
    late = NOW + timedelta(hours=76)

    outbox.drain(now=late)

    assert told(message) == {"deaf": "given_up", "harbour": "done"}
    assert (outbox.given_up(), outbox.waiting(late + timedelta(days=1))) == (1, 0)


def test_fanning_out_twice_adds_only_what_is_missing(pushed: list[tuple[str, str]]) -> None:
    message = published("first", ["harbour"])
    outbox.drain(now=NOW)
    outbox.subscribe(KIND, lambda payload, now: pushed.append(("joined", payload["name"])), name="joined")
    OutboxMessage.objects.update(fanned_at=None)

    outbox.drain(now=NOW)

    assert pushed == [("harbour", "first"), ("joined", "first")]
    assert message.deliveries.count() == 2


def test_a_delivery_whose_listener_is_not_known_here_waits_for_who_knows_it(pushed: list[tuple[str, str]]) -> None:
    message = published("first", ["harbour"])
    deliveries.fan_out(NOW)
    message.deliveries.update(listener="of another version")

    outbox.drain(now=NOW)

    row = message.deliveries.get()
    assert (row.error, row.outcome.value, row.due_at) == ("NobodyListens", "failed", NOW + timedelta(seconds=1))


def test_a_worker_of_some_kinds_leaves_the_others(pushed: list[tuple[str, str]]) -> None:
    outbox.subscribe(KIND, lambda payload, now: pushed.append(("mailed", "")), name="mail", queue=Queue.MAIL)
    published("first", ["harbour"])

    assert outbox.drain(now=NOW, queues=[Queue.MAIL]) == 1
    assert pushed == [("mailed", "")]
    assert outbox.drain(now=NOW) == 1


# --- Beside a broker --------------------------------------------------------------------------------------------------
def test_each_delivery_is_handed_to_the_broker_once_and_again_when_it_was_lost(pushed: list[tuple[str, str]]) -> None:
    published("first", ["arkiv", "harbour"])
    deliveries.fan_out(NOW)
    sent: list[str] = []

    def hand_over(seconds: float) -> list[str]:
        sent.clear()
        deliveries.hand_over(lambda one: sent.append(one.to), NOW + timedelta(seconds=seconds))
        return list(sent)

    at_once, again, after_a_minute = hand_over(0), hand_over(1), hand_over(61)

    assert (at_once, again, after_a_minute) == (["arkiv", "harbour"], [], ["arkiv", "harbour"])


def test_what_the_broker_refuses_is_due_at_once(pushed: list[tuple[str, str]]) -> None:
    published("first", ["a", "b", "c"])
    deliveries.fan_out(NOW)
    sent: list[str] = []

    def send(one: Delivery) -> None:
        if one.to == "b":
            raise ConnectionError("away")
        sent.append(one.to)

    with pytest.raises(ConnectionError):
        deliveries.hand_over(send, NOW)
    deliveries.hand_over(lambda one: sent.append(one.to), NOW)

    assert sent == ["a", "b", "c"]


def test_no_more_lies_at_the_broker_than_it_is_meant_to_hold(
    pushed: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "AT_BROKER", 2)
    published("first", ["a", "b", "c"])
    deliveries.fan_out(NOW)
    sent: list[int] = []

    first = deliveries.hand_over(lambda one: sent.append(one.pk), NOW)
    none = deliveries.hand_over(lambda one: sent.append(one.pk), NOW)
    deliveries.carry_out(NOW, only=sent[0])
    next_ = deliveries.hand_over(lambda one: sent.append(one.pk), NOW)

    assert (first, none, next_) == (2, 0, 1)


def test_a_task_that_comes_twice_finds_its_row_done(pushed: list[tuple[str, str]]) -> None:
    published("first", ["harbour"])
    deliveries.fan_out(NOW)
    row = Delivery.objects.get()

    carried = [deliveries.carry_out(NOW, only=row.pk), deliveries.carry_out(NOW, only=row.pk)]

    assert (carried, pushed) == ([1, None], [("harbour", "first")])


def test_done_deliveries_go_after_a_month_and_their_messages_stay(pushed: list[tuple[str, str]]) -> None:
    message = published("first", ["harbour", "deaf"])
    outbox.drain(now=NOW)

    kept = deliveries.forget_done(NOW + timedelta(days=30))
    gone = deliveries.forget_done(NOW + timedelta(days=30, seconds=1))

    assert (kept, gone) == (0, 1)
    assert told(message) == {"deaf": "failed"}
