"""One host's order of members: every number has a place of its own in its block, and no other host's order is like it."""

from access.domain.member_order import BLOCK, MemberOrder, covered, full_blocks

HARBOUR, ARKIV = MemberOrder(b"h" * 32, "7"), MemberOrder(b"a" * 32, "7")


def test_the_numbers_of_a_block_fill_its_places() -> None:
    for block in (0, 1, 5):
        numbers = range(block * BLOCK + 1, (block + 1) * BLOCK + 1)

        assert sorted(HARBOUR.place(number) for number in numbers) == list(numbers)


def test_two_hosts_and_two_datasets_agree_no_more_than_by_chance() -> None:
    """Of 1,024 places about one is the same by chance; ten would be a sign of a link."""
    other_dataset = MemberOrder(HARBOUR.key, "8")

    for other in (ARKIV, other_dataset):
        same = sum(HARBOUR.place(number) == other.place(number) for number in range(1, BLOCK + 1))
        assert same < 10
    assert [HARBOUR.place(number) for number in range(1, BLOCK + 1)] != [
        HARBOUR.place(number) - BLOCK for number in range(BLOCK + 1, 2 * BLOCK + 1)
    ]


def test_a_place_never_changes() -> None:
    """The order is a promise to hosts that keep copies: these were given once, and stand for ever."""
    assert [HARBOUR.place(number) for number in (1, 2, 3, 1025)] == [491, 657, 837, 1527]


def test_blocks_are_counted_whole() -> None:
    assert [full_blocks(n) for n in (0, 1, 1023, 1024, 1025)] == [0, 0, 0, 1024, 1024]
    assert [covered(n) for n in (0, 1, 1024, 1025)] == [0, 1024, 1024, 2048]
