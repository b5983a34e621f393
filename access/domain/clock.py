"""The committee's clock: working days, and how long its cases take, with those counted that are still open.

A version's clock starts when it is submitted and stops while the applicant must act. Working days are Monday
to Friday; holidays differ by place and are not known here.
"""

from collections.abc import Iterable
from datetime import date, timedelta

_FRIDAY = 4
# Below this many ended cases a median says more about single cases than about the committee.
FEWEST = 5


def working_days(first: date, last: date) -> int:
    """How many working days have begun after the first day, up to and including the last."""
    if last <= first:
        return 0
    weeks, rest = divmod((last - first).days, 7)
    tail = (first + timedelta(days=day) for day in range(1, rest + 1))
    return weeks * 5 + sum(day.weekday() <= _FRIDAY for day in tail)


def working_days_before(end: date, days: int) -> date:
    """The latest day from which more than `days` working days have passed until `end`."""
    day, left = end, days + 1
    while left:
        left -= day.weekday() <= _FRIDAY
        day -= timedelta(days=1)
    return day


def median(lengths: Iterable[tuple[int, bool]]) -> int | None:
    """The day by which half of the cases end, from (days, has ended); open cases count as not ended so far.

    The Kaplan-Meier estimate. None where fewer than `FEWEST` have ended, or where more than half are still
    open at the longest age.
    """
    known = sorted(lengths)
    if sum(ended for _, ended in known) < FEWEST:
        return None
    share, at_risk = 1.0, len(known)
    for days in sorted({days for days, ended in known if ended}):
        at_risk = sum(length >= days for length, _ in known)
        share *= 1 - sum(length == days and ended for length, ended in known) / at_risk
        if share <= 0.5:
            return days
    return None
