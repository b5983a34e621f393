"""The states of requests, lines, grants and obligations: four tables as data.

A row says: in this state, this action is open to these parties, leads to that state, and needs these things.
Services, buttons, the API, documentation (`docs/states.md`) and tests are derived from the tables; nothing
else knows a state's next one. `check` answers for state and party; what a row needs is established by the
service that carries the action out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from governance.domain.errors import Conflict, NotAllowed


class Party(StrEnum):
    """Who acts, seen from one request, line or grant; a person may be several of them."""

    APPLICANT = "applicant"
    COLLABORATOR = "collaborator"
    INVITED = "invited"
    CHAIR = "chair"
    DEPUTY = "deputy"
    MEMBER = "member"
    REPRESENTATIVE = "representative"
    SECRETARY = "secretary"
    SYSTEM = "system"


# A deputy is a voting member of a case on which no chair can act, because every chair is recused or the seat is empty.
DOES: dict[Party, str] = {
    Party.APPLICANT: "wrote the request",
    Party.COLLABORATOR: "works on the request beside the applicant",
    Party.INVITED: "was asked to work on the request, and has not answered",
    Party.CHAIR: "leads the committee",
    Party.DEPUTY: "votes, on a case that no chair can judge",
    Party.MEMBER: "votes",
    Party.REPRESENTATIVE: "votes for those whose data it is",
    Party.SECRETARY: "runs the queue; does not vote",
    Party.SYSTEM: "the platform itself, when its rule is met",
}


class Need(StrEnum):
    """What must hold before an action is carried out; the value is the sentence of the documentation."""

    COMPLETE = "every required field is filled in, and each collaborator has confirmed"
    TERMS_OF_COMMITTEES = "the applicant accepted the current terms of each committee"
    NO_DUPLICATE = "no open request of the same applicant asks for the same dataset and purpose"
    LINES_OPEN = "at least one line is not decided yet"
    LINES_SETTLED = "every line is approved, refused or withdrawn"
    NOT_DENIED = "the matcher's answer on the label is not deny"
    REVIEWS_JUDGED = "each review reason has a recorded judgement"
    COHORT_NOT_EMPTY = "where the dataset has members, at least one is in the cohort"
    VERSION_OPEN = "the dataset's version is open to new grants"
    VOTES_APPROVE = "the committee's policy counts an approval"
    VOTES_REFUSE = "the committee's policy counts a refusal, or the matcher's answer is deny"
    UNMET_TERM = "the unmet term is named, with a reason"
    WORDS_FOR_APPLICANT = "what the applicant should change is written down"
    GRANT_READY = "terms are accepted, obligations met that must be met first, and it has not ended"
    END_REASON = "the reason is written down"
    BASIS_GONE = "no participant, label or approval carries it any more"
    TIME_OVER = "its end has passed"
    PROMISED = "it was promised in the request that was judged"
    FOUND_MET = "the request that was judged shows it"
    EVIDENCE = "it is said in words, or by a link, how it was met"
    DAY_TO_COME = "a later day is named"
    DAY_OVER = "the day by which it was due has passed"
    CANNOT_BE_JUDGED = "judging it failed, so that nobody knows whether it may go on"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a table."""

    state: str
    action: str
    who: frozenset[Party]
    next: str
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """One kind of object: its states in order, the first of them, and its rows."""

    name: str
    states: tuple[str, ...]
    initial: str
    transitions: tuple[Transition, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action, in the order of the table."""
        return tuple(dict.fromkeys(row.action for row in self.transitions))

    def row(self, state: str, action: str) -> Transition | None:
        """The row of an action in a state, where there is one."""
        return next((row for row in self.transitions if (row.state, row.action) == (state, action)), None)


class WhyNot(StrEnum):
    """Why an action is not open: it does not exist here now, or not to this party."""

    NOT_NOW = "not now"
    NOT_YOU = "not you"


@dataclass(frozen=True, slots=True)
class ActionAnswer:
    """May this party do this now: the row that says so, or why not, with a reason for people."""

    transition: Transition | None
    refused: WhyNot | None = None
    reason: str = ""

    @property
    def allowed(self) -> bool:
        """Whether a row stands for it; its needs are still to be established."""
        return self.transition is not None


_P = Party
_VOTERS = frozenset({_P.CHAIR, _P.DEPUTY, _P.MEMBER, _P.REPRESENTATIVE})
_COMMITTEE = _VOTERS | {_P.SECRETARY}
_DECIDERS = frozenset({_P.CHAIR, _P.DEPUTY})
_AUTHORS = frozenset({_P.APPLICANT, _P.COLLABORATOR})
_APPLICANT = frozenset({_P.APPLICANT})
_INVITED = frozenset({_P.INVITED})
_SYSTEM = frozenset({_P.SYSTEM})
_N = Need
_SUBMIT = (_N.COMPLETE, _N.TERMS_OF_COMMITTEES, _N.NO_DUPLICATE)
_APPROVE = (_N.NOT_DENIED, _N.REVIEWS_JUDGED, _N.COHORT_NOT_EMPTY, _N.VERSION_OPEN, _N.VOTES_APPROVE)
_REFUSE = (_N.UNMET_TERM, _N.VOTES_REFUSE)

REQUEST = Machine(
    "request",
    ("draft", "submitted", "returned", "withdrawn", "closed"),
    "draft",
    (
        Transition("draft", "edit", _AUTHORS, "draft"),
        Transition("draft", "join", _INVITED, "draft"),
        Transition("draft", "decline", _INVITED, "draft"),
        Transition("draft", "submit", _APPLICANT, "submitted", _SUBMIT),
        Transition("draft", "withdraw", _APPLICANT, "withdrawn"),
        Transition("submitted", "return", _SYSTEM, "returned", (_N.LINES_OPEN,)),
        Transition("submitted", "withdraw", _APPLICANT, "withdrawn"),
        Transition("submitted", "close", _SYSTEM, "closed", (_N.LINES_SETTLED,)),
        Transition("returned", "edit", _AUTHORS, "returned"),
        Transition("returned", "join", _INVITED, "returned"),
        Transition("returned", "decline", _INVITED, "returned"),
        Transition("returned", "submit", _APPLICANT, "submitted", _SUBMIT),
        Transition("returned", "withdraw", _APPLICANT, "withdrawn"),
        Transition("returned", "return", _SYSTEM, "returned", (_N.LINES_OPEN,)),
        Transition("returned", "close", _SYSTEM, "closed", (_N.LINES_SETTLED,)),
    ),
)

LINE = Machine(
    "line",
    ("pending", "in_review", "waiting_for_applicant", "approved", "refused", "withdrawn"),
    "pending",
    (
        Transition("pending", "take", _COMMITTEE, "in_review"),
        Transition("pending", "withdraw", _APPLICANT, "withdrawn"),
        Transition("in_review", "vote", _VOTERS, "in_review"),
        Transition("in_review", "approve", _DECIDERS, "approved", _APPROVE),
        Transition("in_review", "refuse", _DECIDERS, "refused", _REFUSE),
        Transition(
            "in_review",
            "return",
            _DECIDERS | {_P.SECRETARY},
            "waiting_for_applicant",
            (_N.WORDS_FOR_APPLICANT,),
        ),
        Transition("in_review", "withdraw", _APPLICANT, "withdrawn"),
        Transition("waiting_for_applicant", "answer", _APPLICANT, "in_review"),
        Transition("waiting_for_applicant", "refuse", _DECIDERS, "refused", _REFUSE),
        Transition("waiting_for_applicant", "withdraw", _APPLICANT, "withdrawn"),
    ),
)

GRANT = Machine(
    "grant",
    ("waiting", "active", "suspended", "ended"),
    "waiting",
    (
        Transition("waiting", "activate", _SYSTEM, "active", (_N.GRANT_READY,)),
        Transition("waiting", "revoke", _DECIDERS, "ended", (_N.END_REASON,)),
        Transition("waiting", "close", _APPLICANT, "ended"),
        Transition("waiting", "expire", _SYSTEM, "ended", (_N.TIME_OVER,)),
        Transition("waiting", "lose basis", _SYSTEM, "ended", (_N.BASIS_GONE,)),
        Transition("waiting", "set aside", _SYSTEM, "suspended", (_N.CANNOT_BE_JUDGED,)),
        Transition("active", "suspend", _DECIDERS | _SYSTEM, "suspended", (_N.END_REASON,)),
        Transition("active", "revoke", _DECIDERS, "ended", (_N.END_REASON,)),
        Transition("active", "close", _APPLICANT, "ended"),
        Transition("active", "expire", _SYSTEM, "ended", (_N.TIME_OVER,)),
        Transition("active", "lose basis", _SYSTEM, "ended", (_N.BASIS_GONE,)),
        Transition("active", "set aside", _SYSTEM, "suspended", (_N.CANNOT_BE_JUDGED,)),
        Transition("suspended", "resume", _DECIDERS | _SYSTEM, "active", (_N.GRANT_READY,)),
        Transition("suspended", "revoke", _DECIDERS, "ended", (_N.END_REASON,)),
        Transition("suspended", "close", _APPLICANT, "ended"),
        Transition("suspended", "expire", _SYSTEM, "ended", (_N.TIME_OVER,)),
        Transition("suspended", "lose basis", _SYSTEM, "ended", (_N.BASIS_GONE,)),
        Transition("suspended", "set aside", _SYSTEM, "suspended", (_N.CANNOT_BE_JUDGED,)),
    ),
)

OBLIGATION = Machine(
    "obligation",
    ("outstanding", "promised", "offered", "met", "overdue", "waived", "lapsed"),
    "outstanding",
    (
        Transition("outstanding", "promise", _SYSTEM, "promised", (_N.PROMISED,)),
        Transition("outstanding", "find met", _SYSTEM, "met", (_N.FOUND_MET,)),
        Transition("outstanding", "offer", _AUTHORS, "offered", (_N.EVIDENCE,)),
        Transition("outstanding", "waive", _DECIDERS, "waived", (_N.END_REASON,)),
        Transition("promised", "offer", _AUTHORS, "offered", (_N.EVIDENCE,)),
        Transition("promised", "postpone", _DECIDERS, "promised", (_N.DAY_TO_COME,)),
        Transition("promised", "waive", _DECIDERS, "waived", (_N.END_REASON,)),
        Transition("promised", "fall due", _SYSTEM, "overdue", (_N.DAY_OVER,)),
        Transition("promised", "lapse", _SYSTEM, "lapsed", (_N.DAY_OVER,)),
        Transition("offered", "offer", _AUTHORS, "offered", (_N.EVIDENCE,)),
        Transition("offered", "accept", _DECIDERS, "met"),
        Transition("offered", "send back", _DECIDERS, "promised", (_N.WORDS_FOR_APPLICANT,)),
        Transition("offered", "waive", _DECIDERS, "waived", (_N.END_REASON,)),
        Transition("overdue", "offer", _AUTHORS, "offered", (_N.EVIDENCE,)),
        Transition("overdue", "postpone", _DECIDERS, "promised", (_N.DAY_TO_COME,)),
        Transition("overdue", "waive", _DECIDERS, "waived", (_N.END_REASON,)),
        Transition("met", "fall due", _SYSTEM, "overdue", (_N.DAY_OVER,)),
    ),
)

MACHINES: tuple[Machine, ...] = (REQUEST, LINE, GRANT, OBLIGATION)
SETTLED: frozenset[str] = frozenset(
    state for state in LINE.states if all(row.state != state for row in LINE.transitions)
)


def check(machine: Machine, state: str, action: str, parties: Iterable[Party]) -> ActionAnswer:
    """May one who is these parties do this in this state?

    Raises ValueError for a state or action that no table knows.
    """
    if state not in machine.states or action not in machine.actions:
        raise ValueError(f"the {machine.name} table knows no {action!r} in {state!r}: see docs/states.md")
    row = machine.row(state, action)
    if row is None:
        return ActionAnswer(
            None, WhyNot.NOT_NOW, f"this {machine.name} is {_words(state)}: “{action}” is not possible now"
        )
    if row.who.isdisjoint(parties):
        who = " or ".join(party.value for party in Party if party in row.who)
        return ActionAnswer(None, WhyNot.NOT_YOU, f"only the {who} can {_words(action)} this {machine.name}")
    return ActionAnswer(row)


def require(machine: Machine, state: str, action: str, parties: Iterable[Party]) -> Transition:
    """The row of an action that one who is these parties may carry out now; raises what `check` refuses."""
    answer = check(machine, state, action, parties)
    if answer.transition is not None:
        return answer.transition
    raise (NotAllowed if answer.refused is WhyNot.NOT_YOU else Conflict)(answer.reason)


def open_to(machine: Machine, state: str, parties: Iterable[Party]) -> tuple[Transition, ...]:
    """The rows that one who is these parties may carry out in a state: what a page offers."""
    mine = frozenset(parties)
    return tuple(row for row in machine.transitions if row.state == state and row.who & mine)


def _words(name: str) -> str:
    return name.replace("_", " ")
