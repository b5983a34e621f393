"""The panel beside the purpose form: how each dataset fits, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from access.face.sentences import Said, in_the_way, promise, said, unsaid_rules
from access.purposes.fit_selectors import Fit, totals
from governance.duo.ontology import Ontologies


@dataclass(frozen=True, slots=True)
class Line:
    """One dataset of the panel."""

    fit: Fit
    reasons: list[Said] = field(default_factory=list)
    in_the_way: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that the panel shows. `due` names what is still to be promised, and for which datasets."""

    lines: list[Line]
    totals: dict[str, int]
    due: list[tuple[str, str]]
    at: datetime

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The totals as the foot of a phone's page shows them."""
        return list(self.totals.items())


def panel(found: Sequence[Fit], ontologies: Ontologies, now: datetime) -> Panel:
    """Put the answers into words. The strictest reasons of a line come first."""
    order = {"deny": 0, "review": 1, "outstanding": 2, "cap": 3}
    lines = []
    for fit in found:
        decision = fit.decision
        if decision is None:
            lines.append(Line(fit))
            continue
        reasons = said(decision.reasons, ontologies, unsaid_rules(decision))
        reasons.sort(key=lambda one: order.get(one.word, 4))
        lines.append(Line(fit, reasons, in_the_way(decision)))
    due: dict[str, list[str]] = {}
    for fit in found:
        for term in fit.undertakings:
            due.setdefault(term, []).append(fit.dataset.title)
    promises: list[tuple[str, str]] = [(promise(term), ", ".join(titles)) for term, titles in due.items()]
    return Panel(lines, totals(found), promises, now)
