"""How close a dataset is to what somebody studies: what it is about, beside what the purpose names.

Not the matcher's question: data about another disease may be used all the same, and data about this one may not. It
orders a list and says a word; nothing is decided by it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from governance.duo.ontologies.search import TOO_GENERAL
from governance.duo.ontology import Ontologies

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LONGEST_PHRASE = 6
_MOST_TOKENS = 60
_SHORTEST_WORD = 5
_SHORTEST_LETTERS = 3


class Closeness(StrEnum):
    """What a dataset is about, beside what is studied: the best of all that holds."""

    SAME = "same"
    WIDER = "wider"
    NEAR = "near"
    UNKNOWN = "unknown"
    OTHER = "other"


RANK = {one: place for place, one in enumerate(Closeness)}
"""The order of a list: a dataset about which nothing is known may be what is looked for, one about something else is not."""


@dataclass(frozen=True, slots=True)
class Beside:
    """How close a dataset is, and the diseases that it is about which make it so, by id."""

    closeness: Closeness
    diseases: tuple[str, ...] = ()


def beside(studied: Iterable[str], about: Iterable[str], ontologies: Ontologies) -> Beside:
    """How close data about some diseases are to a study of others.

    SAME: one of them is a studied disease or a kind of it. WIDER: a studied disease is a kind of one. NEAR: both are kinds
    of one directly above a studied disease. OTHER: none of these. UNKNOWN: nothing says what the data are about.
    """
    topics = sorted(set(about))
    if not topics:
        return Beside(Closeness.UNKNOWN)
    nodes = {ontologies.resolve(one).node for one in studied}
    above = {node for one in nodes for node in ontologies.ancestors(one)}
    around = {parent for one in nodes for parent in ontologies.parents(one) if _is_special(parent, ontologies)}
    for closeness, fits in (
        (Closeness.SAME, [one for one in topics if ontologies.ancestors(one) & nodes]),
        (Closeness.WIDER, [one for one in topics if one in above]),
        (Closeness.NEAR, [one for one in topics if ontologies.ancestors(one) & around]),
    ):
        if fits:
            return Beside(closeness, tuple(fits))
    return Beside(Closeness.OTHER, tuple(topics))


def _is_special(node: str, ontologies: Ontologies) -> bool:
    """Whether being of one kind tells something: the roots and what is directly below them do not."""
    above = ontologies.parents(node)
    return bool(above) and all(ontologies.parents(one) for one in above)


def diseases_named(text: str, ontologies: Ontologies) -> frozenset[str]:
    """The diseases whose names stand in a text, each word read once, the longest name first."""
    tokens = _TOKEN.findall(text.replace("_", " "))[:_MOST_TOKENS]
    found: set[str] = set()
    # A word that is in no name ends every phrase: most words of most texts need no further look.
    used = {place for place, token in enumerate(tokens) if not _may_name(token, ontologies)}
    for length in range(min(_LONGEST_PHRASE, len(tokens)), 0, -1):
        for start in range(len(tokens) - length + 1):
            places = range(start, start + length)
            if used.isdisjoint(places) and (node := _called(tokens[start : start + length], ontologies)):
                found.add(node)
                used.update(places)
    return frozenset(found) - TOO_GENERAL


def _may_name(token: str, ontologies: Ontologies) -> bool:
    first = re.split(r"['’-]", token)[0]
    return any(ontologies.is_in_a_name(one) for one in (first, first.removesuffix("s")))


def _called(words: list[str], ontologies: Ontologies) -> str | None:
    """The disease with this name, in the singular too; a single short word counts only where it is all capitals."""
    if len(words) == 1 and len(words[0]) < _SHORTEST_WORD and not _is_letters(words[0]):
        return None
    name = " ".join(words)
    return ontologies.called(name) or (ontologies.called(name[:-1]) if name.endswith("s") else None)


def _is_letters(word: str) -> bool:
    return len(word) >= _SHORTEST_LETTERS and word.isupper()
