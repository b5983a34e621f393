"""One grant that cannot be judged stops nobody: it is set aside with its visas, and the others follow consent."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from access.committees import terms_services as terms
from access.grants import evaluation
from access.grants import services as grants
from access.models import Grant, Visa
from governance import alarms
from governance.domain.events import Kind
from governance.duo.reading import InvalidUse
from governance.models import AuditEvent, Installation, User
from governance.record import outbox
from tests.access import builders
from tests.access.granted import Granted, another_grant, granted, make_unreadable, rests_on
from tests.access.mints import mint_visas
from tests.access.provider import flows
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(builders.NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def of() -> Granted:
    """Ada's and Bo's grants on one dataset with three participants, each with visas; nothing of Ada's can be read."""
    standing_keys()
    Installation.objects.create(demo=True, made_at=builders.NOW)
    of = granted()
    another_grant(of, "bo")
    for person in (of.access.ada, bo()):
        mint(person, of)
    make_unreadable(of.grant)
    return of


def bo() -> User:
    return User.objects.get(username="bo")


def mint(person: User, of: Granted) -> int:
    """Visas for each of the two hosts; returns how many there are of grants."""
    both = [mint_visas(person=person, client=None, host=one, now=timezone.now()) for one in (of.enforcing, of.download)]
    return sum(len(flows.by_type(list(minted.visas)).get("ControlledAccessGrants", [])) for minted in both)


def told(of: Granted) -> list[tuple[str, str, int | None, int]]:
    """Ada's grant and Bo's: state, why suspended, cohort, and how many visas stand."""
    return [
        (row.state, row.suspended_because, row.cohort_size, row.visas.filter(revoked_at__isnull=True).count())
        for row in Grant.objects.order_by("pk")
    ]


def by_the_outbox() -> None:
    outbox.drain(now=timezone.now())


def by_the_sweep() -> None:
    evaluation.sweep(timezone.now())


@pytest.mark.parametrize("followed", [by_the_outbox, by_the_sweep])
def test_of_two_grants_the_first_cannot_be_judged_and_the_second_follows(
    of: Granted, followed: Callable[[], None]
) -> None:
    before = told(of)

    of.leaves(0, timezone.now())
    followed()

    assert before == [("active", "", 3, 2), ("active", "", 3, 2)]
    # The host that does not enforce cohorts lost its visa of the second, the other keeps it.
    assert told(of) == [("suspended", "unjudged", 3, 0), ("active", "", 2, 1)]
    assert set(Visa.objects.filter(grant=of.grant).values_list("revoked_because", flat=True)) == {"unjudged"}


def test_what_is_set_aside_is_on_record_and_an_alarm_stands(of: Granted, client: Client) -> None:
    of.leaves(0, timezone.now())
    by_the_outbox()

    event = AuditEvent.objects.get(kind=Kind.GRANT_SUSPENDED)
    said = (event.subject_id, event.actor, event.detail["note"])
    assert said == (of.grant.number, "system:evaluation", "it could not be judged: InvalidUse")
    assert client.get("/health/ready").json()["grants_unjudged"] == 1
    assert outbox.waiting(timezone.now()) == 0


def test_being_set_aside_twice_changes_nothing(of: Granted) -> None:
    of.leaves(0, timezone.now())
    by_the_outbox()
    events = AuditEvent.objects.count()

    again = [evaluation.judge_set_aside_again(timezone.now()), evaluation.sweep(timezone.now())]

    assert (again, AuditEvent.objects.count()) == ([1, 0], events)


def test_what_can_be_judged_again_goes_on_by_itself(of: Granted) -> None:
    of.leaves(0, timezone.now())
    by_the_outbox()
    rests_on(of.grant, of.grant.line.case.request.submissions.get(version=1).purpose)

    evaluation.judge_set_aside_again(timezone.now())

    assert told(of) == [("active", "", 2, 0), ("active", "", 2, 1)]
    assert alarms.counts()["grants_unjudged"] == 0


