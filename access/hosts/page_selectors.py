"""What the operator of a data host sees: its grants, what waits for a confirmation, its neighbours, and how the last
change travelled.

Every list is read in a fixed number of queries, whatever the number of grants. Members appear only as the host's own ids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    JSONField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from access.domain.acknowledgement import Acknowledgement, Standing
from access.grants import selectors
from access.hosts.selectors import GrantAt, followed, grants_at, standing_of
from access.models import Grant, GrantChange, GrantPerson, HostAcknowledgement
from consent.models import HostMemberId
from consent.selectors import cohorts
from governance.annotated import With
from governance.domain.events import Kind
from governance.models import AuditEvent, DataHost, HostedDataset

PAGE = 25
WAITING_SHOWN = 25


def _behind(host: DataHost) -> Q:
    return Q(state__in=followed(host), confirmed__lt=F("needs"))


class _InTable(TypedDict):
    over: int
    people_now: int
    shrunk: dict[str, Any] | None


_Listed = With[GrantAt, _InTable]


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One line of the table: the grant, and where the host stands with its last change (None: nothing to follow yet).

    `took` is how many seconds passed until the host had confirmed it, where it did so after it was asked.
    """

    grant: GrantAt
    standing: Standing | None
    left: int | None
    took: float | None


@dataclass(frozen=True, slots=True)
class GrantsPage:
    """A page of the table and the cursor of the next one."""

    rows: Sequence[GrantRow]
    older: str


def _cursor(written: str) -> tuple[int, int] | None:
    over, _, pk = written.partition("-")
    if over in ("0", "1") and pk.isascii() and pk.isdecimal() and len(pk) < 18:
        return int(over), int(pk)
    return None


def grants_page(host: DataHost, after: str, now: datetime) -> GrantsPage:
    """The host's grants, those in force first and the newest first among them; one query."""
    people = GrantPerson.objects.filter(grant=OuterRef("pk"), ended_at__isnull=True).order_by().values("grant")
    shrunk = AuditEvent.objects.filter(
        kind=Kind.GRANT_SHRUNK, subject_kind="grant", subject_id=OuterRef("number")
    ).order_by("-id")
    found = (
        grants_at(host)
        .annotate(
            over=Case(When(state=Grant.State.ENDED, then=1), default=0, output_field=IntegerField()),
            people_now=Coalesce(Subquery(people.annotate(n=Count("pk")).values("n")), Value(0)),
            shrunk=Subquery(shrunk.values("detail")[:1], output_field=JSONField()),
        )
        .order_by("over", "-pk")
    )
    start = _cursor(after)
    if start is not None:
        found = found.filter(Q(over__gt=start[0]) | Q(over=start[0], pk__lt=start[1]))
    page = list(found[: PAGE + 1])
    rows = [_row(grant, now) for grant in page[:PAGE]]
    older = f"{page[PAGE - 1].over}-{page[PAGE - 1].pk}" if len(page) > PAGE else ""
    return GrantsPage(rows, older)


def _row(grant: _Listed, now: datetime) -> GrantRow:
    if not grant.needs:
        return GrantRow(grant, None, None, None)
    standing = standing_of(grant, now)
    took = None
    if standing is Standing.CONFIRMED and grant.confirmed_at is not None and grant.confirmed_at >= grant.waits_since:
        took = (grant.confirmed_at - grant.waits_since).total_seconds()
    return GrantRow(grant, standing, (grant.shrunk or {}).get("left"), took)


