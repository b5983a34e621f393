"""The terms that ask for something to be done or kept; they never deny and never ask for review."""

from collections.abc import Callable, Mapping
from datetime import date

from governance.duo import local_terms, terms
from governance.duo.decision import Fact, Obligation, Reason, Status
from governance.duo.judging.rules import BY_ID, speak
from governance.duo.judging.view import PurposeView
from governance.duo.modifiers import Modifier

Duty = Callable[[Modifier, PurposeView, date], tuple[Reason, Obligation]]

_PREFIXES = {
    terms.PUB: "PUB",
    terms.COL: "COL",
    terms.RTN: "RTN",
    local_terms.NO_REDISTRIBUTION: "REDISTRIBUTION",
    local_terms.NO_REIDENTIFICATION: "REIDENTIFICATION",
}


def undertaking(term: str, view: PurposeView, parameter: Fact = None) -> tuple[Reason, Obligation]:
    """An obligation that the requester meets by undertaking it."""
    rule = f"{_PREFIXES[term]}-{1 if term in view.agrees else 2}"
    return _duty(rule, parameter)


def promised(modifier: Modifier, view: PurposeView, at: date) -> tuple[Reason, Obligation]:
    return undertaking(modifier.term, view, modifier.values or None)


def ethics_approval(modifier: Modifier, view: PurposeView, at: date) -> tuple[Reason, Obligation]:
    """Met when the approval is valid on the day of the decision."""
    approval = view.purpose.ethics_approval
    if approval is None:
        return _duty("IRB-2")
    valid_until = approval.valid_until.isoformat()
    return _duty("IRB-1" if approval.valid_until >= at else "IRB-3", valid_until=valid_until)


def moratorium(modifier: Modifier, view: PurposeView, at: date) -> tuple[Reason, Obligation]:
    """An obligation up to and including its date."""
    assert modifier.until is not None, "a parsed MOR has a date"
    until = modifier.until.isoformat()
    if at > modifier.until:
        return _duty("MOR-3", until, until=until)
    return _duty("MOR-1" if terms.MOR in view.agrees else "MOR-2", until, until=until)


def time_limit(modifier: Modifier, view: PurposeView, at: date) -> tuple[Reason, Obligation]:
    """A cap: the smaller of wanted and allowed."""
    allowed, wanted = modifier.months, view.purpose.months
    assert allowed is not None, "a parsed TS has months"
    if wanted is None:
        return _duty("TS-3", allowed, allowed=allowed)
    rule = "TS-1" if wanted <= allowed else "TS-2"
    return _duty(rule, min(wanted, allowed), allowed=allowed, wanted=wanted)


def _duty(rule: str, parameter: Fact = None, **facts: Fact) -> tuple[Reason, Obligation]:
    said = BY_ID[rule]
    assert said.term is not None, "obligation rules have a term"
    assert said.status is not None, "obligation rules have a status"
    needs = said.reads if said.status is Status.OUTSTANDING else None
    return speak(rule, **facts), Obligation(said.term, said.status, parameter, needs)


DUTIES: Mapping[str, Duty] = {
    terms.PUB: promised,
    terms.COL: promised,
    terms.RTN: promised,
    terms.IRB: ethics_approval,
    terms.MOR: moratorium,
    terms.TS: time_limit,
}
PROMISES = (local_terms.NO_REDISTRIBUTION, local_terms.NO_REIDENTIFICATION)
"""Local terms that are obligations, met by undertaking them."""
