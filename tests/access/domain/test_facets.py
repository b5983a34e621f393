"""Narrowing a catalogue: facets, their counts, and pages by place."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.domain.facets import FacetEntry, FacetPage, Shelf, page


def entry(number: int, text: str = "", **values: str) -> FacetEntry:
    return FacetEntry(number, {facet: frozenset(one.split()) for facet, one in values.items()}, text)


HEARTS = entry(1, "hearts of finland", country="FI", kind="exome genome")
BIRTHS = entry(2, "births", country="FI", kind="exome")
SUGAR = entry(3, "diabetes hearts", country="ES", kind="exome")
SHELF = Shelf([HEARTS, BIRTHS, SUGAR])


def test_everything_is_listed_in_order_and_counted() -> None:
    found = SHELF.narrow({})

    assert found.entries == [HEARTS, BIRTHS, SUGAR]
    assert found.counts == {"country": Counter(FI=2, ES=1), "kind": Counter(exome=3, genome=1)}


def test_a_choice_narrows_the_list_and_keeps_the_other_choices_of_its_facet() -> None:
    found = SHELF.narrow({"country": frozenset({"ES"})})

    assert found.entries == [SUGAR]
    assert found.counts == {"country": Counter(FI=2, ES=1), "kind": Counter(exome=1)}


def test_two_choices_of_one_facet_are_either_and_two_facets_are_both() -> None:
    either = SHELF.narrow({"country": frozenset({"ES", "FI"})})
    both = SHELF.narrow({"country": frozenset({"FI"}), "kind": frozenset({"genome"})})

    assert either.entries == [HEARTS, BIRTHS, SUGAR]
    assert both.entries == [HEARTS]


def test_every_word_must_stand_in_the_text_in_any_case() -> None:
    assert SHELF.narrow({}, ["HEART"]).entries == [HEARTS, SUGAR]
    assert SHELF.narrow({}, ["heart", "diab"]).entries == [SUGAR]


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (None, None, FacetPage([HEARTS, BIRTHS], False, True)),
        ((0, 1), None, FacetPage([SUGAR], True, False)),
        (None, (0, 2), FacetPage([HEARTS, BIRTHS], False, True)),
        ((0, 0), None, FacetPage([BIRTHS, SUGAR], True, False)),
        ((9, 0), None, FacetPage([], True, False)),
        (None, (0, 0), FacetPage([], False, True)),
    ],
)
def test_a_page_follows_or_precedes_a_place_even_when_nobody_stands_there(
    after: tuple[int, int] | None, before: tuple[int, int] | None, expected: FacetPage
) -> None:
    found = SHELF.narrow({})

    assert page(found, 2, after=after, before=before) == expected


def test_ranks_put_some_first_and_keep_the_order_of_the_rest() -> None:
    found = SHELF.narrow({}, ranks=[5, 0, 5])

    assert found.entries == [BIRTHS, HEARTS, SUGAR]
    assert page(found, 1, after=found.keys[0]).entries == [HEARTS]


def test_a_facet_of_one_question_narrows_and_counts_as_the_others_do() -> None:
    fit = {"fit": {"permit": SHELF.at([0, 2]), "deny": SHELF.at([1])}}

    found = SHELF.narrow({"fit": frozenset({"permit"}), "country": frozenset({"FI"})}, beside=fit)

    assert found.entries == [HEARTS]
    assert found.counts["fit"] == Counter(permit=1, deny=1)
    assert found.counts["country"] == Counter(FI=1, ES=1)


_VALUES = st.dictionaries(st.sampled_from("abc"), st.frozensets(st.sampled_from("xyz"), max_size=3), max_size=3)


@given(st.lists(_VALUES, max_size=12), _VALUES)
def test_counts_are_what_each_value_would_leave(values: list[dict[str, frozenset[str]]], chosen: Any) -> None:
    entries = [FacetEntry(number, one) for number, one in enumerate(values)]

    found = Shelf(entries).narrow(chosen)

    def meets(one: FacetEntry, but: str = "") -> bool:
        return all(
            wanted & one.values.get(facet, frozenset()) for facet, wanted in chosen.items() if wanted and facet != but
        )

    assert found.entries == [one for one in entries if meets(one)]
    counted = {
        facet: Counter(value for one in entries if meets(one, facet) for value in one.values.get(facet, ()))
        for facet in "abc"
    }
    assert found.counts == {facet: counts for facet, counts in counted.items() if counts}


@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_one_after_another_show_each_entry_once(count: int, size: int) -> None:
    found = Shelf([entry(number) for number in range(count)]).narrow({})

    seen: list[FacetEntry] = []
    part = page(found, size)
    seen += part.entries
    while part.after:
        part = page(found, size, after=found.keys[len(seen) - 1])
        seen += part.entries

    assert seen == found.entries
