"""Jobs: long work in parts, each done whole or not at all, by whichever worker holds the job's lease.

A part and what the job says of itself are one transaction, at whose end the lease is asked for once more: a worker that was
thought dead, or whose job was cancelled meanwhile, undoes its part. So nothing is done twice, and a job goes on where it
was, on whatever machine (docs/adr/0013).
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from governance import keys
from governance.domain import job_states
from governance.domain.actors import system
from governance.domain.errors import DuologueError, NotNow
from governance.domain.events import Kind, Subject
from governance.domain.job_states import ENDED, State
from governance.face.look import Words
from governance.models import Job, JobPart, User
from governance.record import audit
from governance.record.actors import By, actor_of
from governance.record.leases import myself
from governance.record.outbox import wake_after_commit

logger = logging.getLogger(__name__)
# How long a job is one worker's, from its last part on: longer than any part takes.
LEASE = timedelta(seconds=30)
# A worker goes on with something else after so long, and any worker goes on with the job.
SLICE = 2.0
# So often a job is taken without a part of it getting done, before it counts as what ends its workers.
TAKEN_IN_VAIN = 10
# What a part works on is deleted when it is done, and so long after the end of a job that was not.
INPUT_KEPT = timedelta(days=30)
TRANSIENT = (OperationalError, InterfaceError, NotNow)


@dataclass(frozen=True, slots=True)
class PartDone:
    """What became of a part: how many ended in which way, and lines for the report, whose last cell is a reason or empty."""

    counts: Mapping[str, int]
    report: Sequence[Sequence[str | int]] = ()


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: its name in rows, its words, and what does one part, in the transaction that it is called in.

    `columns` are the headings of its report, `outcomes` the words for each way in which one of its unit may end.
    `step(job, input, now)` gets what `start` was given for the part. What it raises of `DuologueError` is told as it is; of
    anything else the kind of error alone, since its text may hold what is personal.
    """

    name: str
    title: Words
    unit: Words
    step: Callable[[Job, Any, datetime], PartDone]
    columns: Sequence[Words]
    outcomes: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class PartInput:
    """What one part works on, as JSON, and how many of the job's units it holds."""

    size: int
    input: Any = field(repr=False)


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Let jobs of this kind be started. Called in `AppConfig.ready()`."""
    _kinds[kind.name] = kind


def kinds() -> dict[str, JobKind]:
    """Every kind of job, by name."""
    return dict(_kinds)


def kind_of(job: Job) -> JobKind:
    """The kind of a job."""
    return _kinds[job.kind]


# --- What people do ---------------------------------------------------------------------------------------------------
@transaction.atomic
def start(
    kind: str, *, parts: Iterable[PartInput], by: By, now: datetime, parameters: Mapping[str, Any] | None = None
) -> Job:
    """Write a job down with all its parts; a worker takes it once this is committed. Its parameters hold nothing personal."""
    known = _kinds[kind]
    job = Job.objects.create(
        kind=known.name,
        parameters=dict(parameters or {}),
        total=0,
        asked_by=by if isinstance(by, User) else None,
        actor=str(actor_of(by)),
        created_at=now,
        held_until=now,
    )
    rows = (
        JobPart(job=job, number=number, size=one.size, sealed=keys.wrap(json.dumps(one.input).encode()))
        for number, one in enumerate(parts, 1)
    )
    while chunk := list(islice(rows, 500)):
        JobPart.objects.bulk_create(chunk)
        job.total += sum(part.size for part in chunk)
    job.save(update_fields=["total"])
    _record(Kind.JOB_STARTED, job, by, now, total=job.total)
    wake_after_commit()
    return job


@transaction.atomic
def cancel(*, job: Job, by: By, now: datetime) -> Job:
    """End a job: what is done of it stays, and the part that a worker is at is undone."""
    found = _acted_on(job, "cancel")
    found.ended_at = now
    found.holder = ""
    found.save(update_fields=["state", "ended_at", "holder"])
    _record(Kind.JOB_CANCELLED, found, by, now, done=found.done, total=found.total)
    return found


@transaction.atomic
def retry(*, job: Job, by: By, now: datetime) -> Job:
    """Go on with a job that failed or was cancelled, from its first part that is not done."""
    found = _acted_on(job, "retry")
    if found.parts.filter(done_at__isnull=True, sealed="").exists():
        raise NotNow("what this job works on was deleted since it ended: start it anew")
    found.error, found.ended_at = "", None
    found.held_until, found.taken, found.sent_at = now, 0, None
    found.save(update_fields=["state", "error", "ended_at", "held_until", "taken", "sent_at"])
    _record(Kind.JOB_RETRIED, found, by, now, done=found.done, total=found.total)
    wake_after_commit()
    return found


def _acted_on(job: Job, action: str) -> Job:
    """The job, locked, in the state that the action leads to."""
    found = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    found.state = job_states.step(found.state, action).next.value
    return found


def _record(kind: Kind, job: Job, by: By, now: datetime, **detail: Any) -> None:
    about = Subject("job", str(job.uuid))
    audit.record(kind, by=by, about=about, now=now, detail={"job": job.kind, **detail})


# --- What workers do --------------------------------------------------------------------------------------------------
def takeable(now: datetime) -> QuerySet[Job]:
    """The jobs that a worker may take, in the order in which they were asked for."""
    return Job.objects.filter(state__in=[State.WAITING, State.RUNNING], held_until__lte=now).order_by("id")


def work(*, only: int | None = None, seconds: float = SLICE, now: datetime | None = None) -> int:
    """Take one job and do parts of it for so long; how many parts were done. A job that is taken is left by others."""
    job = _take(only, now or timezone.now())
    if job is None:
        return 0
    began, parts = time.monotonic(), 0
    while True:
        moment = now or timezone.now()
        try:
            more = _one_part(job, moment)
        except _Lost:
            return parts
        except TRANSIENT as error:
            logger.warning("job %s waits: %s", job.uuid, type(error).__name__)
            _let_go(job, moment + timedelta(seconds=2 ** min(job.taken, 8)))
            return parts
        except Exception as error:  # noqa: BLE001  whatever a part raises, it is this job's and stops no other
            logger.error("job %s (%s) failed: %s", job.uuid, job.kind, type(error).__name__)
            _fail(job, error.message if isinstance(error, DuologueError) else type(error).__name__, moment)
            return parts
        if not more:
            return parts
        parts += 1
        if time.monotonic() - began >= seconds:
            _let_go(job, moment)
            return parts


class _Lost(Exception):
    """The job is not this worker's any more: somebody cancelled it, or took it over."""


