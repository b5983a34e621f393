"""Days that begin and end where a committee is, and the instants at which they do.

What is told as a day holds to the end of that day in the committee's own time zone. A grant of 24 months that begins on
29 November holds up to and including 28 November two years later: it ends as the 29th begins, so that no label's cap on
months is ever passed. Clocks that are put forward or back change nothing of that.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def months_later(day: date, months: int) -> date:
    """The same day `months` later, or the last day of that month where it is shorter."""
    count = day.month - 1 + months
    year, month = day.year + count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in a time zone, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def is_over_at(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day is over in a time zone, in UTC."""
    return begins(day + timedelta(days=1), zone)


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day, in a time zone, of what ends at an instant: of midnight, the day before."""
    return (end - timedelta(microseconds=1)).astimezone(zone).date()
