"""Which terms a text in free words may mean: proposals for a person, never a decision."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from sys import intern
from weakref import WeakKeyDictionary

from governance.duo.catalogues.disease_names import (
    GENERAL,
    all_words,
    is_acronym,
    joined,
    key,
    kindred,
    parts,
    without_noise,
    words,
)
from governance.duo.catalogues.readings import Clue
from governance.duo.ontologies.search import NOT_OF_PEOPLE, TOO_GENERAL
from governance.duo.ontology import Ontologies

__all__ = ["NOT_OF_PEOPLE", "Candidate", "candidates"]

_SHORTEST_WORD = 4
_SHORTEST_ACRONYM = 3
_CHARACTERISTIC = "MONDO:0021125"
"""MONDO's "disease characteristic", such as being idiopathic: nobody is ill with one."""

_SUSCEPTIBLE = "susceptibility"
_LONGEST = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that may be meant: how its words fit (`label`, `synonym`, `words`), and where the text stands."""

    id: str
    label: str
    fits: str
    found_in: str


@dataclass(frozen=True, slots=True)
class _Name:
    """One name of a node: its words with those kindred, and how many words it has."""

    node: str
    words: tuple[str, ...]
    length: int


class _Names:
    """Every name of every disease of people, by its words. Terms of susceptibility are no diseases."""

    def __init__(self, ontologies: Ontologies) -> None:
        self.by_key: dict[str, tuple[tuple[str, bool], ...]] = {}
        self.by_kindred: dict[str, tuple[str, ...]] = {}
        self.by_word: dict[str, list[_Name]] = {}
        self.by_initials: dict[str, list[str]] = {}
        for node, name, is_label in _named(ontologies):
            self.by_key[key(name)] = (*self.by_key.get(key(name), ()), (node, is_label))
            self.by_kindred[kindred(name)] = (*self.by_kindred.get(kindred(name), ()), node)
            entry = _Name(node, tuple(map(intern, all_words(name))), len(words(name)))
            if is_label:
                self.by_initials.setdefault("".join(word[0] for word in words(name)), []).append(node)
            for word in entry.words:
                self.by_word.setdefault(word, []).append(entry)

    def whole(self, text: str) -> list[tuple[str, str]]:
        """Nodes that are called so, each with how: labels before other names, kindred words last.

        Letters that are nobody's name may be the first letters of one.
        """
        exact = self.by_key.get(key(text), ())
        found = {node: "label" for node, is_label in exact if is_label}
        for node in (*(node for node, _is_label in exact), *self.by_kindred.get(kindred(text), ())):
            found.setdefault(node, "synonym")
        if is_acronym(text) and not found:
            found = {node: "synonym" for node, _is_label in self.by_key.get(key(text.casefold()), ())}
            if not found and len(text) >= _SHORTEST_ACRONYM:
                found = dict.fromkeys(self.by_initials.get(text.casefold(), ()), "words")
        return list(found.items())

    def holding(self, asked: frozenset[str]) -> list[tuple[int, str]]:
        """Nodes of which a name holds every word, with how many words more it has."""
        rarest = min((self.by_word.get(word, []) for word in asked), key=len, default=[])
        best: dict[str, int] = {}
        for name in rarest:
            if asked.issubset(name.words):
                more = max(0, name.length - len(asked))
                best[name.node] = min(more, best.get(name.node, more))
        return [(more, node) for node, more in best.items()]


_built: WeakKeyDictionary[Ontologies, _Names] = WeakKeyDictionary()


def candidates(clues: Iterable[Clue], ontologies: Ontologies, limit: int = 5) -> tuple[Candidate, ...]:
    """The best terms for the texts, in the order of the texts: what was agreed to stands before what was studied.

    Within a text, whole names come first; terms that only share words are given where there is none.
    """
    names = _built.get(ontologies)
    if names is None:
        names = _built.setdefault(ontologies, _Names(ontologies))
    found: dict[str, Candidate] = {}
    for clue in clues:
        for node, fits in _of_text(" ".join(clue.text.split())[:300], names, ontologies, limit):
            found.setdefault(node, Candidate(node, ontologies.label(node) or node, fits, clue.found_in))
    return tuple(found.values())[:limit]


def _of_text(text: str, names: _Names, ontologies: Ontologies, limit: int) -> list[tuple[str, str]]:
    bare = without_noise(text)
    for whole in dict.fromkeys([text, joined(text), bare, joined(bare), *_as_disease(text), *_as_disease(bare)]):
        if found := list(dict.fromkeys(names.whole(whole))):
            return found
    listed = list(parts(text))
    if found := [
        one for readings in listed for one in next(filter(None, (_of_part(one, names) for one in readings)), [])
    ]:
        return list(dict.fromkeys(found))
    inside = [(node, "words") for phrase in _phrases(bare) for node, _fits in names.whole(phrase)]
    for asked in _asked(bare, [one for readings in listed for one in readings]):
        if len(dict.fromkeys(inside)) >= limit:
            break
        near = sorted((more, len(ontologies.ancestors(node)), node) for more, node in names.holding(asked))
        inside.extend((node, "words") for _more, _depth, node in near)
    return list(dict.fromkeys(inside))[:limit]


def _of_part(part: str, names: _Names) -> list[tuple[str, str]]:
    """What one part of a list is called; where it has more words than the name, the longest name that stands in it."""
    for one in dict.fromkeys([part, joined(part), without_noise(part), *_as_disease(part)]):
        if words(one) and (found := names.whole(one)):
            return found
    for phrase in _phrases(without_noise(part)):
        if " " in phrase and (found := names.whole(phrase)):
            return [(node, "words") for node, _fits in found]
    return []


def _as_disease(text: str) -> Iterator[str]:
    """A text that names what is ill (`Neurological`, `HIV`), as the disease of it."""
    if text and words(text):
        yield f"{text} disease"
        yield f"{text} infection"


def _phrases(text: str) -> Iterator[str]:
    """The parts of a text of two words and more, and single long ones, the longest first."""
    listed = list(words(text))[:_LONGEST]
    for length in range(len(listed) - 1, 0, -1):
        for start in range(len(listed) - length, -1, -1):
            phrase = listed[start : start + length]
            if set(phrase) - GENERAL and (length > 1 or len(phrase[0]) > _SHORTEST_WORD):
                yield " ".join(phrase)


def _asked(text: str, listed: Iterable[str]) -> Iterator[frozenset[str]]:
    """Sets of words to look for in names: those of the text, its parts, what stands together in it, its last word."""
    last = words(text)[-1:]
    for one in (text, *listed, *(one for one in _phrases(text) if " " in one), *last):
        asked = frozenset(words(one))
        if any(len(word) >= _SHORTEST_WORD for word in asked - GENERAL):
            yield asked


def _named(ontologies: Ontologies) -> Iterator[tuple[str, str, bool]]:
    """(node, name, whether it is the node's own label) of every disease of people."""
    for release in ontologies.releases:
        for term in release.terms.values():
            resolved = ontologies.resolve(term.id)
            if term.obsolete or resolved.problem or not _is_of_people(resolved.node, ontologies):
                continue
            acronyms = {name for name in term.synonyms if is_acronym(name)}
            for name in (term.label, *term.synonyms):
                susceptible = _SUSCEPTIBLE in name.casefold() or _SUSCEPTIBLE in term.label.casefold()
                if not susceptible and (name in acronyms or name.upper() not in acronyms):
                    yield resolved.node, name, name == term.label and term.id == resolved.node


def _is_of_people(node: str, ontologies: Ontologies) -> bool:
    above = ontologies.ancestors(node)
    return node not in TOO_GENERAL and NOT_OF_PEOPLE not in above and _CHARACTERISTIC not in above
