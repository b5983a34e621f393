"""How many members of a dataset share a profile: what was folded plus the tail, without looking at any member."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum, Value

from consent.models import CohortChange, Member, ProfileCount, ProfileCountDelta
from governance.models import Dataset

Datasets = Collection[int] | QuerySet[Dataset]
Counts = Mapping[int, Mapping[int, int]]
# Row and key of a profile. The key is made from all that the profile says.
Keyed = tuple[int, str]


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


def profiles_counted(datasets: Datasets) -> Mapping[int, Mapping[Keyed, int]]:
    """The same counts, each profile with its key, which says what it holds: one statement."""
    folded = ProfileCount.objects.filter(dataset__in=datasets)
    tail = ProfileCountDelta.objects.filter(dataset__in=datasets).order_by()
    named = ("dataset_id", "profile_id", "profile__key")
    found: defaultdict[int, Counter[Keyed]] = defaultdict(Counter)
    rows = folded.values_list(*named, "count").union(tail.values_list(*named).annotate(Sum("step")), all=True)
    for dataset, profile, key, count in rows:
        found[dataset][profile, key] += count
    return {pk: {profile: count for profile, count in counts.items() if count} for pk, counts in found.items()}


def counts_at(dataset_id: int, until: int | None) -> Mapping[int, int]:
    """How many members each profile of a dataset had at a position (None: now), without looking at any member.

    INVARIANT: one statement reads the counts and the changes that came later, which are taken back.
    """
    folded = ProfileCount.objects.filter(dataset=dataset_id).values_list("profile_id", "count")
    tail = ProfileCountDelta.objects.filter(dataset=dataset_id).values_list("profile_id", "step")
    parts: list[QuerySet[Any, Any]] = [tail]
    if until is not None:
        later = CohortChange.objects.filter(Q(position__gt=until) | Q(position__isnull=True), dataset=dataset_id)
        for column, step in (("before_id", 1), ("after_id", -1)):
            back = later.filter(**{f"{column}__isnull": False}).order_by()
            parts.append(back.values_list(column, Value(step)))
    found: Counter[int] = Counter()
    for profile, count in folded.union(*parts, all=True):
        found[profile] += count
    return found


def known_profiles(dataset_id: int) -> set[int]:
    """The profiles that stand in a dataset or ever stood.

    INVARIANT: a profile that a change of a dataset names has a count there, of 0 where nobody has it any more.
    """
    folded = ProfileCount.objects.filter(dataset=dataset_id).values_list("profile_id")
    tail = ProfileCountDelta.objects.filter(dataset=dataset_id).order_by().values_list("profile_id")
    return {profile for (profile,) in folded.union(tail)}


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
