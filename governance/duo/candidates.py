"""Which terms a text in free words may mean: proposals for a person, never a decision."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from governance.duo.ontology import Ontologies, Term
from governance.duo.readings import Clue

NOT_OF_PEOPLE = "MONDO:0005583"
"""MONDO's "non-human animal disease": data about people are never limited to one."""

_SHORTEST = 5
_PARTS = re.compile(r"\s+(?:and|or|or other|and other)\s+|[,;/]")
_ENDINGS = (
    (re.compile(r"diseases$"), "disease"),
    (re.compile(r"disorders$"), "disorder"),
    (re.compile(r"(?:illness|illnesses|disease)$"), "disorder"),
    (re.compile(r"^pediatric\b"), "childhood"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that may be meant: how its words fit (`label`, `synonym`, `words`), and where the text stands."""

    id: str
    label: str
    fits: str
    found_in: str


def candidates(clues: Iterable[Clue], ontologies: Ontologies, limit: int = 5) -> tuple[Candidate, ...]:
    """The best terms for the texts, in their order: whole names first, then terms that hold the words."""
    whole: dict[str, Candidate] = {}
    loose: dict[str, Candidate] = {}
    for clue in clues:
        for text in _variants(clue.text):
            for term in ontologies.search(text, limit):
                if NOT_OF_PEOPLE in ontologies.ancestors(term.id):
                    continue
                fits = _fit(term, text)
                found = loose if fits == "words" else whole
                found.setdefault(term.id, Candidate(term.id, term.label, fits, clue.found_in))
    kept = {**loose, **whole}
    return tuple(kept[id] for id in list(dict.fromkeys([*whole, *loose]))[:limit])


def _fit(term: Term, text: str) -> str:
    if term.label.casefold() == text:
        return "label"
    return "synonym" if text in (synonym.casefold() for synonym in term.synonyms) else "words"


def _variants(text: str) -> Iterator[str]:
    """The whole text, its parts around "and" and "or", and each with other common endings."""
    whole = " ".join(text.casefold().split())
    for one in dict.fromkeys([whole, *(part.strip() for part in _PARTS.split(whole) if part)]):
        if len(one) < _SHORTEST:
            continue
        yield one
        for ending, other in _ENDINGS:
            if ending.search(one):
                yield ending.sub(other, one)
