"""Counts of members by profile: deltas are appended with each change, and folded into totals from time to time."""

from collections import Counter

from django.db import transaction
from django.db.models import F, Sum

from consent.models import Member, ProfileCount, ProfileCountDelta
from governance.models import Dataset

FOLD_AT_ONCE = 5000


def profile_counts(dataset: Dataset) -> dict[int, int]:
    """How many members each profile has in a dataset: what was folded plus the tail.

    Profiles without members are left out. INVARIANT: one statement reads both, so that a fold at the same
    moment is seen whole or not at all.
    """
    folded = ProfileCount.objects.filter(dataset=dataset).values_list("profile_id", "count")
    tail = ProfileCountDelta.objects.filter(dataset=dataset).values_list("profile_id").annotate(Sum("step")).order_by()
    found: Counter[int] = Counter()
    for profile, count in folded.union(tail, all=True):
        found[profile] += count
    return {profile: count for profile, count in sorted(found.items()) if count}


@transaction.atomic
def fold_deltas() -> int:
    """Fold the oldest deltas into the totals; returns how many. Two folders at once take different rows."""
    rows = list(ProfileCountDelta.objects.select_for_update(skip_locked=True).order_by("id")[:FOLD_AT_ONCE])
    steps: Counter[tuple[int, int]] = Counter()
    for row in rows:
        steps[row.dataset_id, row.profile_id] += row.step
    for (dataset, profile), step in sorted(steps.items()):
        if not step:
            continue
        ProfileCount.objects.get_or_create(dataset_id=dataset, profile_id=profile)
        ProfileCount.objects.filter(dataset_id=dataset, profile_id=profile).update(count=F("count") + step)
    ProfileCountDelta.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def recounted(dataset: Dataset) -> dict[int, int]:
    """The same counts, counted from the members themselves: what `verify` compares."""
    return dict(sorted(Counter(_profiles(dataset)).items()))


def _profiles(dataset: Dataset) -> list[int]:
    return list(
        Member.objects.filter(dataset=dataset, profile__isnull=False).values_list("profile_id", flat=True).order_by()
    )
