"""How many members of a dataset share a profile: what was folded plus the tail, without looking at any member."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Count, QuerySet, Sum

from consent.models import Member, ProfileCount, ProfileCountDelta
from governance.models import Dataset

Datasets = Collection[int] | QuerySet[Dataset]
Counts = Mapping[int, Mapping[int, int]]


def profile_counts(datasets: Datasets) -> Counts:
    """For each dataset with members, how many members each profile has; profiles without members are left out.

    INVARIANT: one statement reads both parts, so that a fold at the same moment is seen whole or not at all.
    """
    folded = ProfileCount.objects.filter(dataset__in=datasets).values_list("dataset_id", "profile_id", "count")
    tail = (
        ProfileCountDelta.objects.filter(dataset__in=datasets)
        .values_list("dataset_id", "profile_id")
        .annotate(Sum("step"))
        .order_by()
    )
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for dataset, profile, count in folded.union(tail, all=True):
        found[dataset][profile] += count
    present = {pk: {profile: count for profile, count in counts.items() if count} for pk, counts in found.items()}
    return {pk: counts for pk, counts in present.items() if counts}


def member_counts(datasets: Datasets) -> dict[int, int]:
    """How many members each dataset has, of those that have any."""
    return {pk: sum(counts.values()) for pk, counts in profile_counts(datasets).items()}


def recounted(datasets: Datasets) -> Counts:
    """The same counts, counted from the members themselves: what `verify` compares."""
    members = Member.objects.filter(dataset__in=datasets, profile__isnull=False)
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for dataset, profile, count in members.order_by().values_list("dataset_id", "profile_id").annotate(Count("pk")):
        found[dataset][profile] = count
    return dict(found)
