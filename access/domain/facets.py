"""Narrowing a catalogue: what is chosen in one facet never hides the other choices of the same facet.

Pure. Entries stand on a shelf in their usual order; which of them have a value is a set of places, kept as the bits of one
integer, so that ten thousand entries are narrowed and counted in a millisecond. Within a facet any chosen value will do; every
facet that has a choice must be met.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

_NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class FacetEntry:
    """One dataset: its values by facet, and its words in folded case."""

    id: int
    values: Mapping[str, frozenset[str]]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that are left, in order; for each facet how many entries each value would leave; and their ranks."""

    entries: Sequence[FacetEntry]
    counts: Mapping[str, Counter[str]] = field(default_factory=dict)
    keys: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class FacetPage:
    """Some of the entries, and whether there are others before and after them."""

    entries: Sequence[FacetEntry]
    before: bool
    after: bool


class Shelf:
    """Entries in their usual order, and for each value of each facet the set of their places."""

    def __init__(self, entries: Sequence[FacetEntry]) -> None:
        self.entries = entries
        self.everywhere = (1 << len(entries)) - 1
        places: dict[str, dict[str, list[int]]] = {}
        for place, entry in enumerate(entries):
            for facet, values in entry.values.items():
                of_facet = places.setdefault(facet, {})
                for value in values:
                    of_facet.setdefault(value, []).append(place)
        self.values: dict[str, dict[str, int]] = {
            facet: {value: self.at(found) for value, found in of_facet.items()} for facet, of_facet in places.items()
        }

    def at(self, places: Iterable[int]) -> int:
        """A set of places."""
        found = bytearray(len(self.entries) // 8 + 1)
        for place in places:
            found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")

    def narrow(
        self,
        chosen: Mapping[str, frozenset[str]],
        words: Collection[str] = (),
        *,
        beside: Mapping[str, Mapping[str, int]] = {},
        ranks: Sequence[int] | None = None,
    ) -> Found:
        """The entries that hold every word and meet every facet that has a choice, with the counts of each facet.

        `beside` are facets that are known for this question alone, with the places of their values; `ranks` has a number
        for each place, the lowest first, where the usual order is not wanted.
        """
        known = {**self.values, **beside}
        met = {
            facet: reduce(or_, (known.get(facet, _NONE).get(value, 0) for value in values))
            for facet, values in chosen.items()
            if values
        }
        told = self._with(words)
        kept = _all_but("", met, told)
        counts: dict[str, Counter[str]] = {}
        for facet, values in known.items():
            among = _all_but(facet, met, told) if facet in met else kept
            counted = {value: (among & places).bit_count() for value, places in values.items()}
            if left := Counter({value: count for value, count in counted.items() if count}):
                counts[facet] = left
        order = _places(kept)
        if ranks is not None:
            order.sort(key=ranks.__getitem__)
        keys = [(ranks[place] if ranks else 0, place) for place in order]
        return Found([self.entries[place] for place in order], counts, keys)

    def _with(self, words: Collection[str]) -> int:
        """Where every word stands in the text."""
        folded = [word.casefold() for word in words]
        if not folded:
            return self.everywhere
        return self.at(place for place, entry in enumerate(self.entries) if all(word in entry.text for word in folded))


def _all_but(facet: str, met: Mapping[str, int], told: int) -> int:
    """The places that meet every choice but that of one facet."""
    for name, places in met.items():
        if name != facet:
            told &= places
    return told


def _places(bits: int) -> list[int]:
    return [place for place, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


def page(
    found: Found, size: int, *, after: tuple[int, int] | None = None, before: tuple[int, int] | None = None
) -> FacetPage:
    """The entries that follow one place in the order, or precede another: rank and place, of which none need be left."""
    if before is not None:
        end = bisect_left(found.keys, before)
        start = max(0, end - size)
    else:
        start = bisect_right(found.keys, after) if after is not None else 0
        end = start + size
    return FacetPage(found.entries[start:end], start > 0, end < len(found.entries))