def _take(only: int | None, now: datetime) -> Job | None:
    """Take a job that nobody holds: the one that is named, or the oldest."""
    free = takeable(now) if only is None else takeable(now).filter(pk=only)
    for pk in free.values_list("pk", flat=True)[:10]:
        mine = {"state": State.RUNNING, "holder": myself(), "held_until": now + LEASE, "sent_at": None}
        if not takeable(now).filter(pk=pk).update(**mine, taken=F("taken") + 1):
            continue
        Job.objects.filter(pk=pk, started_at__isnull=True).update(started_at=now)
        job = Job.objects.select_related("asked_by").get(pk=pk)
        if job.taken <= TAKEN_IN_VAIN:
            return job
        _fail(job, f"the next part was begun {TAKEN_IN_VAIN} times and never ended", now)
    return None


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, holder=myself())


@transaction.atomic
def _one_part(job: Job, now: datetime) -> bool:
    """Do the next part, and what the job says of itself; False where there was none and the job is done."""
    part = job.parts.filter(done_at__isnull=True).first()
    if part is None:
        _end(job, State.DONE, now)
        return False
    done = kind_of(job).step(job, json.loads(keys.unwrap(part.sealed)), now)
    part.sealed, part.done_at, part.report = "", now, [list(line) for line in done.report]
    part.reasons = sum(1 for line in done.report if line[-1])
    part.save(update_fields=["sealed", "done_at", "report", "reasons"])
    counts = dict(Counter(job.counts) + Counter(done.counts))
    # Asked for last, under the lock that cancelling takes: whoever lost the job undoes the part.
    kept = _mine(job).update(done=F("done") + part.size, counts=counts, taken=0, held_until=now + LEASE)
    if not kept:
        raise _Lost
    job.counts, job.taken = counts, 0
    return True


def _end(job: Job, state: State, now: datetime, error: str = "") -> None:
    """End a job that this worker holds; in the caller's transaction."""
    if not _mine(job).update(state=state, ended_at=now, holder="", error=error[:300]):
        raise _Lost
    job.refresh_from_db(fields=["done", "total"])
    _record(Kind.JOB_ENDED, job, system("worker"), now, outcome=state.value, done=job.done, total=job.total)


def _fail(job: Job, error: str, now: datetime) -> None:
    try:
        with transaction.atomic():
            _end(job, State.FAILED, now, error)
    except _Lost:
        return


def _let_go(job: Job, until: datetime) -> None:
    """Leave the job to whoever takes it next, from that moment on."""
    _mine(job).update(holder="", held_until=until, sent_at=None)


def hand_over(send: Callable[[int], object], now: datetime) -> int:
    """Hand the jobs that a worker may take to a broker by `send(key)`, and so again what it has had for too long; how many."""
    with transaction.atomic():
        free = takeable(now).filter(Q(sent_at__isnull=True) | Q(sent_at__lte=now - LEASE))
        skip = connection.features.has_select_for_update_skip_locked
        found = list(free.select_for_update(skip_locked=skip, no_key=True).values_list("pk", flat=True)[:100])
        Job.objects.filter(pk__in=found).update(sent_at=now)
    for place, pk in enumerate(found):
        try:
            send(pk)
        except Exception:
            Job.objects.filter(pk__in=found[place:]).update(sent_at=None)
            raise
    return len(found)


def forget_inputs(now: datetime) -> int:
    """Delete what the parts of jobs that ended long ago would have worked on; they can be retried no more. Returns how many."""
    old = Job.objects.filter(state__in=[one.value for one in ENDED], ended_at__lt=now - INPUT_KEPT)
    return JobPart.objects.filter(~Q(sealed=""), job__in=old.values("pk")).update(sealed="")
