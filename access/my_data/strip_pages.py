"""Strips: when a project had somebody's data, as bars on one line of time that all projects of a page share.

Geometry is in per cent of the width, so that a strip fits a phone and a wide page alike; where reading goes from
right to left the stylesheet mirrors it. The words beside a strip say the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from access.my_data.selectors import Use


@dataclass(frozen=True, slots=True)
class Tick:
    """A year that begins on the line."""

    year: int
    x: float


@dataclass(frozen=True, slots=True)
class Strip:
    """One project: `had` from where to where it had the data, `may` where it may go on, `away` where it runs without.

    The first two are (x, width), the last (x, x), in per cent; None where there is no such part.
    """

    had: tuple[float, float] | None
    may: tuple[float, float] | None
    away: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The line of time of a page."""

    first: datetime
    last: datetime
    now: datetime

    def x(self, at: datetime) -> float:
        """Where a moment stands, in per cent."""
        whole = (self.last - self.first).total_seconds() or 1
        return round(100 * min(max((at - self.first).total_seconds() / whole, 0), 1), 2)

    @property
    def today(self) -> float:
        return self.x(self.now)

    @property
    def ticks(self) -> list[Tick]:
        """The years that begin on the line, at most seven of them."""
        years = range(self.first.year + 1, self.last.year + 1)
        step = max(1, -(-len(years) // 7))
        return [Tick(year, self.x(datetime(year, 1, 1, tzinfo=UTC))) for year in years[::step]]

    def strip(self, use: Use) -> Strip:
        """The parts of one project's strip."""
        began = use.since or use.grant.starts_at or self.now
        end = use.grant.ended_at or use.grant.ends_at
        if use.since is None:
            return Strip(None, None, (self.x(began), self.x(end)))
        until = use.until or min(self.now, end)
        if use.is_in:
            return Strip(self._part(began, until), self._part(until, end), None)
        return Strip(self._part(began, until), None, (self.x(until), self.x(end)) if until < end else None)

    def _part(self, start: datetime, end: datetime) -> tuple[float, float]:
        left, right = self.x(start), self.x(end)
        # What lasted for hours is still seen.
        return left, max(round(right - left, 2), 0.6)


def axis_of(uses: Iterable[Use], now: datetime) -> TimeAxis:
    """The line of time from the first beginning to the last end of these projects, today included."""
    moments = [now]
    for use in uses:
        moments += [at for at in (use.since, use.grant.starts_at, use.grant.ended_at or use.grant.ends_at) if at]
    return TimeAxis(min(moments).astimezone(UTC), max(moments).astimezone(UTC), now)
