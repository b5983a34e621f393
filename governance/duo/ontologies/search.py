"""Search for terms by id, label and synonym, fast enough for a form that asks at every key press."""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from governance.duo.ontologies.graph import Graph
from governance.duo.ontologies.joint import Joint

NOT_OF_PEOPLE = "MONDO:0005583"
"""MONDO's "non-human animal disease": data about people are never limited to one."""

TOO_GENERAL = frozenset({"MONDO:0000001", "MONDO:0700096"})
"""MONDO's "disease" and "human disease": a text that names no more than these names none."""

_WORD = re.compile(r"\w+")
_AFTER_ALL = "\U0010ffff"
_MOST = 5_000
"""How many names one search weighs in each of its ways: one letter need not weigh every name that starts with
it."""

_EMPTY = frozenset({"a", "an", "and", "by", "due", "in", "of", "or", "the", "to", "with"})
_ACRONYM = range(3, 7)
"""How many letters may be the first letters of a label's words: `asd` for autism spectrum disorder."""

_WHOLE, _LETTERS, _WORDS, _STARTS, _ID = 0, 2, 3, 4, 5
"""Ranks, best first; a whole synonym comes directly after a whole label."""

_SUSCEPTIBLE = "susceptibility"
_FAR = 5
"""How many words farther off a term of mere susceptibility stands, where nobody asks for one."""

_Found = tuple[int, int, int, int, int, str, str]
"""Rank, words more than asked, how special the term is, 0 where the name starts so, length, name, node: the smallest
is the best."""


class SearchIndex:
    """Every name of every term that is not obsolete, sorted, and the words in them.

    A foreign term that stands for a hub term lends its names to it, so that a term is found once, under
    either vocabulary's words. Diseases of animals are found by their ids alone.
    """

    def __init__(self, joint: Joint) -> None:
        animals = joint.graph.descendants(NOT_OF_PEOPLE)
        self._special = _special(joint.graph)
        self._susceptible = {node for node in joint.graph if _SUSCEPTIBLE in _label(joint, node)}
        self._names = sorted(name for name in _names(joint) if name[-1] not in animals)
        # Names are sorted with labels before synonyms: the first of several that are alike stays.
        self._nodes = {name: node for name, _synonym, node in reversed(self._names)}
        words: dict[str, list[int]] = {}
        letters: dict[str, list[int]] = {}
        for number, (name, synonym, _node) in enumerate(self._names):
            found = _WORD.findall(name)
            for word in set(found):
                words.setdefault(word, []).append(number)
            if not synonym and len(found) in _ACRONYM:
                letters.setdefault("".join(word[0] for word in found), []).append(number)
        self._numbers = words
        self._letters = letters
        self._words = sorted(words)
        self._ids = sorted((node.casefold(), node) for node in joint.graph)

    def find(self, text: str, limit: int) -> list[str]:
        """The best `limit` nodes, in the order of the ranks.

        Within one, names closest to the text come first, and of these the terms with the most kinds below them.
        """
        wanted = " ".join(text.casefold().split())
        if not wanted or limit <= 0:
            return []
        best: dict[str, _Found] = {}
        _keep(best, self._whole(wanted))
        _keep(best, (self._weighed(_LETTERS, number, wanted, 0) for number in self._letters.get(wanted, ())))
        _keep(best, self._holding(wanted))
        if len(best) < limit:
            _keep(best, self._starting(wanted))
        if len(best) < limit:
            _keep(best, self._identified(wanted))
        return [found[-1] for found in heapq.nsmallest(limit, best.values())]

    def called(self, name: str) -> str | None:
        """The node that is called exactly so, by its label before another name."""
        return self._nodes.get(" ".join(name.casefold().split()))

    def holds(self, word: str) -> bool:
        """Whether any name holds this word, so that a text can be looked through quickly."""
        return word.casefold() in self._numbers

    def _weighed(self, rank: int, number: int, wanted: str, more: int) -> _Found:
        name, _synonym, node = self._names[number]
        if node in self._susceptible and _SUSCEPTIBLE not in wanted:
            more += _FAR
        return rank, more, self._special[node], not name.startswith(wanted), len(name), name, node

    def _whole(self, wanted: str) -> Iterator[_Found]:
        for number in range(bisect_left(self._names, (wanted,)), len(self._names)):
            if self._names[number][0] != wanted:
                return
            yield self._weighed(_WHOLE + self._names[number][1], number, wanted, 0)

    def _starting(self, wanted: str) -> Iterator[_Found]:
        """Names that start with what is typed, be it half a word or marks between words."""
        for number in range(bisect_left(self._names, (wanted,)), len(self._names)):
            name = self._names[number][0]
            if not name.startswith(wanted):
                return
            yield self._weighed(_STARTS, number, wanted, _more(name, frozenset()))

    def _holding(self, wanted: str) -> Iterator[_Found]:
        """Names in which each word asked for starts some word; whole words come before beginnings of words."""
        asked = sorted(set(_WORD.findall(wanted)), key=len, reverse=True)
        if not asked:
            return
        whole = frozenset(asked)
        numbers = set.intersection(*(self._numbered(word) for word in asked))
        for number in sorted(numbers):
            name = self._names[number][0]
            rank = _WORDS if whole.issubset(_WORD.findall(name)) else _STARTS
            yield self._weighed(rank, number, wanted, _more(name, whole))

    def _numbered(self, start: str) -> set[int]:
        first, end = bisect_left(self._words, start), bisect_left(self._words, start + _AFTER_ALL)
        return set().union(*(self._numbers[word] for word in self._words[first:end]))

    def _identified(self, wanted: str) -> Iterator[_Found]:
        for number in range(bisect_left(self._ids, (wanted,)), len(self._ids)):
            identifier, node = self._ids[number]
            if not identifier.startswith(wanted):
                return
            yield _ID, 0, 0, 0, len(identifier), identifier, node


def _more(name: str, asked: frozenset[str]) -> int:
    """How many words of a name tell more than was asked; at least one, because it is not what was asked."""
    told = set(_WORD.findall(name)) - _EMPTY - asked
    return max(1, len(told))


def _special(graph: Graph) -> dict[str, int]:
    """How special each term is: the more kinds there are below it, the more general it is, and the lower the number.

    Kinds that can be reached in several ways are counted for each of them: only the order of size matters, and two or
    three make nothing general.
    """
    waiting = dict.fromkeys(graph, 0)
    for node in graph:
        for parent in graph.parents(node):
            waiting[parent] = waiting.get(parent, 0) + 1
    kinds = dict.fromkeys(waiting, 1)
    done = [node for node, children in waiting.items() if not children]
    for node in done:
        for parent in graph.parents(node):
            kinds[parent] += kinds[node]
            waiting[parent] -= 1
            if not waiting[parent]:
                done.append(parent)
    return {node: -max(2, count.bit_length()) for node, count in kinds.items()}


def _label(joint: Joint, node: str) -> str:
    return " ".join(joint.terms[node].label.casefold().split()) if node in joint.terms else ""


def _names(joint: Joint) -> set[tuple[str, int, str]]:
    """(name in folded case, 1 for a synonym, node); a name that is the label is not repeated as a synonym."""
    names: set[tuple[str, int, str]] = set()
    for term in joint.terms.values():
        node = joint.exact.get(term.id, term.id)
        if node not in joint.graph or term.obsolete:
            continue
        label = _label(joint, node)
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
