"""How the last change that took somebody out of a cohort travelled to one host: from rows that were written on the way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

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

    None before the first. Two queries.
    """
    event = _last_shrink(host)
    if event is None:
        return None
    position = int(event.detail["position"])
    grant = _with_its_way(host, event, position).get(number=event.subject_id)
    told = grant.told_at if grant.told_at is not None and grant.told_at >= event.at else None
    confirmed = grant.first_confirmed
    return Travel(
        grant=grant,
        position=position,
        left=int(event.detail["left"]),
        began=grant.began or event.at,
        moved_out=grant.cause_member is not None and grant.cause_after is None,
        shut_out=grant.began is not None and grant.cause_member is None,
        judged=event.at,
        told=told if told is None or confirmed is None or told <= confirmed else None,
        confirmed=confirmed,
        standing=standing_of(grant, now),
        listed=grant.listed,
        marked=grant.marked,
        old_visas_end=grant.old_visas_end,
    )


def _last_shrink(host: DataHost) -> AuditEvent | None:
    served = grants_at(host)
    in_force = Subquery(_shrunk(served.filter(state__in=followed(host))))
    return AuditEvent.objects.filter(pk=Coalesce(in_force, Subquery(_shrunk(served)))).first()


def _shrunk(of: QuerySet[Grant]) -> QuerySet[Any]:
    numbers = of.order_by().values("number")
    shrunk = AuditEvent.objects.filter(kind=Kind.GRANT_SHRUNK, subject_kind="grant", subject_id__in=numbers)
    return shrunk.order_by("-id").values("pk")[:1]


def _with_its_way(host: DataHost, event: AuditEvent, position: int) -> QuerySet[Any]:
    """The host's grants with everything that was written about a change on its way: what began it (`began`, `cause_member`,
    `cause_after`; all None where that is not known), when it was confirmed, and what became of the visas of before.
    """
    causes = CohortChange.objects.filter(
        Q(before__isnull=False) | Q(member__isnull=True),
        dataset=OuterRef("line__dataset_version__dataset"),
        position__lte=position,
    ).order_by("-position")
    # The host may have read the change before the grant was judged.
    confirmed = AuditEvent.objects.filter(
        kind=Kind.HOST_CONFIRMED,
        subject_kind="host",
        subject_id=host.slug,
        at__gte=OuterRef("began_at"),
        detail__grant=event.subject_id,
        detail__position__gte=position,
    ).order_by("id")
    standing = Visa.objects.filter(
        visa_hosts.for_host(host), grant=OuterRef("pk"), intent__at__lte=event.at, exp__gt=event.at
    )
    marked = Q(revoked_because=SHRUNK, revoked_at__gte=event.at)

    def of_visas(value: Aggregate) -> Subquery:
        return Subquery(standing.order_by().values("grant").annotate(value=value).values("value"))

    began = Subquery(causes.values("at")[:1])
    return grants_at(host).annotate(
        began=began,
        began_at=Coalesce(began, Value(event.at, DateTimeField())),
        cause_member=Subquery(causes.values("member")[:1]),
        cause_after=Subquery(causes.values("after")[:1]),
        first_confirmed=Subquery(confirmed.values("at")[:1]),
        listed=of_visas(Min("revoked_at", filter=marked)),
        marked=Coalesce(of_visas(Count("pk", filter=marked)), Value(0)),
        old_visas_end=of_visas(Max("exp")),
    )
