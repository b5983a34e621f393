"""The ledger's bulk door: what it leaves is what the single door leaves, line by line; what it refuses stops nobody else."""

import random
import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import vault
from consent.models import CohortChange, ConsentEvent, ConsentState, FormVersion, Member, Participant, ProfileCountDelta
from consent.services import batches, deciders, erasure, ledger, memberships
from consent.services.batches import SaidLine
from consent.services.recording import Saying
from consent.services.verify import verify_ledger
from governance.domain.errors import DuologueError, NotAllowed
from governance.models import AuditEvent
from tests.acting import TESTS
from tests.consent.builders import (
    EVERYTHING,
    HEALTH,
    NOW,
    World,
    adult_content,
    answer,
    dataset,
    enrol,
    person,
    publish,
    world,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SCAN = "ab" * 32
DESIGNATE = {"value": "named", "fields": {"name": "Nina", "contact": "nina@example.org"}}
ANSWERS: dict[str, list[Any]] = {
    "take_part": ["yes", "no", None],
    "research_scope": ["any", "health", "my_condition", "this_study", None],
    "commercial_use": ["yes", "no", "not_sure"],
    "repository": ["yes", "no"],
    "results_designate": ["nobody", DESIGNATE],
    "recontact": [["studies"], ["none"], ["studies", "none"]],
    "unheard_of": ["yes"],
}


def crowd(of: World, count: int) -> list[Participant]:
    """Participants with different histories: nothing, their own answers, somebody else's, a withdrawal, an erased identity."""
    people = []
    places = [dataset(slug, of.programme.organisation) for slug in ("hearts", "lungs")]
    for number in range(count):
        one = enrol(of, person(f"p{number}"), name=f"P{number}")
        people.append(one)
        for place in places[: number % 3]:
            memberships.add(participant=one, dataset=place, by=TESTS, now=NOW)
        kind = number % 5
        if kind in (1, 2):
            answer(one, of, EVERYTHING if kind == 1 else HEALTH, NOW + HOUR)
        if kind == 3:
            ledger.record_answers(
                participant=one, answers=EVERYTHING, form_version=of.version, by=of.rosa, capacity="coordinator",
                source="paper", now=NOW + HOUR, evidence_sha256=SCAN,
            )  # fmt: skip
        if kind == 4:
            answer(one, of, EVERYTHING, NOW + HOUR)
            ledger.withdraw(participant=one, axis="no_use", by=of.rosa, capacity="coordinator", now=NOW + 2 * HOUR)
    if count > 6:
        erasure.erase_identity(participant=people[6], by=of.rosa, now=NOW + 2 * HOUR)
    return people


def left(people: list[Participant]) -> dict[str, Any]:
    """Everything that stands afterwards, but for keys that the database counts and the batch."""
    events = ConsentEvent.objects.filter(participant__in=people).order_by("participant_id", "sequence")
    own = [field.attname for field in ConsentEvent._meta.concrete_fields if field.name not in ("id", "batch")]
    states = ConsentState.objects.filter(participant__in=people).select_related("profile").order_by("participant_id")
    return {
        "events": list(events.values(*own)),
        "states": [
            (s.participant_id, s.effective, s.events, s.last_hash, s.changed_at, s.carried, s.carried_sha256)
            for s in states
        ],
        "profiles": [(s.profile.key, s.profile.data_use, s.profile.outlets) for s in states],
        "members": list(
            Member.objects.filter(participant__in=people).order_by("pk").values_list("pk", "dataset", "profile__key")
        ),
        "changes": list(
            CohortChange.objects.order_by("pk").values_list("dataset", "member", "before__key", "after__key", "at")
        ),
        "counts": list(ProfileCountDelta.objects.order_by("pk").values_list("dataset", "profile__key", "step")),
        "words": [
            {digest: (w.item, dict(w.fields)) for digest, w in known.words.items()}
            for one in people
            if (known := vault.known(one)) is not None
        ],
    }


def one_at_a_time(lines: list[SaidLine], people: list[Participant], **said: Any) -> list[str]:
    """What the single door says of each line."""
    told = []
    by_id = {one.pk: one for one in people}
    for line in lines:
        saying = line.saying
        try:
            ledger.record_answers(
                participant=by_id[line.participant_id], answers=saying.answers, form_version=saying.form_version,
                holds_from=saying.holds_from, evidence_sha256=saying.evidence_sha256, narrowing=saying.narrowing, **said,
            )  # fmt: skip
            told.append("")
        except DuologueError as refused:
            told.append(refused.message)
    return told


def alike(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any], people: list[Participant]
) -> tuple[Any, dict[str, Any]]:
    """What an act says and leaves, undone again. Ids and salts come from one seeded source, in the order of use."""
    source = random.Random(1)
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=source.getrandbits(128), version=4))
    monkeypatch.setattr(secrets, "token_bytes", lambda count: source.randbytes(count))
    undone = transaction.savepoint()
    try:
        return act(), left(people)
    finally:
        transaction.savepoint_rollback(undone)
        monkeypatch.undo()


