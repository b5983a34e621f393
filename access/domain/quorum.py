"""What a committee's votes on one line amount to: which decisions they carry, and what is still missing.

The base is those who may vote: voting seats without the recused. A quorum is a number of votes; a committee
smaller than its quorum, because members are recused, needs all who are left. Votes are counted among those
cast. INVARIANT: the vote of somebody who is recused or holds no voting seat is never counted.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


class VoteChoice(StrEnum):
    """What a member votes for."""

    APPROVE = "approve"
    CHANGE = "change"
    REFUSE = "refuse"


class QuorumRule(StrEnum):
    """How votes are counted: more than half of those cast, or all of them."""

    MAJORITY = "majority"
    UNANIMITY = "unanimity"


class Code(StrEnum):
    """Why votes carry a decision, or do not yet."""

    NOBODY_LEFT = "nobody-left"
    VOTES_MISSING = "votes-missing"
    REPRESENTATIVE_MISSING = "representative-missing"
    REPRESENTATIVE_NOT_LEFT = "representative-not-left"
    NO_MAJORITY = "no-majority"
    NOT_UNANIMOUS = "not-unanimous"
    APPROVAL = "approval"
    REFUSAL = "refusal"
    CHAIR_ALONE = "chair-alone"
    LABEL_DENIES = "label-denies"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a committee decides (its own row in the database)."""

    quorum: int
    rule: QuorumRule
    representative_must_vote: bool = False
    chair_alone_on_permit: bool = False


@dataclass(frozen=True, slots=True)
class VotingSeat:
    """Somebody with a voting seat."""

    person: int
    chair: bool = False
    representative: bool = False


@dataclass(frozen=True, slots=True)
class Ballot:
    """One standing vote on the version that is under review."""

    person: int
    choice: VoteChoice


@dataclass(frozen=True, slots=True)
class QuorumReason:
    """One thing that speaks for or against an outcome, with its numbers."""

    code: Code
    facts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which decisions the votes carry, with the reasons. `cast` of `needed` votes are there; `base` may vote at all."""

    carries: frozenset[VoteChoice]
    reasons: tuple[QuorumReason, ...]
    cast: int
    needed: int
    base: int

    def allows(self, choice: VoteChoice) -> bool:
        """Whether this decision may be taken."""
        return choice in self.carries


def outcome(
    policy: Policy, seats: Iterable[VotingSeat], recused: Collection[int], ballots: Iterable[Ballot], verdict: str
) -> Outcome:
    """Count the votes on a line whose matcher's answer on the label is `verdict` (permit, review or deny).

    A deny is never approved, whatever the votes; because nothing else is left, it may be refused without
    them. Where the committee's policy says so, a permit may be approved by a chair alone.
    """
    left = {seat.person: seat for seat in seats if seat.person not in recused}
    counted = {ballot.person: ballot.choice for ballot in ballots if ballot.person in left}
    needed = min(policy.quorum, len(left))
    carries, reasons = _counted(policy, left, counted, needed)
    if verdict == "deny":
        carries = frozenset({VoteChoice.REFUSE})
        reasons = (QuorumReason(Code.LABEL_DENIES),)
    elif verdict == "permit" and policy.chair_alone_on_permit and any(seat.chair for seat in left.values()):
        carries |= {VoteChoice.APPROVE}
        reasons = (QuorumReason(Code.CHAIR_ALONE), *reasons)
    return Outcome(carries, reasons, len(counted), needed, len(left))


def _counted(
    policy: Policy, left: dict[int, VotingSeat], counted: dict[int, VoteChoice], needed: int
) -> tuple[frozenset[VoteChoice], tuple[QuorumReason, ...]]:
    nothing: frozenset[VoteChoice] = frozenset()
    if not left:
        return nothing, (QuorumReason(Code.NOBODY_LEFT),)
    missing = _missing(policy, left, counted, needed)
    if missing:
        return nothing, missing
    cast = len(counted)
    approving = sum(choice is VoteChoice.APPROVE for choice in counted.values())
    refusing = sum(choice is VoteChoice.REFUSE for choice in counted.values())
    facts = (("approve", approving), ("refuse", refusing), ("cast", cast))
    if approving == cast or (policy.rule is QuorumRule.MAJORITY and approving * 2 > cast):
        return frozenset({VoteChoice.APPROVE}), (QuorumReason(Code.APPROVAL, facts),)
    if refusing == cast or (policy.rule is QuorumRule.MAJORITY and refusing * 2 > cast):
        return frozenset({VoteChoice.REFUSE}), (QuorumReason(Code.REFUSAL, facts),)
    if policy.rule is QuorumRule.MAJORITY:
        return nothing, (QuorumReason(Code.NO_MAJORITY, facts),)
    # Where all must agree, one refusal ends the hope of approval: the committee may then refuse, or ask for a change.
    carried = frozenset({VoteChoice.REFUSE}) if refusing else nothing
    return carried, (QuorumReason(Code.NOT_UNANIMOUS, facts),)


def _missing(
    policy: Policy, left: dict[int, VotingSeat], counted: dict[int, VoteChoice], needed: int
) -> tuple[QuorumReason, ...]:
    reasons = []
    if len(counted) < needed:
        reasons.append(
            QuorumReason(Code.VOTES_MISSING, (("cast", len(counted)), ("needed", needed), ("base", len(left))))
        )
    if policy.representative_must_vote:
        able = {person for person, seat in left.items() if seat.representative}
        if not able:
            reasons.append(QuorumReason(Code.REPRESENTATIVE_NOT_LEFT))
        elif able.isdisjoint(counted):
            reasons.append(QuorumReason(Code.REPRESENTATIVE_MISSING))
    return tuple(reasons)
