"""Grants of a dataset judged in one set come out as judged one by one, in a number of statements that does not grow."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.grants import evaluation
from access.grants import services as grants
from access.grants.judging import judge_together
from access.hosts import services as hosts
from access.models import Grant, GrantChange, HostAcknowledgement, StatusList, Visa
from consent.services import memberships
from consent.services.sealer import seal
from governance.models import AuditEvent, OutboxMessage
from governance.record import outbox
from governance.services import datasets
from tests.access import builders
from tests.access.granted import Granted, another_grant, granted, make_unreadable, rests_on
from tests.access.mints import mint_visas
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, HEALTH
from tests.governance.key_builders import standing_keys
from tests.worlds import made_once

pytestmark = pytest.mark.django_db
Judge = Callable[[list[Grant], datetime], object]
NEVER = EVERYTHING | {"repository": "no"}
LABELS: list[dict[str, Any]] = [
    {"permission": "GRU"},
    {"permission": "HMB"},
    {"permission": "HMB", "modifiers": ["IRB"]},
    {"permission": "DS", "diseases": [builders.HEART]},
    {"permission": "GRU", "modifiers": ["NPU"]},
]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=False) as traveller:
        yield traveller


class Undo(Exception):
    """Takes back what was done in a transaction."""


def outcome() -> dict[str, object]:
    """Whatever judging writes, without keys and order of new rows."""
    fields = [field.attname for field in Grant._meta.concrete_fields]
    visa = ("jti", "revoked_at", "revoked_because")
    follow = ("host", "grant", "needs_position", "changed_at", "told_at", "confirmed_position", "confirmed_at")
    event = ("kind", "actor", "subject_kind", "subject_id", "at", "detail")
    return {
        "grants": list(Grant.objects.order_by("pk").values(*fields)),
        "changes": Counter(GrantChange.objects.values_list("grant", "kind", "at")),
        "follow": sorted(HostAcknowledgement.objects.values_list(*follow)),
        "visas": list(Visa.objects.order_by("pk").values_list(*visa)),
        "lists": list(StatusList.objects.order_by("pk").values_list("changed_at")),
        "events": Counter(map(repr, AuditEvent.objects.values_list(*event))),
        "messages": Counter(map(repr, OutboxMessage.objects.values_list("kind", "payload", "due_at"))),
    }


def after(judge: Judge) -> dict[str, object]:
    """What stands after every live grant was judged so; then it is taken back."""
    found: dict[str, object] = {}
    try:
        with transaction.atomic():
            judge(list(Grant.objects.exclude(state="ended").order_by("pk")), timezone.now())
            found = outcome()
            raise Undo
    except Undo:
        return found


@made_once
def of_four_grants() -> Granted:
    """Four grants of different purposes on one dataset, of which none was judged under today's rules."""
    standing_keys()
    of = granted(others=[HEALTH, EVERYTHING, NEVER, HEALTH])
    for number, name in enumerate(("bo", "carl", "dee")):
        other = another_grant(of, name)
        changed = [{}, {"commercial": True}, {"investigations": ["DUO:0000012"]}][number]
        rests_on(other, other.submission.purpose | changed)
    Grant.objects.update(judged_under="")
    return of


