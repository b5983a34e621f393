"""Requests: drafted by several people, submitted and withdrawn by the applicant.

States change through `access.domain.states` alone. Every action locks the request first and its lines
after it, as the committee's actions do, so that two of them never wait for each other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from access import seals
from access.cases import opening
from access.committees import terms_selectors as terms
from access.domain.states import LINE, REQUEST, Party, check, require
from access.models import Line, Request, RequestSubmission
from access.purposes import selectors as purposes
from access.requests import selectors
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.domain.events import Kind, Subject
from governance.locks import lock_person
from governance.models import Dataset, DatasetVersion, User
from governance.record import audit


def about(request: Request) -> Subject:
    """What audit events call a request."""
    return Subject("request", request.number)


def locked(request: Request, by: User, action: str) -> Request:
    """The request, locked, once the table allows the action to this person."""
    found = Request.objects.select_for_update(of=("self",), no_key=True).select_related("applicant").get(pk=request.pk)
    parties = selectors.parties_on(found, by)
    if not parties:
        raise NotThere(f"there is no request {request.number}")
    require(REQUEST, found.state, action, parties)
    return found


@transaction.atomic
def create_draft(*, by: User, now: datetime, dataset: Dataset | None = None, title: str = "") -> Request:
    """Start a request, empty or with one dataset. Its number is its own for ever."""
    purpose, origins = purposes.with_facts({}, [by], now)
    request = Request.objects.create(
        number=uuid4().hex[:20],
        applicant=by,
        title=title,
        purpose=purpose,
        origins=origins,
        created_at=now,
        changed_at=now,
    )
    request.number = f"R-{now:%Y}-{request.pk:04d}"
    request.save(update_fields=["number"])
    audit.record(Kind.REQUEST_DRAFTED, by=by, about=about(request), now=now, detail={"seal": seals.of_request(request)})
    if dataset is not None:
        request = add_dataset(request=request, dataset=dataset, by=by, now=now)
    return request


@transaction.atomic
def save(
    *,
    request: Request,
    title: str,
    lay_summary: str,
    purpose: Mapping[str, Any],
    revision: int,
    by: User,
    now: datetime,
    other_purpose: str = "",
    page: str = "",
) -> Request:
    """Save a draft as one editor sees it. `purpose` holds the declared facts only.

    Raises `Conflict` when somebody saved since `revision` was read: two editors never overwrite each other. `page` names
    the open page: what it saved by itself a moment ago is no foreign save.
    """
    found = locked(request, by, "edit")
    if found.revision != revision and not (page and page == found.saved_from):
        raise Conflict(_("somebody else saved this request while you were writing: compare, then save again"))
    if len(title) > 200:
        raise Invalid("the title is too long", {"title": _("Use at most 200 characters.")})
    stated, origins = purposes.with_facts(purpose, purposes.people_confirmed(found), now)
    changed = sorted(key for key in stated if stated[key] != found.purpose.get(key))
    words = {
        "title": title.strip(),
        "lay_summary": lay_summary.strip(),
        "other_purpose": other_purpose.strip(),
    }
    changed += [name for name, text in words.items() if getattr(found, name) != text]
    if not changed:
        return found
    for name, text in words.items():
        setattr(found, name, text)
    found.purpose, found.origins, found.saved_from = stated, origins, page[:32]
    touch(found, by=by, now=now, fields=changed)
    return found


def touch(request: Request, *, by: User, now: datetime, **detail: Any) -> None:
    """Save a locked request as its next revision, with the audit event that says what changed."""
    request.revision += 1
    request.changed_at = now
    request.save()
    audit.record(
        Kind.REQUEST_CHANGED,
        by=by,
        about=about(request),
        now=now,
        detail={"revision": request.revision, "seal": seals.of_request(request), **detail},
    )


@transaction.atomic
def add_dataset(*, request: Request, dataset: Dataset, by: User, now: datetime) -> Request:
    """Ask for a dataset's newest open version. Asking twice changes nothing."""
    found = locked(request, by, "edit")
    version = DatasetVersion.objects.filter(dataset=dataset, closed_at__isnull=True).order_by("-number").first()
    if version is None:
        raise Conflict(_("%(title)s is closed to new grants") % {"title": dataset.title})
    if dataset.level != Dataset.Level.CONTROLLED or dataset.committee_id is None:
        raise Conflict(_("%(title)s is not under a committee: it needs no request") % {"title": dataset.title})
    if found.datasets.filter(dataset=dataset).exists():
        return found
    if Line.objects.filter(case__request=found, dataset_version=version, state=Line.State.WITHDRAWN).exists():
        raise Conflict(_("you took %(title)s back: start a new request for it") % {"title": dataset.title})
    found.datasets.add(version)
    touch(found, by=by, now=now, added=version.accession)
    return found


