"""Checkpoints as signed notes: c2sp.org/tlog-checkpoint, signed-note and tlog-cosignature, version 1 of each. PURE.

A checkpoint is three lines: the log's name (its origin), the number of leaves, the root. The log signs them twice with one
Ed25519 key: as they are (signature type 1), and as a cosignature with the moment in it (type 4), which is also what an outside
witness adds. The two messages cannot be taken for each other, since one begins with the origin and one with `cosignature/v1`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PLAIN, TIMED = 1, 4
# A note of sixteen signatures is far smaller; anything longer is none of ours.
LONGEST = 100_000
_NAME = re.compile(r"[^\s+]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_SIGNED = re.compile(r"— (\S+) (\S+)")


class NotANote(Exception):
    """A text that is no signed checkpoint, or one that no known key signed. Says why."""


@dataclass(frozen=True, slots=True)
class CheckpointNote:
    """How far a log has come: its name, how many leaves, and the root over them. `lines` are extensions, ours has none."""

    origin: str
    size: int
    root: bytes
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, str(self.size), root, *self.lines))


@dataclass(frozen=True, slots=True)
class Key:
    """Whose signatures count: a name, 32 bytes of an Ed25519 public key, and the type of signature (1 or 4)."""

    name: str
    public: bytes
    kind: int = PLAIN

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names it."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """As it is handed on: name, id and key, parted by plus signs (a `vkey`)."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read what `text` wrote; `NotANote` where its parts do not fit together."""
        name, _, rest = text.strip().partition("+")
        given, _, encoded = rest.partition("+")
        raw = _decoded(encoded)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (PLAIN, TIMED):
            raise NotANote(f"{text.strip()[:80]!r} is no key of a log or witness: give NAME+ID+KEY on one line")
        key = cls(name, raw[1:], raw[0])
        if key.id.hex() != given:
            raise NotANote(f"the key of {name} does not have the id {given[:8]}: it was not copied whole")
        return key


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint with the keys that signed it; `at` is what each timed signature says, in seconds since 1970."""

    checkpoint: CheckpointNote
    signed: tuple[Key, ...]
    at: Mapping[str, int]


def sign(checkpoint: CheckpointNote, private: Ed25519PrivateKey, *, at: int) -> str:
    """The note of a log about itself, with both of its signatures."""
    own = private.public_key().public_bytes_raw()
    plain = _signature_line(Key(checkpoint.origin, own), private.sign(checkpoint.text.encode()))
    return f"{checkpoint.text}\n{plain}{cosignature(checkpoint, checkpoint.origin, private, at=at)}"


def cosignature(checkpoint: CheckpointNote, name: str, private: Ed25519PrivateKey, *, at: int) -> str:
    """The line that a witness of this name adds to a note: it saw this checkpoint then, and none that is longer."""
    key = Key(name, private.public_key().public_bytes_raw(), TIMED)
    return _signature_line(key, at.to_bytes(8, "big") + private.sign(_timed(checkpoint, at)))


def open_note(note: str, keys: Iterable[Key]) -> Opened:
    """The checkpoint of a note that at least one of the keys signed.

    Signatures of keys that are not given are left aside, as the format asks; one that names a given key and does not fit
    spoils the whole note.
    """
    text, lines = _parts(note)
    checkpoint = _checkpoint(text)
    known = {(key.name, key.id): key for key in keys}
    signed: list[Key] = []
    at: dict[str, int] = {}
    for line in lines:
        name, encoded = line
        raw = _decoded(encoded)
        key = known.get((name, raw[:4]))
        if key is None:
            continue
        moment = _verified(checkpoint, key, raw[4:])
        signed.append(key)
        if moment is not None:
            at[name] = moment
    if not signed:
        raise NotANote("no key that was given signed this checkpoint")
    return Opened(checkpoint, tuple(signed), at)


def notes_in(file: str) -> list[str]:
    """The notes of a witness's file: one after the other, an empty line between two."""
    found = re.split(r"(?<=\n)\n(?!— )", file.lstrip("\n"))
    return [f"{note.rstrip(chr(10))}\n" for note in found if note.strip()]


def read_checkpoint(note: str) -> CheckpointNote:
    """What a note says, with nobody's word for it."""
    return _checkpoint(_parts(note)[0])


def _verified(checkpoint: CheckpointNote, key: Key, raw: bytes) -> int | None:
    moment = int.from_bytes(raw[:8], "big") if key.kind == TIMED else None
    signature = raw[8:] if key.kind == TIMED else raw
    message = checkpoint.text.encode() if moment is None else _timed(checkpoint, moment)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        raise NotANote(f"the signature of {key.name} does not fit this checkpoint") from None
    return moment


def _timed(checkpoint: CheckpointNote, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{checkpoint.text}".encode()


def _signature_line(key: Key, signature: bytes) -> str:
    return f"— {key.name} {base64.b64encode(key.id + signature).decode()}\n"


def _parts(note: str) -> tuple[str, list[tuple[str, str]]]:
    if len(note) > LONGEST or not note.endswith("\n") or any(char < " " and char != "\n" for char in note):
        raise NotANote("this is no signed note: it is a text that ends with a line break, and holds no other control")
    text, found, below = note.rpartition("\n\n")
    signed = [_SIGNED.fullmatch(line) for line in below.splitlines()]
    if not found or not signed:
        raise NotANote("this is no signed note: signatures follow below an empty line")
    lines = [(match[1], match[2]) for match in signed if match]
    if len(lines) != len(signed):
        raise NotANote("this is no signed note: a line below the text is no signature")
    return f"{text}\n", lines


def _checkpoint(text: str) -> CheckpointNote:
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]) or len(root := _decoded(lines[2])) != 32:
        raise NotANote("this is no checkpoint: three lines are a name, a number of leaves and a root")
    return CheckpointNote(lines[0], int(lines[1]), root, tuple(lines[3:]))


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise NotANote(f"{encoded[:80]!r} is not base64") from None
    if base64.b64encode(raw).decode() != encoded:
        raise NotANote(f"{encoded[:80]!r} is not base64 as it is written")
    return raw