class Story:
    """Four grants on one dataset with two hosts, and what happens to them at random."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.of = of_four_grants()

    def happens(self) -> None:
        """One thing, of what there is."""
        now, pick = timezone.now(), self.chance
        number = pick.randrange(len(self.of.participants))
        what = pick.choice(
            ["answers", "answers", "answers", "member", "member", "label", "judged", "host", "mint", "state"]
        )
        if what == "answers":
            self.of.answers(number, pick.choice([EVERYTHING, HEALTH, NEVER]), now)
        elif what == "member":
            self.comes_or_goes(number, now)
        elif what == "label" and pick.random() < 0.5:
            datasets.label_dataset(
                dataset=self.of.access.dataset, data_use=pick.choice(LABELS), evidence="form", by=TESTS, now=now
            )
        elif what == "judged":
            evaluation.follow(Grant.objects.filter(pk=pick.choice(Grant.objects.all()).pk), now)
        elif what == "host":
            self.host_confirms(now)
        elif what == "mint":
            for person in {grant.people.get().person for grant in Grant.objects.all()}:
                mint_visas(
                    person=person, client=None, host=pick.choice([self.of.enforcing, self.of.download, None]), now=now
                )
        elif what == "state":
            grant = pick.choice(Grant.objects.exclude(state="ended"))
            [self.suspends, self.resumes, self.forgets, self.breaks][pick.randrange(4)](grant)

    def comes_or_goes(self, number: int, now: datetime) -> None:
        who, dataset = self.of.participants[number], self.of.access.dataset
        if who.memberships.filter(end__isnull=True).exists():
            memberships.end(participant=who, dataset=dataset, by=TESTS, now=now)
        else:
            first = self.chance.choice([1, 2])
            memberships.add(participant=who, dataset=dataset, by=TESTS, now=now, first_version=first)

    def host_confirms(self, now: datetime) -> None:
        newest = seal(self.of.access.dataset.pk)
        for host in (self.of.enforcing, self.of.download):
            grant = self.chance.choice(Grant.objects.all())
            hosts.confirm(host=host, grant=grant, position=self.chance.randint(0, newest), by=TESTS, now=now)

    def suspends(self, grant: Grant) -> None:
        grants.suspend(grant=grant, note="a look at it", by=self.of.access.chair, now=timezone.now())

    def resumes(self, grant: Grant) -> None:
        grants.resume(grant=grant, by=self.of.access.chair, now=timezone.now())

    def forgets(self, grant: Grant) -> None:
        Grant.objects.filter(pk=grant.pk).update(judged_under="")

    def breaks(self, grant: Grant) -> None:
        if self.chance.random() < 0.2:
            make_unreadable(grant)


@pytest.mark.parametrize("seed", range(4))
def test_a_set_gives_what_judging_one_by_one_gives(seed: int, clock: time_machine.Traveller) -> None:
    story = Story(seed)
    together: list[int] = []

    def in_a_set(found: list[Grant], now: datetime) -> None:
        alone = judge_together(story.of.access.dataset.pk, [grant.pk for grant in found], now)
        together.append(len(found) - len(alone))
        evaluation.follow([grant for grant in found if grant.pk in alone], now)

    for _round in range(7):
        for _event in range(story.chance.randint(1, 4)):
            story.happens()
        clock.shift(timedelta(hours=story.chance.choice([0, 1, 30])))
        assert after(in_a_set) == after(evaluation.follow)
        if story.chance.random() < 0.7:
            evaluation.follow_together(Grant.objects.exclude(state="ended").order_by("pk"), timezone.now())

    assert sum(together) > 0


# --- Isolation --------------------------------------------------------------------------------------------------------
def test_a_set_that_the_database_refuses_is_judged_one_by_one() -> None:
    of = granted()
    other = another_grant(of, "bo")
    of.leaves(0, timezone.now())

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'INSERT INTO "access_grantchange"' in sql and sql.count("(%s") > 1:
            raise DatabaseError("this statement is too much")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        outbox.drain(now=timezone.now())

    sizes = [Grant.objects.get(pk=pk).cohort_size for pk in (of.grant.pk, other.pk)]
    assert (sizes, outbox.waiting(timezone.now())) == ([2, 2], 0)


# --- What it costs ----------------------------------------------------------------------------------------------------
def statements(of: Granted, number: int) -> int:
    """How many statements it takes to follow the change of one participant in every grant."""
    of.answers(number, NEVER, timezone.now())
    with CaptureQueriesContext(connection) as captured:
        outbox.drain(now=timezone.now())
    return sum(1 for query in captured if "SAVEPOINT" not in query["sql"])


def test_following_a_change_costs_the_same_for_one_grant_and_for_many() -> None:
    standing_keys()
    of = granted(others=[EVERYTHING] * 5)
    statements(of, 0)
    one = statements(of, 1)
    for number in range(4):
        another_grant(of, f"researcher-{number}")
    outbox.drain(now=timezone.now())
    statements(of, 2)

    many = statements(of, 3)

    assert set(Grant.objects.values_list("cohort_size", flat=True)) == {4}
    assert many <= one <= 41


def test_ten_changes_that_wait_are_followed_as_one() -> None:
    of = granted(others=[EVERYTHING] * 12)
    another_grant(of, "bo")
    outbox.drain(now=timezone.now())
    statements(of, 0)
    one = statements(of, 1)
    for number in range(2, 11):
        of.answers(number, NEVER, timezone.now())

    ten = statements(of, 11)

    assert set(Grant.objects.values_list("cohort_size", flat=True)) == {3}
    assert ten <= one * 1.5
