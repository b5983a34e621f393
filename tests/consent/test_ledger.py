"""What the ledger's services write, what they refuse, and what they never undo."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent import vault
from consent.models import CohortChange, ConsentEvent, ConsentProfile, ConsentState, Member
from consent.selectors.ledger import effective_at
from consent.services import ledger, memberships
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.models import AuditEvent, OutboxMessage
from tests.acting import TESTS
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    adult_content,
    answer,
    dataset,
    enrol,
    person,
    publish,
    use_of,
    world,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_signed_answers_open_what_they_say_and_one_change_is_written_for_each_dataset():
    of = world()
    petra = enrol(of, person("petra"))
    sets = [dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs")]
    for one in sets:
        memberships.add(participant=petra, dataset=one, by=TESTS, now=NOW)

    row = answer(petra, of, HEALTH, NOW + MINUTE)

    state = ConsentState.objects.select_related("profile").get(participant=petra)
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
    announced = AuditEvent.objects.filter(kind="cohort.changed", at=NOW + MINUTE).order_by("id")
    assert [event.detail for event in announced] == [{"dataset": one.pk, "changes": 1} for one in sets]
    assert OutboxMessage.objects.filter(kind="cohort.changed").count() == 4


def test_a_change_of_preferences_alone_moves_no_cohort():
    of = world()
    petra = enrol(of, person("petra"))
    memberships.add(participant=petra, dataset=dataset("hearts", of.programme.organisation), by=TESTS, now=NOW)
    answer(petra, of, HEALTH, NOW + MINUTE)

    answer(petra, of, {"recontact": ["none"]}, NOW + 2 * MINUTE)

    assert CohortChange.objects.count() == 2
    assert not AuditEvent.objects.filter(kind="cohort.changed", at=NOW + 2 * MINUTE).exists()
    assert AuditEvent.objects.filter(kind="consent.recorded").count() == 2


def test_history_does_not_make_a_change_dearer():
    of = world()
    petra = enrol(of, person("petra"))
    memberships.add(participant=petra, dataset=dataset("hearts", of.programme.organisation), by=TESTS, now=NOW)
    counts = []

    for number, use in enumerate(["health", "any"] * 4):
        with CaptureQueriesContext(connection) as queries:
            answer(petra, of, EVERYTHING | {"research_scope": use}, NOW + number * MINUTE)
        counts.append(len(queries))

    assert counts[2:] == [counts[2]] * 6
    assert counts[2] <= 20


def test_people_with_the_same_answers_share_one_profile():
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of, person("tomas"))

    answer(petra, of, HEALTH)
    answer(tomas, of, HEALTH | {"audio": "yes", "recontact": ["none"]})

    shared = ConsentProfile.objects.exclude(data_use__isnull=True)
    assert shared.count() == 1
    assert set(ConsentState.objects.values_list("profile_id", flat=True)) == {shared.get().pk}


def test_not_sure_and_blank_open_nothing():
    of = world()
    petra = enrol(of, person("petra"))

    answer(petra, of, {"take_part": "yes", "research_scope": "not_sure", "repository": None})

    assert use_of(petra) is None


def test_answers_are_never_overwritten_and_every_earlier_day_can_be_read():
    of = world()
    petra = enrol(of, person("petra"))
    first, second, later = NOW, NOW + timedelta(days=10), NOW + timedelta(days=20)
    answer(petra, of, EVERYTHING, first)
    answer(petra, of, {"research_scope": "health"}, second)

    then = effective_at(petra, on=first + MINUTE, known=later)
    now = effective_at(petra, on=later, known=later)
    before = effective_at(petra, on=first - MINUTE, known=later)

    assert [one.profile.data_use and one.profile.data_use.permission for one in (before, then, now)] == [
        None,
        "DUO:0000042",
        "DUO:0000006",
    ]
    assert [row.kind for row in ConsentEvent.objects.filter(participant=petra)] == ["affirmed", "affirmed"]


def test_paper_that_arrives_late_is_told_apart_from_what_was_known_then():
    of = world(now=NOW - timedelta(days=60))
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING, NOW - timedelta(days=30))
    signed = NOW - timedelta(days=20)

    ledger.record_answers(
        participant=petra,
        answers={"research_scope": "this_study"},
        form_version=of.version,
        by=of.rosa,
        capacity="coordinator",
        source="paper",
        evidence_sha256="ab" * 32,
        holds_from=signed,
        now=NOW,
    )

    known_then = effective_at(petra, on=signed + MINUTE, known=signed + MINUTE)
    known_now = effective_at(petra, on=signed + MINUTE, known=NOW)
    assert known_then.profile.data_use.permission == "DUO:0000042"
    assert known_now.profile.excluded
    assert use_of(petra) is None


def test_what_a_coordinator_records_opens_nothing_until_the_participant_affirms_it():
    of = world()
    petra = enrol(of, person("petra"))
    row = ledger.record_answers(
        participant=petra,
        answers=HEALTH,
        form_version=of.version,
        by=of.rosa,
        capacity="coordinator",
        source="paper",
        now=NOW,
    )
    recorded = use_of(petra)

    ledger.affirm(
        participant=petra,
        form_version=of.version,
        by=petra.account,
        now=NOW + MINUTE,
        targets=(str(row.uuid),),
    )

    assert (recorded, use_of(petra)) == (None, "DUO:0000006")


def test_a_second_person_verifies_against_the_evidence_and_the_first_cannot():
    of = world()
    petra = enrol(of)
    row = ledger.record_answers(
        participant=petra,
        answers=HEALTH,
        form_version=of.version,
        by=of.rosa,
        capacity="clinician",
        source="clinic",
        now=NOW,
    )
    verify = {"participant": petra, "targets": (str(row.uuid),), "evidence_sha256": "cd" * 32, "now": NOW}

    with pytest.raises(NotAllowed, match="second person"):
        ledger.verify_record(by=of.rosa, **verify)
    after_first = use_of(petra)
    ledger.verify_record(by=of.sam, **verify)

    assert (after_first, use_of(petra)) == (None, "DUO:0000006")


def test_a_no_that_a_coordinator_records_holds_at_once():
    of = world()
    petra = enrol(of, person("petra"))
    answer(petra, of, EVERYTHING)

    ledger.record_answers(
        participant=petra,
        answers={"research_scope": "this_study"},
        form_version=of.version,
        by=of.rosa,
        capacity="coordinator",
        source="clinic",
        now=NOW + MINUTE,
    )

    assert use_of(petra) is None


def test_nobody_signs_for_someone_else():
    of = world()
    petra = enrol(of, person("petra"))
    stranger = person("stranger")
    sign = {"participant": petra, "capacity": "self", "now": NOW}

    with pytest.raises(NotThere):
        ledger.record_answers(answers=HEALTH, form_version=of.version, source="portal", by=stranger, **sign)
    with pytest.raises(NotThere):
        ledger.withdraw(axis="no_use", by=of.rosa, **sign)
    with pytest.raises(NotAllowed, match="not recorded as guardian"):
        ledger.withdraw(participant=petra, axis="no_use", by=stranger, capacity="guardian", now=NOW)

    assert not ConsentEvent.objects.exists()


def test_a_form_of_another_programme_or_one_out_of_force_is_not_signed():
    of, other = world(), world("costa")
    petra = enrol(of, person("petra"))
    with pytest.raises(NotThere, match="no such form"):
        answer(petra, other, HEALTH)

    publish(of.programme, adult_content("2"), of.rosa, of.sam, NOW + MINUTE)

    of.version.refresh_from_db()
    with pytest.raises(Conflict, match="no longer in force"):
        answer(petra, of, HEALTH, NOW + 2 * MINUTE)
    assert not ConsentEvent.objects.exists()


def test_what_was_typed_beside_an_answer_is_in_the_vault_and_its_commitment_in_the_ledger():
    of = world()
    petra = enrol(of, person("petra"))
    fields = {"name": "Marko Canary", "relation": "brother", "contact": "marko@canary.example"}

    row = answer(petra, of, {"take_part": "yes", "results_designate": {"value": "named", "fields": fields}})

    [(item, digest)] = row.content["commitments"]
    assert item == "results_designate"
    assert vault.read(petra).words[digest].fields == fields
    everywhere = [str(row.content), *map(str, AuditEvent.objects.values_list("detail", flat=True))]
    everywhere += map(str, ConsentState.objects.values_list("effective", flat=True))
    assert not any("anary" in text for text in everywhere)


def test_a_named_person_needs_a_name():
    of = world()
    petra = enrol(of, person("petra"))

    with pytest.raises(Invalid) as refused:
        answer(petra, of, {"results_designate": {"value": "named", "fields": {"relation": "brother"}}})

    assert list(refused.value.fields) == ["results_designate.fields.name"]


def test_a_moment_is_hashed_alike_whatever_its_time_zone():
    of = world()
    petra, tomas = enrol(of, person("petra")), enrol(of, person("tomas"))
    elsewhere = datetime(2026, 11, 18, 9, 12, tzinfo=UTC) - timedelta(hours=2)

    one, other = answer(petra, of, HEALTH, NOW), answer(tomas, of, HEALTH, elsewhere)

    assert one.recorded_at == other.recorded_at == NOW
    assert one.recorded_at.tzinfo is UTC
