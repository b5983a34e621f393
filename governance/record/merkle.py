"""The Merkle tree of RFC 9162 section 2.1, over SHA-256: roots, proofs, and what checks them. PURE, of hashlib alone.

A tree of n leaves splits at the largest power of two below n. Each subtree that the recursion meets whole has 2^level leaves
and begins at a multiple of that: it is named by `(level, index)` and, once complete, never changes. Proofs are read through a
function from that name to the hash of the subtree, so that whoever stores them decides how. Hashes are 32 bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

Read = Callable[[int, int], bytes]
EMPTY = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry (RFC 9162 section 2.1.1: never equal to that of a node)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the hashes of its whole subtrees from left to right, the largest first."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size, self._peaks = size, list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} whole subtrees, not {len(self._peaks)}")

    @classmethod
    def read(cls, size: int, read: Read) -> "Frontier":
        """The right edge of a stored tree."""
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        return cls(size, (read(level, (size >> level) - 1) for level in levels))

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf; gives each subtree that it completes, from the leaf up: level, index, hash. To be read to its end."""
        level, index, whole = 0, self.size, leaf
        yield level, index, whole
        while index & 1:
            level, index, whole = level + 1, index >> 1, node_hash(self._peaks.pop(), whole)
            yield level, index, whole
        self._peaks.append(whole)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves."""
    frontier = Frontier()
    for leaf in leaves:
        for _whole in frontier.append(leaf):
            pass
    return frontier.root()


def root_at(size: int, read: Read) -> bytes:
    """The root that a stored tree had when it had so many leaves."""
    return _over(0, size, read) if size else EMPTY


def inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """What proves that a leaf is in the tree of a size (RFC 9162 section 2.1.3.1), from the leaf's sibling up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        path.append(_over(middle, end, read) if index < middle else _over(begin, middle, read))
        begin, end = (begin, middle) if index < middle else (middle, end)
    return path[::-1]


def consistency(first: int, second: int, read: Read) -> list[bytes]:
    """What proves that the tree of the second size continues that of the first (RFC 9162 section 2.1.4.1)."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} leaves continues none of {first}")
    begin, end, path = 0, second, []
    while first != end:
        middle = begin + _split(end - begin)
        path.append(_over(middle, end, read) if first <= middle else _over(begin, middle, read))
        begin, end = (begin, middle) if first <= middle else (middle, end)
    if begin:
        path.append(_over(begin, end, read))
    return path[::-1]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves a leaf under a root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, result = index, size - 1, leaf
    for hashed in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            result = node_hash(hashed, result)
            here, last = _skip(here, last)
        else:
            result = node_hash(result, hashed)
        here, last = here >> 1, last >> 1
    return last == 0 and result == root


def continues(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether a path proves that the second root continues the first (RFC 9162 section 2.1.4.2).

    Of no leaves there is one root, which every tree continues; the RFC asks for no proof of it.
    """
    if first in (0, second):
        return not path and (second_root if first else EMPTY) == first_root
    if not 0 < first < second or not path:
        return False
    # A first tree that is one whole subtree is where the path begins, and is left out of it.
    hashes = iter(path if first & (first - 1) else (first_root, *path))
    here, last = _skip_right(first - 1, second - 1)
    old = new = next(hashes)
    for hashed in hashes:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(hashed, old), node_hash(hashed, new)
            here, last = _skip(here, last)
        else:
            new = node_hash(new, hashed)
        here, last = here >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)


def _split(size: int) -> int:
    """The largest power of two below a size of at least 2."""
    return 1 << (size - 1).bit_length() - 1


def _over(begin: int, end: int, read: Read) -> bytes:
    """The hash over leaves begin to end, which the recursion of the RFC meets as one subtree."""
    size = end - begin
    if size & (size - 1) == 0:
        return read(size.bit_length() - 1, begin // size)
    middle = begin + _split(size)
    return node_hash(_over(begin, middle, read), _over(middle, end, read))


def _skip(here: int, last: int) -> tuple[int, int]:
    """Up past the levels on which the right edge has no sibling."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _skip_right(here: int, last: int) -> tuple[int, int]:
    """Up to the largest whole subtree that ends here."""
    while here & 1:
        here, last = here >> 1, last >> 1
    return here, last
