"""A kind of job whose parts are counted, to be watched and struck at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils import timezone

from governance.domain.events import Kind, Subject
from governance.models import Job
from governance.record import audit, jobs
from governance.record.actors import By
from governance.record.jobs import JobKind, PartDone, PartInput
from tests.acting import DRILL, TESTS

NAME = "drill.count"
CANARY = "canary-input-of-a-part"


@contextmanager
def counting(before: Callable[[Job, int], object] = lambda job, number: None) -> Iterator[None]:
    """Let jobs be made whose every part leaves one audit event; `before(job, number)` is called inside of each."""

    def step(job: Job, number: Any, now: datetime) -> PartDone:
        shown = int(number.removeprefix(CANARY))
        before(job, shown)
        audit.record(Kind.PERSON_CREATED, by=DRILL, about=Subject("drill", str(shown)), now=now)
        return PartDone({"even" if shown % 2 == 0 else "odd": 1}, [(shown, "" if shown % 2 == 0 else "it is odd")])

    kept = jobs.kinds()
    jobs.register(
        JobKind(
            NAME, "Counting", "numbers", step, columns=("Number", "Reason"), outcomes={"even": "even", "odd": "odd"}
        )
    )
    try:
        yield
    finally:
        jobs._kinds.clear()
        jobs._kinds.update(kept)


def counted(size: int, by: By = TESTS, now: datetime | None = None) -> Job:
    """A job of so many parts, of one number each."""
    parts = [PartInput(1, f"{CANARY}{number}") for number in range(1, size + 1)]
    return jobs.start(NAME, parts=parts, by=by, now=now or timezone.now())
