"""The lists of a data use, compared value by value: whose are in doubt, and whose leave the purpose outside.

Each function takes the facts of a purpose and, for every value of the list's term, the set of profiles that
hold it; it answers two sets of profiles, of which the caller takes those that have the term at all.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from governance.duo import terms
from governance.duo.batches.parts import PurposeFacts
from governance.duo.data_use import AnyUse, EmptyMeet
from governance.duo.ontology import Ontologies, Relation
from governance.duo.terms import DS, GS, IS, PS, RS, US
from governance.duo.wording import may_be_same, same_words

Holders = Mapping[str, int]
Doubtful = int
Outside = int

_DOUBT = (Relation.UNKNOWN, Relation.DISAGREE, Relation.UNLINKED)
_EVERYONE = -1
"""The set that holds every profile, as an endless row of ones."""


def values_of(profile: AnyUse) -> Iterator[tuple[str, str]]:
    """Every value of every list that is compared, with its term."""
    if isinstance(profile, EmptyMeet):
        return
    for disease in profile.diseases:
        yield DS, disease
    for modifier in profile.modifiers:
        if modifier.term in LISTS:
            for value in modifier.values:
                yield modifier.term, value


def _diseases(facts: PurposeFacts, agreed: Holders) -> tuple[Doubtful, Outside]:
    """Every disease of the purpose must be at or below one that is agreed to."""
    if not facts.purpose.diseases:
        return 0, _EVERYONE
    doubtful = outside = 0
    for disease in facts.known:
        covered, unsure = _any_of(agreed, partial(facts.ontologies.relation, disease))
        doubtful |= unsure & ~covered
        outside |= ~(covered | unsure)
    return doubtful, outside


def _kinds(facts: PurposeFacts, allowed: Holders) -> tuple[Doubtful, Outside]:
    """Every kind of study has to fit; where none does, a doubt about one of them is a doubt about all."""
    asked = facts.purpose.research_types
    if not asked:
        return _EVERYONE, 0
    all_fit, some_fit, doubtful = _EVERYONE, 0, 0
    for kind in asked:
        fitting, unsure = _any_of(allowed, partial(_compare, facts.ontologies, kind))
        all_fit &= fitting
        some_fit |= fitting
        doubtful |= unsure
    return (some_fit | doubtful) & ~all_fit, ~(some_fit | doubtful)


def _any_of(holders: Holders, relation: Callable[[str], Relation]) -> tuple[int, int]:
    """Who holds a value that covers, and who holds one that leaves a doubt."""
    covered = unsure = 0
    for value, who in holders.items():
        found = relation(value)
        if found is Relation.BELOW:
            covered |= who
        elif found in _DOUBT:
            unsure |= who
    return covered, unsure


def _compare(ontologies: Ontologies, one: str, other: str) -> Relation:
    """Words that no ontology knows are the same words, or in doubt."""
    unknown = [ontologies.resolve(kind).problem == "unknown" for kind in (one, other)]
    if one == other or (all(unknown) and same_words(one) == same_words(other)):
        return Relation.BELOW
    return Relation.UNKNOWN if any(unknown) else ontologies.relation(one, other)


def _all_in(asked: tuple[str, ...], listed: Holders) -> tuple[Doubtful, Outside]:
    """Everything asked for must be in the list; nothing named is review."""
    if not asked:
        return _EVERYONE, 0
    inside = _EVERYONE
    for one in asked:
        inside &= listed.get(one, 0)
    return 0, ~inside


def _project(facts: PurposeFacts, listed: Holders) -> tuple[Doubtful, Outside]:
    """Only different identifiers of one scheme are certainly different projects."""
    project = facts.purpose.project
    if project is None:
        return _EVERYONE, 0
    inside = unsure = 0
    for other, who in listed.items():
        if same_words(other) == same_words(project):
            inside |= who
        elif may_be_same(other, project):
            unsure |= who
    return unsure & ~inside, ~(inside | unsure)


LISTS: Mapping[str, Callable[[PurposeFacts, Holders], tuple[Doubtful, Outside]]] = {
    terms.DS: _diseases,
    RS: _kinds,
    GS: lambda facts, listed: _all_in(facts.purpose.countries, listed),
    US: lambda facts, listed: _all_in(facts.purpose.users, listed),
    PS: _project,
    IS: lambda facts, listed: _all_in(facts.purpose.institutions, listed),
}
