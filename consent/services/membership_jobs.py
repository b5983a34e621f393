"""An import of memberships as a job: its chunks are the job's parts, so that it goes on where it was on any worker."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consent.models import Programme
from consent.services.coordinators import require_coordinator
from consent.services.membership_import import AT_ONCE, FileLine, LineOutcome, Stopped, import_memberships
from governance.domain.actors import Actor
from governance.models import Job
from governance.record import jobs
from governance.record.actors import By
from governance.record.jobs import JobKind, PartDone, PartInput


@transaction.atomic
def start(*, programme: Programme, lines: Sequence[FileLine], by: By, now: datetime) -> Job:
    """Let workers enter the lines, a chunk at a time; the rights of who asked are looked at again with each."""
    require_coordinator(by, programme)
    return jobs.start(KIND.name, parts=_parts(lines), by=by, now=now, parameters={"programme": programme.slug})


def _parts(lines: Sequence[FileLine]) -> Iterator[PartInput]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, AT_ONCE)):
        yield PartInput(len(chunk), [asdict(line) for line in chunk])


def _enter(job: Job, chunk: list[dict[str, Any]], now: datetime) -> PartDone:
    programme = Programme.objects.get(slug=job.parameters["programme"])
    by = job.asked_by or Actor.parse(job.actor)
    try:
        results = import_memberships(programme=programme, lines=[FileLine(**line) for line in chunk], by=by, now=now)
    except Stopped as stopped:
        # The job's own part is undone with it: what went wrong says whether to try again.
        raise stopped.__cause__ or stopped from stopped
    report = [(one.number, one.outcome.value, one.reason) for one in results]
    return PartDone(Counter(one.outcome.value for one in results), report)


KIND = JobKind(
    name="memberships.import",
    title=_("Import of memberships"),
    unit=_("lines"),
    step=_enter,
    columns=(_("Line"), _("Outcome"), _("Reason")),
    outcomes={
        LineOutcome.ADDED: _("added"),
        LineOutcome.UNCHANGED: _("unchanged"),
        LineOutcome.REFUSED: _("refused"),
    },
)
