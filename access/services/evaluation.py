"""Grants follow consent: each change below a grant is judged against it, with nothing lost when a process dies.

The cause (a withdrawal, a narrowed consent, a changed label) wrote an outbox row in its own transaction. The worker
judges the grants that it touches; a visa is never minted before whatever stands after the grant's last judged position
was judged too.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.fields.json import KT

from access.models import Grant, RequestSubmission
from access.selectors import grants as selectors
from access.services import grants, hosts
from access.services.revocation import revoke_visas
from consent.domain.cohorts import UNMET
from consent.models import CohortChange
from consent.selectors import cohorts
from consent.services.sealer import seal, seal_all
from governance.domain.events import Kind
from governance.duo.decision import Decision, Verdict
from governance.selectors.affiliations import current_affiliations

# No time zone is further ahead of UTC.
_EASTERNMOST = timedelta(hours=14)


@transaction.atomic
def judge_grant(grant: Grant, now: datetime) -> Grant:
    """Judge one live grant against everything that changed since it was last judged. Doing it twice changes nothing."""
    grant = grants.locked(grant)
    if grant.state == Grant.State.ENDED:
        return grant
    decision = grants.label_decision(grant, now)
    gone = _basis_gone(grant, decision)
    if gone:
        return grants.end_grant(grant=grant, reason=Grant.End.CONSENT_GONE, note=gone, by="evaluation", now=now)
    grant = _follow_obligations(grant, decision, now)
    return _follow_members(grant, now)


def _basis_gone(grant: Grant, decision: Decision) -> str:
    if decision.verdict is Verdict.DENY:
        return "the dataset's data use no longer allows this purpose"
    unjudged = [r for r in decision.reasons if r.verdict is Verdict.REVIEW and r.rule not in grant.judged_rules]
    if unjudged:
        return "the dataset's data use now asks for a judgement that the committee has not made"
    return ""


def _follow_obligations(grant: Grant, decision: Decision, now: datetime) -> Grant:
    unmet = [one.term for one in decision.obligations if one.status in UNMET]
    if unmet and grant.state == Grant.State.ACTIVE:
        return grants.suspend(grant=grant, note=f"outstanding: {', '.join(unmet)}", by="evaluation", now=now)
    if not unmet and grant.state == Grant.State.WAITING:
        return grants.activate_if_ready(grant=grant, now=now)
    return grant


def _follow_members(grant: Grant, now: datetime) -> Grant:
    dataset = grant.line.dataset_version.dataset
    newest = seal(dataset.pk)
    if newest <= grant.judged_position or not dataset.has_members:
        return grant
    read = selectors.cohort_basis(grant, now)
    left = cohorts.left_between(read, grant.judged_position, newest)
    grant.judged_position = newest
    if not left:
        grant.save(update_fields=["judged_position"])
        return grant
    grant.shrunk_at_position = newest
    grant.cohort_size = cohorts.size(read)
    grants.record_shrink(grant, by="evaluation", now=now, left=len(left))
    for host in selectors.hosts_of(grant):
        hosts.must_follow(host=host, grant=grant, position=newest, now=now)
        if not host.enforces_cohorts:
            revoke_visas(grant=grant, because="shrunk", now=now, hosts=[host])
    if grant.cohort_size == 0:
        return grants.end_grant(
            grant=grant, reason=Grant.End.CONSENT_GONE, note="nobody is left in its cohort", by="evaluation", now=now
        )
    return grant


def judge_dataset(dataset_id: int, now: datetime) -> int:
    """Judge every live grant of a dataset, each in a transaction of its own; returns how many."""
    live = Grant.objects.filter(state__in=selectors.LIVE, line__dataset_version__dataset_id=dataset_id).order_by("pk")
    found = list(live)
    for grant in found:
        judge_grant(grant, now)
    return len(found)


def on_dataset(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: members or label of a dataset changed."""
    judge_dataset(int(payload["dataset"]), now)


def on_everything(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: an ontology release was switched on, which may touch every live grant."""
    for grant in Grant.objects.filter(state__in=selectors.LIVE).order_by("pk").iterator():
        judge_grant(grant, now)


def on_affiliation_ended(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a person left an organisation. Their part in their grants ends; the others keep theirs."""
    rows = Grant.objects.filter(
        state__in=selectors.LIVE, people__person__subject=payload["subject"], people__ended_at__isnull=True
    ).distinct()
    for grant in rows:
        person = grant.people.get(person__subject=payload["subject"]).person
        if not current_affiliations(now).filter(person=person).exists():
            grants.end_person(grant=grant, person=person, note="their affiliation ended", by="evaluation", now=now)


HANDLERS = {
    Kind.COHORT_CHANGED: on_dataset,
    Kind.DATASET_LABELLED: on_dataset,
    Kind.ONTOLOGY_ACTIVATED: on_everything,
    Kind.AFFILIATION_ENDED: on_affiliation_ended,
}


def follow_ethics(now: datetime) -> int:
    """Judge every active grant whose ethics approval has ended: where the data use asks for one, it is suspended."""
    submitted = RequestSubmission.objects.filter(
        request=OuterRef("line__case__request"), submitted_at__lte=OuterRef("decided_at")
    ).order_by("-version")
    ends = submitted.annotate(ends=KT("purpose__ethics_approval__valid_until")).values("ends")[:1]
    # Somewhere it is a day later than here: which day it is, each grant's committee says.
    latest = (now + _EASTERNMOST).date().isoformat()
    rows = (
        selectors.with_basis()
        .filter(state=Grant.State.ACTIVE)
        .annotate(ethics_ends=Subquery(ends))
        .filter(ethics_ends__lt=latest)
        .order_by("pk")
    )
    over = [grant for grant in rows if grant.ethics_ends < selectors.day_of(grant, now).isoformat()]
    for grant in over:
        judge_grant(grant, now)
    return len(over)


def sweep(now: datetime) -> int:
    """Judge every live grant that is behind its dataset: what a dead process left is found here, broker or not.

    What was judged already costs one query, however many grants there are.
    """
    seal_all()
    newest = CohortChange.objects.filter(
        dataset=OuterRef("line__dataset_version__dataset"), position__isnull=False
    ).order_by("-position")
    behind = list(
        Grant.objects.filter(state__in=selectors.LIVE)
        .annotate(newest=Subquery(newest.values("position")[:1]))
        .filter(newest__gt=F("judged_position"))
        .order_by("pk")
    )
    for grant in behind:
        judge_grant(grant, now)
    return len(behind)
