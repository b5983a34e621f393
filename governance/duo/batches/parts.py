"""The parts of a data use and the level each gives a purpose: grantable, outstanding, review or deny.

A second reading of the specification's tables, written apart from the rules that give reasons: where one of
the two is wrong, the comparison of the two shows it (law 7).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from governance.duo import local_terms, terms
from governance.duo.data_use import AnyUse, EmptyMeet
from governance.duo.ontology import Ontologies
from governance.duo.purpose import REIDENTIFICATION, Purpose
from governance.duo.terms import DS, GRU, HMB, NRES, OTHER, POA

GRANTABLE, OUTSTANDING, REVIEW, DENY = range(4)

_HEALTH = {terms.BIOMEDICAL, terms.GENETIC, terms.DRUGS, terms.DISEASE}
_BESIDE = {terms.METHODS, terms.POPULATION, terms.AGE, terms.GENDER, terms.CONTROL}


@dataclass(frozen=True, slots=True)
class PurposeFacts:
    """A purpose on a day; `known` are its diseases that an ontology knows, `unclear`: there are others."""

    purpose: Purpose
    at: date
    asked: frozenset[str]
    known: tuple[str, ...]
    unclear: bool
    ontologies: Ontologies


def facts_of(purpose: Purpose, at: date, ontologies: Ontologies) -> PurposeFacts:
    known = tuple(one for one in purpose.diseases if ontologies.resolve(one).problem is None)
    unclear = len(known) < len(purpose.diseases)
    return PurposeFacts(purpose, at, frozenset(purpose.investigations), known, unclear, ontologies)


def base_level(facts: PurposeFacts) -> int:
    """What holds under every permission: sensitive work, diseases that nobody knows, nothing asked for."""
    if REIDENTIFICATION in facts.purpose.sensitive:
        return DENY
    return REVIEW if facts.purpose.sensitive or facts.unclear or not facts.asked else GRANTABLE


class Part:
    """A part judged by itself. `listed` names the term whose values are compared where `compares` says so."""

    __slots__ = ()
    listed: str | None = None

    def level(self, facts: PurposeFacts) -> int:
        """The level that the part gives without its list."""
        return GRANTABLE

    def compares(self, facts: PurposeFacts) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class PermissionPart(Part):
    """A permission; `methods` where methods-permitted widens it."""

    permission: str
    methods: bool
    listed: str | None

    def level(self, facts: PurposeFacts) -> int:
        return max((self._investigation(one, facts) for one in facts.asked), default=REVIEW)

    def compares(self, facts: PurposeFacts) -> bool:
        """DS measures the diseases where an investigation is about health, or stands beside that."""
        measured = facts.asked & (_HEALTH | _BESIDE)
        return bool(measured - {terms.METHODS} if self.methods else measured)

    def _investigation(self, asked: str, facts: PurposeFacts) -> int:
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
        alone = asked in _BESIDE and facts.asked.isdisjoint(_HEALTH)
        return REVIEW if alone or unnamed else GRANTABLE


@dataclass(frozen=True, slots=True)
class Care(Part):
    """Whether the care of patients is allowed."""

    allowed: bool

    def level(self, facts: PurposeFacts) -> int:
        return DENY if facts.purpose.clinical_care and not self.allowed else GRANTABLE


@dataclass(frozen=True, slots=True)
class Condition(Part):
    """One modifier that is judged without a list; its months and investigators decide nothing."""

    term: str
    until: date | None

    def level(self, facts: PurposeFacts) -> int:
        return _CONDITIONS[self.term](self, facts)


@dataclass(frozen=True, slots=True)
class ListedPart(Part):
    """One modifier that is judged by its list alone."""

    listed: str | None


@dataclass(frozen=True, slots=True)
class Local(Part):
    """One local term."""

    name: str

    def level(self, facts: PurposeFacts) -> int:
        mode = facts.purpose.access_mode
        if self.name in (local_terms.NO_REIDENTIFICATION, local_terms.NO_REDISTRIBUTION):
            return GRANTABLE if self.name in facts.purpose.agrees else OUTSTANDING
        if self.name == local_terms.VISIT_ONLY and mode:
            return DENY if mode == "download" else GRANTABLE
        if self.name == local_terms.FEDERATED_ONLY and mode:
            return GRANTABLE if mode == "federated" else DENY
        return REVIEW


@dataclass(frozen=True, slots=True)
class Nothing(Part):
    """An empty meet."""

    def level(self, facts: PurposeFacts) -> int:
        return DENY


def parts_of(profile: AnyUse) -> Iterator[Part]:
    """The parts of a canonical data use, each of which is judged by itself."""
    if isinstance(profile, EmptyMeet):
        yield Nothing()
        return
    methods = local_terms.METHODS_PERMITTED in profile.local and profile.permission in (HMB, DS)
    yield PermissionPart(profile.permission, methods, DS if profile.permission == DS else None)
    yield Care(profile.permission == NRES or profile.modifier(terms.CC) is not None)
    for modifier in profile.modifiers:
        if modifier.term in _CONDITIONS:
            yield Condition(modifier.term, modifier.until)
        elif modifier.term not in (terms.CC, terms.TS):
            yield ListedPart(modifier.term)
    for name in profile.local:
        if name != local_terms.METHODS_PERMITTED:
            yield Local(name)


def _refused(refused: bool | None) -> int:
    """A limit on a fact: unknown is review."""
    return REVIEW if refused is None else DENY if refused else GRANTABLE


def _for_profit(condition: Condition, facts: PurposeFacts) -> int:
    kind = facts.purpose.organisation_type
    return _refused(None if kind is None else kind == "for-profit")


def _commercial(condition: Condition, facts: PurposeFacts) -> int:
    return _refused(facts.purpose.commercial)


def _genetic(condition: Condition, facts: PurposeFacts) -> int:
    if terms.GENETIC in facts.asked:
        return GRANTABLE
    genetic = facts.purpose.genetic
    return _refused(None if genetic is None else not genetic)


def _no_ancestry(condition: Condition, facts: PurposeFacts) -> int:
    if terms.ANCESTRY in facts.asked:
        return DENY
    return REVIEW if terms.POPULATION in facts.asked else GRANTABLE


def _undertaken(condition: Condition, facts: PurposeFacts) -> int:
    return GRANTABLE if condition.term in facts.purpose.agrees else OUTSTANDING


def _moratorium(condition: Condition, facts: PurposeFacts) -> int:
    over = condition.until is not None and condition.until < facts.at
    return GRANTABLE if over else _undertaken(condition, facts)


def _approved(condition: Condition, facts: PurposeFacts) -> int:
    approval = facts.purpose.ethics_approval
    return GRANTABLE if approval is not None and facts.at <= approval.valid_until else OUTSTANDING


_CONDITIONS: dict[str, Callable[[Condition, PurposeFacts], int]] = {
    terms.NMDS: lambda condition, facts: DENY if terms.METHODS in facts.asked else GRANTABLE,
    terms.GSO: _genetic,
    terms.NPUNCU: lambda condition, facts: max(_for_profit(condition, facts), _commercial(condition, facts)),
    terms.PUB: _undertaken,
    terms.COL: _undertaken,
    terms.IRB: _approved,
    terms.MOR: _moratorium,
    terms.RTN: _undertaken,
    terms.NPOA: _no_ancestry,
    terms.NPU: _for_profit,
    terms.NCU: _commercial,
}
