"""Instants at which consent ends, in the programme's own time zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from consent.domain.due import comes_of_age_at, expires_at
from consent.domain.forms import Validity


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Helsinki", datetime(2027, 3, 1, 22, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2027, 3, 1, 8, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2027, 3, 1, 15, tzinfo=UTC)),
    ],
)
def test_an_item_expires_at_midnight_of_the_programmes_time_zone(zone: str, expected: datetime) -> None:
    given = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)

    assert expires_at(given, Validity(years=1), ZoneInfo(zone)) == expected


def test_for_ever_and_once_do_not_expire() -> None:
    given = datetime(2026, 3, 1, tzinfo=UTC)

    assert expires_at(given, Validity(), ZoneInfo("UTC")) is None
    assert expires_at(given, Validity(once=True), ZoneInfo("UTC")) is None


def test_a_leap_day_child_comes_of_age_on_the_first_of_march() -> None:
    assert comes_of_age_at(date(2008, 2, 29), 18, ZoneInfo("UTC")) == datetime(2026, 3, 1, tzinfo=UTC)
    assert comes_of_age_at(date(2008, 2, 29), 16, ZoneInfo("UTC")) == datetime(2024, 2, 29, tzinfo=UTC)
