"""The levels that the parts of a data use give a purpose: grantable, outstanding, review, deny, the strictest
counts.

A second reading of matching.md's tables, written apart from the rules that give reasons: where one of the
two is wrong, the comparison of the two shows it (law 7).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from governance.duo import local_terms, terms
from governance.duo.data_use import AnyUse, EmptyMeet
from governance.duo.modifiers import Modifier
from governance.duo.ontology import Ontologies, Relation
from governance.duo.purpose import REIDENTIFICATION, Purpose
from governance.duo.terms import DS, GRU, HMB, NRES, OTHER, POA

GRANTABLE, OUTSTANDING, REVIEW, DENY = range(4)

_HEALTH = {terms.BIOMEDICAL, terms.GENETIC, terms.DRUGS, terms.DISEASE}
_BESIDE = {terms.METHODS, terms.POPULATION, terms.AGE, terms.GENDER, terms.CONTROL}


@dataclass(frozen=True, slots=True)
class Facts:
    """A purpose on a day, with what each disease of it stands for."""

    purpose: Purpose
    at: date
    asked: frozenset[str]
    known: tuple[tuple[str, frozenset[str]], ...]
    unclear: bool
    ontologies: Ontologies
    relations: dict[tuple[str, str], Relation]

    def relation(self, disease: str, agreed: str) -> Relation:
        """Kept for this purpose, because many lists of diseases name the same ones."""
        pair = (disease, agreed)
        found = self.relations.get(pair)
        if found is None:
            found = self.relations[pair] = self.ontologies.relation(disease, agreed)
        return found


def facts_of(purpose: Purpose, at: date, ontologies: Ontologies) -> Facts:
    resolved = [ontologies.resolve(disease) for disease in purpose.diseases]
    known = tuple((r.given, ontologies.ancestors(r.node)) for r in resolved if r.problem is None)
    asked = frozenset(purpose.investigations)
    return Facts(purpose, at, asked, known, len(known) < len(resolved), ontologies, {})


def base_level(facts: Facts) -> int:
    """What holds under every permission: sensitive work, diseases that nobody knows, nothing asked for."""
    if REIDENTIFICATION in facts.purpose.sensitive:
        return DENY
    return REVIEW if facts.purpose.sensitive or facts.unclear or not facts.asked else GRANTABLE


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission with its diseases; `methods` where methods-permitted widens it."""

    permission: str
    diseases: frozenset[str]
    methods: bool

    def level(self, facts: Facts) -> int:
        return max((self._investigation(one, facts) for one in facts.asked), default=REVIEW)

    def _investigation(self, asked: str, facts: Facts) -> int:
        unnamed = asked == terms.DISEASE and not facts.purpose.diseases
        if self.permission in (NRES, GRU):
            return REVIEW if unnamed else GRANTABLE
        if asked == OTHER:
            return REVIEW
        if self.permission == POA:
            return GRANTABLE if asked == terms.ANCESTRY else REVIEW if asked in _BESIDE else DENY
        if asked == terms.ANCESTRY:
            return DENY
        if asked == terms.METHODS and self.methods:
            return GRANTABLE
        beside = REVIEW if asked in _BESIDE and facts.asked.isdisjoint(_HEALTH) else GRANTABLE
        if self.permission == HMB:
            return REVIEW if unnamed else beside
        return max(beside, self._cover(facts))

    def _cover(self, facts: Facts) -> int:
        if not facts.purpose.diseases:
            return DENY
        return max((self._covers(disease, above, facts) for disease, above in facts.known), default=REVIEW)

    def _covers(self, disease: str, above: frozenset[str], facts: Facts) -> int:
        if not above.isdisjoint(self.diseases):
            return GRANTABLE
        doubt = (Relation.UNKNOWN, Relation.DISAGREE)
        return REVIEW if any(facts.relation(disease, other) in doubt for other in self.diseases) else DENY


@dataclass(frozen=True, slots=True)
class Care:
    """Whether the care of patients is allowed."""

    allowed: bool

    def level(self, facts: Facts) -> int:
        return DENY if facts.purpose.clinical_care and not self.allowed else GRANTABLE


@dataclass(frozen=True, slots=True)
class Condition:
    """One modifier."""

    modifier: Modifier

    def level(self, facts: Facts) -> int:
        return _CONDITIONS[self.modifier.term](self.modifier, facts)


