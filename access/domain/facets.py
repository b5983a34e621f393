"""Narrowing a catalogue: what is chosen in one facet never hides the other choices of the same facet.

Pure: entries are plain values in the order in which they are shown. Within a facet any chosen value will do; every facet
that has a choice must be met.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset: its place in the order, its values by facet, and its words in folded case."""

    key: tuple[Any, ...]
    id: int
    values: Mapping[str, frozenset[str]]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that are left, in order; and for each facet how many entries each value would leave."""

    entries: Sequence[Entry]
    counts: Mapping[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the entries, and whether there are others before and after them."""

    entries: Sequence[Entry]
    before: bool
    after: bool


def narrow(entries: Collection[Entry], chosen: Mapping[str, frozenset[str]], words: Collection[str] = ()) -> Found:
    """The entries that hold every word and meet every facet that has a choice, with the counts of each facet."""
    wanted = {facet: values for facet, values in chosen.items() if values}
    folded = [word.casefold() for word in words]
    kept: list[Entry] = []
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        if not all(word in entry.text for word in folded):
            continue
        missed = [facet for facet, values in wanted.items() if values.isdisjoint(entry.values.get(facet, _NONE))]
        if not missed:
            kept.append(entry)
        if len(missed) < 2:
            for facet in missed or entry.values:
                counts[facet].update(entry.values.get(facet, _NONE))
    return Found(sorted(kept, key=lambda entry: entry.key), dict(counts))


def page(
    found: Sequence[Entry], size: int, *, after: tuple[Any, ...] | None = None, before: tuple[Any, ...] | None = None
) -> Page:
    """The entries that follow one place in the order, or precede another; the place need not be among them."""
    keys = [entry.key for entry in found]
    if before is not None:
        end = bisect_left(keys, before)
        start = max(0, end - size)
    else:
        start = bisect_right(keys, after) if after is not None else 0
        end = start + size
    return Page(found[start:end], start > 0, end < len(found))
