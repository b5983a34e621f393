"""Search for terms by id, label and synonym, fast enough for a form that asks at every key press."""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from governance.duo.joint import Joint

NOT_OF_PEOPLE = "MONDO:0005583"
"""MONDO's "non-human animal disease": data about people are never limited to one."""

_WORD = re.compile(r"\w+")
_AFTER_ALL = "\U0010ffff"
_MOST = 5_000
"""How many names one search weighs in each of its ways: one letter need not weigh every name that starts with
it."""

_WHOLE, _START, _WORDS, _ID = 0, 2, 4, 6
"""Ranks, best first; a synonym comes directly after a label found in the same way."""

_Found = tuple[int, int, str, str]
"""Rank, length of the name, name, node: the smallest is the best."""


class SearchIndex:
    """Every name of every term that is not obsolete, sorted, and the words in them.

    A foreign term that stands for a hub term lends its names to it, so that a term is found once, under
    either vocabulary's words.
    """

    def __init__(self, joint: Joint) -> None:
        self._names = sorted(_names(joint))
        words: dict[str, list[int]] = {}
        for number, (name, _, _) in enumerate(self._names):
            for word in set(_WORD.findall(name)):
                words.setdefault(word, []).append(number)
        self._numbers = words
        self._words = sorted(words)
        self._ids = sorted((node.casefold(), node) for node in joint.graph)

    def find(self, text: str, limit: int) -> list[str]:
        """The best `limit` nodes, in the order of the ranks; shorter names first within one."""
        wanted = " ".join(text.casefold().split())
        if not wanted or limit <= 0:
            return []
        best: dict[str, _Found] = {}
        _keep(best, self._starting(wanted))
        if len(best) < limit:
            _keep(best, self._holding(wanted))
        if len(best) < limit:
            _keep(best, self._identified(wanted))
        return [found[-1] for found in heapq.nsmallest(limit, best.values())]

    def _starting(self, wanted: str) -> Iterator[_Found]:
        for number in range(bisect_left(self._names, (wanted,)), len(self._names)):
            name, synonym, node = self._names[number]
            if not name.startswith(wanted):
                return
            yield (_WHOLE if name == wanted else _START) + synonym, len(name), name, node

    def _holding(self, wanted: str) -> Iterator[_Found]:
        """Names in which each word asked for starts some word."""
        asked = sorted(set(_WORD.findall(wanted)), key=len, reverse=True)
        if not asked:
            return
        numbers = set.intersection(*(self._numbered(word) for word in asked))
        for number in sorted(numbers):
            name, synonym, node = self._names[number]
            yield _WORDS + synonym, len(name), name, node

    def _numbered(self, start: str) -> set[int]:
        first, end = bisect_left(self._words, start), bisect_left(self._words, start + _AFTER_ALL)
        return set().union(*(self._numbers[word] for word in self._words[first:end]))

    def _identified(self, wanted: str) -> Iterator[_Found]:
        for number in range(bisect_left(self._ids, (wanted,)), len(self._ids)):
            identifier, node = self._ids[number]
            if not identifier.startswith(wanted):
                return
            yield _ID, len(identifier), identifier, node


def _names(joint: Joint) -> set[tuple[str, int, str]]:
    """(name in folded case, 1 for a synonym, node); a name that is the label is not repeated as a synonym."""
    names: set[tuple[str, int, str]] = set()
    for term in joint.terms.values():
        node = joint.exact.get(term.id, term.id)
        if node not in joint.graph or term.obsolete:
            continue
        label = " ".join(joint.terms[node].label.casefold().split())
        names.add((label, 0, node))
        for name in (term.label, *term.synonyms):
            folded = " ".join(name.casefold().split())
            if folded and folded != label:
                names.add((folded, 1, node))
    return names


def _keep(best: dict[str, _Found], candidates: Iterable[_Found]) -> None:
    for found in islice(candidates, _MOST):
        before = best.get(found[-1])
        if before is None or found < before:
            best[found[-1]] = found
