"""How far a host has followed one change of one participant, as the participant sees it."""

from dataclasses import dataclass
from datetime import datetime

from access.domain.acknowledgement import LATE_AFTER, Standing
from access.grants.selectors import acknowledgement
from access.models import HostAcknowledgement
from governance.models import DataHost


@dataclass(frozen=True, slots=True)
class HostStanding:
    """How far one host has followed a change. `seconds` is how long it took, where that is known."""

    host: DataHost
    standing: Standing
    seconds: float | None


def standing_of(
    host: DataHost, row: HostAcknowledgement | None, *, at: datetime, position: int | None, now: datetime
) -> HostStanding:
    """Where the host stands with a change that was made at `at` and numbered `position` (None: not yet numbered)."""
    if row is None or position is None or row.needs_position < position:
        # The change has not reached the worker yet: the host is told next.
        return HostStanding(host, Standing.WAITING, None)
    if row.confirmed_position >= position:
        return HostStanding(host, Standing.CONFIRMED, _took(row, at))
    return HostStanding(host, acknowledgement(row).standing(now), None)


def _took(row: HostAcknowledgement, at: datetime) -> float | None:
    """How long it took; None where the host has followed a later change of others since, and the moment with it."""
    caught_up = row.confirmed_position >= row.needs_position
    if row.confirmed_at is None or not caught_up or row.changed_at - at > LATE_AFTER:
        return None
    return max((row.confirmed_at - at).total_seconds(), 0)
