"""Whether requests, cases, lines and what people wrote in them are what the audit log covers. Part of `manage.py verify`.

Each event holds the hash of its row as the event left it (`access.seals`). The newest one must fit the row, the
states between must be a way through the state tables, and neither side may hold what the other does not.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from django.db.models import Count

from access import seals
from access.cases.opening import about_line
from access.committees.terms_services import digest
from access.domain.states import LINE, REQUEST, Machine
from access.models import Case, Client, Line, Request, TermsAcceptance, TermsVersion, Vote
from access.passports.client_services import UNSEALED
from governance.annotated import With
from governance.domain.events import Kind
from governance.domain.findings import Finding
from governance.models import AuditEvent
from governance.record import seals as plain
from governance.selectors.audit import each, newest_seal, pieces, streamed, subjects_of, trails

REWRITTEN = "is not as the audit log covers it: it was changed beside the platform"
# The state that each of these leaves a request in.
_REQUESTS: Mapping[str, str] = {
    Kind.REQUEST_DRAFTED: "draft",
    Kind.REQUEST_SUBMITTED: "submitted",
    Kind.REQUEST_RETURNED: "returned",
    Kind.REQUEST_WITHDRAWN: "withdrawn",
    Kind.REQUEST_CLOSED: "closed",
}
_REVISED = (Kind.REQUEST_CHANGED, Kind.REQUEST_SUBMITTED)


def findings() -> Iterator[Finding]:
    """Every row that differs from what the log covers, stands beside it, or is gone from under it."""
    return each(_requests(), _cases(), _lines(), _terms(), _clients())


def strays(machine: Machine, moves: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Moves of an object (what happened, the state after it) that its table does not know from where it was."""
    state = ""
    for happened, after in moves:
        follows = any(row.state == state and row.next == after for row in machine.transitions)
        if not (follows if state else after == machine.initial):
            yield f"the audit log tells of {happened}, which cannot follow {state or 'nothing'}: an event is missing"
        state = after


def gone(kind: str, told: Iterable[str], standing: Iterable[str]) -> Iterator[Finding]:
    """Subjects of the log that are not there."""
    for subject in sorted(set(told) - set(standing)):
        yield Finding(3, f"{kind} {subject}", "stands in the audit log and is not there")


# --- Requests ---------------------------------------------------------------------------------------------------------
def _requests() -> Iterator[Finding]:
    wanted = Request.objects.select_related("applicant").prefetch_related(
        "submissions__terms", "submissions__request", "collaborators__person"
    )
    for requests in streamed(wanted):
        told = trails("request", [request.number for request in requests])
        for request in requests:
            for says in _request(request, told[request.number]):
                yield Finding(3, f"request {request.number}", says)
    for numbers in subjects_of(Kind.REQUEST_DRAFTED):
        yield from gone("request", numbers, Request.objects.filter(number__in=numbers).values_list("number", flat=True))


def _request(request: Request, trail: list[AuditEvent]) -> Iterator[str]:
    if newest_seal(trail) != seals.of_request(request):
        yield REWRITTEN
    yield from strays(REQUEST, [(event.kind, _REQUESTS[event.kind]) for event in trail if event.kind in _REQUESTS])
    revised = sum(event.kind in _REVISED for event in trail)
    if revised != request.revision:
        yield f"was saved {request.revision} times, and the audit log tells of {revised}"
    submitted = {
        event.detail["version"]: event.detail["submission"] for event in trail if event.kind == Kind.REQUEST_SUBMITTED
    }
    standing = {
        one.version: seals.of_submission(one, [terms.pk for terms in one.terms.all()])
        for one in request.submissions.all()
    }
    yield from differing("version", standing, submitted)
    agreed: set[str] = set()
    for event in trail:
        agreed |= {event.detail["confirmed"]} if "confirmed" in event.detail else set()
        agreed -= {event.detail["left"]} if "left" in event.detail else set()
    if agreed != {row.person.subject for row in request.collaborators.all() if row.person is not None}:
        yield "those who work on it are not those that the audit log tells of"


def differing(called: str, standing: Mapping[Any, Any], told: Mapping[Any, Any]) -> Iterator[str]:
    """Parts of an object, by key, which are on one side only or not the same on both."""
    for key in sorted(standing.keys() | told.keys()):
        if key not in told:
            yield f"{called} {key} is not in the audit log"
        elif key not in standing:
            yield f"{called} {key} stands in the audit log and is not there"
        elif standing[key] != told[key]:
            yield f"{called} {key} {REWRITTEN}"


# --- Cases: what was said in them, and who takes no part --------------------------------------------------------------
def _cases() -> Iterator[Finding]:
    wanted = Case.objects.select_related("request", "committee").prefetch_related(
        "messages__author", "recusals__person"
    )
    for cases in streamed(wanted):
        told = trails("case", [case.number for case in cases])
        for case in cases:
            for says in _case(case, told[case.number]):
                yield Finding(3, f"case {case.number}", says)
    for numbers in subjects_of(Kind.CASE_OPENED):
        yield from gone("case", numbers, Case.objects.filter(number__in=numbers).values_list("number", flat=True))


def _case(case: Case, trail: list[AuditEvent]) -> Iterator[str]:
    opened = [event for event in trail if event.kind == Kind.CASE_OPENED]
    as_told = [(event.at, event.detail["request"], event.detail["committee"]) for event in opened]
    if as_told != [(case.opened_at, case.request.number, case.committee.slug)]:
        yield REWRITTEN
    for message in case.messages.all():
        message.case = case
    for recusal in case.recusals.all():
        recusal.case = case
    said = {
        event.detail["message"]: (event.detail["seal"], event.actor, event.at)
        for event in trail
        if event.kind == Kind.CASE_MESSAGE
    }
    standing = {row.pk: (seals.of_message(row), row.author.subject, row.at) for row in case.messages.all()}
    yield from differing("message", standing, said)
    told = {event.detail["person"]: event.detail["seal"] for event in trail if event.kind == Kind.MEMBER_RECUSED}
    yield from differing("recusal of", {row.person.subject: seals.of_recusal(row) for row in case.recusals.all()}, told)