def test_a_person_with_one_grant_that_cannot_be_judged_gets_the_visas_of_the_others(of: Granted) -> None:
    grants.end_person(grant=Grant.objects.order_by("pk")[1], person=bo(), note="moved", by=TESTS, now=timezone.now())
    both = another_grant(of, "carl")
    both.people.create(person=of.access.ada, since=builders.NOW)

    assert mint(of.access.ada, of) == 2
    assert told(of)[0] == ("suspended", "unjudged", 3, 0)


def test_what_was_set_aside_opens_for_nothing_else(of: Granted) -> None:
    of.leaves(0, timezone.now())
    by_the_outbox()

    opened = grants.activate_if_ready(grant=of.grant, now=timezone.now())

    assert opened.state == "suspended"


def test_an_ethics_approval_is_followed_past_a_grant_that_cannot_be_judged(of: Granted) -> None:
    over = builders.NOW.replace(year=2028, month=1, day=1)

    assert evaluation.follow_ethics(over) == 2
    assert [state for state, *_rest in told(of)] == ["suspended", "active"]


def test_a_database_without_time_sets_nothing_aside_and_the_grant_is_tried_again(of: Granted) -> None:
    of.leaves(0, timezone.now())

    def no_time(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if "FOR NO KEY UPDATE" in sql or 'UPDATE "access_grant"' in sql:
            raise OperationalError("deadlock detected")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(no_time):
        by_the_outbox()
    waiting = list(outbox.unfinished().values_list("kind", flat=True))
    later = timezone.now() + timedelta(minutes=1)
    outbox.drain(now=later)

    assert waiting == ["grant.follow"] * 2
    assert told(of) == [("suspended", "unjudged", 3, 0), ("active", "", 2, 1)]


def test_terms_are_accepted_beside_a_waiting_grant_that_cannot_be_judged(of: Granted) -> None:
    Grant.objects.filter(pk=of.grant.pk).update(state="waiting")
    newer = builders.terms_of(of.access.committee, "Use the data well.")

    terms.accept_terms(terms=newer, sha256=newer.sha256, by=of.access.ada, now=timezone.now())
    by_the_outbox()

    assert told(of)[0][:2] == ("suspended", "unjudged")


def test_many_changes_of_one_dataset_are_one_piece_of_work(of: Granted) -> None:
    by_the_outbox()
    for number in range(300):
        outbox.publish(Kind.COHORT_CHANGED, {"dataset": of.access.dataset.pk, "changes": number}, now=timezone.now())
    judged: list[str] = []

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        if "access_requestsubmission" in sql and "purpose" in sql:
            judged.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        done = outbox.drain(now=timezone.now(), limit=1000)

    # The changes, and its person told in the inbox and by mail that a grant was suspended.
    assert (done, outbox.waiting(timezone.now())) == (302, 0)
    assert len(judged) < 20


def test_the_operator_sees_the_whole_error_by_command(of: Granted) -> None:
    with pytest.raises(InvalidUse, match="investigations"):
        call_command("judge", of.grant.number)
    assert told(of)[0] == ("active", "", 3, 2)

    rests_on(of.grant, of.grant.line.case.request.submissions.get(version=1).purpose)
    said = StringIO()
    call_command("judge", of.grant.number, stdout=said)

    assert said.getvalue() == f"{of.grant.number}: active\n"


def test_a_grant_that_cannot_be_ended_keeps_no_other_alive(of: Granted) -> None:
    other = Grant.objects.exclude(pk=of.grant.pk).get()
    late = max(of.grant.ends_at, other.ends_at)

    with connection.execute_wrapper(refusing(of.grant)):
        ended = grants.expire(late)

    assert ended == 1
    assert (Grant.objects.get(pk=other.pk).state, of.now().state) == ("ended", "active")
    assert grants.expire(late) == 1
    assert of.now().state == "ended"


def refusing(grant: Grant) -> Callable[..., object]:
    """A database that takes no change of one grant."""

    def answered(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        if sql.startswith('UPDATE "access_grant"') and isinstance(params, tuple) and params[-1] == grant.pk:
            raise OperationalError("not this row")
        return execute(sql, params, many, context)

    return answered
