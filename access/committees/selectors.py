"""Committees as everybody reads them: how long their cases take."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from access.domain.clock import median
from access.domain.states import SETTLED
from access.models import Case, Line

_OPEN = [state for state in Line.State.values if state not in SETTLED]
_A_YEAR = timedelta(days=365)


def half_end_within(committees: Iterable[int], now: datetime) -> dict[int, int | None]:
    """For each committee the days within which half of its cases of the last year end, open ones counted.

    None while too few have ended.
    """
    wanted = set(committees)
    rows = (
        Case.objects.filter(committee__in=wanted, opened_at__gt=now - _A_YEAR)
        .order_by()
        .annotate(waiting=Count("lines", Q(lines__state__in=_OPEN)), last=Max("lines__changed_at"))
        .values_list("committee_id", "opened_at", "waiting", "last")
    )
    lengths: dict[int, list[tuple[int, bool]]] = {pk: [] for pk in wanted}
    for committee, opened, waiting, last in rows:
        if last is not None:
            lengths[committee].append((((now if waiting else last) - opened) // timedelta(days=1), not waiting))
    return {pk: median(known) for pk, known in lengths.items()}