# --- Lines and votes --------------------------------------------------------------------------------------------------
def _lines() -> Iterator[Finding]:
    wanted = Line.objects.select_related("case__request", "dataset_version").prefetch_related("votes__voter")
    for lines in streamed(wanted):
        named = {about_line(line).id: line for line in lines}
        told = trails("line", list(named))
        for name, line in named.items():
            for says in _line(line, told[name]):
                yield Finding(3, f"line {name}", says)
    for names in subjects_of(Kind.LINE_OPENED):
        # One name is a case's number and an accession, which may hold a slash itself.
        numbers = {name.partition("/")[0] for name in names}
        standing = Line.objects.filter(case__number__in=numbers).select_related("case", "dataset_version")
        yield from gone("line", names, [about_line(line).id for line in standing.iterator()])


def _line(line: Line, trail: list[AuditEvent]) -> Iterator[str]:
    if newest_seal(event for event in trail if event.kind != Kind.VOTE_CAST) != seals.of_line(line):
        yield REWRITTEN
    yield from strays(LINE, list(_line_moves(trail)))
    votes = sorted(line.votes.all(), key=lambda vote: vote.pk)
    for vote in votes:
        vote.line = line
    cast = {
        event.detail["vote"]: (event.detail["seal"], event.actor, event.at)
        for event in trail
        if event.kind == Kind.VOTE_CAST
    }
    standing = {vote.pk: (seals.of_vote(vote), vote.voter.subject, vote.cast_at) for vote in votes}
    yield from differing("vote", standing, cast)
    yield from _replaced(votes)


def _line_moves(trail: Iterable[AuditEvent]) -> Iterator[tuple[str, str]]:
    after = {
        Kind.LINE_OPENED: "pending",
        Kind.LINE_TAKEN: "in_review",
        Kind.LINE_RETURNED: "waiting_for_applicant",
        Kind.LINE_WITHDRAWN: "withdrawn",
    }
    state = ""
    for event in trail:
        if event.kind == Kind.LINE_DECIDED:
            moved = {"approve": "approved", "refuse": "refused"}[event.detail["decision"]]
        elif event.kind == Kind.LINE_ANSWERED:
            moved = event.detail["state"]
        elif event.kind in after:
            moved = after[Kind(event.kind)]
        else:
            continue
        # A new version of the request leaves a line that was not given back where it is.
        if (event.kind, moved) != (Kind.LINE_ANSWERED, state):
            yield event.kind, moved
        state = moved


def _replaced(votes: Iterable[Vote]) -> Iterator[str]:
    """A vote is replaced when the next one of the same person is cast, and by nothing else."""
    newest: dict[int, Vote] = {}
    for vote in votes:
        before = newest.get(vote.voter_id)
        if before is not None and before.replaced_at != vote.cast_at:
            yield f"vote {before.pk} was not replaced when the next one of its voter was cast"
        newest[vote.voter_id] = vote
    yield from (f"vote {vote.pk} was replaced by none" for vote in newest.values() if vote.replaced_at is not None)


# --- Terms, and clients -----------------------------------------------------------------------------------------------
class _Acceptances(TypedDict):
    accepted: int


_Counted = With[TermsVersion, _Acceptances]


def _terms() -> Iterator[Finding]:
    rows: list[_Counted]
    for rows in streamed(TermsVersion.objects.annotate(accepted=Count("acceptances"))):
        told = trails("terms", [_terms_name(row) for row in rows], (Kind.TERMS_PUBLISHED,))
        for row in rows:
            name = _terms_name(row)
            if newest_seal(told[name]) != plain.seal(row) or row.sha256 != digest(row.text):
                yield Finding(3, f"terms {name}", REWRITTEN)
            yield from _acceptances(row, row.accepted)
    for names in subjects_of(Kind.TERMS_PUBLISHED):
        slugs = {name.rpartition("/")[0] for name in names}
        yield from gone("terms", names, [_terms_name(row) for row in TermsVersion.objects.filter(slug__in=slugs)])


def _terms_name(row: TermsVersion) -> str:
    return f"{row.slug}/{row.number}"


def _acceptances(terms: TermsVersion, standing: int) -> Iterator[Finding]:
    name = _terms_name(terms)
    events = AuditEvent.objects.filter(kind=Kind.TERMS_ACCEPTED, subject_kind="terms", subject_id=name)
    if events.count() != standing:
        yield Finding(3, f"terms {name}", f"{standing} accepted them, and the audit log tells of {events.count()}")
    rows = TermsAcceptance.objects.filter(terms=terms).order_by("pk").values_list("person__subject", "accepted_at")
    for piece in pieces(rows.iterator()):
        told = set(events.filter(actor__in=[subject for subject, _at in piece]).values_list("actor", "at"))
        for subject, _at in sorted(set(piece) - told):
            yield Finding(3, f"terms {name}", f"person {subject} accepted them, which the audit log does not tell")


def _clients() -> Iterator[Finding]:
    for clients in streamed(Client.objects.all()):
        told = trails("client", [client.client_id for client in clients])
        for client in clients:
            if newest_seal(told[client.client_id]) != plain.seal(client, without=UNSEALED):
                yield Finding(3, f"client {client.client_id}", REWRITTEN)
    for ids in subjects_of(Kind.CLIENT_REGISTERED):
        yield from gone("client", ids, Client.objects.filter(client_id__in=ids).values_list("client_id", flat=True))
