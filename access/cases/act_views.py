"""The page of one decision on a line: what is decided, what stands, and its form where nothing is missing."""

from datetime import datetime
from typing import Any

from access.cases import selectors
from access.cases.pages import decision_form, line_shown, proposal
from access.committees.benches import Bench
from access.models import Line
from consent.selectors.cohorts import cohort_numbers
from governance.models import User
from governance.selectors.ontology import active_ontologies


def act_page(line: Line, action: str, bench: Bench, person: User, now: datetime, form: Any) -> dict[str, Any] | None:
    """What the page shows; None where the action has no page, or is not open to this person now."""
    ontologies, case = active_ontologies(), line.case
    found = next(one for one in selectors.lines_of(case) if one.pk == line.pk)
    dataset, purpose = found.dataset_version.dataset, found.snapshot["purpose"]
    numbers = cohort_numbers([dataset], purpose, case.committee.day(now), ontologies).get(dataset.pk)
    shown = line_shown(found, bench, person, now, numbers, {}, ontologies)
    act = next((one for one in shown.decides if one.name == action), None)
    if act is None:
        return None
    standing = proposal(found, bench, now, numbers, ontologies)
    return {
        "case": case,
        "one": shown,
        "act": act,
        "form": form or decision_form(action, standing, None, person, ontologies),
    }
