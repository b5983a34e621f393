"""Token Status List (draft-ietf-oauth-status-list): one bit a visa, and indexes that nobody can guess.

A list is a bit array, compressed with zlib and written in base64url; the bit of index i is bit i % 8, counted
from the least significant, of byte i // 8. A status of 1 is "invalid": for us, revoked.
"""

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

STATUS_LIST_TYPE = "statuslist+jwt"
BITS = (1, 2, 4, 8)
MAX_BYTES = 1 << 20
_ROUNDS = 10


class StatusListError(ValueError):
    """The list cannot be read; the text says what is wrong with it."""


class VisaStatus(IntEnum):
    """Status values of the draft's registry; any other value counts as invalid for us."""

    VALID = 0
    INVALID = 1
    SUSPENDED = 2


@dataclass(frozen=True, slots=True)
class StatusBits:
    """A status list that was read: `bits` a status (1, 2, 4 or 8) and the packed bytes."""

    bits: int
    packed: bytes

    @property
    def size(self) -> int:
        """The number of statuses in the list."""
        return len(self.packed) * 8 // self.bits

    def at(self, index: int) -> int:
        """Return the status at the index; raise StatusListError when it lies outside the list."""
        if not 0 <= index < self.size:
            raise StatusListError(f"index {index} lies outside the list of {self.size}")
        byte, place = divmod(index * self.bits, 8)
        return (self.packed[byte] >> place) & ((1 << self.bits) - 1)


def pack(revoked: Iterable[int], size: int) -> bytes:
    """Return the bit array of `size` statuses in which the revoked indexes are 1."""
    packed = bytearray((size + 7) // 8)
    for index in revoked:
        if not 0 <= index < size:
            raise StatusListError(f"index {index} lies outside the list of {size}")
        packed[index >> 3] |= 1 << (index & 7)
    return bytes(packed)


def encode(packed: bytes) -> str:
    """Return the `lst` member for a bit array: zlib at its best level, then base64url without padding."""
    return base64.urlsafe_b64encode(zlib.compress(packed, 9)).rstrip(b"=").decode("ascii")


def decode(lst: str, bits: int = 1, *, max_bytes: int = MAX_BYTES) -> StatusBits:
    """Read a `lst` member; raise StatusListError when it is no list or unpacks to more than `max_bytes`.

    The limit is given to zlib itself: a list that would grow beyond it is never unpacked further.
    """
    if bits not in BITS:
        raise StatusListError("a status has 1, 2, 4 or 8 bits")
    try:
        compressed = base64.b64decode(lst.encode("ascii") + b"=" * (-len(lst) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise StatusListError("the list is not base64url") from None
    unpacker = zlib.decompressobj()
    try:
        packed = unpacker.decompress(compressed, max_bytes + 1)
    except zlib.error:
        raise StatusListError("the list is not zlib data") from None
    if len(packed) > max_bytes:
        raise StatusListError(f"the list unpacks to more than {max_bytes} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise StatusListError("the list ends too early or has bytes behind its end")
    return StatusBits(bits, packed)


def status_claims(*, uri: str, packed: bytes, issued: int, expires: int, ttl: int = 60) -> dict[str, object]:
    """Return the claims of the Status List Token for a bit array of one bit a status."""
    return {
        "sub": uri,
        "iat": issued,
        "exp": expires,
        "ttl": ttl,
        "status_list": {"bits": 1, "lst": encode(packed)},
    }


def index_for(counter: int, key: bytes, size: int) -> int:
    """Return the index of the visa number `counter` in a list of `size`: a keyed permutation of 0 to size - 1.

    Never twice, because it is a permutation; unguessable, because it takes the key to know where the next
    visa stands. A balanced Feistel network with HMAC-SHA256 permutes the next even power of two, and a result
    outside the list is permuted again until it lies inside (cycle walking), which a permutation always
    reaches.
    """
    if not 0 <= counter < size:
        raise StatusListError(f"counter {counter} lies outside the list of {size}; begin a new list")
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    value = counter
    while True:
        value = _feistel(value, key, half)
        if value < size:
            return value


def _feistel(value: int, key: bytes, half: int) -> int:
    mask = (1 << half) - 1
    left, right = value >> half, value & mask
    for number in range(_ROUNDS):
        message = bytes((half, number)) + right.to_bytes(8, "big")
        digest = hmac.digest(key, message, hashlib.sha256)
        left, right = right, left ^ (int.from_bytes(digest[:8], "big") & mask)
    return (left << half) | right
