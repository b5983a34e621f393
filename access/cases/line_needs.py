"""What a decision on a line needs, each need of the state table with the function that establishes it.

A function answers with None, or with the error that says what is missing. The table names the needs; services
run them in its order, and pages say before anybody tries what is missing already.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from access.cases.outcomes import outcome_words, review_rules
from access.domain.quorum import Outcome, VoteChoice
from access.domain.states import LINE, Need, Transition
from access.models import Line
from consent.selectors import cohorts
from consent.selectors.positions import position
from governance.domain.errors import Conflict, DuologueError, Invalid
from governance.duo.decision import Decision, Status, Verdict
from governance.face.look import term_look


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that somebody wants to take on a line: today's answer of the matcher, the votes, and the words."""

    line: Line
    decision: Decision
    votes: Outcome
    now: datetime
    judged: Mapping[str, str] = field(default_factory=dict)
    term: str = ""
    text: str = ""
    # People who are known to permit already; with any, the cohort need not be counted.
    permit: int = 0

    @property
    def purpose(self) -> dict[str, Any]:
        """The purpose as it was submitted."""
        return dict(self.line.snapshot["purpose"])


def _not_denied(proposal: Proposal) -> DuologueError | None:
    if proposal.decision.verdict is not Verdict.DENY:
        return None
    return Conflict(_("The dataset's label denies this purpose: nobody can approve against a deny."))


def _reviews_judged(proposal: Proposal) -> DuologueError | None:
    missing = [rule for rule in review_rules(proposal.decision) if not proposal.judged.get(rule, "").strip()]
    if not missing:
        return None
    fields = {f"judged_{rule}": _("Write down how the committee judges this.") for rule in missing}
    return Invalid(_("judge each review reason: %(rules)s") % {"rules": ", ".join(missing)}, fields)


def _cohort_not_empty(proposal: Proposal) -> DuologueError | None:
    dataset = proposal.line.dataset_version.dataset
    if not dataset.has_members or proposal.permit:
        return None
    judged = [rule for rule, words in proposal.judged.items() if words.strip()]
    day = proposal.line.case.committee.day(proposal.now)
    read = cohorts.basis(dataset, proposal.purpose, day, epoch=position(dataset.pk), judged=judged)
    if cohorts.size(read):
        return None
    due = [str(term_look(one.term).words) for one in proposal.decision.obligations if one.status is Status.OUTSTANDING]
    if due:
        terms = {"terms": ", ".join(due)}
        return Conflict(_("Nobody is in the cohort while these are outstanding: %(terms)s. Return the line.") % terms)
    return Conflict(_("No participant of this dataset permits this purpose: its cohort is empty."))


def _version_open(proposal: Proposal) -> DuologueError | None:
    if proposal.line.dataset_version.closed_at is None:
        return None
    return Conflict(_("This version of the dataset is closed to new grants."))


def _votes_approve(proposal: Proposal) -> DuologueError | None:
    return None if proposal.votes.allows(VoteChoice.APPROVE) else _votes_lack(proposal.votes)


def _votes_refuse(proposal: Proposal) -> DuologueError | None:
    return None if proposal.votes.allows(VoteChoice.REFUSE) else _votes_lack(proposal.votes)


def _votes_lack(votes: Outcome) -> DuologueError:
    words = " ".join(outcome_words(votes))
    return Conflict(_("The votes do not carry this decision. %(words)s") % {"words": words})


def _unmet_term(proposal: Proposal) -> DuologueError | None:
    fields = {}
    if not proposal.term.strip():
        fields["term"] = _("Name the term that is not met.")
    if not proposal.text.strip():
        fields["text"] = _("Say why, in words that the applicant understands.")
    return Invalid(_("name the unmet term and say why"), fields) if fields else None


def _words_for_applicant(proposal: Proposal) -> DuologueError | None:
    if proposal.text.strip():
        return None
    message = _("Say what the applicant should change or explain.")
    return Invalid(_("say what should change"), {"text": message})


CHECKS: dict[Need, Callable[[Proposal], DuologueError | None]] = {
    Need.NOT_DENIED: _not_denied,
    Need.REVIEWS_JUDGED: _reviews_judged,
    Need.COHORT_NOT_EMPTY: _cohort_not_empty,
    Need.VERSION_OPEN: _version_open,
    Need.VOTES_APPROVE: _votes_approve,
    Need.VOTES_REFUSE: _votes_refuse,
    Need.UNMET_TERM: _unmet_term,
    Need.WORDS_FOR_APPLICANT: _words_for_applicant,
}
_VOTED_FOR = {VoteChoice.APPROVE: "approve", VoteChoice.CHANGE: "return", VoteChoice.REFUSE: "refuse"}
# What is met by what somebody writes into the form of the action; every other need stands before it is opened.
WRITTEN: frozenset[Need] = frozenset({Need.REVIEWS_JUDGED, Need.UNMET_TERM, Need.WORDS_FOR_APPLICANT})


def require_all(row: Transition, proposal: Proposal) -> None:
    """Raise what the first unmet need of the row says."""
    for need in row.needs:
        error = CHECKS[need](proposal)
        if error is not None:
            raise error


def missing(row: Transition, proposal: Proposal) -> list[str]:
    """What makes this action fail whatever is written in its form, in words; empty where it can be carried out.

    Every review reason counts as judged: the form asks for the judgements.
    """
    judged = replace(proposal, judged=dict.fromkeys(review_rules(proposal.decision), "judged"))
    errors = [CHECKS[need](judged) for need in row.needs if need not in WRITTEN]
    return [error.message for error in errors if error is not None]


def open_choices(proposal: Proposal) -> list[VoteChoice]:
    """The votes that are offered on a line: each for an action that no number of votes would leave impossible."""
    return [choice for choice, action in _VOTED_FOR.items() if not _hopeless(LINE.row("in_review", action), proposal)]


def _hopeless(row: Transition | None, proposal: Proposal) -> bool:
    return row is not None and Need.NOT_DENIED in row.needs and _not_denied(proposal) is not None
