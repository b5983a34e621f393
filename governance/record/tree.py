"""The stored tree: leaves and every eighth level. What lies between is hashed anew from the at most 256 rows below it.

So a proof among a million leaves reads six ranges of 256 rows, and a leaf that is added writes one row and a 256th.
"""

from governance.models import Leaf, Subtree
from governance.record.merkle import node_hash

STEP = 8


def place_of(level: int, index: int) -> int:
    """The key under which a subtree is kept."""
    return (level << 48) + index


class Broken(Exception):
    """The stored log is not the one that was signed: nothing is added to it. Says where."""


class Tree:
    """Reads subtrees of the stored log; remembers the rows that it has read, for as long as it is kept."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, int], list[bytes]] = {}

    def read(self, level: int, index: int) -> bytes:
        """The hash of a whole subtree; `Broken` where rows of it are not there."""
        above = level % STEP
        base, first = level - above, index << above
        rows = self._below(base, first >> STEP)
        start = first % (1 << STEP)
        hashes = rows[start : start + (1 << above)]
        if len(hashes) != 1 << above:
            raise Broken(f"the subtree {index} of level {level} is not there")
        while len(hashes) > 1:
            hashes = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
        return hashes[0]

    def _below(self, base: int, place: int) -> list[bytes]:
        """Up to 256 hashes of a stored level, from a multiple of 256 on."""
        if (base, place) not in self._rows:
            first = place << STEP
            wanted = (place_of(base, first), place_of(base, first) + (1 << STEP) - 1)
            stored = (
                Subtree.objects.filter(place__range=wanted).values_list("place", "hash")
                if base
                else Leaf.objects.filter(index__range=wanted).values_list("index", "hash")
            )
            found = dict(stored)
            whole: list[bytes] = []
            while wanted[0] + len(whole) in found:
                whole.append(bytes(found[wanted[0] + len(whole)]))
            self._rows[base, place] = whole
        return self._rows[base, place]
