"""Cohorts, read from profiles, epoch and the changes since. Costs grow with distinct profiles, not with participants.

`consent.selectors.moves` reads who moved between two positions."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from consent.domain import cohorts
from consent.domain.cohorts import CohortNumbers, MemberStep, ProfileAnswer, Shared
from consent.models import CohortChange, ConsentProfile, Member, Membership
from consent.selectors.counts import counts_at, known_profiles, profiles_counted
from consent.selectors.moves import Moved, left, moved_between, steps_of
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import DataUse, parse_data_use
from governance.duo.ontology import Ontologies
from governance.duo.purpose import Purpose, parse_purpose
from governance.models import Dataset
from governance.selectors.ontology import active_ontologies

# How many keys one statement names.
IDS_AT_ONCE = 10_000
# How many profiles' answers are remembered for each data use.
_REMEMBERED = 5_000


@dataclass(slots=True)
class _Asked:
    """A purpose put to one data use on a day, and what each profile answered so far, by the profile's key."""

    label: DataUse
    outlet: str
    purpose: Purpose
    at: date
    ontologies: Ontologies
    found: dict[str, tuple[Any, Any, ProfileAnswer]] = field(default_factory=dict)

    def known(self, keys: Iterable[str]) -> dict[str, ProfileAnswer]:
        """What was answered before, of these keys: a profile that was read once need not be read again for it."""
        return {key: found[2] for key in keys if (found := self.found.get(key)) is not None}

    def answer(self, profile: ConsentProfile) -> ProfileAnswer:
        """What a profile answers: the matcher runs once for each, whatever the number of datasets with this data use."""
        known = self.found.get(profile.key)
        if known is not None and known[0] == profile.data_use and known[1] == profile.outlets:
            return known[2]
        data_use = None if profile.data_use is None else parse_data_use(profile.data_use)
        answer = cohorts.answer(
            label=self.label,
            outlet=self.outlet,
            profile=Shared(data_use, tuple(profile.outlets)),
            purpose=self.purpose,
            at=self.at,
            ontologies=self.ontologies,
        )
        if len(self.found) >= _REMEMBERED:
            self.found.clear()
        self.found[profile.key] = (profile.data_use, profile.outlets, answer)
        return answer


@lru_cache(maxsize=200)
def _asked(label: bytes, outlet: str, purpose: Purpose, at: date, ontologies: Ontologies) -> _Asked:
    return _Asked(parse_data_use(json.loads(label)), outlet, purpose, at, ontologies)


def answers(
    dataset: Dataset,
    purpose_json: Mapping[str, Any],
    at: date,
    profiles: Collection[ConsentProfile],
    ontologies: Ontologies | None = None,
) -> dict[int, ProfileAnswer]:
    """What each profile answers to a purpose in a dataset."""
    if dataset.data_use is None or not profiles:
        return {}
    asked = _put_to(dataset, parse_purpose(dict(purpose_json)), at, ontologies or active_ontologies())
    return {profile.pk: asked.answer(profile) for profile in profiles}


def _put_to(dataset: Dataset, purpose: Purpose, at: date, ontologies: Ontologies) -> _Asked:
    return _asked(canonical_bytes(dataset.data_use), dataset.outlet, purpose, at, ontologies)


def cohort_numbers(
    datasets: Iterable[Dataset], purpose_json: Mapping[str, Any], at: date, ontologies: Ontologies | None = None
) -> dict[int, CohortNumbers]:
    """How the members of each dataset that has some answer a purpose, exactly.

    For the dataset's own committee; everybody else sees them through `consent.domain.cohorts.rounded`.
    """
    with_members = {dataset.pk: dataset for dataset in datasets if dataset.has_members and dataset.data_use}
    if not with_members:
        return {}
    counted = profiles_counted(list(with_members))
    purpose, ontologies = parse_purpose(dict(purpose_json)), ontologies or active_ontologies()
    asked = {pk: _put_to(dataset, purpose, at, ontologies) for pk, dataset in with_members.items()}
    known = {pk: asked[pk].known(key for _row, key in counts) for pk, counts in counted.items()}
    unknown = {row for pk, counts in counted.items() for row, key in counts if key not in known[pk]}
    profiles = ConsentProfile.objects.in_bulk(unknown) if unknown else {}
    found = {}
    for pk, one in asked.items():
        counts, answered = counted.get(pk, {}), known.get(pk, {})
        found[pk] = cohorts.numbers(
            (answered.get(key) or one.answer(profiles[row]), count) for (row, key), count in counts.items()
        )
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
    """Judge every profile that stands in the dataset now or ever stood: they are few, however many members there are.

    Of those that were shut out none joins.
    """
    profiles = list(ConsentProfile.objects.filter(pk__in=known_profiles(dataset.pk)))
    answered = answers(dataset, purpose_json, at, profiles)
    permitted = {pk: pk not in shut_out and one.joins(judged) for pk, one in answered.items()}
    return CohortBasis(dataset.pk, epoch, permitted, shut_out)


def _since(read: CohortBasis, until: int | None) -> QuerySet[CohortChange]:
    """The changes of members after the epoch, up to a position; without one those that have none yet too."""
    rows = CohortChange.objects.filter(dataset_id=read.dataset_id, member__isnull=False)
    if until is None:
        return rows.filter(Q(position__gt=read.epoch) | Q(position__isnull=True))
    return rows.filter(position__gt=read.epoch, position__lte=until)


