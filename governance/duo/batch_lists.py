"""The lists of a data use, compared value by value: whose are in doubt, and whose leave the purpose outside.

Each function takes the facts of a purpose and, for every value of the list's term, the set of profiles that
hold it; it answers two sets of profiles, of which the caller takes those that have the term at all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from governance.duo import terms
from governance.duo.batch_parts import Facts
from governance.duo.data_use import AnyUse, EmptyMeet
from governance.duo.ontology import Relation
from governance.duo.terms import DS, GS, IS, PS, RS, US

Holders = Mapping[str, int]
Doubtful = int
Outside = int

_DOUBT = (Relation.UNKNOWN, Relation.DISAGREE)
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


def _diseases(facts: Facts, agreed: Holders) -> tuple[Doubtful, Outside]:
    """Every disease of the purpose must be at or below one that is agreed to."""
    if not facts.purpose.diseases:
        return 0, _EVERYONE
    doubtful = outside = 0
    for disease in facts.known:
        covered, unsure = _any_of(agreed, partial(facts.ontologies.relation, disease))
        doubtful |= unsure & ~covered
        outside |= ~(covered | unsure)
    return doubtful, outside


def _kinds(facts: Facts, allowed: Holders) -> tuple[Doubtful, Outside]:
    """One fitting kind of study is enough."""
    asked = facts.purpose.research_types
    if not asked:
        return _EVERYONE, 0
    fitting, unsure = _any_of(allowed, lambda other: _nearest(asked, other, facts))
    return unsure & ~fitting, ~(fitting | unsure)


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


def _nearest(asked: Iterable[str], other: str, facts: Facts) -> Relation:
    found = {_compare(one, other, facts) for one in asked}
    return next((relation for relation in (Relation.BELOW, *_DOUBT) if relation in found), Relation.UNRELATED)


def _compare(one: str, other: str, facts: Facts) -> Relation:
    """Ids that no ontology knows are compared as strings, so they are unrelated to all that differs."""
    first, second = (facts.ontologies.resolve(kind) for kind in (one, other))
    if one == other:
        return Relation.BELOW
    if "unknown" in (first.problem, second.problem):
        return Relation.BELOW if first.node == second.node else Relation.UNRELATED
    return facts.ontologies.relation(one, other)


def _all_in(asked: tuple[str, ...], listed: Holders) -> tuple[Doubtful, Outside]:
    """Everything asked for must be in the list; nothing named is review."""
    if not asked:
        return _EVERYONE, 0
    inside = _EVERYONE
    for one in asked:
        inside &= listed.get(one, 0)
    return 0, ~inside


def _project(facts: Facts, listed: Holders) -> tuple[Doubtful, Outside]:
    project = facts.purpose.project
    return _all_in(() if project is None else (project,), listed)


LISTS: Mapping[str, Callable[[Facts, Holders], tuple[Doubtful, Outside]]] = {
    terms.DS: _diseases,
    RS: _kinds,
    GS: lambda facts, listed: _all_in(facts.purpose.countries, listed),
    US: lambda facts, listed: _all_in(facts.purpose.users, listed),
    PS: _project,
    IS: lambda facts, listed: _all_in(facts.purpose.institutions, listed),
}
