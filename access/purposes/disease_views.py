"""Diseases that a search finds, each with what it is a kind of, a few at first and more when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.duo.ontology import Ontologies, Term
from governance.selectors.ontology import active_ontologies, search_terms

FEW = 8
MANY = 30
_MOST = 240
_PARENTS = 2


@dataclass(frozen=True, slots=True)
class FoundDisease:
    """One disease, and the names of the terms directly above it."""

    term: Term
    above: Sequence[str]


@dataclass(frozen=True, slots=True)
class FoundDiseases:
    """What was found; `more` is how many to ask for next, 0 where that is all."""

    diseases: Sequence[FoundDisease]
    more: int

    def __bool__(self) -> bool:
        return bool(self.diseases)


def find_diseases(text: str, shown: str, few: int = FEW) -> FoundDiseases:
    """The diseases for a text. `shown` is the number that the address or button asks for; `few` where it asks for none."""
    asked = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 6 else few
    limit = min(max(asked, few), _MOST)
    ontologies = active_ontologies()
    found = search_terms(text, limit + 1)
    return FoundDiseases(
        [FoundDisease(term, _above(term, ontologies)) for term in found[:limit]],
        min(limit + MANY, _MOST) if len(found) > limit and limit < _MOST else 0,
    )


def _above(term: Term, ontologies: Ontologies) -> list[str]:
    labels = [label for label in map(ontologies.label, term.parents) if label]
    return labels[:_PARENTS]
