"""How the last change that took somebody out of a cohort travelled to one host: from rows that were written on the way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from access.domain.acknowledgement import Standing
from access.hosts.selectors import followed, grants_at, standing_of
from access.models import Grant, Visa
from access.passports import host_selectors as visa_hosts
from consent.models import CohortChange
from governance.domain.events import Kind
from governance.models import AuditEvent, DataHost

SHRUNK = "shrunk"


@dataclass(frozen=True, slots=True)
class Travel:
    """The way of one change. Nothing in it says who left.

    `began`: a consent changed. `moved_out`: that participant is no member any more; `shut_out`: no participant
    did anything, what their answers allow changed (else: a participant withdrew, or narrowed the consent).
    `judged`: the cohort was found smaller. `told`: the host read it, where that is known. `confirmed`: the host named a
    position at or past it. `listed`: the status list marks the visas of this host. `old_visas_end`: the last visa from before
    ends by itself.
    """

    grant: Grant
    position: int
    left: int
    began: datetime
    moved_out: bool
    shut_out: bool
    judged: datetime
    told: datetime | None
    confirmed: datetime | None
    standing: Standing
    listed: datetime | None
    marked: int
    old_visas_end: datetime | None

    def after(self, moment: datetime | None) -> float | None:
        """Seconds from the beginning to a moment."""
        return None if moment is None else max((moment - self.began).total_seconds(), 0.0)


def last_travel(host: DataHost, now: datetime) -> Travel | None:
    """The newest change that made the cohort of one of the host's grants smaller, of one in force where there is one.

    None before the first. Six queries at most.
    """
    served = grants_at(host)
    event = _last_shrink(served.filter(state__in=followed(host))) or _last_shrink(served)
    if event is None:
        return None
    grant = grants_at(host).get(number=event.subject_id)
    position = int(event.detail["position"])
    cause = (
        CohortChange.objects.filter(
            Q(before__isnull=False) | Q(member__isnull=True),
            dataset=grant.line.dataset_version.dataset,
            position__lte=position,
        )
        .order_by("-position")
        .first()
    )
    began = cause.at if cause is not None else event.at
    visas = _visas(host, grant, event.at)
    confirmed = _confirmed(host, grant, began, position)
    told = grant.told_at if grant.told_at is not None and grant.told_at >= event.at else None
    return Travel(
        grant=grant,
        position=position,
        left=int(event.detail["left"]),
        began=began,
        moved_out=cause is not None and cause.member_id is not None and cause.after_id is None,
        shut_out=cause is not None and cause.member_id is None,
        judged=event.at,
        told=told if told is None or confirmed is None or told <= confirmed else None,
        confirmed=confirmed,
        standing=standing_of(grant, now),
        listed=visas["listed"],
        marked=visas["marked"],
        old_visas_end=visas["end"],
    )


def _last_shrink(of: QuerySet[Grant]) -> AuditEvent | None:
    shrunk = AuditEvent.objects.filter(kind=Kind.GRANT_SHRUNK, subject_kind="grant", subject_id__in=of.values("number"))
    return shrunk.order_by("-id").first()


def _confirmed(host: DataHost, grant: Grant, began: datetime, position: int) -> datetime | None:
    """When the host first named a position at or past the change: it may have read it before the grant was judged."""
    found = AuditEvent.objects.filter(
        kind=Kind.HOST_CONFIRMED,
        subject_kind="host",
        subject_id=host.slug,
        at__gte=began,
        detail__grant=grant.number,
        detail__position__gte=position,
    )
    return found.order_by("id").values_list("at", flat=True).first()


def _visas(host: DataHost, grant: Grant, judged: datetime) -> dict[str, Any]:
    """The visas of this grant here that stood when the change was judged: which were marked, and when the last one ends."""
    standing = Visa.objects.filter(visa_hosts.for_host(host), grant=grant, intent__at__lte=judged, exp__gt=judged)
    marked = Q(revoked_because=SHRUNK, revoked_at__gte=judged)
    return standing.aggregate(
        listed=Min("revoked_at", filter=marked), marked=Count("pk", filter=marked), end=Max("exp")
    )
