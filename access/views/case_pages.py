"""What the case page shows: purpose with origins, lines with reasons and cohorts, votes, and the forms that
the state table opens to the reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from access.domain.quorum import Outcome
from access.domain.states import LINE, open_to
from access.models import Case, Collaborator, Line, RequestSubmission, Vote
from access.selectors import cases as selectors
from access.selectors.benches import Bench, Seat
from access.selectors.outcomes import outcome_words
from access.services.cases import current_decision
from access.services.line_needs import review_rules, votes_on
from access.views.case_forms import (
    ApproveForm,
    EndForm,
    MessageForm,
    RecuseForm,
    RefuseForm,
    ReturnForm,
    VoteForm,
)
from access.views.sentences import (
    Said,
    asks_in_words,
    cohort_reason,
    facts,
    label_terms,
    said,
    stored_reasons,
)
from consent.domain.cohorts import CohortNumbers
from consent.selectors.cohorts import cohort_numbers
from governance.charts import Row
from governance.duo.decision import Decision
from governance.duo.ontology import Ontologies
from governance.forms import Form
from governance.look import term_look
from governance.models import User
from governance.selectors.ontology import active_ontologies


@dataclass(frozen=True, slots=True)
class LineShown:
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
    actions: frozenset[str]
    forms: dict[str, Any]
    grant: Any
    refused: list[str] = field(default_factory=list)

    @property
    def chart_rows(self) -> list[Row]:
        """The cohort as one bar."""
        n = self.numbers
        return [Row("", (n.permit, n.review, n.deny))] if n else []

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


def case_page(
    case: Case,
    bench: Bench,
    person: User,
    now: datetime,
    *,
    forms: Mapping[tuple[int, str], Form] | None = None,
    message_form: Form | None = None,
    recuse_form: Form | None = None,
) -> dict[str, Any]:
    """Everything that the page shows to this member; the recused see neither votes nor discussion."""
    ontologies = active_ontologies()
    lines = selectors.lines_of(case)
    submissions = list(RequestSubmission.objects.filter(request=case.request).order_by("-version"))
    submission = submissions[0]
    asked = [line.dataset_version.dataset for line in lines]
    numbers = cohort_numbers(asked, submission.purpose, case.committee.day(now), ontologies)
    recused = bool((seat := bench.seat(person)) and seat.recused)
    since, used = selectors.age_of(case, lines, now)
    shown = [
        _line(line, bench, person, now, numbers.get(line.dataset_version.dataset_id), forms or {}, ontologies)
        for line in lines
    ]
    return {
        "case": case,
        "submission": submission,
        "differences": _differences(submissions, ontologies),
        "affiliation": selectors.affiliation_of(case.request.applicant, now),
        "collaborators": _named_then(case, submission),
        "elsewhere": Line.objects.filter(case__request=case.request).exclude(case=case).count(),
        "facts": facts(submission, ontologies),
        "lines": shown,
        "ballots": [(one, _seats(one, bench, person)) for one in shown if one.line.state == Line.State.IN_REVIEW],
        "bench": bench,
        "recused": recused,
        "recusal": seat.recused if seat else "",
        "since": since,
        "waits": _waits(lines),
        "used": used,
        "half": selectors.half_end_within([case.committee_id], now)[case.committee_id],
        "states": list(dict.fromkeys(line.state for line in lines)),
        "talk": [] if recused else list(case.messages.select_related("author")),
        "earlier": selectors.earlier(case),
        "message_form": message_form or MessageForm(),
        "recuse_form": recuse_form or RecuseForm(prefix="recuse"),
        "votes_here": bool(seat and seat.votes and not recused),
    }


def _named_then(case: Case, submission: RequestSubmission) -> list[Collaborator]:
    """The colleagues who had confirmed their part when this version was submitted."""
    rows = case.request.collaborators.all()
    return [row for row in rows if row.confirmed_at and row.confirmed_at <= submission.submitted_at]


def _waits(lines: list[Line]) -> str:
    """Who must act, as the clock says it."""
    states = {line.state for line in lines}
    if Line.State.IN_REVIEW in states:
        return _("Waiting for votes and decisions")
    if Line.State.PENDING in states:
        return _("Waiting for somebody to take it")
    return _("Waiting for the applicant") if Line.State.WAITING in states else _("Everything is decided")


def _line(
    line: Line,
    bench: Bench,
    person: User,
    now: datetime,
    numbers: CohortNumbers | None,
    bound: Mapping[tuple[int, str], Form],
    ontologies: Any,
) -> LineShown:
    is_open = line.state in selectors.OPEN_STATES
    decision = current_decision(line, now, ontologies) if is_open else None
    reasons = decision.reasons if decision else tuple(stored_reasons(line.decision))
    verdict = decision.verdict.value if decision else line.decision["verdict"]
    votes = votes_on(line, bench, verdict)
    actions = frozenset(row.action for row in open_to(LINE, line.state, bench.actors(person)))
    offered = {
        action: bound.get((line.pk, action)) or decision_form(action, line, now, None, decision, person, ontologies)
        for action in actions
    }
    label = line.dataset_version.dataset.data_use if is_open else line.snapshot["data_use"]
    return LineShown(
        line=line,
        verdict=verdict,
        reasons=said(reasons, ontologies),
        agreed=label_terms(label, ontologies),
        asks=asks_in_words(line.snapshot["purpose"], ontologies),
        changed=is_open and line.dataset_version.dataset.data_use != line.snapshot["data_use"],
        numbers=numbers,
        votes=votes,
        says=outcome_words(votes) if line.state == Line.State.IN_REVIEW else [],
        actions=actions if verdict != "deny" else actions - {"approve"},
        forms=offered,
        grant=getattr(line, "grant", None),
        refused=_moved_on(line, bound, actions),
    )


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
    line: Line,
    now: datetime,
    data: Any = None,
    decision: Decision | None = None,
    person: User | None = None,
    ontologies: Ontologies | None = None,
) -> Any:
    """The form of one action on a line, bound to what was typed where something was."""
    prefix = f"{action}-{line.pk}"
    known = ontologies or active_ontologies()
    if action == "approve":
        found = decision or current_decision(line, now, known)
        rules = review_rules(found)
        words = {one.source: one.text for one in said(found.reasons, known)}
        return ApproveForm(data, prefix=prefix, rules=[(rule, words.get(rule, "")) for rule in rules])
    if action == "refuse":
        label = line.dataset_version.dataset.data_use or {}
        codes = [one["code"] for one in label_terms(label, known)]
        terms = [(code, f"{term_look(code).words} ({code})") for code in codes]
        return RefuseForm(data, prefix=prefix, terms=[*terms, ("other", _("Something else"))])
    if action == "vote":
        mine = next((v for v in _standing(line) if person is not None and v.voter_id == person.pk), None)
        initial = {"choice": mine.choice, "reason": mine.reason} if mine else None
        return VoteForm(data, prefix=prefix, initial=initial)
    return {"return": ReturnForm, "revoke": EndForm}.get(action, Form)(data, prefix=prefix)


def _standing(line: Line) -> list[Vote]:
    version = line.snapshot["request_version"]
    return [v for v in line.votes.all() if v.replaced_at is None and v.request_version == version]


def _seats(shown: LineShown, bench: Bench, person: User) -> list[SeatShown]:
    votes = {vote.voter_id: vote for vote in _standing(shown.line)}
    return [
        SeatShown(seat, votes.get(seat.person.pk), seat.person.pk == person.pk) for seat in bench.seats if seat.votes
    ]


def _differences(submissions: list[RequestSubmission], ontologies: Ontologies) -> list[tuple[str, str, str]]:
    """What changed since the version before: what, before, now."""
    if len(submissions) < 2:
        return []
    new, old = submissions[0], submissions[1]
    before = {row.label: row.value for row in facts(old, ontologies)}
    after = {row.label: row.value for row in facts(new, ontologies)}
    before |= {_("Title"): old.title, _("Summary for participants"): old.lay_summary}
    after |= {_("Title"): new.title, _("Summary for participants"): new.lay_summary}
    labels = dict.fromkeys([*after, *before])
    return [(one, before.get(one, "–"), after.get(one, "–")) for one in labels if before.get(one) != after.get(one)]
