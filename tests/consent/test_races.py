"""Two things at the same moment: one legal order explains what stands."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from consent.models import ConsentEvent, ConsentProfile, ConsentState, Member
from consent.selectors.counts import profile_counts
from consent.services import counts, ledger, memberships
from consent.services.verify import verify_ledger
from governance.domain.errors import Conflict
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, HEALTH, NOW, answer, dataset, enrol, person, world
from tests.races import shared_database, together

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(days=1)


def test_a_withdrawal_among_answers_at_the_same_moment_is_never_lost(tmp_path):
    with shared_database(tmp_path):
        of = world()
        petra = enrol(of, person("petra"))
        memberships.add(participant=petra, dataset=dataset("hearts", of.programme.organisation), by=TESTS, now=NOW)
        stop = partial(ledger.withdraw, participant=petra, axis="no_use", by=petra.account, capacity="self", now=LATER)

        results = together(
            *(partial(answer, petra, of, {**HEALTH, "audio": one}, LATER) for one in ("yes", "no") * 3), stop
        )

        assert [one for one in results if isinstance(one, BaseException)] == []
        assert sorted(ConsentEvent.objects.values_list("sequence", flat=True)) == list(range(1, 8))
        state = ConsentState.objects.select_related("profile").get(participant=petra)
        assert state.profile.excluded
        assert Member.objects.get().profile_id == state.profile_id
        assert verify_ledger(now=LATER).problems == []


def test_people_who_answer_alike_at_the_same_moment_share_one_profile(tmp_path):
    with shared_database(tmp_path):
        of = world()
        hearts = dataset("hearts", of.programme.organisation)
        people = [enrol(of, person(f"p{number}")) for number in range(6)]

        joined = together(
            *(partial(memberships.add, participant=one, dataset=hearts, by=TESTS, now=NOW) for one in people)
        )
        answered = together(
            *(partial(answer, one, of, EVERYTHING, LATER) for one in people), counts.fold_deltas, counts.fold_deltas
        )

        assert [one for one in (*joined, *answered) if isinstance(one, BaseException)] == []
        assert sorted(Member.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
        profile = ConsentProfile.objects.get(data_use__isnull=False)
        assert profile_counts([hearts.pk]) == {hearts.pk: {profile.pk: 6}}
        assert verify_ledger(now=LATER).problems == []


def test_no_further_collection_that_is_about_to_hold_keeps_a_new_membership_out(tmp_path):
    with shared_database(tmp_path):
        of = world()
        petra = enrol(of, person("petra"))
        hearts = dataset("hearts", of.programme.organisation)
        began, done = threading.Event(), threading.Event()

        def add():
            began.set()
            try:
                return memberships.add(participant=petra, dataset=hearts, by=TESTS, now=NOW)
            finally:
                done.set()

        def stop():
            with transaction.atomic():
                ledger.withdraw(participant=petra, axis="no_collection", by=petra.account, capacity="self", now=NOW)
                adding = threading.Thread(target=lambda: added.extend(together(add)))
                adding.start()
                assert began.wait(10)
                waited.append(not done.wait(0.5))
            adding.join(30)

        added: list[object] = []
        waited: list[bool] = []
        [stopped] = together(stop)

        assert (stopped, waited) == (None, [True])
        [refused] = added
        assert isinstance(refused, Conflict)
        assert not Member.objects.filter(profile__isnull=False).exists()
        assert verify_ledger(now=LATER).problems == []
