"""Cohorts read from counts, changes and few members are those that each member's whole history gives."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.domain.cohorts import MemberStep, was_in
from consent.models import CohortChange, ConsentProfile, Member, Participant, ProfileCount
from consent.selectors import cohorts, moves
from consent.selectors.cohorts import CohortBasis
from consent.selectors.counts import counts_at, known_profiles, profile_counts, recounted
from consent.selectors.positions import position
from consent.services.cohorts import Move, record_moves
from consent.services.counts import fold_deltas
from consent.services.sealer import seal
from governance.models import Dataset
from tests.access import builders as access
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
PEOPLE, PROFILES = 12, 5


@dataclass
class History:
    """A dataset whose people come, change and go at random; what is not numbered yet among it."""

    dataset: Dataset
    participants: list[Participant]
    profiles: list[ConsentProfile]
    chance: random.Random
    members: dict[int, Member] = field(default_factory=dict)

    def step(self) -> None:
        """One person moves, or what moved is numbered or folded."""
        what = self.chance.random()
        if what < 0.15:
            seal(self.dataset.pk)
        elif what < 0.25:
            fold_deltas()
        else:
            self.move(self.chance.randrange(PEOPLE), self.chance.choice([*self.profiles, None]))

    def move(self, who: int, profile: ConsentProfile | None) -> None:
        if who not in self.members:
            self.members[who] = Member.objects.create(
                dataset=self.dataset, participant=self.participants[who], number=len(self.members) + 1
            )
        member = self.members[who]
        before, after = member.profile_id, profile.pk if profile else None
        member.profile = profile
        member.save()
        record_moves(moves=[Move(member.pk, member.dataset_id, before, after)], by=TESTS, now=NOW)

    def steps(self, member: Member, epoch: int) -> list[MemberStep]:
        rows = CohortChange.objects.filter(member=member).order_by("id")
        return [
            MemberStep(row.before_id, row.after_id, row.position)
            for row in rows
            if row.position is None or row.position > epoch
        ]

    def inside(self, read: CohortBasis, at: int | None) -> list[int]:
        """Who is in a cohort at a position: each asked for themselves."""
        return [
            member.pk
            for member in sorted(self.members.values(), key=lambda member: member.number)
            if was_in(
                current=member.profile_id,
                steps=self.steps(member, read.epoch),
                epoch=read.epoch,
                at=at,
                permitted=read.permitted,
            )
        ]


def history(seed: int) -> History:
    of = access.organisation("karelia-hospital")
    dataset = access.dataset("hearts", access.committee("hearts", of), has_members=True)
    asked = consent.world("karelia")
    participants = [consent.enrol(asked, None) for _number in range(PEOPLE)]
    profiles = [
        ConsentProfile.objects.create(key=f"{number:064d}", data_use={"permission": "GRU"}, first_seen_at=NOW)
        for number in range(PROFILES)
    ]
    return History(dataset, participants, profiles, random.Random(seed))


@pytest.mark.parametrize("seed", range(10))
def test_reads_of_a_cohort_are_what_each_members_history_gives(seed: int) -> None:
    of = history(seed)
    positions = [0]
    for _turn in range(of.chance.randrange(20, 60)):
        of.step()
        positions.append(position(of.dataset.pk))
    newest = seal(of.dataset.pk) if of.chance.random() < 0.5 else position(of.dataset.pk)

    for _read in range(6):
        epoch = of.chance.choice(positions)
        permitted = {profile.pk: of.chance.random() < 0.6 for profile in of.profiles}
        read = CohortBasis(of.dataset.pk, epoch, permitted)
        after, until = sorted(of.chance.choice([one for one in [*positions, newest] if one >= epoch]) for _ in "ab")
        now = of.inside(read, None)
        at_after, at_until = of.inside(read, after), of.inside(read, until)
        numbers = {member.pk: member.number for member in of.members.values()}
        there = [pk for pk in sorted(numbers, key=lambda pk: numbers[pk]) if Member.objects.get(pk=pk).profile_id]

        assert list(cohorts.member_ids(read)) == now
        assert list(cohorts.member_numbers(read)) == [numbers[pk] for pk in now]
        assert cohorts.outside(read) == [pk for pk in there if pk not in now]
        assert cohorts.size(read) == len(now)
        assert cohorts.size(read, until) == len(at_until)
        assert sorted(cohorts.left_between(read, after, until)) == sorted(set(at_after) - set(at_until))


@pytest.mark.parametrize("seed", range(4))
def test_counts_of_a_position_and_known_profiles_are_those_of_the_changes(seed: int) -> None:
    of = history(seed)
    for _turn in range(60):
        of.step()
    newest = position(of.dataset.pk)

    for until in range(newest + 1):
        read = CohortBasis(of.dataset.pk, until, {profile.pk: True for profile in of.profiles})
        assert sum(counts_at(of.dataset.pk, until).values()) == len(of.inside(read, until))
    named = {one for row in CohortChange.objects.values_list("before", "after") for one in row if one is not None}
    assert known_profiles(of.dataset.pk) == named
    assert profile_counts([of.dataset.pk]) == recounted([of.dataset.pk])


def test_a_profile_that_comes_and_goes_between_two_folds_is_known_afterwards() -> None:
    of = history(1)
    for profile in of.profiles[:3]:
        of.move(0, profile)
    fold_deltas()

    counts = dict(ProfileCount.objects.values_list("profile", "count"))
    assert counts == {of.profiles[0].pk: 0, of.profiles[1].pk: 0, of.profiles[2].pk: 1}


def test_what_a_judgement_reads_does_not_grow_with_what_happened_before() -> None:
    of = history(2)
    for who in range(PEOPLE):
        of.move(who, of.profiles[0])
    seal(of.dataset.pk)
    read = CohortBasis(of.dataset.pk, PEOPLE, {profile.pk: profile == of.profiles[0] for profile in of.profiles})
    first = rows_read(of, read)
    for _again in range(20):
        for who in range(1, PEOPLE):
            of.move(who, of.profiles[1])
            of.move(who, of.profiles[0])
    seal(of.dataset.pk)

    assert rows_read(of, read) == first


def rows_read(of: History, read: CohortBasis) -> tuple[int, int]:
    """How many statements it takes to find that one person left, and how many people were looked at."""
    before = position(of.dataset.pk)
    of.move(0, of.profiles[2])
    newest = seal(of.dataset.pk)
    with CaptureQueriesContext(connection) as captured:
        moved = moves.moved_between(of.dataset.pk, before, newest, since=read.epoch)
    of.move(0, of.profiles[0])
    return len(captured), len(moved.steps)
