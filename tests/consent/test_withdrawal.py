"""Withdrawing on three axes, and joining again: nothing else undoes it."""

from datetime import timedelta

import pytest

from consent.domain.events import Axis
from consent.models import ConsentEvent, ConsentState
from consent.services import ledger, memberships
from governance.domain.errors import Conflict
from governance.models import AuditEvent
from tests.acting import TESTS
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    answer,
    dataset,
    enrol,
    person,
    use_of,
    world,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_withdrawing_use_excludes_everywhere_at_once_and_no_answer_undoes_it():
    of = world()
    petra = enrol(of, person("petra"))
    memberships.add(participant=petra, dataset=dataset("hearts", of.programme.organisation), by=TESTS, now=NOW)
    answer(petra, of, EVERYTHING)

    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW + MINUTE)
    withdrawn = use_of(petra)
    answer(petra, of, EVERYTHING, NOW + 2 * MINUTE)
    ledger.affirm(participant=petra, form_version=of.version, by=petra.account, now=NOW + 3 * MINUTE)

    assert (withdrawn, use_of(petra)) == (None, None)
    profile = ConsentState.objects.get(participant=petra).profile
    assert (profile.data_use, profile.outlets) == (None, [])
    assert AuditEvent.objects.get(kind="consent.withdrawn").detail["axes"] == ["no_use"]


def test_joining_again_begins_anew_and_an_older_consent_does_not_revive():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)
    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW + MINUTE)

    ledger.rejoin(
        participant=petra,
        answers={"take_part": "yes", "research_scope": "health", "repository": "yes"},
        form_version=of.version,
        by=petra.account,
        capacity="self",
        now=NOW + 2 * MINUTE,
    )

    state = ConsentState.objects.select_related("profile").get(participant=petra)
    assert state.profile.data_use["permission"] == "DUO:0000006"
    assert state.profile.outlets == ["controlled_repository"]
    assert state.closed_axes == frozenset()
    kinds = list(ConsentEvent.objects.filter(participant=petra).values_list("kind", flat=True))
    assert kinds == ["affirmed", "withdrawn", "re_joined"]


def test_withdrawing_the_newest_consent_does_not_bring_back_an_older_one():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH)
    answer(petra, of, EVERYTHING, NOW + MINUTE)

    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW + 2 * MINUTE)

    assert use_of(petra) is None
    assert ConsentEvent.objects.filter(participant=petra).count() == 3


def test_the_three_axes_are_independent():
    of = world()
    petra = enrol(of, person("petra"))
    memberships.add(participant=petra, dataset=dataset("hearts", of.programme.organisation), by=TESTS, now=NOW)
    answer(petra, of, HEALTH)

    ledger.withdraw(participant=petra, axis="no_collection", by=petra.account, capacity="self", now=NOW + MINUTE)

    assert use_of(petra) == "DUO:0000006"
    with pytest.raises(Conflict, match="no further collection"):
        memberships.add(
            participant=petra,
            dataset=dataset("lungs", of.programme.organisation),
            by=TESTS,
            now=NOW + 2 * MINUTE,
        )
    ledger.rejoin(
        participant=petra,
        answers={},
        form_version=of.version,
        by=petra.account,
        capacity="self",
        now=NOW + 3 * MINUTE,
        axes=(Axis.NO_COLLECTION,),
    )
    assert ConsentState.objects.get(participant=petra).closed_axes == frozenset()
    assert use_of(petra) == "DUO:0000006"


def test_a_clock_that_was_set_back_keeps_the_chain_in_order():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, HEALTH, NOW)

    row = ledger.withdraw(
        participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW - timedelta(minutes=10)
    )

    assert (row.sequence, row.recorded_at) == (2, NOW)
    assert use_of(petra) is None
