"""Sealing: each committed event has one place, late ones too; what is signed continues what was signed, or nothing is."""

from datetime import timedelta

import pytest
from django.db import connection

from governance.models import AuditEvent, Checkpoint, Leaf, RecordSealer, SigningKey, Subtree
from governance.record import merkle, proofs, sealer
from governance.record.leaves import COLUMNS, content, encoded
from governance.record.notes import open_note
from governance.record.tree import Broken, Tree, place_of
from governance.services import keys
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.governance.record.sealing import NOW, by_the_owner, happened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys() -> None:
    standing_keys()


def places() -> list[tuple[int, int]]:
    return list(Leaf.objects.order_by("index").values_list("index", "event_id"))


def hashed() -> list[bytes]:
    """The hash of every event, made from its stored row alone."""
    rows = {row["id"]: row for row in AuditEvent.objects.values(*COLUMNS)}
    return [merkle.leaf_hash(encoded(content(1, rows[pk]))) for _index, pk in places()]


def test_each_event_has_one_place_and_the_root_over_them_is_signed() -> None:
    first = AuditEvent.objects.count()
    happened(3)

    sealed = sealer.seal(now=NOW)

    point = proofs.newest()
    [(row, *both)] = proofs.public_keys()
    opened = open_note(point.note, both)
    assert sealed == first + 3 == point.size
    assert [index for index, _pk in places()] == list(range(sealed))
    assert opened.checkpoint.root == bytes(point.root) == merkle.root_of(hashed())
    assert (opened.checkpoint.origin, opened.at) == (
        "127.0.0.1:8000/record",
        {"127.0.0.1:8000/record": NOW.timestamp()},
    )
    assert (row.alg, point.kid) == ("EdDSA", row.kid)


def test_what_is_sealed_already_stays_where_it_is() -> None:
    happened(2)
    sealer.seal(now=NOW)
    before = places()

    assert sealer.seal(now=NOW) == 0
    happened(1)
    assert sealer.seal(now=NOW + timedelta(seconds=5)) == 1

    assert places()[: len(before)] == before
    assert list(Checkpoint.objects.order_by("number").values_list("number", "size")) == [
        (1, len(before)),
        (2, len(before) + 1),
    ]


def test_many_pieces_give_the_same_tree_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    happened(700)
    monkeypatch.setattr(sealer, "AT_ONCE", 150)

    size = sealer.seal(now=NOW)

    leaves = hashed()
    assert size == len(leaves) > 512
    assert [bytes(point.root) for point in Checkpoint.objects.order_by("number")] == [
        merkle.root_of(leaves[:stop]) for stop in [*range(150, size, 150), size]
    ]
    assert {row.place: bytes(row.hash) for row in Subtree.objects.all()} == {
        place_of(8, index): merkle.root_of(leaves[index * 256 : index * 256 + 256]) for index in range(size // 256)
    }
    for index in (0, 255, 256, size - 1):
        proof = proofs.inclusion(index=index)
        assert merkle.includes(leaves[index], index, size, proof.path, merkle.root_of(leaves))
    assert Tree().read(9, 0) == merkle.root_of(leaves[:512])


def test_an_event_that_commits_late_takes_the_next_place() -> None:
    sealer.seal(now=NOW)
    first = RecordSealer.objects.get().missing
    early, late, after = happened(3)
    row = AuditEvent.objects.filter(pk=late.pk).values(*COLUMNS).get()
    _take_away(late)
    sealer.seal(now=NOW)
    assert [pk for _index, pk in places()[-2:]] == [early.pk, after.pk]
    assert RecordSealer.objects.get().missing[-1] == [late.pk, late.pk, int(NOW.timestamp())]

    AuditEvent.objects.bulk_create([AuditEvent(**row)])
    sealer.seal(now=NOW + timedelta(minutes=59))

    assert [pk for _index, pk in places()[-3:]] == [early.pk, after.pk, late.pk]
    assert RecordSealer.objects.get().missing == first


def test_an_event_that_commits_after_an_hour_is_found_by_the_look_at_every_row() -> None:
    late, _after = happened(2)
    row = AuditEvent.objects.filter(pk=late.pk).values(*COLUMNS).get()
    _take_away(late)
    sealer.seal(now=NOW)
    sealer.seal(now=NOW + timedelta(hours=2))
    AuditEvent.objects.bulk_create([AuditEvent(**row)])
    assert sealer.seal(now=NOW + timedelta(hours=3)) == 0

    assert sealer.look_again(now=NOW + timedelta(hours=3)) == 1
    assert sealer.look_again(now=NOW + timedelta(hours=3)) == 0
    assert sealer.seal(now=NOW + timedelta(hours=3)) == 1

    assert places()[-1][1] == late.pk


def _take_away(event: AuditEvent) -> None:
    """As though its transaction were still open."""
    with by_the_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM governance_auditevent WHERE id = %s", [event.pk])


def test_a_checkpoint_is_signed_each_hour_though_nothing_happens() -> None:
    sealer.seal(now=NOW)
    sealer.seal(now=NOW + timedelta(minutes=59))
    assert Checkpoint.objects.count() == 1

    sealer.seal(now=NOW + timedelta(minutes=60))

    assert len({(point.size, bytes(point.root)) for point in Checkpoint.objects.all()}) == 1
    assert Checkpoint.objects.count() == 2


@pytest.mark.parametrize(
    "spoil",
    [
        'UPDATE governance_leaf SET hash = (SELECT hash FROM governance_leaf WHERE "index" = 0) WHERE "index" = 1',
        'DELETE FROM governance_leaf WHERE "index" = 2',
        "DELETE FROM governance_checkpoint",
        "UPDATE governance_recordsealer SET size = 2",
        "UPDATE governance_recordsealer SET size = 0, seen = 0, signed = 0",
    ],
)
def test_nothing_is_signed_that_does_not_continue_what_was_signed(spoil: str) -> None:
    happened(3)
    sealer.seal(now=NOW)
    with by_the_owner(), connection.cursor() as cursor:
        cursor.execute(spoil)
    before = Checkpoint.objects.count()
    happened(1, at=NOW)

    with pytest.raises(Broken):
        sealer.seal(now=NOW + timedelta(seconds=5))

    assert Checkpoint.objects.count() == before
    assert sealer.waiting(NOW + timedelta(minutes=2)) >= 1


def test_a_rotated_key_signs_on_and_both_halves_stay_known() -> None:
    happened(1)
    sealer.seal(now=NOW)
    keys.rotate(use=SigningKey.Use.LOG, by=TESTS, now=NOW)
    sealer.seal(now=NOW + timedelta(seconds=5))

    known = [key for _row, *both in proofs.public_keys() for key in both]
    opened = [open_note(point.note, known) for point in Checkpoint.objects.order_by("number")]
    assert len(known) == 4
    assert opened[0].signed != opened[1].signed
    assert [one.checkpoint.size for one in opened] == [point.size for point in Checkpoint.objects.order_by("number")]
