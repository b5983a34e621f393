"""The Merkle kernel: the published vectors of certificate-transparency, the definition of RFC 9162, and forged proofs."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.record import merkle

# The reference data of the certificate-transparency project: eight entries and the root after each.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A, B, C = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
D, E, F = (
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)
INCLUDED = {(0, 1): [], (0, 8): [A, B, C], (5, 8): [D, E, ROOTS[3]], (2, 3): [ROOTS[1]], (1, 5): [ROOTS[0], B, D]}
CONTINUED = {(1, 1): [], (1, 8): [A, B, C], (6, 8): [F, E, ROOTS[3]], (2, 5): [B, D]}
SIZES = range(40)


def told(path: list[bytes]) -> list[str]:
    return [one.hex() for one in path]


def defined(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1.1 writes it down, over hashes of leaves."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:half]) + defined(leaves[half:])).digest()


@cache
def leaf(number: int) -> bytes:
    return merkle.leaf_hash(str(number).encode())


def stored(leaves: list[bytes]) -> merkle.Read:
    return lambda level, index: defined(leaves[index << level : index + 1 << level])


NUMBERS = [leaf(number) for number in SIZES]
READ = stored(NUMBERS)


def root(size: int) -> bytes:
    return defined(NUMBERS[:size])


def test_the_published_roots_come_out() -> None:
    frontier = merkle.Frontier()
    roots = []
    for entry in ENTRIES:
        list(frontier.append(merkle.leaf_hash(entry)))
        roots.append(frontier.root().hex())

    assert roots == ROOTS
    assert merkle.root_of([]) == merkle.EMPTY == hashlib.sha256(b"").digest()


@pytest.mark.parametrize(("index", "size"), INCLUDED)
def test_the_published_proofs_of_inclusion_come_out_and_hold(index: int, size: int) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES]

    path = merkle.inclusion(index, size, stored(leaves))

    assert told(path) == INCLUDED[index, size]
    assert merkle.includes(leaves[index], index, size, path, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("first", "second"), CONTINUED)
def test_the_published_proofs_of_consistency_come_out_and_hold(first: int, second: int) -> None:
    path = merkle.consistency(first, second, stored([merkle.leaf_hash(entry) for entry in ENTRIES]))

    assert told(path) == CONTINUED[first, second]
    assert merkle.continues(first, second, path, *(bytes.fromhex(ROOTS[size - 1]) for size in (first, second)))


def test_every_proof_of_small_trees_holds_and_at_no_other_place() -> None:
    for size in SIZES:
        assert merkle.root_at(size, READ) == root(size)
        for index in range(size):
            path = merkle.inclusion(index, size, READ)
            holds = [at for at in range(size + 2) if merkle.includes(NUMBERS[index], at, size, path, root(size))]
            assert holds == [index]
        for first in range(1, size + 1):
            path = merkle.consistency(first, size, READ)
            assert merkle.continues(first, size, path, root(first), root(size))
            others = [other for other in range(1, size) if other != first]
            assert not any(merkle.continues(other, size, path, root(other), root(size)) for other in others)


@given(st.data())
def test_no_proof_survives_a_change(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 39))
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size - 1))
    spoil = data.draw(st.sampled_from(["bit", "dropped", "longer", "swapped"]))
    for path, holds in (
        (
            merkle.inclusion(index, size, READ),
            lambda path: merkle.includes(NUMBERS[index], index, size, path, root(size)),
        ),
        (
            merkle.consistency(first, size, READ),
            lambda path: merkle.continues(first, size, path, root(first), root(size)),
        ),
    ):
        forged = list(path)
        at = data.draw(st.integers(0, len(forged) - 1))
        if spoil == "bit":
            forged[at] = bytes([forged[at][0] ^ 1 << data.draw(st.integers(0, 7)), *forged[at][1:]])
        elif spoil == "dropped":
            del forged[at]
        elif spoil == "longer":
            forged.insert(at, forged[at])
        else:
            forged.reverse()
        assert holds(path)
        assert holds(forged) == (forged == path)


@given(st.lists(st.binary(max_size=4), max_size=70), st.integers(0, 70))
def test_a_frontier_goes_on_from_where_it_was_stored(entries: list[bytes], stop: int) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    stop = min(stop, len(leaves))
    nodes: dict[tuple[int, int], bytes] = {}
    frontier = merkle.Frontier()
    for one in leaves[:stop]:
        nodes |= {(level, index): whole for level, index, whole in frontier.append(one)}

    again = merkle.Frontier.read(stop, lambda level, index: nodes[level, index])
    for one in leaves[stop:]:
        nodes |= {(level, index): whole for level, index, whole in again.append(one)}

    assert again.root() == defined(leaves) == merkle.root_of(leaves)
    assert nodes == {
        (level, index): defined(leaves[index << level : index + 1 << level])
        for level in range(len(leaves).bit_length())
        for index in range(len(leaves) >> level)
    }


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_what_is_not_in_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not among"):
        merkle.inclusion(index, size, READ)
    assert not merkle.includes(leaf(0), index, size, [], root(1))


def test_of_no_leaves_every_tree_is_the_continuation() -> None:
    assert merkle.continues(0, 5, [], merkle.EMPTY, root(5))
    assert not merkle.continues(0, 5, [], root(1), root(5))
    assert not merkle.continues(0, 5, [root(1)], merkle.EMPTY, root(5))
    assert not merkle.continues(6, 5, [root(1)], root(6), root(5))
    for first, second in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="continues none"):
            merkle.consistency(first, second, READ)


def test_a_frontier_has_a_hash_for_each_whole_subtree() -> None:
    with pytest.raises(ValueError, match="has 2 whole subtrees, not 1"):
        merkle.Frontier(5, [root(4)])
