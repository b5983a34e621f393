"""The panel beside the purpose form: how each dataset fits, in words.

How many people permit a purpose tells of single people to whoever asks often and for purposes that hardly differ. So every
page that counts them for a purpose asks `may_count` first, whichever way the purpose came to it; beyond the limit it
works as ever, without those numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from access.face.sentences import Said, in_the_way, promise, said, unsaid_rules
from access.purposes.fit_selectors import Fit, fits, totals
from governance.duo.ontology import Ontologies
from governance.limits import within
from governance.models import DatasetVersion


@dataclass(frozen=True, slots=True)
class FitLine:
    """One dataset of the panel."""

    fit: Fit
    reasons: list[Said] = field(default_factory=list)
    in_the_way: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that the panel shows. `due` names what is still to be promised, and for which datasets; `counted` is False
    where people were not counted.
    """

    lines: list[FitLine]
    totals: dict[str, int]
    due: list[tuple[str, str]]
    at: datetime
    counted: bool = True

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The totals as the foot of a phone's page shows them."""
        return list(self.totals.items())


def may_count(http: HttpRequest) -> bool:
    """Whether this person may be told now how many people permit a purpose; each asking counts."""
    return within(http, "purpose_asked")


def panel_for(
    http: HttpRequest,
    versions: Iterable[DatasetVersion],
    purpose: Mapping[str, Any],
    now: datetime,
    ontologies: Ontologies,
) -> Panel:
    """The panel of a purpose, for one page that somebody asks for."""
    counted = may_count(http)
    return panel(fits(versions, purpose, now, ontologies, people=counted), ontologies, now, counted)


def panel(found: Sequence[Fit], ontologies: Ontologies, now: datetime, counted: bool = True) -> Panel:
    """Put the answers into words. The strictest reasons of a line come first."""
    order = {"deny": 0, "review": 1, "outstanding": 2, "cap": 3}
    lines = []
    for fit in found:
        decision = fit.decision
        if decision is None:
            lines.append(FitLine(fit))
            continue
        reasons = said(decision.reasons, ontologies, unsaid_rules(decision))
        reasons.sort(key=lambda one: order.get(one.word, 4))
        lines.append(FitLine(fit, reasons, in_the_way(decision)))
    due: dict[str, list[str]] = {}
    for fit in found:
        for term in fit.undertakings:
            due.setdefault(term, []).append(fit.dataset.title)
    promises: list[tuple[str, str]] = [(promise(term), ", ".join(titles)) for term, titles in due.items()]
    return Panel(lines, totals(found), promises, now, counted)
