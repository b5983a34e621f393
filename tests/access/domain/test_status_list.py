"""Token status lists: the draft's vector, bounds, bombs, and indexes that are never twice."""

import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.domain.status_list import (
    MAX_BYTES,
    StatusBits,
    StatusListError,
    decode,
    encode,
    index_for,
    pack,
    status_claims,
)
from tests.access.tokens import base64url

KEY = bytes(range(32))
VECTOR = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]


def test_the_vector_of_the_draft_is_packed_and_read_as_it_says() -> None:
    packed = pack([place for place, status in enumerate(VECTOR) if status], len(VECTOR))

    read = decode("eNrbuRgAAhcBXQ")

    assert (packed, encode(packed)) == (b"\xb9\xa3", "eNrbuRgAAhcBXQ")
    assert [read.at(place) for place in range(read.size)] == VECTOR


def test_statuses_of_two_bits_are_read_from_the_least_significant() -> None:
    read = decode(encode(b"\xc9\x44\xf9"), 2)

    assert [read.at(place) for place in range(read.size)] == [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize("index", [-1, 16, 10**18])
def test_an_index_outside_the_list_is_an_error(index: int) -> None:
    read = decode("eNrbuRgAAhcBXQ")

    with pytest.raises(StatusListError, match="outside the list of 16"):
        read.at(index)


@pytest.mark.parametrize("index", [-1, 16])
def test_nothing_outside_the_list_can_be_revoked(index: int) -> None:
    with pytest.raises(StatusListError, match="outside"):
        pack([index], 16)


@pytest.mark.parametrize(
    ("lst", "message"),
    [
        (encode(bytes(MAX_BYTES + 1)), "more than"),
        (encode(bytes(256 << 20)), "more than"),
        ("not base64!", "base64url"),
        ("ümlaut", "base64url"),
        ("AAAA", "zlib"),
        (base64url(zlib.compress(b"\xb9\xa3")[:-2]), "ends too early"),
        (base64url(zlib.compress(b"\xb9\xa3") + b"more"), "behind its end"),
        ("", "ends too early"),
    ],
)
def test_what_is_no_list_is_an_error_that_says_why(lst: str, message: str) -> None:
    with pytest.raises(StatusListError, match=message):
        decode(lst)


@pytest.mark.parametrize("bits", [0, 3, 16, -1])
def test_a_status_has_1_2_4_or_8_bits(bits: int) -> None:
    with pytest.raises(StatusListError, match="1, 2, 4 or 8"):
        decode("eNrbuRgAAhcBXQ", bits)


def test_a_full_list_with_one_in_a_hundred_revoked_stays_under_20_kb() -> None:
    revoked = [index_for(counter, KEY, 1_000_000) for counter in range(10_000)]

    lst = encode(pack(revoked, 1_000_000))

    assert len(lst) < 20_000
    assert decode(lst) == StatusBits(1, pack(revoked, 1_000_000))


def test_the_claims_of_a_list_name_its_address_and_how_long_a_copy_serves() -> None:
    claims = status_claims(uri="https://duologue.example/status/1", packed=b"\xb9\xa3", issued=10, expires=70)

    assert claims == {
        "sub": "https://duologue.example/status/1",
        "iat": 10,
        "exp": 70,
        "ttl": 60,
        "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"},
    }


@given(size=st.integers(1, 500), key=st.binary(min_size=16, max_size=64))
@settings(max_examples=50)
def test_every_index_of_a_list_is_given_once(size: int, key: bytes) -> None:
    indexes = [index_for(counter, key, size) for counter in range(size)]

    assert sorted(indexes) == list(range(size))


@given(counters=st.sets(st.integers(0, 999_999), max_size=200))
@settings(max_examples=25)
def test_no_index_of_a_large_list_is_given_twice(counters: set[int]) -> None:
    indexes = {index_for(counter, KEY, 1_000_000) for counter in counters}

    assert len(indexes) == len(counters)
    assert all(0 <= index < 1_000_000 for index in indexes)


@pytest.mark.parametrize("counter", [-1, 1000])
def test_a_full_list_takes_no_more_visas(counter: int) -> None:
    with pytest.raises(StatusListError, match="begin a new list"):
        index_for(counter, KEY, 1000)


def test_neighbours_are_scattered_and_another_key_scatters_otherwise() -> None:
    size, count = 1_000_000, 2_000

    indexes = [index_for(counter, KEY, size) for counter in range(count)]
    others = [index_for(counter, KEY[::-1], size) for counter in range(count)]

    steps = [abs(after - before) for before, after in pairwise(indexes)]
    assert 250_000 < sum(steps) / len(steps) < 420_000
    assert sum(index == other for index, other in zip(indexes, others, strict=True)) < 5
    assert len({index // (size // 20) for index in indexes}) == 20
