"""What stands between a purpose and a grant: the fact or term behind each reason that denies, asks or waits.

A change of scope is the requester's to make. A fact about people, places, money or sensitivity is not: it
is named where it is missing, and never given a value.
"""

from dataclasses import dataclass
from enum import StrEnum

from governance.duo.decision import Decision, Reason, Status, Verdict
from governance.duo.judging.rules import BY_ID


class ObstacleKind(StrEnum):
    """What an obstacle is: scope that can be changed, a missing fact, a fact that stands, or a term alone."""

    SCOPE = "scope"
    MISSING = "missing"
    FACT = "fact"
    TERM = "term"


SCOPE = ("investigations", "diseases", "months", "access_mode", "agrees")
"""The fields of a purpose that say what is asked for; the others say what is the case."""

_UNSAID = frozenset(
    [f"{prefix}-3" for prefix in ("RS", "GSO", "NPUNCU", "GS", "US", "PS", "IS", "NPU", "NCU")] + ["NPUNCU-6", "IRB-2"]
)
"""The rules that speak because a fact about people, places, money or approval is missing."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason that stands in the way, and the field of the purpose it reads, if it reads one."""

    reason: Reason
    kind: ObstacleKind
    field: str | None
    outstanding: bool


def obstacles(decision: Decision) -> tuple[Obstacle, ...]:
    """Every obstacle to a grant, in the order of the reasons; none when the decision is grantable."""
    return tuple(
        Obstacle(reason, _kind(reason), BY_ID[reason.rule].reads, _outstanding(reason))
        for reason in decision.reasons
        if reason.verdict is not Verdict.PERMIT or _outstanding(reason)
    )


def _outstanding(reason: Reason) -> bool:
    return BY_ID[reason.rule].status is Status.OUTSTANDING


def _kind(reason: Reason) -> ObstacleKind:
    field = BY_ID[reason.rule].reads
    if field is None:
        return ObstacleKind.TERM
    if field in SCOPE:
        return ObstacleKind.SCOPE
    return ObstacleKind.MISSING if reason.rule in _UNSAID else ObstacleKind.FACT