def _breaking(read: CohortBasis) -> Q:
    """Changes from or to what does not join: whoever has one after the epoch is out until the next."""
    stays = Q(before__in=read.joining) & Q(after__in=read.joining)
    return Q(before__isnull=True) | Q(after__isnull=True) | ~stays


def _lapsed(read: CohortBasis) -> set[int]:
    """The members whose profile joins now and who are out all the same, since they left or came after the epoch.

    They alone are held in memory, however many stay.
    """
    # The ids first: as a subquery the database reads every member for it.
    moved = list(_since(read, None).filter(_breaking(read)).order_by().values_list("member_id", flat=True).distinct())
    found: set[int] = set()
    for start in range(0, len(moved), IDS_AT_ONCE):
        rows = Member.objects.filter(pk__in=moved[start : start + IDS_AT_ONCE], profile_id__in=read.joining)
        found.update(rows.order_by().values_list("pk", flat=True))
    return found


def _members(read: CohortBasis, after_number: int, until_number: int | None) -> Iterator[tuple[int, int]]:
    """Key and number of each member in the cohort now, as they came; streamed, since a dataset may have millions."""
    lapsed = _lapsed(read)
    rows = Member.objects.filter(dataset_id=read.dataset_id, number__gt=after_number, profile_id__in=read.joining)
    if until_number is not None:
        rows = rows.filter(number__lte=until_number)
    for pk, number in rows.order_by("number").values_list("pk", "number").iterator(chunk_size=5000):
        if pk not in lapsed:
            yield pk, number


def member_ids(read: CohortBasis, *, after_number: int = 0, until_number: int | None = None) -> Iterator[int]:
    """The members in the cohort now."""
    return (pk for pk, _number in _members(read, after_number, until_number))


def member_numbers(read: CohortBasis) -> Iterator[int]:
    """The numbers of the members in the cohort now, rising."""
    return (number for _pk, number in _members(read, 0, None))


def size(read: CohortBasis, until: int | None = None) -> int:
    """How many are in the cohort at a position not before the epoch (None: now, what has no position yet included).

    Read from the counts of profiles and the changes since the epoch; no member is looked at.
    """
    counts = counts_at(read.dataset_id, until)
    since = _since(read, until)
    later = since.filter(member=OuterRef("member"), id__gt=OuterRef("id"))
    broke = since.filter(_breaking(read), member=OuterRef("member"))
    # Of each member the last change, which says where they are now: in a profile that joins, after one that did not.
    back = since.filter(Exists(broke), ~Exists(later), after__in=read.joining)
    return sum(counts.get(profile, 0) for profile in read.joining) - back.count()


def left_between(read: CohortBasis, after: int, until: int) -> list[int]:
    """Members who were in the cohort at position `after` and are out at `until`. Cohorts only shrink between epochs.

    Costs what was changed between the two: whoever did not change is where they were.
    """
    moved = moved_between(read.dataset_id, after, until, since=read.epoch)
    return left(moved, epoch=read.epoch, after=after, until=until, permitted=read.permitted)


def shut_out_since(read: CohortBasis, position: int) -> list[int]:
    """Members who were in the cohort at a position and are out now although they did not move: what is denied changed."""
    newly = [pk for pk in read.denied if pk not in read.shut_out]
    if not newly:
        return []
    moved = _since(read, None).filter(member=OuterRef("pk"))
    standing = Member.objects.filter(~Exists(moved), dataset_id=read.dataset_id, profile__in=newly)
    # Whoever moved and never had one of them is where they were.
    touched = _since(read, None).filter(Q(before__in=newly) | Q(after__in=newly)).order_by()
    steps = steps_of(read.dataset_id, list(touched.values_list("member_id", flat=True).distinct()), since=read.epoch)
    before = read.as_judged.permitted

    def was(permitted: Mapping[int, bool], taken: Iterable[MemberStep]) -> bool:
        return cohorts.was_in(current=None, steps=taken, epoch=read.epoch, at=position, permitted=permitted)

    gone = [pk for pk, taken in steps.items() if was(before, taken) and not was(read.permitted, taken)]
    return [*standing.values_list("pk", flat=True), *gone]


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


def joined_positions(dataset_id: int, moved: Moved, after: int, until: int) -> list[tuple[int, int]]:
    """Of those who moved, who joined between two positions and are members still: at which position (the last of several
    in which they joined), and from which version on their data are there. Two queries at most.
    """
    joined = {
        member: step.position
        for member, steps in moved.steps.items()
        for step in steps
        if step.before is None and step.position is not None and after < step.position <= until
    }
    if not joined:
        return []
    participants = dict(Member.objects.filter(pk__in=joined).values_list("participant_id", "pk"))
    there = Membership.objects.filter(participant__in=participants, dataset=dataset_id, end__isnull=True)
    first: dict[int, int] = {}
    for participant, version in there.values_list("participant_id", "first_version"):
        member = participants[participant]
        first[member] = min(version, first.get(member, version))
    return [(joined[member], version) for member, version in sorted(first.items())]


def outside(read: CohortBasis) -> list[int]:
    """The dataset's members who are not in the cohort now: whose records a host must leave out."""
    members = Member.objects.filter(dataset_id=read.dataset_id, profile__isnull=False)
    others = members.exclude(profile_id__in=read.joining).order_by("number").values_list("number", "pk")
    back = members.filter(pk__in=_lapsed(read)).values_list("number", "pk")
    return [pk for _number, pk in sorted([*others.iterator(chunk_size=5000), *back])]


def joining_profiles(read: CohortBasis) -> list[ConsentProfile]:
    """The profiles whose members join."""
    return list(ConsentProfile.objects.filter(pk__in=read.joining))
