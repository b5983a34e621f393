"""The order in which one data host knows the members of a dataset: fixed, only growing, and unlike any other host's.

Members are numbered as they come, 1, 2, 3, … A host knows a member by a *place*: the numbers of each block of 1,024 are
permuted by a key of the host and the dataset. Two hosts that lay their lists side by side so learn of a member no more
than the block in which they came. A place is settled before anybody stands on it, so that no later member moves an
earlier one; places of a block that is not full stay empty.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

BLOCK = 1024
_WORD = 8


@dataclass(frozen=True, slots=True)
class MemberOrder:
    """One host's order of one dataset's members. `key` is the host's secret, `dataset` any name that stays."""

    key: bytes
    dataset: str

    def place(self, number: int) -> int:
        """Where the member with this number (from 1) stands: a place from 1, in the same block of 1,024."""
        block, offset = divmod(number - 1, BLOCK)
        return block * BLOCK + _permutation(self.key, self.dataset, block)[offset] + 1


def full_blocks(members: int) -> int:
    """The last place of the last full block, where numbers up to `members` are given: nobody comes before it any more."""
    return members // BLOCK * BLOCK


def covered(members: int) -> int:
    """How many places hold the numbers up to `members`: whole blocks."""
    return -(-members // BLOCK) * BLOCK


@lru_cache(maxsize=4096)
def _permutation(key: bytes, dataset: str, block: int) -> Sequence[int]:
    """The places of a block's offsets: its offsets sorted by words drawn from SHAKE-256 (FIPS 202)."""
    seed = b"\x00".join((key, dataset.encode(), str(block).encode()))
    drawn = hashlib.shake_256(seed).digest(BLOCK * _WORD)
    order = sorted(range(BLOCK), key=lambda offset: (drawn[offset * _WORD : (offset + 1) * _WORD], offset))
    places = [0] * BLOCK
    for place, offset in enumerate(order):
        places[offset] = place
    return tuple(places)
