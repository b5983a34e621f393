"""Instants at which something of a consent ends or begins, always at midnight in the programme's own time zone.

An answer given on 1 March for one year holds up to and including the last day of February: it ends as 1 March
begins where the programme is. Who was born on 29 February is a year older on 1 March in years without that
day.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from consent.domain.forms import Validity


def expires_at(since: datetime, validity: Validity, zone: ZoneInfo) -> datetime | None:
    """When an answer given at `since` runs out, in UTC; None where it holds for ever or for one use."""
    if validity.years is None:
        return None
    return midnight(years_later(since.astimezone(zone).date(), validity.years), zone)


def comes_of_age_at(born: date, age: int, zone: ZoneInfo) -> datetime:
    """When somebody reaches an age (of assent, of majority), in UTC."""
    return midnight(years_later(born, age), zone)


def years_later(day: date, years: int) -> date:
    """The same day some years later; 1 March for 29 February where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a day begins in a time zone, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
