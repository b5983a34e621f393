"""Cases as they are read: a committee's queue, one case with all that is judged, and how long cases take."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from access.domain.clock import working_days, working_days_before
from access.domain.days import is_over_at
from access.models import Case, Collaborator, Line, RequestSubmission, Vote
from access.purposes import selectors as purposes
from governance.domain.errors import NotThere
from governance.duo.decision import Decision
from governance.duo.ontology import Ontologies
from governance.models import Affiliation, Committee, Dataset, User
from governance.selectors.affiliations import current_affiliations

OPEN_STATES = (Line.State.PENDING, Line.State.IN_REVIEW, Line.State.WAITING)
DECIDED = "decided"
PAGE = 25


def find(number: str) -> Case:
    """One case with its request and committee. Who may see it, `access.committees.benches.bench_for` says."""
    found = Case.objects.select_related("committee", "request__applicant").filter(number=number).first()
    if found is None:
        raise NotThere(f"there is no case {number}")
    return found


def find_with_lines(number: str) -> tuple[Case, list[Line]]:
    """The same with its lines, as `lines_of` reads them; two queries. A case has a line at least."""
    lines = list(_lines().filter(case__number=number).select_related("case__committee", "case__request__applicant"))
    if not lines:
        raise NotThere(f"there is no case {number}")
    return _of_one(lines[0].case, lines), lines


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a queue is filtered by."""

    states: Collection[str] = ()
    text: str = ""
    late: bool = False
    verdicts: Collection[str] = ()
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case of the queue."""

    case: Case
    title: str
    institution: str
    states: tuple[str, ...]
    verdicts: tuple[tuple[str, int], ...]
    waits: str
    votes: int
    since: datetime
    used: int


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue, oldest first, with what stands beside it."""

    rows: list[QueueRow]
    newer: int | None
    older: int | None
    counts: dict[str, int] = field(default_factory=dict)
    mine: int = 0
    late: int = 0


def queue(
    person: User, committees: Collection[Committee], wanted: Wanted, now: datetime, voting: Collection[int]
) -> QueuePage:
    """A page of the committees' cases; `voting` are those on which the person votes.

    The number of queries is the same for every size.
    """
    everything = (
        Case.objects.filter(committee__in=[one.pk for one in committees])
        .exclude(request__applicant=person)
        .exclude(request__collaborators__person=person)
    )
    late = _late(committees, now)
    counts = everything.aggregate(
        **{state.value: Count("pk", Q(lines__state=state), distinct=True) for state in OPEN_STATES},
        decided=Count("pk", ~Q(lines__state__in=OPEN_STATES), distinct=True),
        late=Count("pk", Q(lines__state__in=OPEN_STATES) & late, distinct=True),
        open=Count("pk", Q(lines__state__in=OPEN_STATES), distinct=True),
    )
    shown = _filtered(everything, wanted, late)
    if wanted.before is not None:
        page = list(_with_rows(shown.filter(pk__lt=wanted.before).order_by("-pk"), now)[: PAGE + 1])
        more, page = len(page) > PAGE, page[:PAGE][::-1]
        newer, older = (page[0].pk if more and page else None), (page[-1].pk if page else None)
    else:
        page = list(_with_rows(shown.filter(pk__gt=wanted.after or 0).order_by("pk"), now)[: PAGE + 1])
        more, page = len(page) > PAGE, page[:PAGE]
        newer = page[0].pk if wanted.after and page else None
        older = page[-1].pk if more else None
    rows = [_row(case, person, now, case.committee_id in voting) for case in page]
    return QueuePage(rows, newer, older, counts, sum(row.waits == "you" for row in rows), counts["late"])


def _late(committees: Iterable[Committee], now: datetime) -> Q:
    late = Q(pk__in=[])
    for one in committees:
        cut = working_days_before(one.day(now), one.expected_days)
        late |= Q(committee=one.pk, request__submitted_at__lt=is_over_at(cut, one.zone))
    return late


def _filtered(cases: QuerySet[Case], wanted: Wanted, late: Q) -> QuerySet[Case]:
    states = set(wanted.states)
    open_now = Line.objects.filter(state__in=OPEN_STATES).values("case_id")
    chosen = Q(pk__in=Line.objects.filter(state__in=states or OPEN_STATES).values("case_id"))
    if DECIDED in states:
        chosen |= ~Q(pk__in=open_now)
    found = cases.filter(chosen)
    if wanted.verdicts:
        lines = Line.objects.filter(decision__verdict__in=list(wanted.verdicts))
        found = found.filter(pk__in=lines.values("case_id"))
    if wanted.late:
        found = found.filter(late, pk__in=open_now)
    if wanted.text:
        words = wanted.text.strip()
        found = found.filter(
            Q(number__icontains=words)
            | Q(request__title__icontains=words)
            | Q(request__number__iexact=words)
            | Q(pk__in=Line.objects.filter(dataset_version__accession__icontains=words).values("case_id"))
        )
    return found


