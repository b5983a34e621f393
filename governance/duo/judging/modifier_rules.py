"""The modifiers that test a fact of the purpose. Each answers, and none stays silent."""

from collections.abc import Callable, Iterator, Mapping

from governance.duo import terms
from governance.duo.decision import Reason
from governance.duo.judging.rules import speak
from governance.duo.judging.view import PurposeView
from governance.duo.modifiers import Modifier
from governance.duo.ontology import UNKNOWN, Ontologies, Relation
from governance.duo.purpose import OrganisationType
from governance.duo.terms import ANCESTRY, METHODS, POPULATION, short
from governance.duo.wording import may_be_same, same_words

Test = Callable[[Modifier, PurposeView, Ontologies], Iterator[Reason]]

_ORGANISATION = {OrganisationType.NOT_FOR_PROFIT: 1, OrganisationType.FOR_PROFIT: 2, None: 3}
_COMMERCIAL = {False: 1, True: 2, None: 3}
_GENETIC = {True: "GSO-1", False: "GSO-2", None: "GSO-3"}


def organisation(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    kind = view.purpose.organisation_type
    yield speak(f"{short(modifier.term)}-{_ORGANISATION[kind]}", organisation_type=kind)


def commercial(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    yield speak(f"NCU-{_COMMERCIAL[view.purpose.commercial]}", commercial=view.purpose.commercial)


def both_limits(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    """Asks both questions. The children NPU and NCU are weaker limits: no subclass reasoning here."""
    yield from organisation(modifier, view, ontologies)
    commercially = view.purpose.commercial
    yield speak(f"NPUNCU-{3 + _COMMERCIAL[commercially]}", commercial=commercially)


def genetic_only(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    yield speak(_GENETIC[view.genetic], genetic=view.genetic)


def no_methods(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    """DUO 2021 wording: method development is not allowed at all, not even inside the other limits."""
    yield speak("NMDS-2" if METHODS in view.investigations else "NMDS-1")


def no_ancestry(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    ancestry, population = ANCESTRY in view.investigations, POPULATION in view.investigations
    if ancestry:
        yield speak("NPOA-2")
    if population:
        yield speak("NPOA-3")
    if not ancestry and not population:
        yield speak("NPOA-1")


def countries(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    asked = view.purpose.countries
    outside = tuple(country for country in asked if country not in modifier.values)
    if not asked:
        yield speak("GS-3", allowed=modifier.values)
    elif outside:
        yield speak("GS-2", countries=asked, outside=outside, allowed=modifier.values)
    else:
        yield speak("GS-1", countries=asked)


def users(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    yield _listed("US", modifier, view.purpose.users)


def institutions(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    yield _listed("IS", modifier, view.purpose.institutions)


def _listed(prefix: str, modifier: Modifier, asked: tuple[str, ...]) -> Reason:
    outside = tuple(one for one in asked if one not in modifier.values)
    if not asked:
        return speak(f"{prefix}-3")
    return speak(f"{prefix}-2", outside=outside) if outside else speak(f"{prefix}-1")


def project(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    """Words are compared as words; a no needs identifiers of one scheme."""
    asked, listed = view.purpose.project, modifier.values
    if asked is None:
        yield speak("PS-3")
    elif same_words(asked) in map(same_words, listed):
        yield speak("PS-1", project=asked)
    elif any(may_be_same(asked, other) for other in listed):
        yield speak("PS-4", project=asked, allowed=listed)
    else:
        yield speak("PS-2", project=asked)


def research_types(modifier: Modifier, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    """Every kind of study has to fit. A no needs terms of linked vocabularies throughout."""
    asked, allowed = view.purpose.research_types, modifier.values
    if not asked:
        yield speak("RS-3", allowed=allowed)
        return
    standing = {kind: {_kind_standing(kind, other, ontologies) for other in allowed} for kind in asked}
    fitting = tuple(kind for kind, found in standing.items() if "RS-1" in found)
    if fitting == asked:
        yield speak("RS-1", research_types=fitting)
    elif fitting:
        yield speak("RS-5", fitting=fitting, research_types=asked, allowed=allowed)
    else:
        found = set().union(*standing.values())
        rule = next((rule for rule in ("RS-4", "RS-6", "RS-7") if rule in found), "RS-2")
        yield speak(rule, research_types=asked, allowed=allowed)


def _kind_standing(kind: str, allowed: str, ontologies: Ontologies) -> str:
    """The rule that would speak if these two kinds of study were the only ones."""
    if kind == allowed:
        return "RS-1"
    one, other = ontologies.resolve(kind), ontologies.resolve(allowed)
    if UNKNOWN in (one.problem, other.problem):
        return "RS-1" if one.problem == other.problem and same_words(kind) == same_words(allowed) else "RS-6"
    return _KIND_RULES[ontologies.relation(kind, allowed)]


_KIND_RULES = {
    Relation.BELOW: "RS-1",
    Relation.BROADER: "RS-2",
    Relation.UNRELATED: "RS-2",
    Relation.DISAGREE: "RS-4",
    Relation.UNKNOWN: "RS-4",
    Relation.UNLINKED: "RS-7",
}

TESTS: Mapping[str, Test] = {
    terms.RS: research_types,
    terms.NMDS: no_methods,
    terms.GSO: genetic_only,
    terms.NPUNCU: both_limits,
    terms.GS: countries,
    terms.US: users,
    terms.PS: project,
    terms.IS: institutions,
    terms.NPOA: no_ancestry,
    terms.NPU: organisation,
    terms.NCU: commercial,
}
