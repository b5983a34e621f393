"""What the database's owner changes in the sealed record, `verify` finds; what is made anew as a whole, a witness finds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.models import AuditEvent, Checkpoint, Leaf, RecordSealer, SigningKey, Subtree
from governance.record import proofs, sealer, verify
from governance.services import keys
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.governance.record.sealing import NOW, by_the_owner, happened, put, run, sealed

pytestmark = pytest.mark.django_db
LAST = NOW + timedelta(days=6)


@pytest.fixture(autouse=True)
def _record() -> None:
    """Three checkpoints over some three hundred events."""
    standing_keys()
    assert sealed(5, 300, 5) == LAST


def found(witnessed: list[str] | None = None, now: datetime = LAST) -> list[str]:
    return [f"{one.about} {one.says}" for one in verify.findings(now=now, witnessed=witnessed or [])]


def event(number: int) -> AuditEvent:
    return AuditEvent.objects.order_by("id")[number]


def test_a_record_that_nobody_touched_stands_with_every_checkpoint_that_was_kept() -> None:
    assert found([point.note for point in Checkpoint.objects.all()]) == []


EVENTS: dict[str, Callable[[AuditEvent], object]] = {
    "when": lambda one: put(one, "at", one.at + timedelta(microseconds=1)),
    "who": lambda one: put(one, "actor", "system:clock"),
    "what": lambda one: put(one, "kind", "key.retired"),
    "about what": lambda one: put(one, "subject_id", "key-0"),
    "which kind of thing": lambda one: put(one, "subject_kind", "keys"),
    "a word of it": lambda one: put(one, "detail", {**one.detail, "use": "token"}),
    "a word more": lambda one: put(one, "detail", {**one.detail, "more": None}),
    "its uuid": lambda one: put(one, "uuid", "0" * 32),
}


@pytest.mark.parametrize("spoil", EVENTS.values(), ids=EVENTS)
def test_a_changed_event_is_found_and_named(spoil: Callable[[AuditEvent], object]) -> None:
    one = event(100)
    with by_the_owner():
        assert spoil(one) == 1

    assert found() == [f"event {one.pk} is not as it was sealed"]


def test_an_event_gone_is_found() -> None:
    with by_the_owner():
        run("DELETE FROM governance_auditevent WHERE id = %s", gone := event(7).pk)

    assert found() == [f"event {gone} has a place in the log and is not there"]


def test_two_events_that_changed_places_are_found() -> None:
    one, other = event(50), event(60)
    with by_the_owner():
        run("UPDATE governance_auditevent SET id = -1 WHERE id = %s", one.pk)
        run("UPDATE governance_auditevent SET id = %s WHERE id = %s", one.pk, other.pk)
        run("UPDATE governance_auditevent SET id = %s WHERE id = -1", other.pk)

    assert found() == [f"event {pk} is not as it was sealed" for pk in (one.pk, other.pk)]


def test_a_changed_event_whose_leaf_was_made_anew_differs_from_what_was_signed() -> None:
    one = event(100)
    with by_the_owner():
        put(one, "actor", "system:clock")
        row = AuditEvent.objects.filter(pk=one.pk).values().get()
        put(Leaf.objects.get(event=one), "hash", verify._hash(1, row))

    assert found() == [
        "subtree 0 of level 8 is not that of its leaves",
        f"checkpoint 2 names a root that the log of {Checkpoint.objects.get(number=2).size} leaves does not have",
    ]


def test_an_event_with_a_past_day_that_was_put_in_is_told_before_and_after_it_is_sealed() -> None:
    [late] = happened(1, at=NOW + timedelta(days=1))
    assert found() == [
        f"event {late.pk} has no place in the log after a minute (1 have none): does the worker run?",
    ]

    sealer.seal(now=LAST)

    assert found() == [f"event {late.pk} was put in after {LAST:%Y-%m-%d}, and tells of a day before"]


def test_an_event_of_the_last_minute_need_not_be_sealed() -> None:
    happened(1, at=LAST)

    assert found(now=LAST + timedelta(seconds=59)) == []
    assert len(found(now=LAST + timedelta(seconds=61))) == 1


LOG: dict[str, tuple[Callable[[], object], str]] = {
    "a leaf gone": (lambda: run('DELETE FROM governance_leaf WHERE "index" = 3'), "leaf 4 stands where leaf 3 should"),
    "the last leaf gone": (
        lambda: run('DELETE FROM governance_leaf WHERE "index" = (SELECT MAX("index") FROM governance_leaf)'),
        "the log has",
    ),
    "a leaf of another event": (
        lambda: put(Leaf.objects.get(index=3), "event", 999_999),
        "event 999999 has a place in the log and is not there",
    ),
    "another encoding": (lambda: put(Leaf.objects.get(index=3), "version", 2), "is not as it was sealed"),
    "a subtree": (lambda: put(Subtree.objects.get(), "hash", bytes(32)), "is not that of its leaves"),
    "a subtree gone": (lambda: run("DELETE FROM governance_subtree"), "is not that of its leaves"),
    "a subtree more": (lambda: Subtree.objects.create(place=(16 << 48), hash=bytes(32)), "is not that of its leaves"),
    "a root": (lambda: put(Checkpoint.objects.get(number=2), "root", bytes(32)), "is not what its key signed"),
    "a size": (lambda: put(Checkpoint.objects.get(number=1), "size", 1), "is not what its key signed"),
    "a moment": (lambda: put(Checkpoint.objects.get(number=1), "at", NOW - timedelta(seconds=1)), "is not what its key"),
    "whose key": (lambda: put(Checkpoint.objects.get(number=1), "kid", "another"), "is not what its key signed"),
    "a line more": (
        lambda: put(point := Checkpoint.objects.get(number=1), "note", f"{point.note}— a.example AAAAAAAA\n"),
        "is not what its key signed",
    ),
    "a checkpoint gone": (
        lambda: run("DELETE FROM governance_checkpoint WHERE number = 2"),
        "checkpoint 3 does not follow that of",
    ),
    "the newest checkpoint gone": (lambda: run("DELETE FROM governance_checkpoint WHERE number = 3"), "the log has"),
    "the log gone": (
        lambda: [run(f"DELETE FROM governance_{table}") for table in ("leaf", "subtree", "checkpoint", "recordsealer")],
        "has no place in the log after a minute",
    ),
    "the sealer's row": (lambda: put(RecordSealer.objects.get(), "size", 4), "the log has"),
    "another key": (
        lambda: put(
            SigningKey.objects.get(use="log", state="active"), "public_jwk",
            SigningKey.objects.get(use="log", state="next").public_jwk,
        ),
        "has a public half that is not of its private one",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), LOG.values(), ids=LOG)
def test_what_was_changed_in_the_log_itself_is_found(spoil: Callable[[], object], says: str) -> None:
    with by_the_owner():
        spoil()

    assert [one for one in found() if says in one]


def made_anew(*pieces: int) -> None:
    """Everything sealed again by the platform itself, over other events."""
    with by_the_owner():
        for table in ("leaf", "subtree", "checkpoint", "recordsealer"):
            run(f"DELETE FROM governance_{table}")
        put(event(3), "actor", "system:clock")
    sealer.seal(now=LAST)
    if pieces:
        sealed(*pieces, since=LAST)


def test_a_log_that_was_made_anew_only_a_witness_tells() -> None:
    kept = proofs.newest()
    made_anew()
    assert found() == []

    assert found([kept.note]) == [
        f"the witnessed checkpoint of {kept.size} leaves has another root than the log: the log was rewritten"
    ]


def test_a_log_put_back_behind_a_witnessed_checkpoint_is_found() -> None:
    kept = proofs.newest()
    before = Checkpoint.objects.get(number=2)
    with by_the_owner():
        run(
            'DELETE FROM governance_auditevent WHERE id IN (SELECT event_id FROM governance_leaf WHERE "index" >= %s)',
            before.size,
        )
        run('DELETE FROM governance_leaf WHERE "index" >= %s', before.size)
        run("DELETE FROM governance_checkpoint WHERE number = 3")
        last = Leaf.objects.get(index=before.size - 1)
        run("UPDATE governance_recordsealer SET size = %s, signed = 2, seen = %s", before.size, last.event_id)
    assert found() == []

    ahead = f"the witnessed checkpoint of {kept.size} leaves is ahead of the log, which has {before.size}: the log was put back"
    assert found([kept.note]) == [ahead]
    sealed(50, since=LAST)
    assert found([kept.note], now=LAST) == [
        f"the witnessed checkpoint of {kept.size} leaves has another root than the log: the log was rewritten"
    ]


def test_a_witnessed_checkpoint_by_a_key_that_is_gone_is_told() -> None:
    kept = proofs.newest().note
    SigningKey.objects.filter(use="log").delete()
    keys.ensure(by=TESTS, now=LAST)

    assert "a witnessed checkpoint is none of this log: no key that was given signed this checkpoint" in found([kept])


def test_the_command_takes_what_a_witness_kept(tmp_path: Path) -> None:
    file, out = tmp_path / "kept.txt", StringIO()
    file.write_text("\n".join(point.note for point in Checkpoint.objects.all()))
    made_anew()

    with pytest.raises(SystemExit):
        call_command("verify", "--witness", str(file), stdout=out)
    with pytest.raises(CommandError, match=r"nowhere\.txt cannot be read"):
        call_command("verify", "--witness", str(tmp_path / "nowhere.txt"))

    assert out.getvalue().count("the log was rewritten") == 3
