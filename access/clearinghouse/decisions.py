"""Decisions of a data host: controlled access to a dataset, and registered access, each with its reasons."""

from collections.abc import Sequence

from access.clearinghouse.config import ExpiryRule
from access.clearinghouse.reasons import Reason, Refused
from access.clearinghouse.results import AcceptedVisa, Decision, Permitted, Visas, VisaSet
from access.domain.visas import VisaType

# Passport 1.2.1, "Encoding Use Cases": what both visas of registered access name.
REGISTERED_ACCESS = "https://doi.org/10.1038/s41431-018-0219-y"


def controlled_access(visas: Visas | VisaSet, dataset_value: str, *, rule: ExpiryRule, now: int) -> Decision:
    """Decide on one dataset: a ControlledAccessGrants visa must name exactly this value (PC-17, PC-26).

    Of several the most limited count. Without one, the refusal of a visa that claimed to name it is the answer, as the
    reason that helps most.
    """
    naming = [
        accepted
        for accepted in visas.accepted
        if accepted.visa.type == VisaType.CONTROLLED_ACCESS.value and accepted.visa.value == dataset_value
    ]
    if naming:
        return _permit(most_limited(naming), rule=rule, now=now)
    for refused in visas.refused:
        if refused.claimed_value == dataset_value:
            return refused.refusal
    return Refused(Reason.NO_VISA_FOR_DATASET)


def most_limited(visas: Sequence[AcceptedVisa]) -> Sequence[AcceptedVisa]:
    """Return those that count of several visas for one dataset: where any names a cohort, none that names none.

    Of one grant's cohort the newest position counts. Cohorts of different grants open what any of them opens, since each
    is what a committee allowed.
    """
    newest: dict[tuple[str, str], int] = {}
    for accepted in visas:
        cohort = accepted.visa.cohort
        if cohort is not None:
            grant = accepted.visa.issuer, cohort.grant
            newest[grant] = max(cohort.position, newest.get(grant, 0))
    if not newest:
        return visas
    return [
        accepted
        for accepted in visas
        if accepted.visa.cohort is not None
        and accepted.visa.cohort.position == newest[accepted.visa.issuer, accepted.visa.cohort.grant]
    ]


def registered_access(visas: VisaSet, *, rule: ExpiryRule, now: int) -> Decision:
    """Decide on registered access: accepted terms and researcher status, both naming it (PC-25)."""
    found = []
    for visa_type, missing in (
        (VisaType.ACCEPTED_TERMS, Reason.TERMS_VISA_MISSING),
        (VisaType.RESEARCHER_STATUS, Reason.RESEARCHER_VISA_MISSING),
    ):
        naming = [
            accepted
            for accepted in visas.accepted
            if accepted.visa.type == visa_type.value and accepted.visa.value == REGISTERED_ACCESS
        ]
        if not naming:
            return Refused(missing)
        found.append(max(naming, key=lambda accepted: end_of_access(accepted, rule)))
    decisions = [_permit([accepted], rule=rule, now=now) for accepted in found]
    for decision in decisions:
        if isinstance(decision, Refused):
            return decision
    return Permitted(min(end_of_access(accepted, rule) for accepted in found), tuple(found))


def end_of_access(accepted: AcceptedVisa, rule: ExpiryRule) -> int:
    """Return when access on the visa ends: the smallest of all ends that count (PC-27, PC-28)."""
    if rule.max_authorisation is None:
        return accepted.expires_at
    return min(accepted.expires_at, accepted.asserted + rule.max_authorisation)


def _permit(visas: Sequence[AcceptedVisa], *, rule: ExpiryRule, now: int) -> Decision:
    ending = sorted(visas, key=lambda accepted: end_of_access(accepted, rule), reverse=True)
    lasting = [accepted for accepted in ending if now + rule.requested < end_of_access(accepted, rule)]
    if not lasting:
        ends_in = end_of_access(ending[0], rule) - now
        return Refused(Reason.ENDS_TOO_SOON, f"in {ends_in} s, and {rule.requested} s are asked for")
    return Permitted(end_of_access(lasting[0], rule), tuple(lasting))