@st.composite
def sayings(draw: st.DrawFn, versions: list[FormVersion], count: int) -> list[tuple[int, Saying]]:
    """Lines on people by number, some of them twice, some with a day, evidence, or an older or draft version."""
    found = []
    for number in draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count)):
        answers = {
            item: draw(st.sampled_from(values)) for item, values in ANSWERS.items() if draw(st.integers(0, 3)) == 0
        }
        whole = draw(st.sampled_from([{}, EVERYTHING, HEALTH]))
        found.append(
            (
                number,
                Saying(
                    answers={**whole, **answers},
                    form_version=draw(st.sampled_from(versions)),
                    holds_from=draw(st.sampled_from([None, None, NOW + 90 * timedelta(minutes=1), NOW - 9000 * HOUR])),
                    evidence_sha256=draw(st.sampled_from(["", SCAN, "no hash"])),
                    narrowing=draw(st.booleans()),
                ),
            )
        )
    return found


@pytest.mark.parametrize("capacity", ["coordinator", "import", "guardian"])
def test_what_the_bulk_door_leaves_is_what_the_single_door_leaves_one_at_a_time(monkeypatch, capacity):
    of = world()
    people = crowd(of, 8)
    versions = [of.version, publish(of.programme, adult_content("2"), of.rosa, of.sam, NOW + 3 * HOUR)]
    of.version.refresh_from_db()
    actor = of.rosa
    if capacity == "guardian":
        actor = person("gail")
        for one in people[:5]:
            deciders.give(participant=one, account=actor, capacity=capacity, role="aunt", by=of.rosa, now=NOW)
    said = {"by": actor, "capacity": capacity, "source": "paper", "now": NOW + 5 * HOUR}
    outcomes = set()

    @settings(max_examples=25)
    @given(sayings(versions, len(people)))
    def same(chosen: list[tuple[int, Saying]]) -> None:
        lines = [SaidLine(place, people[number].pk, saying) for place, (number, saying) in enumerate(chosen)]
        singly = alike(monkeypatch, lambda: one_at_a_time(lines, people, **said), people)
        together = alike(
            monkeypatch,
            lambda: [one.says for one in batches.record_many(programme=of.programme, lines=lines, **said)],
            people,
        )

        assert together == singly
        outcomes.update(bool(says) for says in singly[0])

    same()
    assert outcomes == {True, False}


def test_what_was_recorded_together_is_whole_for_verify_and_told_once():
    of = world()
    people = crowd(of, 4)
    lines = [
        SaidLine(number, one.pk, Saying(answers=HEALTH, form_version=of.version)) for number, one in enumerate(people)
    ]
    lines.append(SaidLine(9, people[0].pk, Saying(answers={"audio": "no"}, form_version=of.version)))
    before = AuditEvent.objects.count()

    done = batches.record_many(
        programme=of.programme, lines=lines, by=of.rosa, capacity="coordinator", source="paper", now=NOW + 5 * HOUR
    )

    told = AuditEvent.objects.order_by("pk")[before:]
    batched = [one for one in told if one.kind == "consents.recorded"]
    assert [one.event.sequence for one in done if one.event] == [1, 2, 2, 2, 2]
    assert [one.detail["events"] for one in batched] == [4, 1]
    assert {one.kind for one in told} <= {"consents.recorded", "cohort.changed"}
    assert verify_ledger(now=NOW + 6 * HOUR).problems == []