def _with_rows(cases: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    return cases.select_related("committee", "request__applicant").prefetch_related(
        Prefetch("lines", queryset=Line.objects.order_by("pk").prefetch_related("votes")),
        "recusals",
        Prefetch("request__submissions", queryset=RequestSubmission.objects.only("request_id", "title", "version")),
        Prefetch(
            "request__applicant__affiliations",
            queryset=current_affiliations(now).select_related("organisation"),
        ),
    )


def _row(case: Case, person: User, now: datetime, votes_here: bool) -> QueueRow:
    lines = list(case.lines.all())
    submission = next(iter(case.request.submissions.all()), None)
    affiliation = next(iter(case.request.applicant.affiliations.all()), None)
    since, used = age_of(case, lines, now)
    counted = Counter(line.decision["verdict"] for line in lines)
    votes = [vote for line in lines for vote in _standing(line)]
    return QueueRow(
        case=case,
        title=submission.title if submission else case.request.title,
        institution=affiliation.organisation.name if affiliation else "",
        states=tuple(dict.fromkeys(line.state for line in lines)),
        verdicts=tuple((verdict, counted[verdict]) for verdict in ("permit", "review", "deny") if counted[verdict]),
        waits=_waits_for(case, lines, person, votes_here),
        votes=max((len(_standing(line)) for line in lines if line.state == Line.State.IN_REVIEW), default=len(votes)),
        since=since,
        used=used,
    )


def _standing(line: Line) -> list[Any]:
    version = line.snapshot["request_version"]
    return [vote for vote in line.votes.all() if vote.replaced_at is None and vote.request_version == version]


def _waits_for(case: Case, lines: list[Line], person: User, votes_here: bool) -> str:
    """Who must act: nobody, applicant, taking, you, votes."""
    states = {line.state for line in lines}
    reviewed = [line for line in lines if line.state == Line.State.IN_REVIEW]
    if states.isdisjoint(OPEN_STATES):
        return "nobody"
    if any(row.person_id == person.pk for row in case.recusals.all()):
        return "recused"
    if reviewed:
        return "you" if votes_here and turn_began(lines, person) else "votes"
    return "taking" if Line.State.PENDING in states else "applicant"


def turn_began(lines: Iterable[Line], voter: User) -> Line | None:
    """The line with which this voter's turn on a case began; None where it is not their turn.

    It is their turn while a line is in review without their vote on this version, and one turn until there is none.
    """
    reviewed = [line for line in lines if line.state == Line.State.IN_REVIEW]
    missing = [line for line in reviewed if not any(vote.voter_id == voter.pk for vote in _standing(line))]
    return min(missing, key=lambda line: (line.changed_at, line.pk), default=None)


def age_of(case: Case, lines: Iterable[Line], now: datetime) -> tuple[datetime, int]:
    """Since when it waits for whoever must act, and the committee's working days used of this version's clock."""
    lines, day = list(lines), case.committee.day
    start = case.request.submitted_at or case.request.created_at
    open_lines = [line for line in lines if line.state in OPEN_STATES]
    changed = max((line.changed_at for line in open_lines or lines), default=start)
    stopped = not open_lines or all(line.state == Line.State.WAITING for line in open_lines)
    return changed, working_days(day(start), day(changed if stopped else now))


def lines_of(case: Case) -> list[Line]:
    """A case's lines with datasets, votes and voters, in two queries."""
    lines = list(_lines().filter(case=case))
    _of_one(case, lines)
    return lines


def _lines() -> QuerySet[Line]:
    votes = Prefetch("votes", queryset=Vote.objects.select_related("voter"))
    found = Line.objects.select_related("dataset_version__dataset", "decided_by", "grant")
    return found.prefetch_related(votes).order_by("pk")


def _of_one(case: Case, lines: Iterable[Line]) -> Case:
    for line in lines:
        line.case = case
    return case


def submissions_of(case: Case, now: datetime) -> list[Any]:
    """The versions of the case's request, newest first; one query. Each comes with `institution`, where the applicant belongs
    now (None: nowhere), `elsewhere`, how many lines of the request other committees have, and `colleagues`, how many had
    confirmed their part when it was submitted.
    """
    belongs = current_affiliations(now).filter(person=case.request.applicant_id)
    others = Line.objects.filter(case__request=case.request).exclude(case=case).order_by().values("case__request")
    return list(
        RequestSubmission.objects.filter(request=case.request)
        .annotate(
            institution=Subquery(belongs.values("organisation__name")[:1]),
            elsewhere=Coalesce(Subquery(others.annotate(n=Count("pk")).values("n")), Value(0)),
            colleagues=Count(
                "request__collaborators", Q(request__collaborators__confirmed_at__lte=F("submitted_at")), distinct=True
            ),
        )
        .order_by("-version")
    )


def earlier(case: Case) -> list[Line]:
    """The lines of up to five earlier cases of the same people before this committee, newest case first; one query."""
    colleagues = Collaborator.objects.filter(request=case.request, person__isnull=False).values("person")
    theirs = Q(request__applicant=case.request.applicant_id) | Q(request__applicant__in=colleagues)
    cases = Case.objects.filter(theirs, committee=case.committee).exclude(pk=case.pk)
    return list(
        Line.objects.filter(case__in=cases.order_by("-pk").values("pk")[:5])
        .select_related("case__request", "dataset_version")
        .order_by("-case_id", "pk")
    )


def datasets_like(words: str) -> QuerySet[Dataset]:
    """Datasets under a committee by title, name or accession: what a request can ask for."""
    wanted = words.strip()
    return (
        Dataset.objects.filter(level=Dataset.Level.CONTROLLED, committee__isnull=False)
        .filter(Q(title__icontains=wanted) | Q(slug__icontains=wanted) | Q(versions__accession__icontains=wanted))
        .distinct()
        .select_related("committee")
        .order_by("title", "id")
    )


def affiliation_of(person: User, now: datetime) -> Affiliation | None:
    """Where a person belongs now."""
    return current_affiliations(now).filter(person=person).select_related("organisation").first()


def current_decision(line: Line, now: datetime, ontologies: Ontologies | None = None) -> Decision:
    """The matcher's answer today: on the label as it is now, for the purpose as it was submitted."""
    day = line.case.committee.day(now)
    return purposes.match_label(line.dataset_version.dataset, line.snapshot["purpose"], day, ontologies)
