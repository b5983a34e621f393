"""What a request's pages show beyond its own row: progress of each case, terms to accept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from access.domain.states import LINE, Actor, open_to
from access.models import Case, CaseMessage, Line, Request, TermsVersion
from access.selectors import cases as selectors
from access.selectors import terms
from access.views.sentences import Said, said, stored_reasons
from governance.duo.ontology import Ontologies
from governance.models import DatasetVersion, User


@dataclass(frozen=True, slots=True)
class LineShown:
    """One dataset of a case as the applicant sees it."""

    line: Line
    reasons: list[Said]
    can_take_back: bool
    grant: Any


@dataclass(frozen=True, slots=True)
class CaseShown:
    """One committee's part of a request as the applicant sees it: where it is, who acts, since when."""

    case: Case
    lines: list[LineShown]
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
    halves = selectors.half_end_within({case.committee_id for case in found}, now) if found else {}
    return [_shown(case, request, ontologies, halves[case.committee_id], now) for case in found]


def _shown(case: Case, request: Request, ontologies: Ontologies, half: int | None, now: datetime) -> CaseShown:
    lines = list(case.lines.all())
    since, used = selectors.age_of(case, lines, now)
    shown = [
        LineShown(
            line,
            said(stored_reasons(line.decision), ontologies),
            any(row.action == "withdraw" for row in open_to(LINE, line.state, {Actor.APPLICANT})),
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