def test_a_line_that_is_refused_stops_no_other_and_says_why():
    of, other = world(), world("costa")
    people = crowd(of, 2)
    elsewhere = enrol(other)
    chosen = [
        (people[0].pk, {"take_part": "no"}, of.version),
        ("0" * 32, {"take_part": "no"}, of.version),
        (elsewhere.pk, {"take_part": "no"}, of.version),
        (people[1].pk, {"take_part": "perhaps"}, of.version),
        (people[1].pk, {"take_part": "no"}, other.version),
        (people[1].pk, {"take_part": "no"}, of.version),
    ]
    lines = [
        SaidLine(number, one, Saying(answers=answers, form_version=version))
        for number, (one, answers, version) in enumerate(chosen, start=2)
    ]

    done = batches.record_many(
        programme=of.programme, lines=lines, by=of.rosa, capacity="import", source="file", now=NOW + 5 * HOUR
    )

    assert [(one.number, one.event is not None) for one in done] == [
        (2, True), (3, False), (4, False), (5, False), (6, False), (7, True),
    ]  # fmt: skip
    assert [bool(one.says) for one in done] == [False, True, True, True, True, False]
    assert not ConsentEvent.objects.filter(participant=elsewhere).exists()
    assert verify_ledger(now=NOW + 6 * HOUR).problems == []


def test_only_a_coordinator_records_for_others_and_nobody_as_a_guardian_whom_nobody_gave():
    of = world()
    [petra] = crowd(of, 1)
    lines = [SaidLine(1, petra.pk, Saying(answers=HEALTH, form_version=of.version))]
    said = {"programme": of.programme, "lines": lines, "by": person("stranger"), "source": "paper", "now": NOW + HOUR}

    with pytest.raises(NotAllowed):
        batches.record_many(capacity="coordinator", **said)
    [guardian], [own] = (batches.record_many(capacity=one, **said) for one in ("guardian", "self"))

    assert (guardian.event, own.event) == (None, None)
    assert "not recorded as guardian" in guardian.says
    assert own.says == "there is no such participant"


def test_a_chunk_takes_as_many_statements_for_fifteen_as_for_five():
    of = world()
    people = crowd(of, 35)

    def statements(some: list[Participant], hour: int) -> int:
        lines = [
            SaidLine(number, one.pk, Saying(answers=HEALTH, form_version=of.version)) for number, one in enumerate(some)
        ]
        with CaptureQueriesContext(connection) as captured:
            batches.record_many(
                programme=of.programme, lines=lines, by=TESTS, capacity="import", source="file", now=NOW + hour * HOUR
            )
        return len(captured)

    statements(people[30:], 10)
    assert statements(people[:5], 11) == statements(people[15:30], 12)


def test_what_breaks_half_way_leaves_the_chunks_before_and_says_where(monkeypatch):
    of = world()
    people = [enrol(of) for _ in range(5)]
    lines = [
        SaidLine(number, one.pk, Saying(answers=HEALTH, form_version=of.version)) for number, one in enumerate(people)
    ]
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    lines[3] = SaidLine(3, people[3].pk, Saying(answers=HEALTH, form_version=None))

    with pytest.raises(batches.RecordingStopped) as stopped:
        batches.record_many(
            programme=of.programme, lines=lines, by=TESTS, capacity="import", source="file", now=NOW + HOUR
        )

    assert (stopped.value.number, [one.number for one in stopped.value.results]) == (2, [0, 1])
    assert {row.participant_id for row in ConsentEvent.objects.all()} == {people[0].pk, people[1].pk}
    assert verify_ledger(now=NOW + 2 * HOUR).problems == []
