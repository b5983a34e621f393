"""What a decision demands of a grant, as the rows that it begins with: each in its first state, with its day.

A cap limits and a lapsed term demands nothing any more: neither is an obligation of a grant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from access.domain.states import OBLIGATION, Party, require
from governance.duo import terms
from governance.duo.decision import Status
from governance.duo.judging.rules import BY_ID
from governance.duo.local_terms import NO_REDISTRIBUTION, NO_REIDENTIFICATION

# What is met by promising it: whether it is kept shows only later.
PROMISED = frozenset(rule.term for rule in BY_ID.values() if rule.reads == "agrees" and rule.status is Status.MET)
# What is promised to be kept from doing holds for as long as there are data, and is never due.
FOR_EVER = frozenset({NO_REDISTRIBUTION, NO_REIDENTIFICATION})


@dataclass(frozen=True, slots=True)
class Demand:
    """One obligation as a grant begins with it; `step` leads to its first state, and is empty where there is none."""

    term: str
    parameter: Any
    step: str
    due: date | None


def demands(decided: Iterable[Mapping[str, Any]], *, last_day: date, ethics_until: date | None) -> list[Demand]:
    """The obligations of a grant, from what its decision demanded (`term`, `parameter`, `status` of `Decision.to_json`).

    `last_day` is the grant's, by which a promise is to be kept; `ethics_until` the last day of the ethics approval.
    """
    return [
        Demand(one["term"], one["parameter"], *_begins(one, last_day, ethics_until))
        for one in decided
        if one["status"] in (Status.MET, Status.OUTSTANDING)
    ]


def _begins(one: Mapping[str, Any], last_day: date, ethics_until: date | None) -> tuple[str, date | None]:
    term = one["term"]
    if one["status"] == Status.OUTSTANDING:
        return "", None
    if term not in PROMISED:
        return "find met", ethics_until if term == terms.IRB else None
    if term in FOR_EVER:
        return "promise", None
    if term == terms.MOR and one["parameter"]:
        return "promise", date.fromisoformat(str(one["parameter"]))
    return "promise", last_day


def first_state(step: str) -> str:
    """The state that an obligation begins in: that of its table, or where the platform's step from there leads."""
    return require(OBLIGATION, OBLIGATION.initial, step, {Party.SYSTEM}).next if step else OBLIGATION.initial


def at_its_end(term: str) -> str:
    """What becomes of an obligation whose day has passed: a moratorium is over, everything else is overdue."""
    return "lapse" if term == terms.MOR else "fall due"
