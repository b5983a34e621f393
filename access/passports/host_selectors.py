"""Which hosts may have a visa of a grant now: each for itself, and all that serve its `value` together.

A bare visa names no host, and every host that serves its `value` takes it. So a client without a host gets only what all of
them may have (passports.md, Hosts). Costs a fixed number of queries, whatever the number of grants.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q

from access.grants import selectors as grant_selectors
from access.models import Client, Grant, HostAcknowledgement, RequestSubmission
from consent.selectors.positions import positions
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


class Obstacle(StrEnum):
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
class Place:
    """A host that serves a grant's dataset, and what keeps a visa from it now (None: nothing)."""

    host: DataHost
    obstacle: Obstacle | None

    def withheld(self, grant: Grant) -> Withheld:
        """The obstacle as the pages show it."""
        assert self.obstacle is not None, "nothing keeps this host from a visa"
        name = self.host.name
        says = _SAYS[self.obstacle].format(name)
        return Withheld(self.obstacle.value, says, grant.number, self.host.slug, (name,))


_SAYS = {
    Obstacle.MODE: "{} serves the dataset in other ways than the grant is for: ask for one host's visa",
    Obstacle.DEAF: "{} has not confirmed a change for an hour: its operator must",
    Obstacle.UNCONFIRMED: "{} has not confirmed yet that it leaves out who is not in the cohort",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """Where one visa opens: at a host, or (None) at every host of its value. `position` stands in its `cohort`, if any."""

    host: DataHost | None
    typ: str
    position: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A grant at the hosts of its dataset, whose newest position is given; None where it has no members."""

    places: Sequence[Place]
    position: int | None

    def openings(self, grant: Grant, at: Reach) -> list[Opening | Withheld]:
        """The visa for one host, or the one for all hosts alike; or what keeps it back.

        A host that does not serve what was granted gets nothing, and no word about it. What is given to one whose Passports
        name nobody would be taken by the others too: it gets what all may have.
        """
        everybody = [place.host for place in self.places]
        if at.host is None:
            return [*self.everywhere(grant)] or [self._opening(None, everybody)]
        own = [one for one in self.places if one.host == at.host and one.obstacle is not Obstacle.MODE]
        if own and not at.host.passport_aud:
            for_all = replace(self._opening(None, everybody), typ=at.host.visa_typ)
            return [*self.everywhere(grant)] or [for_all]
        return [one.withheld(grant) if one.obstacle else self._opening(one.host, [one.host]) for one in own]

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
            found.append(Withheld(Obstacle.UNLIKE.value, unlike, grant.number, names=(enforcing[0], others[0])))
        return found

    def _opening(self, host: DataHost | None, hosts: Sequence[DataHost]) -> Opening:
        types = {one.visa_typ for one in hosts}
        return Opening(
            host,
            typ=types.pop() if len(types) == 1 else DataHost.Typ.VISA,
            position=self.position if any(one.enforces_cohorts for one in hosts) else None,
        )


def standings(
    grants: Sequence[Grant], submissions: Mapping[int, RequestSubmission], now: datetime
) -> dict[int, Standing]:
    """How each grant stands at every open host of its dataset; four queries. `submissions` by grant, as decided on."""
    datasets = {grant.line.dataset_version.dataset_id for grant in grants}
    served: dict[int, list[DataHost]] = {}
    rows = HostedDataset.objects.filter(dataset__in=datasets, host__closed_at__isnull=True).select_related("host")
    for row in rows.order_by("host_id"):
        served.setdefault(row.dataset_id, []).append(row.host)
    hosts = {host for found in served.values() for host in found}
    deaf = set(grant_selectors.deaf(now).filter(host__in=hosts).values_list("host_id", flat=True))
    confirmed = _confirmed(grants, hosts)
    newest = positions(
        {g.line.dataset_version.dataset_id for g in grants if g.line.dataset_version.dataset.has_members}
    )

    def place(grant: Grant, host: DataHost) -> Place:
        mode = submissions[grant.pk].purpose.get("access_mode")
        if not set(host.modes) & set(grant.line.dataset_version.dataset.modes) or mode not in (None, *host.modes):
            return Place(host, Obstacle.MODE)
        if host.enforces_cohorts:
            return Place(host, Obstacle.DEAF if host.pk in deaf else None)
        behind = confirmed.get((grant.pk, host.pk), 0) < grant.shrunk_at_position
        return Place(host, Obstacle.UNCONFIRMED if behind else None)

    return {
        grant.pk: Standing(
            [place(grant, host) for host in served.get(grant.line.dataset_version.dataset_id, [])],
            newest.get(grant.line.dataset_version.dataset_id),
        )
        for grant in grants
    }


def _confirmed(grants: Iterable[Grant], hosts: Collection[DataHost]) -> dict[tuple[int, int], int]:
    rows = HostAcknowledgement.objects.filter(
        grant__in=[grant.pk for grant in grants], host__in=[host for host in hosts if not host.enforces_cohorts]
    )
    return {(row.grant_id, row.host_id): row.confirmed_position for row in rows}


def for_host(host: DataHost) -> Q:
    """The visas that this host may take: its own, those for every host of its datasets, and those about a person alone.

    What was made for every host was made for those that served the dataset then, not for one that came later.
    """
    served = HostedDataset.objects.filter(
        host=host, dataset=OuterRef("grant__line__dataset_version__dataset"), since__lte=OuterRef("intent__at")
    )
    return Q(host=host) | Q(host__isnull=True) & (Q(grant__isnull=True) | Exists(served))
