"""What the case page shows: purpose with origins, lines with reasons and cohorts, votes, and what the state table
opens to the reader, with whatever is known to be missing for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from access.cases import selectors
from access.cases.forms import ApproveForm, MessageForm, RefuseForm, ReturnForm, VoteForm
from access.cases.line_needs import Proposal, missing, open_choices
from access.cases.outcomes import outcome_words, review_rules, votes_on
from access.cases.selectors import current_decision
from access.committees.benches import APPLICANT, COLLABORATOR, INSTITUTION, Bench, Seat
from access.committees.selectors import half_end_within
from access.domain.quorum import Outcome
from access.domain.states import LINE, Transition, open_to
from access.face.differences import differences
from access.face.sentences import Said, asks_in_words, cohort_reason, facts, label_terms, said, stored_reasons
from access.models import Case, Line, Vote
from consent.domain.cohorts import CohortNumbers
from consent.selectors.cohorts import cohort_numbers
from governance.duo.ontology import Ontologies
from governance.face.charts import BarRow
from governance.face.forms import Form
from governance.face.look import Words, term_look
from governance.face.words import listed
from governance.models import User
from governance.selectors.ontology import active_ontologies

# What can be done on a line, in the order in which a page offers it. An action with words has a page of its own.
ACTS: dict[str, tuple[Words, str]] = {
    "take": ("", ""),
    "vote": ("", ""),
    "approve": (lazy("Approve"), ""),
    "return": (lazy("Ask for a change"), "quiet"),
    "refuse": (lazy("Refuse"), "warn"),
}
RECUSALS: dict[str, Words] = {
    APPLICANT: lazy("Wrote the request."),
    COLLABORATOR: lazy("Works on the request."),
    INSTITUTION: lazy("Belongs to the same institution as somebody who works on the request."),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One action on a line: its words where it has a page of its own, and what would make it fail."""

    name: str
    words: Words = ""
    kind: str = "quiet"
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitteeLine:
    """One line of a case as the committee sees it."""

    line: Line
    verdict: str
    reasons: list[Said]
    agreed: list[dict[str, str]]
    asks: str
    changed: bool
    numbers: CohortNumbers | None
    votes: Outcome
    says: list[str]
    acts: list[Act]
    seats: list["SeatShown"]
    vote_form: Any
    grant: Any
    refused: list[str] = field(default_factory=list)

    @property
    def actions(self) -> frozenset[str]:
        """The actions that the table opens to the reader."""
        return frozenset(act.name for act in self.acts)

    @property
    def voted(self) -> bool:
        """Whether the reader's vote stands."""
        return any(seat.you and seat.vote is not None for seat in self.seats)

    @property
    def closed(self) -> list[tuple[str, str]]:
        """What is not open yet, with the reason that is the same for each; a deny is told in words of its own."""
        found: dict[str, list[str]] = {}
        for act in self.decides:
            if act.missing and not (act.name == "approve" and self.verdict == "deny"):
                found.setdefault(" ".join(act.missing), []).append(str(act.words))
        return [(listed(names), reason) for reason, names in found.items()]

    @property
    def decides(self) -> list[Act]:
        """The actions that have a page of their own."""
        return [act for act in self.acts if act.words]

    @property
    def chart_rows(self) -> list[BarRow]:
        """The cohort as one bar."""
        n = self.numbers
        return [BarRow("", (n.permit, n.review, n.deny))] if n else []

    @property
    def series(self) -> list[str]:
        """The words of the bar's parts."""
        return [_("Permit"), _("Review"), _("Stay out")]

    @property
    def cohort_reasons(self) -> list[tuple[str, str, str, int]]:
        """Why people stay out or need a look: verdict, words, rule, how many."""
        return (
            [(one.verdict.value, cohort_reason(one), one.rule, one.count) for one in self.numbers.reasons]
            if self.numbers
            else []
        )


@dataclass(frozen=True, slots=True)
class SeatShown:
    """One seat with its vote on a line, for the list of votes."""

    seat: Seat
    vote: Vote | None
    you: bool

    @property
    def recused(self) -> str:
        """Why this seat takes no part, in words."""
        return str(RECUSALS.get(self.seat.recused, self.seat.recused))


def case_page(
    case: Case,
    lines: Sequence[Line],
    bench: Bench,
    person: User,
    now: datetime,
    *,
    forms: Mapping[tuple[int, str], Form] | None = None,
    message_form: Form | None = None,
) -> dict[str, Any]:
    """Everything that the page shows to this member; the recused see neither votes nor discussion."""
    ontologies = active_ontologies()
    submissions = selectors.submissions_of(case, now)
    submission = submissions[0]
    asked = [line.dataset_version.dataset for line in lines]
    numbers = cohort_numbers(asked, submission.purpose, case.committee.day(now), ontologies)
    recused = bool((seat := bench.seat(person)) and seat.recused)
    since, used = selectors.age_of(case, lines, now)
    shown = [
        line_shown(line, bench, person, now, numbers.get(line.dataset_version.dataset_id), forms or {}, ontologies)
        for line in lines
    ]
    ballots = [one for one in shown if one.line.state == Line.State.IN_REVIEW and not recused]
    return {
        "case": case,
        "submission": submission,
        "differences": differences(submissions[1], submission, ontologies) if len(submissions) > 1 else [],
        "institution": submission.institution,
        "colleagues": submission.colleagues,
        "elsewhere": submission.elsewhere,
        "facts": facts(submission, ontologies),
        "lines": shown,
        "acts": [one for one in shown if one.acts],
        "ballots": ballots,
        "open_ballots": sum("vote" in one.actions for one in ballots),
        "bench": bench,
        "recused": recused,
        "recusal": RECUSALS.get(seat.recused, seat.recused) if seat else "",
        "since": since,
        "waits": _waits(lines),
        "used": used,
        "half": half_end_within([case.committee_id], now)[case.committee_id],
        "states": list(dict.fromkeys(line.state for line in lines)),
        "talk": [] if recused else list(case.messages.select_related("author")),
        "earlier": selectors.earlier(case),
        "message_form": message_form or MessageForm(),
    }


