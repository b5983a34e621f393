"""Days of a committee: when they begin and end, whatever its clocks do."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from access.domain.days import begins, is_over_at, last_day, months_later

HELSINKI, MADRID, AUCKLAND = ZoneInfo("Europe/Helsinki"), ZoneInfo("Europe/Madrid"), ZoneInfo("Pacific/Auckland")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 29), 24, date(2028, 11, 29)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
    ],
)
def test_a_month_is_a_calendar_month(day: date, months: int, expected: date) -> None:
    assert months_later(day, months) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (HELSINKI, datetime(2026, 11, 29, 22, tzinfo=UTC)),
        (MADRID, datetime(2026, 11, 29, 23, tzinfo=UTC)),
        (AUCKLAND, datetime(2026, 11, 29, 11, tzinfo=UTC)),
    ],
)
def test_a_day_is_over_at_midnight_where_the_committee_is(zone: ZoneInfo, expected: datetime) -> None:
    assert is_over_at(date(2026, 11, 29), zone) == expected


def test_the_last_day_of_what_ends_at_midnight_is_the_day_before() -> None:
    assert last_day(begins(date(2026, 11, 30), HELSINKI), HELSINKI) == date(2026, 11, 29)
    assert last_day(datetime(2026, 11, 29, 9, tzinfo=UTC), HELSINKI) == date(2026, 11, 29)


def test_a_day_that_clocks_make_longer_or_shorter_ends_at_its_own_midnight() -> None:
    lengths = [is_over_at(day, HELSINKI) - begins(day, HELSINKI) for day in (date(2026, 3, 29), date(2026, 10, 25))]

    assert [length.total_seconds() / 3600 for length in lengths] == [23, 25]
