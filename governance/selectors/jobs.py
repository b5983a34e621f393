"""Jobs as their pages show them: whose they are, and what became of each line."""

from collections.abc import Iterator

from django.db.models import QuerySet

from governance import policies
from governance.models import Job, User


def visible_to(person: User) -> QuerySet[Job]:
    """The jobs that this person asked for; to administrators, all of them."""
    rows = Job.objects.select_related("asked_by")
    return rows if policies.is_administrator(person) else rows.filter(asked_by=person)


def report(job: Job) -> Iterator[list[str | int]]:
    """The lines of the report in their order, of the parts that are done."""
    for lines in job.parts.filter(done_at__isnull=False).values_list("report", flat=True).iterator(chunk_size=200):
        yield from lines


def reasons(job: Job) -> Iterator[list[str | int]]:
    """Those lines of the report that have a reason, which are the ones to look at."""
    for lines in job.parts.filter(reasons__gt=0).values_list("report", flat=True).iterator(chunk_size=20):
        yield from (line for line in lines if line[-1])
