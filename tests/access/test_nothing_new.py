"""What is asked again and again costs the same however much there is, while there is nothing new."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.grants import evaluation, services
from access.hosts import feed_selectors as feeds
from access.hosts.services import heard_from, seal_grants
from access.models import Grant, HostFeed
from consent.models import CohortChange, DatasetPosition
from consent.selectors import positions
from governance.services import hosts as registry
from governance.services import keys
from tests.access import builders
from tests.access.granted import LATER, NOW, Granted, another_grant, granted, host, propagate
from tests.access.test_host_feeds import Api
from tests.acting import TESTS
from tests.worlds import made_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
@made_once
def of() -> Granted:
    keys.ensure(by=TESTS, now=NOW)
    return granted()


def statements(asked: Any, *args: Any, **rest: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        asked(*args, **rest)
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


def test_a_poll_without_news_costs_at_most_five_statements(of: Granted) -> None:
    harbour = Api(of.enforcing)
    cursor = harbour.get("grants").json()["cursor"]
    harbour.get("grants", since=cursor)

    asked = statements(harbour.get, "grants", since=cursor)

    # Three where the process knows the key already.
    assert len(asked) <= 5
    assert not [sql for sql in asked if 'FROM "access_grant"' in sql]
    assert HostFeed.objects.get().cursor == cursor


def test_changes_of_other_hosts_grants_are_passed_once(of: Granted) -> None:
    third = host("third", enforces=True)
    first = feeds.changed_grants(third, 0, seal_grants())
    services.end_grant(grant=of.grant, reason="revoked", note="misuse", by=of.access.chair, now=LATER)

    after = feeds.changed_grants(third, first.cursor, seal_grants())

    assert ([*first.grants, *after.grants], after.cursor) == ([], seal_grants())
    assert statements(feeds.changed_grants, third, after.cursor, seal_grants())[1:] == []


def test_the_feed_tells_of_each_grant_once_in_the_order_of_its_newest_change(
    of: Granted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "PAGE", 2)
    others = [another_grant(of, name) for name in ("bo", "carl", "dee")]
    of.leaves(0)
    propagate()
    services.end_grant(grant=of.grant, reason="revoked", note="misuse", by=of.access.chair, now=LATER)
    newest, cursor, told, pages = seal_grants(), 0, list[str](), 0
    while True:
        page = feeds.changed_grants(of.enforcing, cursor, newest)
        told += [grant.number for grant in page.grants]
        cursor, pages = page.cursor, pages + 1
        if not page.more:
            break

    assert told == [grant.number for grant in [*others, of.grant]]
    assert (pages, cursor) == (2, newest)
    assert feeds.changed_grants(of.enforcing, newest - 1, newest).grants == [of.grant]


def test_a_cursor_that_was_heard_never_goes_back(of: Granted) -> None:
    for cursor in (3, 1):
        heard_from(host=of.enforcing, cursor=cursor, now=LATER)

    assert HostFeed.objects.get().cursor == 3


def test_a_sweep_with_nothing_behind_looks_at_no_grant(of: Granted) -> None:
    of.leaves(0)
    propagate()
    evaluation.sweep(LATER)

    asked = statements(evaluation.sweep, LATER)

    assert len(asked) == 2
    assert not [sql for sql in asked if "access_grant" in sql]


def test_a_sweep_finds_what_is_behind_and_looks_at_it_once(of: Granted) -> None:
    of.leaves(0)

    assert [evaluation.sweep(LATER), evaluation.sweep(LATER)] == [1, 0]
    assert of.now().cohort_size == 2
    assert positions.behind() == {}


def test_what_the_sealer_keeps_is_what_the_changes_say(of: Granted) -> None:
    of.leaves(0)
    of.leaves(1)
    propagate()

    kept = DatasetPosition.objects.get()
    assert kept.position == CohortChange.objects.count() == positions.position(of.access.dataset.pk)


def test_an_approval_that_ended_is_followed_once(of: Granted) -> None:
    over = builders.NOW.replace(year=2028, month=1, day=2)
    due = Grant.objects.get().ethics_due

    followed = [evaluation.follow_ethics(over) for _hour in range(2)]

    # This data use asks for no approval, so that the grant goes on.
    assert (str(due), followed, of.now().state) == ("2027-12-31", [1, 0], "active")
    assert len(statements(evaluation.follow_ethics, over + timedelta(hours=1))) == 1


def test_one_more_host_reads_its_grants_from_the_beginning(of: Granted) -> None:
    third = host("third", enforces=True)
    cursor = feeds.changed_grants(third, 0, seal_grants()).cursor
    registry.serve_dataset(host=third, dataset=of.access.dataset, by=TESTS, now=LATER)

    again = feeds.changed_grants(third, 0, seal_grants())

    assert feeds.changed_grants(third, cursor, seal_grants()).grants == []
    assert again.grants == [of.grant]