def _waits(lines: Sequence[Line]) -> str:
    """Who must act, as the clock says it."""
    states = {line.state for line in lines}
    if Line.State.IN_REVIEW in states:
        return _("Waiting for votes and decisions")
    if Line.State.PENDING in states:
        return _("Waiting for somebody to take it")
    return _("Waiting for the applicant") if Line.State.WAITING in states else _("Everything is decided")


def line_shown(
    line: Line,
    bench: Bench,
    person: User,
    now: datetime,
    numbers: CohortNumbers | None,
    bound: Mapping[tuple[int, str], Form],
    ontologies: Ontologies,
) -> CommitteeLine:
    """One line with what this person may do on it now."""
    is_open = line.state in selectors.OPEN_STATES
    standing = proposal(line, bench, now, numbers, ontologies) if is_open else None
    reasons = standing.decision.reasons if standing else tuple(stored_reasons(line.decision))
    verdict = standing.decision.verdict.value if standing else line.decision["verdict"]
    votes = standing.votes if standing else votes_on(line, bench, verdict)
    rows = open_to(LINE, line.state, bench.parties(person))
    acts = [_act(row, standing) for row in rows if standing is not None]
    label = line.dataset_version.dataset.data_use or {} if is_open else line.snapshot["data_use"]
    form = bound.get((line.pk, "vote"))
    if standing is not None and form is None:
        form = decision_form("vote", standing, None, person, ontologies)
    return CommitteeLine(
        line=line,
        verdict=verdict,
        reasons=said(reasons, ontologies),
        agreed=label_terms(label, ontologies),
        asks=asks_in_words(line.snapshot["purpose"], ontologies),
        changed=is_open and line.dataset_version.dataset.data_use != line.snapshot["data_use"],
        numbers=numbers,
        votes=votes,
        says=outcome_words(votes) if line.state == Line.State.IN_REVIEW else [],
        acts=sorted(acts, key=lambda act: list(ACTS).index(act.name)),
        seats=_seats(line, bench, person),
        vote_form=form,
        grant=getattr(line, "grant", None),
        refused=_moved_on(line, bound, frozenset(row.action for row in rows)),
    )


def proposal(
    line: Line, bench: Bench, now: datetime, numbers: CohortNumbers | None, ontologies: Ontologies | None = None
) -> Proposal:
    """What stands on a line before anybody writes into a form: today's answer, the votes, and who permits."""
    decision = current_decision(line, now, ontologies)
    votes = votes_on(line, bench, decision.verdict.value)
    return Proposal(line, decision, votes, now, permit=numbers.permit if numbers else 0)


def _act(row: Transition, standing: Proposal) -> Act:
    words, kind = ACTS.get(row.action, ("", "quiet"))
    return Act(row.action, words, kind, tuple(missing(row, standing)))


def _moved_on(line: Line, bound: Mapping[tuple[int, str], Form], actions: frozenset[str]) -> list[str]:
    """What a form was told whose action is no longer open, and what was written in it."""
    found: list[str] = []
    for (pk, action), form in bound.items():
        if pk == line.pk and action not in actions:
            found += [str(error) for error in form.non_field_errors()]
            found += [str(value) for value in form.cleaned_data.values() if value]
    return found


def decision_form(
    action: str,
    standing: Proposal,
    data: Any = None,
    person: User | None = None,
    ontologies: Ontologies | None = None,
) -> Any:
    """The form of one action on a line, bound to what was typed where something was."""
    line = standing.line
    prefix = f"{action}-{line.pk}"
    known = ontologies or active_ontologies()
    if action == "approve":
        words = {one.source: one.text for one in said(standing.decision.reasons, known)}
        rules = [(rule, words.get(rule, "")) for rule in review_rules(standing.decision)]
        return ApproveForm(data, prefix=prefix, rules=rules)
    if action == "refuse":
        label = line.dataset_version.dataset.data_use or {}
        codes = [one["code"] for one in label_terms(label, known)]
        terms = [(code, f"{term_look(code).words} ({code})") for code in codes]
        return RefuseForm(data, prefix=prefix, terms=[*terms, ("other", _("Something else"))])
    if action == "vote":
        mine = next((v for v in _standing(line) if person is not None and v.voter_id == person.pk), None)
        initial = {"choice": mine.choice, "reason": mine.reason} if mine else None
        return VoteForm(data, prefix=prefix, initial=initial, choices=open_choices(standing))
    return {"return": ReturnForm}.get(action, Form)(data, prefix=prefix)


def _standing(line: Line) -> list[Vote]:
    version = line.snapshot["request_version"]
    return [v for v in line.votes.all() if v.replaced_at is None and v.request_version == version]


def _seats(line: Line, bench: Bench, person: User) -> list[SeatShown]:
    votes = {vote.voter_id: vote for vote in _standing(line)}
    return [
        SeatShown(seat, votes.get(seat.person.pk), seat.person.pk == person.pk) for seat in bench.seats if seat.votes
    ]
