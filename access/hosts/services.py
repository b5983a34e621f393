"""What data hosts tell us: how far they have read, and which position they enforce."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from access.hosts.feed_selectors import numbered_so_far
from access.models import FeedSealer, Grant, GrantChange, HostAcknowledgement, HostFeed
from consent.services.sealer import seal
from governance import policies
from governance.domain.errors import Invalid
from governance.domain.events import Kind, Subject
from governance.domain.roles import Role
from governance.models import DataHost, User
from governance.record import audit
from governance.record.actors import By


def seal_grants() -> int:
    """Number the changes of grants that are committed and not yet numbered, under one lock; returns the last number.

    Where there is nothing to number one look says so, and nothing is locked.
    """
    last = numbered_so_far()
    return _seal_grants() if last is None else last


@transaction.atomic
def _seal_grants() -> int:
    FeedSealer.objects.get_or_create(name="grants")
    sealer = FeedSealer.objects.select_for_update(no_key=True).get(name="grants")
    unsealed = list(GrantChange.objects.filter(position__isnull=True).order_by("id"))
    for number, change in enumerate(unsealed, start=sealer.last + 1):
        change.position = number
    GrantChange.objects.bulk_update(unsealed, ["position"], batch_size=500)
    if unsealed:
        sealer.last += len(unsealed)
        sealer.save(update_fields=["last"])
    return sealer.last


def heard_from(*, host: DataHost, cursor: int, now: datetime) -> None:
    """A host asked from a cursor: whatever stands up to it, the host has. One statement, but for the first time."""
    heard = HostFeed.objects.filter(host=host).update(cursor=Greatest(F("cursor"), Value(cursor)), polled_at=now)
    if not heard:
        HostFeed.objects.get_or_create(host=host, defaults={"cursor": cursor, "polled_at": now})


@transaction.atomic
def told(*, host: DataHost, grant: Grant, now: datetime) -> None:
    """A host read the cohort after a change of it: it was told, at the first such reading."""
    untold = Q(told_at__isnull=True) | Q(told_at__lt=F("changed_at"))
    HostAcknowledgement.objects.filter(untold, host=host, grant=grant, changed_at__lte=now).update(told_at=now)


@transaction.atomic
def confirm(*, host: DataHost, grant: Grant, position: int, by: By, now: datetime) -> HostAcknowledgement:
    """A host, or its operator, says which position it now enforces. Positions never go back; none beyond the newest.

    `confirmed_at` is when the host caught up with its last change; a later position without a change does not move it.
    """
    if isinstance(by, User):
        policies.require(by, Role.HOST_OPERATOR, host.organisation)
    newest = seal(grant.line.dataset_version.dataset_id)
    if position < 0 or position > newest:
        raise Invalid(
            f"position {position} does not exist: the newest is {newest}",
            {"position": f"give a position from 0 to {newest}, as the feed gave it"},
        )
    row, _ = HostAcknowledgement.objects.select_for_update(no_key=True).get_or_create(
        host=host, grant=grant, defaults={"needs_position": 0, "changed_at": now}
    )
    if position > row.confirmed_position or row.confirmed_at is None:
        behind = row.confirmed_position < row.needs_position
        row.confirmed_position = max(position, row.confirmed_position)
        row.confirmed_at = now if behind else row.confirmed_at or now
        row.told_at = row.told_at or now
        row.save(update_fields=["confirmed_position", "confirmed_at", "told_at"])
        audit.record(
            Kind.HOST_CONFIRMED,
            by=by,
            about=Subject("host", host.slug),
            now=now,
            detail={"grant": grant.number, "position": position},
        )
    return row
