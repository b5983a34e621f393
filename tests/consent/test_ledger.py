"""What the ledger's services write, and what they refuse to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.models import CohortChange, ConsentState, Member
from consent.services import memberships
from governance.models import AuditEvent, OutboxMessage
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    answer,
    dataset,
    enrol,
    person,
    world,
)

pytestmark = pytest.mark.django_db


def permission_of(participant):
    data_use = Member.objects.filter(participant=participant).first().profile.data_use
    return data_use and data_use["permission"]


def test_signed_answers_open_what_they_say_and_one_change_is_written_for_each_dataset():
    of = world()
    petra = enrol(of, person("petra"))
    sets = [dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs")]
    for one in sets:
        memberships.add(participant=petra, dataset=one, by="tests", now=NOW)

    row = answer(petra, of, HEALTH, NOW + timedelta(minutes=1))

    state = ConsentState.objects.get(participant=petra)
    assert state.profile.data_use == {
        "permission": "DUO:0000006",
        "diseases": [],
        "modifiers": ["DUO:0000046"],
        "local": [],
    }
    assert state.profile.outlets == ["controlled_repository", "open_aggregate"]
    assert (state.events, state.last_hash) == (1, row.hash)
    assert set(Member.objects.values_list("profile_id", flat=True)) == {state.profile_id}
    changes = CohortChange.objects.filter(before__isnull=False).order_by("dataset_id")
    assert [(c.dataset_id, c.before.data_use, c.after_id) for c in changes] == [
        (one.pk, None, state.profile_id) for one in sets
    ]
    announced = AuditEvent.objects.filter(kind="cohort.changed", at=NOW + timedelta(minutes=1)).order_by("id")
    assert [event.detail for event in announced] == [{"dataset": one.pk, "changes": 1} for one in sets]
    assert OutboxMessage.objects.filter(kind="cohort.changed").count() == 4


def test_history_does_not_make_a_change_dearer():
    of = world()
    petra = enrol(of, person("petra"))
    memberships.add(
        participant=petra, dataset=dataset("hearts", of.programme.organisation), by="tests", now=NOW
    )
    counts = []

    for number, use in enumerate(["health", "any"] * 4):
        with CaptureQueriesContext(connection) as queries:
            answer(petra, of, EVERYTHING | {"research_scope": use}, NOW + timedelta(minutes=number))
        counts.append(len(queries))

    assert counts[2:] == [counts[2]] * 6
    assert counts[2] <= 25
