"""Working days and turnaround."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.domain.clock import median, working_days, working_days_before

MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize(("days", "expected"), [(0, 0), (1, 1), (4, 4), (5, 4), (6, 4), (7, 5), (14, 10)])
def test_weekends_do_not_count(days: int, expected: int) -> None:
    assert working_days(MONDAY, MONDAY + timedelta(days=days)) == expected


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 30), st.integers(-3, 60))
def test_the_limit_day_divides_late_from_in_time(end: date, limit: int, before: int) -> None:
    cut = working_days_before(end, limit)
    start = cut + timedelta(days=before)

    used = working_days(start, end)

    assert (used > limit) == (start <= cut)


def test_open_cases_count_in_the_median() -> None:
    ended = [(3, True), (5, True), (7, True), (9, True), (11, True)]

    assert median(ended) == 7
    assert median([*ended, (20, False), (20, False), (20, False)]) == 9
    assert median([*ended, *[(20, False)] * 9]) is None
    assert median(ended[:4]) is None
