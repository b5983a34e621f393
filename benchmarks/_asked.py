"""The requests and grants of a large world: a few that a committee approves through the services, and any number of copies.

A copy is the same request of another applicant: its versions, case, lines, votes and grants, what hosts must follow, and the
audit events with the hashes of the copied rows. Events between the first and the last of an object carry the hash of its
last state, which nothing can check: what stood in between is kept nowhere.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction

from access import seals
from access.cases.opening import about_line
from access.models import Case, FeedSealer, Grant, Line, Request, RequestSubmission
from access.purposes import selectors as purposes
from governance.bulk import enter
from governance.domain.events import Kind
from governance.models import AuditEvent, User
from governance.record.seals import new_salt

M = TypeVar("M", bound=models.Model)


def again(row: M, **changes: Any) -> M:
    """The row once more, unsaved, without its key, with other values in some fields."""
    fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{name: getattr(row, name) for name in fields} | changes)


@dataclass(frozen=True, slots=True)
class Approved:
    """A request of which every line was approved, with all that stands of it."""

    request: Request
    submission: RequestSubmission
    case: Case
    lines: Sequence[Line]
    trail: Sequence[AuditEvent]


def approved(request: Request) -> Approved:
    """Read back what the services wrote."""
    request = Request.objects.select_related("applicant").get(pk=request.pk)
    case = Case.objects.select_related("committee").get(request=request)
    lines = list(
        Line.objects.filter(case=case)
        .select_related("grant", "dataset_version__dataset", "case")
        .prefetch_related("votes", "grant__people", "grant__changes", "grant__acknowledgements")
        .order_by("pk")
    )
    named = {
        "request": [request.number],
        "case": [case.number],
        "line": [about_line(line).id for line in lines],
        "grant": [line.grant.number for line in lines],
    }
    wanted = models.Q()
    for kind, ids in named.items():
        wanted |= models.Q(subject_kind=kind, subject_id__in=ids)
    trail = list(AuditEvent.objects.filter(wanted).order_by("id"))
    return Approved(request, request.submissions.get(), case, lines, trail)


class Copier:
    """Copies of approved requests, with numbers that follow those that stand."""

    def __init__(self) -> None:
        self._requests = Request.objects.count()
        self._cases = Case.objects.count()

    def copy(self, of: Approved, applicants: Iterable[User]) -> Iterator[int]:
        """The request once for each applicant, in one transaction each; gives how many grants that are."""
        for applicant in applicants:
            with transaction.atomic():
                _Copy(of, applicant, self._next("_requests", of.request.number), self._next("_cases", of.case.number))
            yield len(of.lines)

    def _next(self, counter: str, like: str) -> str:
        number = getattr(self, counter) + 1
        setattr(self, counter, number)
        return f"{like.rpartition('-')[0]}-{number:07d}"


class _Copy:
    """One copy: rows from the request down, then what the audit log is told of them."""

    def __init__(self, of: Approved, applicant: User, number: str, case_number: str) -> None:
        self._of, self._applicant = of, applicant
        self._old = of.request.applicant.subject
        purpose = self._theirs(of.request.purpose)
        self.request = again(of.request, number=number, applicant_id=applicant.pk, purpose=purpose, salt=new_salt())
        self.request.save(force_insert=True)
        self.request.datasets.set([line.dataset_version_id for line in of.lines])
        self.submission = again(of.submission, request_id=self.request.pk, purpose=purpose)
        self.submission.save(force_insert=True)
        self._terms = sorted(of.submission.terms.values_list("pk", flat=True))
        self.submission.terms.set(self._terms)
        self.case = again(of.case, number=case_number, request_id=self.request.pk)
        self.case.save(force_insert=True)
        self.case.request = self.request
        self._lines(purpose)
        self._grants()
        self._told()

    def _theirs(self, value: Any) -> Any:
        return json.loads(json.dumps(value).replace(self._old, self._applicant.subject))

    def _lines(self, purpose: Any) -> None:
        self.lines, self.votes = [], []
        for line in self._of.lines:
            day = self._of.case.committee.day(self._of.submission.submitted_at)
            dataset = line.dataset_version.dataset
            decision = purposes.match_label(dataset, purpose, day).to_json()
            snapshot = purposes.snapshot_of(dataset, purpose, day, line.snapshot["request_version"])
            self.lines.append(again(line, case_id=self.case.pk, decision=decision, snapshot=snapshot))
        enter(self.lines)
        for line, old in zip(self.lines, self._of.lines, strict=True):
            line.case = self.case
            for vote in sorted(old.votes.all(), key=lambda one: one.pk):
                self.votes.append(again(vote, line_id=line.pk))
                self.votes[-1].line = line
        enter(self.votes)

    def _grants(self) -> None:
        self.grants = [
            again(old.grant, number=f"{self.request.number}/{place}", line_id=line.pk, submission_id=self.submission.pk)
            for place, (line, old) in enumerate(zip(self.lines, self._of.lines, strict=True))
        ]
        enter(self.grants)
        for grant, line in zip(self.grants, self.lines, strict=True):
            grant.number, grant.line = f"G-{grant.pk:04d}", line
        Grant.objects.bulk_update(self.grants, ["number"])
        people, changes, followed = [], [], []
        sealer, _made = FeedSealer.objects.select_for_update().get_or_create(name="grants")
        for grant, old in zip(self.grants, self._of.lines, strict=True):
            people += [again(one, grant_id=grant.pk, person_id=self._applicant.pk) for one in old.grant.people.all()]
            for change in sorted(old.grant.changes.all(), key=lambda one: one.pk):
                sealer.last += 1
                changes.append(again(change, grant_id=grant.pk, position=sealer.last))
            followed += [again(one, grant_id=grant.pk) for one in old.grant.acknowledgements.all()]
        sealer.save(update_fields=["last"])
        for rows in (people, changes, followed):
            _enter(rows)

    def _told(self) -> None:
        names = {self._of.request.number: self.request.number, self._of.case.number: self.case.number}
        by_line = {about_line(old).id: new for old, new in zip(self._of.lines, self.lines, strict=True)}
        by_grant = {old.grant.number: new for old, new in zip(self._of.lines, self.grants, strict=True)}
        old_votes = [vote.pk for old in self._of.lines for vote in sorted(old.votes.all(), key=lambda one: one.pk)]
        by_vote = dict(zip(old_votes, self.votes, strict=True))
        events = []
        for event in self._of.trail:
            detail, subject = self._theirs(event.detail), names.get(event.subject_id, "")
            if event.kind == Kind.VOTE_CAST:
                vote = by_vote[detail["vote"]]
                subject, detail = about_line(vote.line).id, detail | {"vote": vote.pk, "seal": seals.of_vote(vote)}
            elif event.subject_kind == "line":
                line = by_line[event.subject_id]
                subject, detail = about_line(line).id, detail | {"seal": seals.of_line(line)}
                detail |= {"inputs": line.decision["inputs"]} if "inputs" in detail else {}
            elif event.subject_kind == "grant":
                grant = by_grant[event.subject_id]
                subject, detail = grant.number, detail | {"grant": grant.pk, "seal": seals.of_grant(grant)}
            elif event.subject_kind == "case":
                detail |= {"request": self.request.number} if "request" in detail else {}
            else:
                detail |= {"seal": seals.of_request(self.request)}
                if "submission" in detail:
                    detail["submission"] = seals.of_submission(self.submission, self._terms)
            actor = self._applicant.subject if event.actor == self._old else event.actor
            events.append(again(event, uuid=None, subject_id=subject, detail=detail, actor=actor))
        _enter(events)


def _enter(rows: Sequence[models.Model]) -> None:
    if rows:
        for row in rows:
            if isinstance(row, AuditEvent):
                row.uuid = AuditEvent._meta.get_field("uuid").get_default()
        enter(rows, keyed=False)
