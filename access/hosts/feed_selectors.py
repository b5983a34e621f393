"""What data hosts read: grants as a numbered feed, members in a fixed order, cohorts and their deltas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from access.domain.member_order import BLOCK, MemberOrder, covered, full_blocks
from access.grants import selectors
from access.hosts.selectors import grants_at
from access.models import FeedSealer, Grant, GrantChange
from consent.models import HostMemberId, Member
from consent.selectors import cohorts
from governance.domain.errors import NotThere
from governance.models import DataHost, Dataset
from governance.selectors.datasets import visa_value

PAGE = 500
# Whole blocks, so that a page ends where a host may go on from.
MEMBERS_PAGE = 48 * BLOCK


def grants_served_by(host: DataHost) -> QuerySet[Grant]:
    """Every grant, ended ones too, of the datasets that this host serves, in its own modes."""
    return selectors.with_basis().filter(pk__in=grants_at(host).values("pk"))


def grant_of(host: DataHost, number: str) -> Grant:
    """One grant of this host; another host's looks as if it were not there."""
    grant = grants_served_by(host).filter(number=number).first()
    if grant is None:
        raise NotThere(f"there is no grant {number} at this host")
    return grant


def dataset_of(host: DataHost, accession: str) -> Dataset:
    """One dataset of this host, by the accession of any of its versions."""
    dataset = Dataset.objects.filter(hosted__host=host, versions__accession=accession).first()
    if dataset is None:
        raise NotThere(f"this host serves no dataset {accession}")
    return dataset


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Grants that changed after a cursor, newest state of each, and the cursor to ask from next."""

    grants: Sequence[Grant]
    cursor: int
    more: bool


def numbered_so_far() -> int | None:
    """The number of the last change of a grant, in one query; None where some have no number yet."""
    waiting = GrantChange.objects.filter(position__isnull=True)
    row = FeedSealer.objects.filter(name="grants").annotate(waiting=Exists(waiting)).first()
    return row.last if row is not None and not row.waiting else None


def changed_grants(host: DataHost, since: int, until: int) -> FeedPage:
    """The host's grants whose newest change is after `since`, in the order of those changes; ended ones are tombstones.

    `until` is the number of the last change: where there is no more, the cursor goes there, so that changes of other hosts'
    grants are passed once and not at each poll.
    """
    if since >= until:
        return FeedPage([], since, False)
    later = GrantChange.objects.filter(grant=OuterRef("grant"), position__gt=OuterRef("position"), position__lte=until)
    rows = GrantChange.objects.filter(
        ~Exists(later),
        position__gt=since,
        position__lte=until,
        grant__line__dataset_version__dataset__hosted__host=host,
    )
    numbered = rows.order_by("position").values_list("grant_id", "position")[: PAGE + 1]
    positions = {grant: position for grant, position in numbered if position is not None}
    more = len(positions) > PAGE
    asked = list(positions)[:PAGE]
    found = grants_served_by(host).filter(pk__in=asked).prefetch_related("people__person")
    page = sorted(found, key=lambda grant: positions[grant.pk])
    return FeedPage(page, positions[asked[-1]] if more else until, more)


def grant_json(grant: Grant, now: datetime) -> dict[str, Any]:
    """One grant as a host reads it. People are opaque subjects; no name, no purpose, no disease."""
    version = grant.line.dataset_version
    alive = grant.state != Grant.State.ENDED
    return {
        "grant": grant.number,
        "dataset": version.accession,
        "value": visa_value(version),
        "state": grant.state,
        "tombstone": not alive,
        "people": [row.person.subject for row in grant.people.all() if row.ended_at is None] if alive else [],
        "starts_at": grant.starts_at,
        "ends_at": grant.ended_at or grant.ends_at,
        "cohort": selectors.cohort_url(grant) if version.dataset.has_members else None,
    }


@dataclass(frozen=True, slots=True)
class CohortPage:
    """A cohort at a position as the host's own ids, or what left it since; `reset` asks the host to read it whole again."""

    position: int
    epoch: int
    reset: bool
    ids: Sequence[str]
    removed: Sequence[str]
    next_member: int | None = None


def order_of(host: DataHost, dataset: Dataset) -> MemberOrder:
    """The order in which this host, and no other, knows the dataset's members."""
    return MemberOrder(bytes.fromhex(host.order_key), str(dataset.pk))


def _last_number(dataset: Dataset) -> int:
    return Member.objects.filter(dataset=dataset).aggregate(last=Max("number"))["last"] or 0


def _own_ids(host: DataHost, members: Sequence[int]) -> list[str]:
    # In the order of the ids themselves: any order of ours would be the same at every host.
    own = HostMemberId.objects.filter(host=host, member__in=members)
    return list(own.order_by("own_id").values_list("own_id", flat=True))


def cohort_page(
    host: DataHost, grant: Grant, *, since: int | None, after: int, position: int, now: datetime
) -> CohortPage:
    """The cohort page by page, or the delta since a position.

    Whole without `since`, and where that is older than the epoch or than the last time that members were shut out.
    """
    if grant.state != Grant.State.ACTIVE:
        return CohortPage(position, grant.epoch, True, [], [])
    read = selectors.cohort_basis(grant, now)
    if since is not None and since >= selectors.whole_from(grant):
        gone = cohorts.left_between(read, since, position) + selectors.joined_between(grant, read, since, position)
        return CohortPage(position, grant.epoch, False, [], _own_ids(host, gone))
    until = full_blocks(after) + MEMBERS_PAGE
    page = list(cohorts.member_ids(read, after_number=full_blocks(after), until_number=until))
    more = _last_number(grant.line.dataset_version.dataset) > until
    return CohortPage(position, grant.epoch, True, _own_ids(host, page), [], until if more else None)


def cohort_bits(host: DataHost, grant: Grant, now: datetime) -> tuple[bytes, int]:
    """One bit a place of the members feed, lowest bit first in each byte; and how many places that covers."""
    dataset = grant.line.dataset_version.dataset
    places, order = covered(_last_number(dataset)), order_of(host, dataset)
    bits = bytearray(places // 8)
    if grant.state == Grant.State.ACTIVE:
        for number in cohorts.member_numbers(selectors.cohort_basis(grant, now)):
            place = order.place(number) - 1
            bits[place // 8] |= 1 << (place % 8)
    return bytes(bits), places


def members_page(host: DataHost, dataset: Dataset, since: int) -> tuple[list[dict[str, Any]], int, bool]:
    """The host's own ids of a dataset's members in the host's own order, which is fixed and only grows.

    From the block of `since` on. The cursor never passes the last full block: members still come to places within the
    one that is not full, so those are given again.
    """
    order, begin, last = order_of(host, dataset), full_blocks(since), _last_number(dataset)
    end = begin + MEMBERS_PAGE
    rows = (
        Member.objects.filter(dataset=dataset, number__gt=begin, number__lte=end)
        .annotate(own=Subquery(HostMemberId.objects.filter(host=host, member=OuterRef("pk")).values("own_id")[:1]))
        .values_list("number", "own")
    )
    placed = sorted((order.place(number), own) for number, own in rows)
    page = [{"number": place, "id": own} for place, own in placed]
    return page, min(end, full_blocks(last)), last > end