@dataclass(frozen=True, slots=True)
class Local:
    """One local term."""

    name: str

    def level(self, facts: Facts) -> int:
        mode = facts.purpose.access_mode
        if self.name in (local_terms.NO_REIDENTIFICATION, local_terms.NO_REDISTRIBUTION):
            return GRANTABLE if self.name in facts.purpose.agrees else OUTSTANDING
        if self.name == local_terms.VISIT_ONLY and mode:
            return DENY if mode == "download" else GRANTABLE
        if self.name == local_terms.FEDERATED_ONLY and mode:
            return GRANTABLE if mode == "federated" else DENY
        return REVIEW


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty meet."""

    def level(self, facts: Facts) -> int:
        return DENY


Atom = Scope | Care | Condition | Local | Nothing


def atoms_of(profile: AnyUse) -> Iterator[Atom]:
    """The parts of a canonical data use, each of which is judged by itself."""
    if isinstance(profile, EmptyMeet):
        yield Nothing()
        return
    methods = local_terms.METHODS_PERMITTED in profile.local and profile.permission in (HMB, DS)
    yield Scope(profile.permission, frozenset(profile.diseases), methods)
    yield Care(profile.permission == NRES or profile.modifier(terms.CC) is not None)
    for modifier in profile.modifiers:
        if modifier.term != terms.CC:
            yield Condition(modifier)
    for name in profile.local:
        if name != local_terms.METHODS_PERMITTED:
            yield Local(name)


def _within(asked: tuple[str, ...], listed: tuple[str, ...]) -> int:
    if not asked:
        return REVIEW
    return GRANTABLE if set(asked) <= set(listed) else DENY


def _refused(refused: bool | None) -> int:
    """A limit on a fact: unknown is review."""
    return REVIEW if refused is None else DENY if refused else GRANTABLE


def _for_profit(modifier: Modifier, facts: Facts) -> int:
    kind = facts.purpose.organisation_type
    return _refused(None if kind is None else kind == "for-profit")


def _commercial(modifier: Modifier, facts: Facts) -> int:
    return _refused(facts.purpose.commercial)


def _genetic(modifier: Modifier, facts: Facts) -> int:
    if terms.GENETIC in facts.asked:
        return GRANTABLE
    genetic = facts.purpose.genetic
    return _refused(None if genetic is None else not genetic)


def _no_ancestry(modifier: Modifier, facts: Facts) -> int:
    if terms.ANCESTRY in facts.asked:
        return DENY
    return REVIEW if terms.POPULATION in facts.asked else GRANTABLE


def _project(modifier: Modifier, facts: Facts) -> int:
    project = facts.purpose.project
    return _within(() if project is None else (project,), modifier.values)


def _kinds(modifier: Modifier, facts: Facts) -> int:
    asked, allowed = set(facts.purpose.research_types), set(modifier.values)
    if not asked:
        return REVIEW
    pairs = [(one, other) for one in asked for other in allowed]
    found = {_compare(one, other, facts) for one, other in pairs}
    if asked & allowed or Relation.BELOW in found:
        return GRANTABLE
    return REVIEW if found & {Relation.DISAGREE, Relation.UNKNOWN} else DENY


def _compare(one: str, other: str, facts: Facts) -> Relation:
    """Ids that no ontology knows are compared as strings, so they are unrelated to all that differs."""
    if any(facts.ontologies.resolve(kind).problem == "unknown" for kind in (one, other)):
        return Relation.UNRELATED
    return facts.relation(one, other)


def _undertaken(modifier: Modifier, facts: Facts) -> int:
    return GRANTABLE if modifier.term in facts.purpose.agrees else OUTSTANDING


def _moratorium(modifier: Modifier, facts: Facts) -> int:
    over = modifier.until is not None and modifier.until < facts.at
    return GRANTABLE if over else _undertaken(modifier, facts)


def _approved(modifier: Modifier, facts: Facts) -> int:
    approval = facts.purpose.ethics_approval
    return GRANTABLE if approval is not None and facts.at <= approval.valid_until else OUTSTANDING


_CONDITIONS: dict[str, Callable[[Modifier, Facts], int]] = {
    terms.RS: _kinds,
    terms.NMDS: lambda modifier, facts: DENY if terms.METHODS in facts.asked else GRANTABLE,
    terms.GSO: _genetic,
    terms.NPUNCU: lambda modifier, facts: max(_for_profit(modifier, facts), _commercial(modifier, facts)),
    terms.PUB: _undertaken,
    terms.COL: _undertaken,
    terms.IRB: _approved,
    terms.GS: lambda modifier, facts: _within(facts.purpose.countries, modifier.values),
    terms.MOR: _moratorium,
    terms.TS: lambda modifier, facts: GRANTABLE,
    terms.US: lambda modifier, facts: _within(facts.purpose.users, modifier.values),
    terms.PS: _project,
    terms.IS: lambda modifier, facts: _within(facts.purpose.institutions, modifier.values),
    terms.RTN: _undertaken,
    terms.NPOA: _no_ancestry,
    terms.NPU: _for_profit,
    terms.NCU: _commercial,
}