def waiting(host: DataHost) -> list[GrantAt]:
    """The grants whose last change the host has not confirmed, the longest waiting first; the first of them only."""
    return list(grants_at(host).filter(_behind(host)).order_by("waits_since", "pk")[:WAITING_SHOWN])


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of the page; `served` are the datasets and modes of its live grants."""

    active: int
    changes: int
    behind: int
    served: frozenset[tuple[int, str | None]]


def tally(host: DataHost, since: datetime) -> Tally:
    """How many grants are active, how many of their changes came after a moment, how many are not confirmed; two queries."""
    groups = list(
        grants_at(host)
        .filter(state__in=selectors.LIVE)
        .order_by()
        .values("line__dataset_version__dataset_id", "mode")
        .annotate(
            active=Count("pk", filter=Q(state=Grant.State.ACTIVE)),
            behind=Count("pk", filter=_behind(host)),
        )
    )
    changes = GrantChange.objects.filter(at__gte=since, grant__in=grants_at(host).values("pk")).count()
    return Tally(
        active=sum(group["active"] for group in groups),
        changes=changes,
        behind=sum(group["behind"] for group in groups),
        served=frozenset((group["line__dataset_version__dataset_id"], group["mode"]) for group in groups),
    )


# --- What a host that does not enforce cohorts must remove ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Removal:
    """Who left a grant's cohort between two positions: the host's own ids, and how many it has no id of."""

    ids: Sequence[str]
    unknown: int
    until: int

    @property
    def total(self) -> int:
        return len(self.ids) + self.unknown


def removal(host: DataHost, grant: GrantAt, now: datetime) -> Removal:
    """What to remove before confirming: who left after the confirmed position, up to the needed one, and who joined
    the dataset but not the cohort.
    """
    if grant.confirmed >= grant.needs:
        return Removal([], 0, grant.needs)
    read = selectors.cohort_basis(grant, now)
    if grant.confirmed < selectors.whole_from(grant):
        # Nothing was confirmed yet, or not since members were shut out: whoever is not in the cohort must not be served.
        gone = cohorts.outside(read)
    else:
        gone = cohorts.left_between(read, grant.confirmed, grant.needs)
        gone += selectors.joined_between(grant, read, grant.confirmed, grant.needs)
    own = HostMemberId.objects.filter(host=host, member__in=gone).order_by("own_id")
    ids = list(own.values_list("own_id", flat=True))
    return Removal(ids, len(gone) - len(ids), grant.needs)


# --- Other hosts of the same grants -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another host of the same grants and its worst standing with them; None while it had nothing to follow."""

    host: DataHost
    standing: Standing | None
    since: datetime | None


def neighbours(host: DataHost, served: frozenset[tuple[int, str | None]], now: datetime) -> list[Neighbour]:
    """The other open hosts that serve this host's live grants; two queries."""
    places = (
        HostedDataset.objects.filter(dataset__in={dataset for dataset, _ in served}, host__closed_at__isnull=True)
        .exclude(host=host)
        .select_related("host")
        .order_by("host__name", "host_id")
    )
    modes: dict[int, set[str | None]] = {}
    for dataset, mode in served:
        modes.setdefault(dataset, set()).add(mode)
    others = {place.host for place in places if modes[place.dataset_id] & {None, *place.host.modes}}
    behind = Q(confirmed_position__lt=F("needs_position"))
    unheard = behind & (Q(told_at__isnull=True) | Q(told_at__lt=F("changed_at")))
    found = {
        row["host_id"]: row
        for row in HostAcknowledgement.objects.filter(
            host__in=others,
            grant__state=Grant.State.ACTIVE,
            grant__in=grants_at(host).values("pk"),
            needs_position__gt=0,
        )
        .order_by()
        .values("host_id")
        .annotate(oldest=Min("changed_at", filter=behind), unheard=Count("pk", filter=unheard))
    }
    return [_neighbour(other, found.get(other.pk), now) for other in sorted(others, key=lambda other: other.name)]


def _neighbour(host: DataHost, row: Mapping[str, Any] | None, now: datetime) -> Neighbour:
    if row is None:
        return Neighbour(host, None, None)
    oldest = row["oldest"]
    if oldest is None:
        return Neighbour(host, Standing.CONFIRMED, None)
    told = None if row["unheard"] else now
    return Neighbour(host, Acknowledgement(1, 0, oldest, told).standing(now), oldest)