@transaction.atomic
def remove_dataset(*, request: Request, version: DatasetVersion, by: User, now: datetime) -> Request:
    """Stop asking for a dataset. What a committee decided already stays; a line that it has before it is taken back.

    INVARIANT: no committee decides on a dataset that the request no longer asks for.
    """
    found = locked(request, by, "edit")
    line = (
        Line.objects.select_for_update(of=("self",), no_key=True)
        .filter(case__request=found, dataset_version=version)
        .first()
    )
    if line is not None and line.state in (Line.State.APPROVED, Line.State.REFUSED):
        raise Conflict(_("this dataset is decided already: it stays in the request"))
    if line is not None and line.state != Line.State.WITHDRAWN:
        require(LINE, line.state, "withdraw", selectors.parties_on(found, by))
        opening.withdraw_line(line=line, by=by, now=now)
    if found.datasets.filter(pk=version.pk).exists():
        found.datasets.remove(version)
        touch(found, by=by, now=now, removed=version.accession)
    return found


def read_accounts(request: Request, now: datetime) -> None:
    """Bring the facts that come from accounts up to now; a purpose that was readable stays so."""
    declared = {key: value for key, value in request.purpose.items() if key in purposes.DECLARED}
    request.purpose, request.origins = purposes.with_facts(declared, purposes.people_confirmed(request), now)


@transaction.atomic
def submit(*, request: Request, by: User, now: datetime) -> Request:
    """Submit, or submit again after a return: one case for each committee, one line for each dataset.

    The facts that accounts vouch for are read again. Raises `Invalid` with what is to be mended.
    """
    # One submission of a person at a time, so that two equal requests cannot both find no other.
    lock_person(by)
    found = locked(request, by, "submit")
    read_accounts(found, now)
    wrong = selectors.problems(found)
    if wrong:
        raise Invalid("the request cannot be submitted yet", wrong)
    again = found.state == Request.State.RETURNED
    found.version += again
    found.revision += 1
    found.state = Request.State(require(REQUEST, found.state, "submit", {Party.APPLICANT}).next)
    found.submitted_at = found.changed_at = now
    found.save()
    versions = selectors.chosen(found)
    submission = RequestSubmission.objects.create(
        request=found,
        version=found.version,
        title=found.title,
        lay_summary=found.lay_summary,
        other_purpose=found.other_purpose,
        purpose=found.purpose,
        origins=found.origins,
        submitted_at=now,
    )
    current = list(
        terms.current_terms({version.dataset.committee for version in versions if version.dataset.committee})
    )
    submission.terms.set(current)
    audit.record(
        Kind.REQUEST_SUBMITTED, by=by, about=about(found), now=now,
        detail={
            "version": found.version, "datasets": [version.accession for version in versions],
            "seal": seals.of_request(found),
            "submission": seals.of_submission(submission, [one.pk for one in current]),
        },
    )  # fmt: skip
    opening.open_lines(request=found, versions=versions, by=by, now=now)
    # Where all that is left was decided while the rest was with the applicant, nothing waits for anybody.
    opening.close_if_settled(request=found, by=by, now=now)
    return found


@transaction.atomic
def withdraw(*, request: Request, by: User, now: datetime) -> Request:
    """Take the request back, at any time: every line that is not decided is withdrawn. Grants already made stand."""
    found = locked(request, by, "withdraw")
    for line in _open_lines(found):
        opening.withdraw_line(line=line, by=by, now=now)
    found.state = Request.State(require(REQUEST, found.state, "withdraw", {Party.APPLICANT}).next)
    found.changed_at = found.ended_at = now
    found.save()
    audit.record(Kind.REQUEST_WITHDRAWN, by=by, about=about(found), now=now, detail={"seal": seals.of_request(found)})
    return found


@transaction.atomic
def withdraw_line(*, line: Line, by: User, now: datetime) -> Line:
    """Take back one dataset of a submitted request; the others go on."""
    found = locked(line.case.request, by, "withdraw")
    row = Line.objects.select_for_update(no_key=True).get(pk=line.pk)
    require(LINE, row.state, "withdraw", selectors.parties_on(found, by))
    found.datasets.remove(row.dataset_version_id)
    opening.withdraw_line(line=row, by=by, now=now)
    opening.close_if_settled(request=found, by=by, now=now)
    return row


def _open_lines(request: Request) -> list[Line]:
    rows = Line.objects.select_for_update(no_key=True).filter(case__request=request).order_by("pk")
    return [row for row in rows if check(LINE, row.state, "withdraw", {Party.APPLICANT}).allowed]
