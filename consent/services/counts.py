"""Counts of members by profile: deltas are appended with each change, and folded into totals from time to time.

`consent.selectors.counts` reads them.
"""

from collections import Counter

from django.db import transaction
from django.db.models import F

from consent.models import ProfileCount, ProfileCountDelta

FOLD_AT_ONCE = 5000


@transaction.atomic
def fold_deltas() -> int:
    """Fold the oldest deltas into the totals; returns how many. Two folders at once take different rows.

    A profile that came and went leaves a count of 0: it stood there once, and cohorts of that time are judged by it.
    """
    rows = list(ProfileCountDelta.objects.select_for_update(skip_locked=True).order_by("id")[:FOLD_AT_ONCE])
    steps: Counter[tuple[int, int]] = Counter()
    for row in rows:
        steps[row.dataset_id, row.profile_id] += row.step
    for (dataset, profile), step in sorted(steps.items()):
        ProfileCount.objects.get_or_create(dataset_id=dataset, profile_id=profile)
        if not step:
            continue
        ProfileCount.objects.filter(dataset_id=dataset, profile_id=profile).update(count=F("count") + step)
    ProfileCountDelta.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
