"""Cohorts, read from profiles, epoch and the changes since. Costs grow with distinct profiles, not with participants."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q

from consent.domain import cohorts
from consent.domain.cohorts import Answer, CohortNumbers, Shared, Step
from consent.models import CohortChange, ConsentProfile, Member, Membership
from consent.selectors.counts import profile_counts
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import parse_data_use
from governance.duo.ontology import Ontologies
from governance.duo.purpose import Purpose, parse_purpose
from governance.models import Dataset
from governance.selectors.ontology import active_ontologies


@lru_cache(maxsize=50_000)
def _answer(
    label: bytes,
    outlet: str,
    profile: bytes,
    outlets: tuple[str, ...],
    purpose: Purpose,
    at: date,
    ontologies: Ontologies,
) -> Answer:
    return cohorts.answer(
        label=_read(label),
        outlet=outlet,
        profile=_shared(profile, outlets),
        purpose=purpose,
        at=at,
        ontologies=ontologies,
    )


@lru_cache(maxsize=20_000)
def _read(data_use: bytes) -> Any:
    return parse_data_use(json.loads(data_use))


def _shared(profile: bytes, outlets: tuple[str, ...]) -> Shared:
    return Shared(_read(profile) if profile else None, outlets)


def answers(
    dataset: Dataset,
    purpose_json: Mapping[str, Any],
    at: date,
    profiles: Collection[ConsentProfile],
    ontologies: Ontologies | None = None,
) -> dict[int, Answer]:
    """What each profile answers to a purpose in a dataset: the matcher runs once for each, and remembers."""
    if dataset.data_use is None or not profiles:
        return {}
    purpose = parse_purpose(dict(purpose_json))
    label = canonical_bytes(dataset.data_use)
    ontologies = ontologies or active_ontologies()
    return {
        profile.pk: _answer(
            label,
            dataset.outlet,
            b"" if profile.data_use is None else canonical_bytes(profile.data_use),
            tuple(profile.outlets),
            purpose,
            at,
            ontologies,
        )
        for profile in profiles
    }


def cohort_numbers(
    datasets: Iterable[Dataset], purpose_json: Mapping[str, Any], at: date, ontologies: Ontologies | None = None
) -> dict[int, CohortNumbers]:
    """How the members of each dataset that has some answer a purpose, exactly.

    For the dataset's own committee; everybody else sees them through `consent.domain.cohorts.rounded`.
    """
    with_members = {dataset.pk: dataset for dataset in datasets if dataset.has_members and dataset.data_use}
    if not with_members:
        return {}
    counted = profile_counts(list(with_members))
    profiles = ConsentProfile.objects.in_bulk({profile for counts in counted.values() for profile in counts})
    found = {}
    for pk, dataset in with_members.items():
        counts = counted.get(pk, {})
        answered = answers(dataset, purpose_json, at, [profiles[profile] for profile in counts], ontologies)
        found[pk] = cohorts.numbers((answered[profile], counts[profile]) for profile in answered)
    return found


@dataclass(frozen=True, slots=True)
class CohortBasis:
    """What a grant's cohort is read from: its dataset, epoch, and which profiles are permitted now and were never shut out.

    `shut_out` are the profiles that were denied at the epoch or at a shrink since: nothing lets them in again.
    """

    dataset_id: int
    epoch: int
    permitted: Mapping[int, bool]
    shut_out: frozenset[int] = frozenset()

    @property
    def joining(self) -> list[int]:
        return [profile_id for profile_id, joins in self.permitted.items() if joins]

    @property
    def denied(self) -> frozenset[int]:
        """The profiles that are denied now, and were shut out before."""
        return self.shut_out | {profile_id for profile_id, joins in self.permitted.items() if not joins}

    @property
    def as_judged(self) -> "CohortBasis":
        """The same as it was when the grant was last judged: with what is denied since then still in."""
        return replace(self, permitted={profile_id: profile_id not in self.shut_out for profile_id in self.permitted})


def basis(
    dataset: Dataset,
    purpose_json: Mapping[str, Any],
    at: date,
    *,
    epoch: int,
    judged: Collection[str],
    shut_out: frozenset[int] = frozenset(),
) -> CohortBasis:
    """Judge every profile that stands now or stood since the epoch; of those that were shut out none joins."""
    standing = Q(pk__in=Member.objects.filter(dataset=dataset).values("profile_id"))
    since = CohortChange.objects.filter(Q(position__gt=epoch) | Q(position__isnull=True), dataset=dataset)
    moved = Q(pk__in=since.values("before_id")) | Q(pk__in=since.values("after_id"))
    profiles = list(ConsentProfile.objects.filter(standing | moved))
    answered = answers(dataset, purpose_json, at, profiles)
    permitted = {pk: pk not in shut_out and one.joins(judged) for pk, one in answered.items()}
    return CohortBasis(dataset.pk, epoch, permitted, shut_out)


def _steps_since(read: CohortBasis) -> dict[int, list[Step]]:
    """The changes of each member after the epoch, in order, unsealed ones last."""
    rows = CohortChange.objects.filter(
        Q(position__gt=read.epoch) | Q(position__isnull=True), dataset_id=read.dataset_id, member__isnull=False
    ).order_by("id")
    steps: dict[int, list[Step]] = {}
    for member_id, before, after, position in rows.values_list("member_id", "before_id", "after_id", "position"):
        steps.setdefault(member_id, []).append(Step(before, after, position))
    return steps


def member_ids(read: CohortBasis, *, after_number: int = 0, until_number: int | None = None) -> Iterator[int]:
    """The members in the cohort now, as they came; streamed, since a dataset may have millions."""
    steps = _steps_since(read)
    rows = Member.objects.filter(dataset_id=read.dataset_id, number__gt=after_number, profile_id__in=read.joining)
    if until_number is not None:
        rows = rows.filter(number__lte=until_number)
    members = rows.order_by("number").values_list("pk", "profile_id")
    for pk, profile_id in members.iterator(chunk_size=5000):
        if pk not in steps or cohorts.was_in(
            current=profile_id, steps=steps[pk], epoch=read.epoch, at=None, permitted=read.permitted
        ):
            yield pk


def size(read: CohortBasis) -> int:
    """How many are in the cohort now: one count, and a look at those who changed since the epoch."""
    steps = _steps_since(read)
    joining = Member.objects.filter(dataset_id=read.dataset_id, profile_id__in=read.joining)
    still = joining.exclude(pk__in=list(steps)).count() if len(steps) < 500 else sum(1 for _ in member_ids(read))
    if len(steps) >= 500:
        return still
    current = dict(Member.objects.filter(pk__in=list(steps)).values_list("pk", "profile_id"))
    return still + sum(
        cohorts.was_in(current=current[pk], steps=taken, epoch=read.epoch, at=None, permitted=read.permitted)
        for pk, taken in steps.items()
    )


def left_between(read: CohortBasis, after: int, until: int) -> list[int]:
    """Members who were in the cohort at position `after` and are out at `until`. Cohorts only shrink between epochs."""
    gone = []
    steps = _steps_since(read)
    current = dict(Member.objects.filter(pk__in=list(steps)).values_list("pk", "profile_id"))
    for pk, taken in steps.items():
        was = cohorts.was_in(current=current[pk], steps=taken, epoch=read.epoch, at=after, permitted=read.permitted)
        if was and not cohorts.was_in(
            current=current[pk], steps=taken, epoch=read.epoch, at=until, permitted=read.permitted
        ):
            gone.append(pk)
    return gone


def shut_out_since(read: CohortBasis, position: int) -> list[int]:
    """Members who were in the cohort at a position and are out now although they did not move: what is denied changed."""
    newly = [pk for pk in read.denied if pk not in read.shut_out]
    if not newly:
        return []
    steps, before = _steps_since(read), read.as_judged.permitted
    standing = Member.objects.filter(dataset_id=read.dataset_id, profile__in=newly).exclude(pk__in=list(steps))
    current = dict(Member.objects.filter(pk__in=list(steps)).values_list("pk", "profile_id"))
    moved = [
        pk
        for pk, taken in steps.items()
        if cohorts.was_in(current=current[pk], steps=taken, epoch=read.epoch, at=position, permitted=before)
        and not cohorts.was_in(
            current=current[pk], steps=taken, epoch=read.epoch, at=position, permitted=read.permitted
        )
    ]
    return [*standing.values_list("pk", flat=True), *moved]


def joined_between(read: CohortBasis, after: int, until: int, *, version: int) -> list[int]:
    """Members who joined between two positions and are members still, of those whose data are in a version or an earlier one.

    A cohort does not grow, so that none of them is in it: whoever opens the dataset without it must leave them out.
    """
    there = Membership.objects.filter(
        participant=OuterRef("member__participant"),
        dataset=read.dataset_id,
        first_version__lte=version,
        end__isnull=True,
    )
    joined = CohortChange.objects.filter(
        Exists(there),
        dataset=read.dataset_id,
        before__isnull=True,
        position__gt=max(after, read.epoch),
        position__lte=until,
    )
    return list(joined.order_by("member__number").values_list("member", flat=True).distinct())


def outside(read: CohortBasis) -> list[int]:
    """The dataset's members who are not in the cohort now: whose records a host must leave out."""
    inside = set(member_ids(read))
    members = Member.objects.filter(dataset_id=read.dataset_id, profile__isnull=False).order_by("number")
    return [pk for pk in members.values_list("pk", flat=True) if pk not in inside]


def joining_profiles(read: CohortBasis) -> list[ConsentProfile]:
    """The profiles whose members join."""
    return list(ConsentProfile.objects.filter(pk__in=read.joining))
