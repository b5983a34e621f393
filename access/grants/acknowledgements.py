"""What hosts have to follow: written with the cause, confirmed by the host (`access.hosts.services.confirm`)."""

from collections.abc import Sequence
from datetime import datetime

from access.models import Grant, HostAcknowledgement
from governance.models import DataHost


def must_follow(*, host: DataHost, grant: Grant, position: int, now: datetime) -> None:
    """A host has something to follow up to a position; called in the transaction of its cause."""
    row, made = HostAcknowledgement.objects.select_for_update(no_key=True).get_or_create(
        host=host, grant=grant, defaults={"needs_position": position, "changed_at": now}
    )
    if made:
        return
    if row.confirmed_position >= row.needs_position:
        row.changed_at = now
    row.needs_position = position
    row.save(update_fields=["needs_position", "changed_at"])


def must_follow_together(*, following: Sequence[tuple[DataHost, Grant]], position: int, now: datetime) -> None:
    """Hosts have something to follow for grants of one dataset, up to one position: as `must_follow`, written once."""
    pairs = {(host.pk, grant.pk) for host, grant in following}
    held = HostAcknowledgement.objects.filter(
        grant__in={grant for _host, grant in pairs}, host__in={host for host, _grant in pairs}
    ).select_for_update(no_key=True)
    rows = [row for row in held.order_by("pk") if (row.host_id, row.grant_id) in pairs]
    caught_up = [row.pk for row in rows if row.confirmed_position >= row.needs_position]
    HostAcknowledgement.objects.filter(pk__in=caught_up).update(changed_at=now)
    HostAcknowledgement.objects.filter(pk__in=[row.pk for row in rows]).update(needs_position=position)
    HostAcknowledgement.objects.bulk_create(
        HostAcknowledgement(host_id=host, grant_id=grant, needs_position=position, changed_at=now)
        for host, grant in sorted(pairs - {(row.host_id, row.grant_id) for row in rows})
    )
