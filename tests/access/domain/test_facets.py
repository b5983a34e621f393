"""Narrowing a catalogue: facets, their counts, and pages by place."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.domain.facets import Entry, Page, narrow, page


def entry(number: int, text: str = "", **values: str) -> Entry:
    return Entry((number,), number, {facet: frozenset(one.split()) for facet, one in values.items()}, text)


HEARTS = entry(1, "hearts of finland", country="FI", kind="exome genome")
BIRTHS = entry(2, "births", country="FI", kind="exome")
SUGAR = entry(3, "diabetes hearts", country="ES", kind="exome")
ALL = [SUGAR, HEARTS, BIRTHS]


def test_everything_is_listed_in_order_and_counted() -> None:
    found = narrow(ALL, {})

    assert found.entries == [HEARTS, BIRTHS, SUGAR]
    assert found.counts == {"country": Counter(FI=2, ES=1), "kind": Counter(exome=3, genome=1)}


def test_a_choice_narrows_the_list_and_keeps_the_other_choices_of_its_facet() -> None:
    found = narrow(ALL, {"country": frozenset({"ES"})})

    assert found.entries == [SUGAR]
    assert found.counts == {"country": Counter(FI=2, ES=1), "kind": Counter(exome=1)}


def test_two_choices_of_one_facet_are_either_and_two_facets_are_both() -> None:
    either = narrow(ALL, {"country": frozenset({"ES", "FI"})})
    both = narrow(ALL, {"country": frozenset({"FI"}), "kind": frozenset({"genome"})})

    assert either.entries == [HEARTS, BIRTHS, SUGAR]
    assert both.entries == [HEARTS]


def test_every_word_must_stand_in_the_text_in_any_case() -> None:
    assert narrow(ALL, {}, ["HEART"]).entries == [HEARTS, SUGAR]
    assert narrow(ALL, {}, ["heart", "diab"]).entries == [SUGAR]


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (None, None, Page([HEARTS, BIRTHS], False, True)),
        ((2,), None, Page([SUGAR], True, False)),
        (None, (3,), Page([HEARTS, BIRTHS], False, True)),
        ((1.5,), None, Page([BIRTHS, SUGAR], True, False)),
        ((9,), None, Page([], True, False)),
        (None, (0,), Page([], False, True)),
    ],
)
def test_a_page_follows_or_precedes_a_place_even_when_nobody_stands_there(
    after: tuple[float, ...] | None, before: tuple[float, ...] | None, expected: Page
) -> None:
    found = narrow(ALL, {}).entries

    assert page(found, 2, after=after, before=before) == expected


@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_one_after_another_show_each_entry_once(count: int, size: int) -> None:
    found = [entry(number) for number in range(count)]

    seen: list[Entry] = []
    part = page(found, size)
    seen += part.entries
    while part.after:
        part = page(found, size, after=part.entries[-1].key)
        seen += part.entries

    assert seen == found
