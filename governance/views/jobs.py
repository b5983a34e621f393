"""Jobs: what long work I asked for, how far it is, what became of it, and to cancel it or try it again."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.domain import job_states
from governance.domain.errors import Conflict, NotNow, NotThere
from governance.face.look import Words
from governance.models import Job
from governance.record import jobs
from governance.selectors import jobs as selectors
from governance.views.signed_in import SignedIn

_PAGE = 25
_SHOWN = 100
_ACTS = {"cancel": jobs.cancel, "retry": jobs.retry}


@require_safe
@login_required
def mine(request: SignedIn) -> HttpResponse:
    """The jobs that I asked for, newest first; an administrator sees all."""
    rows = selectors.visible_to(request.user).order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: _PAGE + 1])
    older = f"?before={page[_PAGE - 1].pk}" if len(page) > _PAGE else ""
    shown = [(job, jobs.kind_of(job)) for job in page[:_PAGE]]
    return render(request, "jobs/list.html", {"jobs": shown, "older": older})


@require_safe
@login_required
def show(request: SignedIn, uuid: str) -> HttpResponse:
    """One job: how far it is, how it ended, what of its report to look at. The page looks again by itself while it runs."""
    job = _find(request, uuid)
    kind = jobs.kind_of(job)
    lines = list(islice(selectors.reasons(job), _SHOWN + 1))
    context: dict[str, Any] = {
        "job": job,
        "kind": kind,
        "says": _says(job),
        "counts": [(kind.outcomes.get(outcome, outcome), count) for outcome, count in job.counts.items()],
        "live": job.state not in job_states.ENDED,
        "can": job_states.actions(job.state),
        "lines": [[kind.outcomes.get(str(cell), cell) for cell in line] for line in lines[:_SHOWN]],
        "more": len(lines) > _SHOWN,
    }
    return render(request, "jobs/_job.html" if request.htmx else "jobs/show.html", context)


def _says(job: Job) -> Words:
    """Where it stands, in one sentence."""
    if job.state == job_states.State.RUNNING:
        return _("A worker is at it. You can leave this page; it goes on.")
    return {
        job_states.State.WAITING: _("It begins as soon as a worker is free."),
        job_states.State.DONE: _("All of it is done."),
        job_states.State.FAILED: _("It stopped at a part that cannot be done. What was done before stays."),
        job_states.State.CANCELLED: _("It was cancelled. What was done before stays."),
    }[job_states.State(job.state)]


@require_safe
@login_required
def report(request: SignedIn, uuid: str) -> StreamingHttpResponse:
    """What became of each line, as a table with tabs."""
    job = _find(request, uuid)
    answer = StreamingHttpResponse(_table(job), content_type="text/tab-separated-values; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="job-{job.uuid}.tsv"'
    return answer


class _Line:
    """Where csv writes one line, to be sent at once."""

    def write(self, text: str) -> str:
        return text


def _table(job: Job) -> Iterator[str]:
    writer = csv.writer(_Line(), delimiter="\t", lineterminator="\n")
    yield str(writer.writerow(jobs.kind_of(job).columns))
    for line in selectors.report(job):
        yield str(writer.writerow(line))


@require_POST
@login_required
def act(request: SignedIn, uuid: str, action: str) -> HttpResponse:
    """Cancel a job, or try it again."""
    job = _find(request, uuid)
    if action not in _ACTS:
        raise NotThere("a job is cancelled or tried again, and nothing else")
    try:
        _ACTS[action](job=job, by=request.user, now=timezone.now())
    except (Conflict, NotNow) as refused:
        messages.error(request, refused.message)
    return redirect("job", uuid)


def _find(request: SignedIn, uuid: str) -> Job:
    found = selectors.visible_to(request.user).filter(uuid=uuid).first()
    if found is None:
        raise NotThere("there is no such job")
    return found
