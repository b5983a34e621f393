"""Where a host stands with a change that it must follow (passports.md, Revocation in four nets)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LATE_AFTER = timedelta(minutes=5)
DEAF_AFTER = timedelta(hours=1)


class Standing(StrEnum):
    """Told: it was given the change. Confirmed: it enforces it. Late: 5 minutes unconfirmed. Deaf: 1 hour."""

    WAITING = "waiting"
    TOLD = "told"
    CONFIRMED = "confirmed"
    LATE = "late"
    DEAF = "deaf"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What is known of one host and one grant; positions are the dataset's."""

    needs: int
    confirmed: int
    changed_at: datetime
    told_at: datetime | None = None

    def standing(self, now: datetime) -> Standing:
        """The word for it at a moment."""
        if self.confirmed >= self.needs:
            return Standing.CONFIRMED
        waited = now - self.changed_at
        if waited >= DEAF_AFTER:
            return Standing.DEAF
        if waited >= LATE_AFTER:
            return Standing.LATE
        if self.told_at is not None and self.told_at >= self.changed_at:
            return Standing.TOLD
        return Standing.WAITING
