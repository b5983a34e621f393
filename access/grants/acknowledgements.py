"""What hosts have to follow: written with the cause, confirmed by the host (`access.hosts.services.confirm`)."""

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
