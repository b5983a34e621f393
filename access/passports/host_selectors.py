"""Which hosts may have a visa of a grant now: each for itself, and all that serve its `value` together.

A bare visa names no host, and every host that serves its `value` takes it. So a client without a host gets only what all of
them may have (passports.md, Hosts). Costs a fixed number of queries, whatever the number of grants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, Subquery

from access.grants import selectors as grant_selectors
from access.models import Client, Grant, HostAcknowledgement
from governance.models import DataHost, HostedDataset


@dataclass(frozen=True, slots=True)
class Reach:
    """Where visas shall open: at one host, or (None) wherever their value is served.

    `open` is False for a host that is closed, or that is not the client's own.
    """

    host: DataHost | None
    open: bool = True


def reach(client: Client | None, named: DataHost | None) -> Reach:
    """Where visas of a client open: at the host that is named, or at its own; a portal that names none reaches all."""
    own = client.host if client is not None else None
    host = named or own
    if host is None:
        return Reach(None)
    return Reach(host, host.closed_at is None and own in (None, host))


class HostObstacle(StrEnum):
    """Why a host may not have a visa now."""

    MODE = "mode"
    DEAF = "deaf"
    UNCONFIRMED = "unconfirmed"
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True)
class Withheld:
    """A visa that is not given: a code for programs, a sentence, and what it would have been for.

    `names` are those of the hosts in the sentence, for pages that say it in the reader's language.
    """

    code: str
    message: str
    grant: str = ""
    host: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostPlace:
    """A host that serves a grant's dataset, and what keeps a visa from it now (None: nothing)."""

    host: DataHost
    obstacle: HostObstacle | None

    def withheld(self, grant: Grant) -> Withheld:
        """The obstacle as the pages show it."""
        assert self.obstacle is not None, "nothing keeps this host from a visa"
        name = self.host.name
        says = _SAYS[self.obstacle].format(name)
        return Withheld(self.obstacle.value, says, grant.number, self.host.slug, (name,))


_SAYS = {
    HostObstacle.MODE: "{} serves the dataset in other ways than the grant is for: ask for one host's visa",
    HostObstacle.DEAF: "{} has not confirmed a change for an hour: its operator must",
    HostObstacle.UNCONFIRMED: "{} has not confirmed yet that it leaves out who is not in the cohort",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """Where one visa opens: at a host, or (None) at every host of its value. `position` stands in its `cohort`, if any."""

    host: DataHost | None
    typ: str
    position: int | None


@dataclass(frozen=True, slots=True)
class GrantStanding:
    """A grant at the hosts of its dataset, whose newest position is given; None where it has no members."""

    places: Sequence[HostPlace]
    position: int | None

    def openings(self, grant: Grant, at: Reach) -> tuple[list[Opening], list[Withheld]]:
        """The visa for one host, or the one for all hosts alike; and what keeps one back.

        A host that does not serve what was granted gets nothing, and no word about it. What is given to one whose Passports
        name nobody would be taken by the others too: it gets what all may have.
        """
        everybody = [place.host for place in self.places]
        if at.host is None:
            return self._for_all(grant, self._opening(None, everybody))
        own = [one for one in self.places if one.host == at.host and one.obstacle is not HostObstacle.MODE]
        if own and not at.host.passport_aud:
            for_all = replace(self._opening(None, everybody), typ=at.host.visa_typ)
            return self._for_all(grant, for_all)
        kept_back = [one.withheld(grant) for one in own if one.obstacle]
        return [self._opening(one.host, [one.host]) for one in own if not one.obstacle], kept_back

    def _for_all(self, grant: Grant, opening: Opening) -> tuple[list[Opening], list[Withheld]]:
        kept_back = self.everywhere(grant)
        return ([] if kept_back else [opening]), kept_back

    def everywhere(self, grant: Grant) -> list[Withheld]:
        """Every obstacle to a visa that all hosts of the value may have; none means that it may be given.

        A visa with a cohort is not for a host that would ignore it, and one without is not for a host that would open
        everything under it.
        """
        found = [place.withheld(grant) for place in self.places if place.obstacle is not None]
        enforcing = [place.host.name for place in self.places if place.host.enforces_cohorts]
        others = [place.host.name for place in self.places if not place.host.enforces_cohorts]
        if not found and self.position is not None and enforcing and others:
            unlike = (
                f"{enforcing[0]} enforces cohorts and {others[0]} does not, so that no visa fits both: "
                "ask for a Passport for one of them"
            )
            found.append(Withheld(HostObstacle.UNLIKE.value, unlike, grant.number, names=(enforcing[0], others[0])))
        return found

    def _opening(self, host: DataHost | None, hosts: Sequence[DataHost]) -> Opening:
        types = {one.visa_typ for one in hosts}
        return Opening(
            host,
            typ=types.pop() if len(types) == 1 else DataHost.Typ.VISA,
            position=self.position if any(one.enforces_cohorts for one in hosts) else None,
        )


@dataclass(frozen=True, slots=True)
class _ServedHost:
    """A host that serves a grant's dataset; whether it is deaf, and how far it has confirmed that grant."""

    host: DataHost
    deaf: bool
    confirmed: int

    def place(self, grant: Grant) -> HostPlace:
        mode, dataset = grant.submission.purpose.get("access_mode"), grant.line.dataset_version.dataset
        if not set(self.host.modes) & set(dataset.modes) or mode not in (None, *self.host.modes):
            return HostPlace(self.host, HostObstacle.MODE)
        if self.host.enforces_cohorts:
            return HostPlace(self.host, HostObstacle.DEAF if self.deaf else None)
        return HostPlace(self.host, HostObstacle.UNCONFIRMED if self.confirmed < grant.shrunk_at_position else None)


def standings(grants: Sequence[tuple[Grant, int]], now: datetime) -> dict[int, GrantStanding]:
    """How each grant stands at every open host of its dataset, whose newest position comes with it; one query."""
    served = _served([grant.pk for grant, _newest in grants], now)
    return {
        grant.pk: GrantStanding(
            [one.place(grant) for one in served.get(grant.pk, [])],
            newest if grant.line.dataset_version.dataset.has_members else None,
        )
        for grant, newest in grants
    }


def _served(grants: Sequence[int], now: datetime) -> dict[int, list[_ServedHost]]:
    """By the key of each grant the open hosts of its dataset."""
    acknowledged = HostAcknowledgement.objects.filter(host=OuterRef("host"), grant=OuterRef("granted"))
    rows = (
        HostedDataset.objects.annotate(granted=F("dataset__versions__lines__grant"))
        .filter(granted__in=grants, host__closed_at__isnull=True)
        .annotate(
            deaf=Exists(grant_selectors.deaf(now).filter(host=OuterRef("host"))),
            confirmed=Subquery(acknowledged.values("confirmed_position")[:1]),
        )
        .select_related("host")
    )
    found: dict[int, list[_ServedHost]] = {}
    for row in rows.order_by("host_id"):
        found.setdefault(row.granted, []).append(_ServedHost(row.host, row.deaf, row.confirmed or 0))
    return found


def for_host(host: DataHost) -> Q:
    """The visas that this host may take: its own, those for every host of its datasets, and those about a person alone.

    What was made for every host was made for those that served the dataset then, not for one that came later.
    """
    served = HostedDataset.objects.filter(
        host=host, dataset=OuterRef("grant__line__dataset_version__dataset"), since__lte=OuterRef("intent__at")
    )
    return Q(host=host) | Q(host__isnull=True) & (Q(grant__isnull=True) | Q(Exists(served)))
