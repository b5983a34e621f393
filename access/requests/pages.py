"""What a request's pages show beyond its own row: progress of each case, terms to accept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from access.cases import selectors
from access.cases.forms import MessageForm
from access.committees import terms_selectors as terms
from access.committees.selectors import half_end_within
from access.domain.states import LINE, REQUEST, Party, open_to
from access.face.sentences import Said, facts, said, stored_reasons
from access.models import Case, CaseMessage, Line, Request, TermsVersion
from access.requests import selectors as requests
from access.requests.forms import InviteForm
from governance.duo.ontology import Ontologies
from governance.face.forms import Form
from governance.models import DatasetVersion, User
from governance.selectors.ontology import active_ontologies
from governance.views.signed_in import SignedIn


@dataclass(frozen=True, slots=True)
class ApplicantLine:
    """One dataset of a case as the applicant sees it."""

    line: Line
    reasons: list[Said]
    can_take_back: bool
    grant: Any


@dataclass(frozen=True, slots=True)
class CaseShown:
    """One committee's part of a request as the applicant sees it: where it is, who acts, since when."""

    case: Case
    lines: list[ApplicantLine]
    who: str
    since: datetime
    used: int
    half: int | None
    messages: list[CaseMessage]


def progress(request: Request, ontologies: Ontologies, now: datetime) -> list[CaseShown]:
    """Every case of a request with its lines and what was said in it, in a fixed number of queries."""
    lines = Line.objects.select_related("dataset_version__dataset", "grant").order_by("pk")
    cases = (
        Case.objects.filter(request=request)
        .select_related("committee", "request")
        .prefetch_related(
            Prefetch("lines", queryset=lines),
            Prefetch("messages", queryset=CaseMessage.objects.select_related("author").order_by("at", "pk")),
        )
        .order_by("pk")
    )
    found = list(cases)
    halves = half_end_within({case.committee_id for case in found}, now) if found else {}
    return [_shown(case, request, ontologies, halves[case.committee_id], now) for case in found]


def _shown(case: Case, request: Request, ontologies: Ontologies, half: int | None, now: datetime) -> CaseShown:
    lines = list(case.lines.all())
    since, used = selectors.age_of(case, lines, now)
    shown = [
        ApplicantLine(
            line,
            said(stored_reasons(line.decision), ontologies),
            any(row.action == "withdraw" for row in open_to(LINE, line.state, {Party.APPLICANT})),
            getattr(line, "grant", None),
        )
        for line in lines
    ]
    return CaseShown(case, shown, _who(lines), since, used, half, list(case.messages.all()))


def _who(lines: Sequence[Line]) -> str:
    states = {line.state for line in lines}
    if Line.State.WAITING in states:
        return "applicant"
    if states & {Line.State.PENDING, Line.State.IN_REVIEW}:
        return "committee"
    return "nobody"


def ethics_over(found: Mapping[str, Any], now: datetime) -> date | None:
    """The last day of an ethics approval that is over already."""
    approval = found["ethics_approval"]
    until = date.fromisoformat(approval["valid_until"]) if approval else None
    return until if until and until < timezone.localtime(now).date() else None


def returned_words(request: Request) -> list[tuple[Any, CaseMessage | None]]:
    """What committees asked to be changed, where the request was returned."""
    if request.state != Request.State.RETURNED:
        return []
    cases = request.cases.filter(lines__state=Line.State.WAITING).distinct().select_related("committee")
    return [(case.committee, case.messages.filter(from_committee=True).order_by("-pk").first()) for case in cases]


def request_page(
    http: SignedIn,
    request: Request,
    *,
    invite_form: Form | None = None,
    message_forms: Mapping[int, Form] | None = None,
) -> HttpResponse:
    """The page of one request; a form that was refused stands in it with what was typed."""
    parties, ontologies = requests.parties_on(request, http.user), active_ontologies()
    people = list(request.collaborators.select_related("person").order_by("pk"))
    shown = progress(request, ontologies, timezone.now())
    refused = message_forms or {}
    return render(
        http,
        "access/requests/show.html",
        {
            "request_": request,
            "facts": facts(request, ontologies),
            "cases": [(one, refused.get(one.case.pk) or _message_form(one.case)) for one in shown],
            "actions": {row.action for row in open_to(REQUEST, request.state, parties)},
            "collaborators": people,
            "invite_form": invite_form or InviteForm(),
            "versions": [] if shown else requests.chosen(request),
            "returned": returned_words(request),
        },
        status=422 if invite_form or refused else 200,
    )


def _message_form(case: Case) -> MessageForm:
    return MessageForm(auto_id=f"text-{case.pk}-%s")


@dataclass(frozen=True, slots=True)
class TermsRow:
    """Terms that a request needs, and whether the reader accepted them."""

    terms: TermsVersion
    accepted: bool


def terms_rows(request: Request, versions: Sequence[DatasetVersion], person: User) -> list[TermsRow]:
    """The current terms of every committee that is asked, with what this person accepted."""
    committees = {version.dataset.committee_id for version in versions if version.dataset.committee_id}
    current = terms.current_terms(committees)
    accepted = terms.accepted_by(person, current)
    return [TermsRow(row, row.pk in accepted) for row in current]
