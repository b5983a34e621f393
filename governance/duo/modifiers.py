"""Modifiers of a data use, and what several of one kind ask together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from governance.duo import terms
from governance.duo.countries import expand
from governance.duo.ontology import UNKNOWN, Ontologies
from governance.duo.reading import InvalidUse, unique
from governance.duo.terms import COL, GS, IS, MOR, NCU, NPU, NPUNCU, PARAMETER, PS, RS, TS, US
from governance.duo.wording import each_once, same_words

INTERSECTED = (GS, US, IS)


@dataclass(frozen=True, slots=True)
class Modifier:
    """One condition of a data use, with the value it takes: a list, a number of months or a date."""

    term: str
    values: tuple[str, ...] = ()
    months: int | None = None
    until: date | None = None


def broadest(ids: Iterable[str], ontologies: Ontologies) -> tuple[str, ...]:
    """Ids of the joint graph, without those below another."""
    return ontologies.broadest(ontologies.resolve(id).node for id in ids)


def lower(ontologies: Ontologies, *lists: Iterable[str]) -> tuple[str, ...]:
    """The broadest terms that are at or below one of each list."""
    first, *rest = lists
    found = broadest(first, ontologies)
    for other in rest:
        nodes = broadest(other, ontologies)
        pairs = {node for a in found for b in nodes for node in ontologies.common_descendants(a, b)}
        found = ontologies.broadest(pairs)
    return found


def common_kinds(ontologies: Ontologies, *lists: Iterable[str]) -> tuple[str, ...]:
    """As `lower`, for kinds of study: words that no vocabulary knows have themselves alone in common."""
    texts: list[dict[tuple[str, str], str]] = []
    terms: list[list[str]] = []
    for one in lists:
        words = each_once(kind for kind in one if ontologies.resolve(kind).problem == UNKNOWN)
        texts.append({same_words(text): text for text in words})
        terms.append([kind for kind in one if ontologies.resolve(kind).problem != UNKNOWN])
    shared = set.intersection(*(set(found) for found in texts))
    known = lower(ontologies, *terms) if all(terms) else ()
    return unique([*known, *each_once(found[key] for found in texts for key in shared)])


def absorb(modifiers: Iterable[Modifier]) -> tuple[Modifier, ...]:
    """NPU with NCU is NPUNCU, which absorbs either; sorted by term, each once."""
    found = {modifier.term: modifier for modifier in modifiers}
    if NPUNCU in found or (NPU in found and NCU in found):
        found = {term: modifier for term, modifier in found.items() if term not in (NPU, NCU)}
        found[NPUNCU] = Modifier(NPUNCU)
    return tuple(found[term] for term in sorted(found))


def combine(parts: Sequence[Modifier], ontologies: Ontologies) -> Modifier | None:
    """What several modifiers of one term ask together, canonical; None when they share nothing."""
    term = parts[0].term
    if term == TS:
        return Modifier(term, months=min(part.months for part in parts if part.months is not None))
    if term == MOR:
        return Modifier(term, until=max(part.until for part in parts if part.until is not None))
    if term == COL:
        return Modifier(term, unique([name for part in parts for name in part.values]))
    if term == RS:
        return _listed(term, common_kinds(ontologies, *(part.values for part in parts)))
    if term == PS:
        return _listed(term, _common_projects([part.values for part in parts]))
    if term in INTERSECTED:
        lists = [set(expand(part.values) if term == GS else part.values) for part in parts]
        return _listed(term, unique(set.intersection(*lists)))
    return Modifier(term)


def combine_repeated(modifiers: Iterable[tuple[int, Modifier]], ontologies: Ontologies, path: str) -> list[Modifier]:
    """One modifier for each term, canonical, from modifiers with their places in the data use.

    Raises `Invalid` where terms given twice leave nothing.
    """
    found: dict[str, list[Modifier]] = {}
    combined: dict[str, Modifier] = {}
    for index, modifier in modifiers:
        parts = found.setdefault(modifier.term, [])
        parts.append(modifier)
        together = combine(parts, ontologies)
        if together is None:
            name, parameter = terms.short(modifier.term), PARAMETER[modifier.term]
            message = f"{name} is given twice and the lists share nothing: give one list of {_words(parameter)}"
            raise InvalidUse(f"{path}.modifiers[{index}].{parameter}", message)
        combined[modifier.term] = together
    return list(combined.values())


def _common_projects(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    shared = set.intersection(*({same_words(text) for text in one} for one in lists))
    return each_once(text for one in lists for text in one if same_words(text) in shared)


def _listed(term: str, values: tuple[str, ...]) -> Modifier | None:
    return Modifier(term, values) if values else None


def _words(parameter: str) -> str:
    return parameter.replace("_", " ")
