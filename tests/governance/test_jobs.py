"""Long work is a row: done part by part, once each, by whoever holds its lease; it outlives its worker and obeys who asked."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError

from governance.domain import job_states
from governance.domain.actors import system
from governance.domain.errors import Conflict, Invalid, NotNow
from governance.domain.job_states import State
from governance.models import AuditEvent, Job, JobPart
from governance.record import jobs
from governance.record.leases import myself
from tests.acting import TESTS
from tests.governance.job_kinds import CANARY, counted, counting

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
Strike = Callable[[Job, int], object]


@pytest.fixture
def strikes() -> Iterator[list[Strike]]:
    """What happens inside of each part before its work, while the list holds something."""
    found: list[Strike] = []
    with counting(lambda job, number: [strike(job, number) for strike in list(found)]):
        yield found


def done() -> list[str]:
    """The parts whose effect stands, in the order in which it came about."""
    return list(AuditEvent.objects.filter(subject_kind="drill").order_by("pk").values_list("subject_id", flat=True))


def told(job: Job) -> list[tuple[str, str]]:
    """The events of the job, and who caused them."""
    rows = AuditEvent.objects.filter(subject_kind="job", subject_id=str(job.uuid)).order_by("pk")
    return list(rows.values_list("kind", "actor"))


def again(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def raising(error: Exception, at: int) -> Strike:
    def strike(job: Job, number: int) -> None:
        if number == at:
            raise error

    return strike


def test_a_job_is_done_part_by_part_and_says_how_far_it_is(strikes: list[Strike]) -> None:
    job = counted(5, now=NOW)

    parts = [jobs.work(seconds=0, now=NOW) for _ in range(2)]
    half = again(job)
    parts.append(jobs.work(now=NOW))

    whole = again(job)
    assert (parts, half.state, half.done, half.total) == ([1, 1, 3], State.RUNNING, 2, 5)
    assert (whole.state, whole.done, whole.counts, done()) == (State.DONE, 5, {"odd": 3, "even": 2}, list("12345"))
    assert (whole.created_at, whole.started_at, whole.ended_at) == (NOW, NOW, NOW)
    assert told(job) == [("job.started", "system:tests"), ("job.ended", "system:worker")]
    assert [part.report for part in job.parts.all()][:2] == [[[1, "it is odd"]], [[2, ""]]]


def test_what_a_part_works_on_is_wrapped_and_goes_when_it_is_done(strikes: list[Strike]) -> None:
    job = counted(2, now=NOW)
    before = [part.sealed for part in job.parts.all()]
    jobs.work(now=NOW)

    after = [part.sealed for part in JobPart.objects.all()]
    assert [CANARY in text or not text for text in before] == [False, False]
    assert after == ["", ""]
    assert CANARY not in json.dumps([*Job.objects.values("parameters"), *AuditEvent.objects.values("detail")])


def test_a_job_whose_worker_died_is_anothers_when_its_lease_is_over(strikes: list[Strike]) -> None:
    job = counted(3, now=NOW)
    jobs.work(seconds=0, now=NOW)
    Job.objects.update(holder="a worker that was killed", held_until=NOW + jobs.LEASE)

    early = jobs.work(now=NOW)
    late = jobs.work(now=NOW + jobs.LEASE)

    assert (early, late, again(job).state, done()) == (0, 2, State.DONE, list("123"))


def test_a_worker_that_was_thought_dead_undoes_the_part_it_is_at(strikes: list[Strike]) -> None:
    def another_takes_it(job: Job, number: int) -> None:
        if number == 2 and again(job).holder == myself():
            Job.objects.filter(pk=job.pk).update(holder="another")

    strikes.append(another_takes_it)
    job = counted(3, now=NOW)

    did = jobs.work(now=NOW)

    assert (did, again(job).done, done()) == (1, 1, ["1"])
    assert again(job).state == State.RUNNING


def test_a_job_that_is_cancelled_stops_at_once_and_keeps_what_was_done(strikes: list[Strike]) -> None:
    job = counted(5, now=NOW)

    jobs.work(seconds=0, now=NOW)
    jobs.cancel(job=job, by=system("ada"), now=LATER)
    did = jobs.work(now=LATER)

    assert (did, again(job).state, again(job).done, done()) == (0, State.CANCELLED, 1, ["1"])
    assert told(job) == [("job.started", "system:tests"), ("job.cancelled", "system:ada")]
    assert again(job).ended_at == LATER


def test_a_cancelled_job_goes_on_where_it_was(strikes: list[Strike]) -> None:
    job = counted(3, now=NOW)
    jobs.work(seconds=0, now=NOW)
    jobs.cancel(job=job, by=TESTS, now=NOW)

    jobs.retry(job=job, by=TESTS, now=LATER)
    jobs.work(now=LATER)

    assert (again(job).state, done()) == (State.DONE, list("123"))
    assert [kind for kind, _actor in told(job)] == ["job.started", "job.cancelled", "job.retried", "job.ended"]


@pytest.mark.parametrize(
    ("error", "says"),
    [(Invalid("no such host: register it"), "no such host: register it"), (ValueError("canary"), "ValueError")],
)
def test_a_part_that_cannot_be_done_fails_its_job_and_is_tried_again_when_asked(
    strikes: list[Strike], error: Exception, says: str
) -> None:
    strikes.append(raising(error, 2))
    job, other = counted(3, now=NOW), counted(1, now=NOW)

    jobs.work(now=NOW)
    failed = again(job)
    jobs.work(now=NOW)
    strikes.clear()
    jobs.retry(job=job, by=TESTS, now=LATER)
    jobs.work(now=LATER)

    assert (failed.state, failed.done, failed.error) == (State.FAILED, 1, says)
    assert again(other).state == State.DONE
    assert (again(job).state, again(job).error, done()) == (State.DONE, "", ["1", "1", "2", "3"])


def test_a_database_without_time_fails_nothing_and_the_part_is_tried_again_later(strikes: list[Strike]) -> None:
    strikes.append(raising(OperationalError("deadlock detected"), 2))
    job = counted(2, now=NOW)

    jobs.work(now=NOW)
    waits = again(job)
    strikes.clear()
    did = [jobs.work(now=NOW), jobs.work(now=waits.held_until)]

    assert (waits.state, waits.done, waits.held_until) == (State.RUNNING, 1, NOW + timedelta(seconds=1))
    assert (did, again(job).state, done()) == ([0, 1], State.DONE, list("12"))


def test_a_job_that_ends_its_workers_again_and_again_fails(strikes: list[Strike]) -> None:
    job = counted(1, now=NOW)
    for _ in range(jobs.TAKEN_IN_VAIN):
        assert jobs._take(job.pk, NOW) is not None
        Job.objects.update(holder="", held_until=NOW)

    did = jobs.work(now=NOW)

    assert (did, again(job).state, done()) == (0, State.FAILED, [])
    assert again(job).error == "the next part was begun 10 times and never ended"


def test_what_an_old_job_worked_on_is_deleted_and_it_can_be_tried_no_more(strikes: list[Strike]) -> None:
    old, open_ = counted(2, now=NOW), counted(1, now=NOW)
    jobs.work(only=old.pk, seconds=0, now=NOW)
    jobs.cancel(job=old, by=TESTS, now=NOW)
    late = NOW + jobs.INPUT_KEPT + timedelta(seconds=1)

    deleted = [jobs.forget_inputs(NOW + jobs.INPUT_KEPT), jobs.forget_inputs(late)]

    assert deleted == [0, 1]
    with pytest.raises(NotNow, match="start it anew"):
        jobs.retry(job=old, by=TESTS, now=late)
    assert (again(old).state, open_.parts.get().sealed != "") == (State.CANCELLED, True)


def test_states_change_only_as_the_table_says(strikes: list[Strike]) -> None:
    job = counted(1, now=NOW)
    jobs.work(now=NOW)

    for act in (jobs.cancel, jobs.retry):
        with pytest.raises(Conflict, match="the job is done now"):
            act(job=job, by=TESTS, now=NOW)
    assert {state.value: sorted(job_states.actions(state)) for state in State} == {
        "waiting": ["cancel"],
        "running": ["cancel"],
        "done": [],
        "failed": ["retry"],
        "cancelled": ["retry"],
    }


@pytest.mark.parametrize("wrong", [{"state": "lost"}, {"state": "done"}, {"ended_at": NOW}, {"done": 2}])
def test_the_database_refuses_what_no_job_is(strikes: list[Strike], wrong: dict[str, object]) -> None:
    job = counted(1, now=NOW)

    with pytest.raises(IntegrityError):
        Job.objects.filter(pk=job.pk).update(**wrong)


def test_each_job_is_handed_to_the_broker_once_and_again_when_it_was_lost(strikes: list[Strike]) -> None:
    job = counted(2, now=NOW)
    sent: list[int] = []

    def hand_over(at: datetime) -> int:
        return jobs.hand_over(sent.append, at)

    handed = [hand_over(NOW), hand_over(NOW), hand_over(NOW + jobs.LEASE)]
    jobs.work(only=job.pk, seconds=0, now=NOW + jobs.LEASE)
    handed.append(hand_over(NOW + jobs.LEASE))

    assert (handed, sent) == ([1, 0, 1, 1], [job.pk] * 3)
