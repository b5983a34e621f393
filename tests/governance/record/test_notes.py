"""Signed checkpoints: a published note and a published cosignature open, ours open, and nothing that was touched does."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from governance.record.notes import (
    PLAIN,
    TIMED,
    CheckpointNote,
    Key,
    NotANote,
    cosignature,
    open_note,
    read_checkpoint,
    sign,
)

ORIGIN = "duologue.example/record"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
OURS, OURS_TIMED = Key(ORIGIN, PUBLIC), Key(ORIGIN, PUBLIC, TIMED)
THEIRS = Key("witness.example/w1", WITNESS.public_key().public_bytes_raw(), TIMED)
POINT = CheckpointNote(ORIGIN, 20852163, bytes(range(100, 132)))
AT = 1_679_315_147
NOTE = sign(POINT, PRIVATE, at=AT)

# The key and the note that Go's documentation of the format shows (pkg.go.dev/golang.org/x/mod/sumdb/note).
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
THINK = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
# The checkpoint that the specification shows.
SHOWN = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def test_the_key_that_go_shows_is_read_and_made_the_signature_beside_it() -> None:
    key = Key.parse(NEUMANN)
    signed = base64.b64decode(SIGNED)

    Ed25519PublicKey.from_public_bytes(key.public).verify(signed[4:], THINK.encode())

    assert (key.name, key.kind, key.id, key.text) == ("PeterNeumann", PLAIN, signed[:4], NEUMANN)


def test_the_checkpoint_that_the_specification_shows_is_read() -> None:
    point = read_checkpoint(SHOWN)

    assert (point.origin, point.size) == ("example.com/behind-the-sofa", 20852163)
    assert SHOWN.startswith(f"{point.text}\n— ")
    with pytest.raises(NotANote, match="no key that was given"):
        open_note(SHOWN, [OURS])


def test_a_checkpoint_of_ours_opens_with_both_kinds_of_its_key_and_with_a_witness() -> None:
    witnessed = NOTE + cosignature(POINT, THEIRS.name, WITNESS, at=AT + 5)

    opened = open_note(witnessed, [OURS, OURS_TIMED, THEIRS])

    assert opened.checkpoint == POINT
    assert opened.signed == (OURS, OURS_TIMED, THEIRS)
    assert dict(opened.at) == {ORIGIN: AT, THEIRS.name: AT + 5}
    assert open_note(witnessed, [THEIRS]).signed == (THEIRS,)
    assert open_note(witnessed, [OURS]).at == {}


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_a_note_that_was_touched_anywhere_opens_no_more(at: int, put: str) -> None:
    touched = NOTE[:at] + put + NOTE[at + 1 :]

    if touched == NOTE:
        return
    try:
        opened = open_note(touched, [OURS, OURS_TIMED])
    except NotANote:
        return
    # What is left of two signatures when one of them names another key.
    assert opened.checkpoint == POINT
    assert len(opened.signed) == 1


@pytest.mark.parametrize("kind", [PLAIN, TIMED])
def test_a_signature_of_another_type_is_not_taken_for_this_one(kind: int) -> None:
    lines = NOTE.splitlines(keepends=True)
    swapped = base64.b64encode(
        Key(ORIGIN, PUBLIC, kind).id + base64.b64decode(lines[5 if kind == PLAIN else 4].split()[2])[4:]
    )

    with pytest.raises(NotANote, match="does not fit"):
        open_note(f"{POINT.text}\n— {ORIGIN} {swapped.decode()}\n", [OURS, OURS_TIMED])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        POINT.text,
        f"{POINT.text}\n",
        NOTE[:-1],
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("20852163", "020852163"),
        NOTE.replace("20852163", "-1"),
        NOTE.replace("\n\n", "\n\nstray\n"),
        f"a\n1\nAAAA\n\n{NOTE.rpartition(chr(10) * 2)[2]}",
        NOTE + "x" * 100_001 + "\n",
    ],
)
def test_other_texts_are_no_checkpoints(note: str) -> None:
    with pytest.raises(NotANote):
        open_note(note, [OURS])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        OURS.text[:-4],
        OURS.text.replace(ORIGIN, "other.example"),
        "two words+00000000+AQ==",
        f"{ORIGIN}+0+!",
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(NotANote):
        Key.parse(text)


def test_a_key_is_read_as_it_was_written() -> None:
    for key in (OURS, OURS_TIMED, THEIRS):
        assert Key.parse(f" {key.text}\n") == key
    assert OURS.id != OURS_TIMED.id
