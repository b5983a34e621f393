"""Who of a dataset's members moved between two positions: read once, whatever the number of cohorts that ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q

from consent.domain.cohorts import MemberStep, was_in
from consent.models import CohortChange


@dataclass(frozen=True, slots=True)
class Moved:
    """The members who have a change between two positions, each with every change after `since`, in order."""

    since: int
    steps: Mapping[int, tuple[MemberStep, ...]]

    def profiles(self) -> set[int]:
        """Every profile that one of them had or has."""
        found = {profile for taken in self.steps.values() for step in taken for profile in (step.before, step.after)}
        return {profile for profile in found if profile is not None}


def moved_between(dataset_id: int, after: int, until: int, *, since: int) -> Moved:
    """Who moved after one position, up to another; `since` is the oldest epoch that is asked about."""
    between = CohortChange.objects.filter(
        dataset_id=dataset_id, position__gt=after, position__lte=until, member__isnull=False
    )
    # The ids first: as a subquery the database reads the history of every member for it.
    members = list(between.order_by().values_list("member_id", flat=True).distinct())
    return Moved(since, steps_of(dataset_id, members, since=since))


def steps_of(dataset_id: int, members: Sequence[int], *, since: int) -> dict[int, tuple[MemberStep, ...]]:
    """The changes of each of these members after a position, in order, those without one last; of who has any."""
    if not members:
        return {}
    changes = CohortChange.objects.filter(dataset_id=dataset_id, member_id__in=members)
    rows = changes.filter(Q(position__gt=since) | Q(position__isnull=True)).order_by("member_id", "id")
    values = rows.values_list("member_id", "before_id", "after_id", "position").iterator(chunk_size=5000)
    return {
        member: tuple(MemberStep(before, after, position) for _member, before, after, position in steps)
        for member, steps in groupby(values, key=lambda row: row[0])
    }


def left(moved: Moved, *, epoch: int, after: int, until: int, permitted: Mapping[int, bool]) -> list[int]:
    """Of those who moved, the members who were in a cohort at position `after` and are out at `until`."""
    return list(_left(moved, epoch, after, until, permitted))


def _left(moved: Moved, epoch: int, after: int, until: int, permitted: Mapping[int, bool]) -> Iterator[int]:
    for member, taken in moved.steps.items():
        steps = [step for step in taken if step.position is None or step.position > epoch]
        if not any(step.position is not None and after < step.position <= until for step in steps):
            continue
        # Who moved has a step, so that what they are now is asked of nobody.
        was, still = (
            was_in(current=None, steps=steps, epoch=epoch, at=position, permitted=permitted)
            for position in (after, until)
        )
        if was and not still:
            yield member
