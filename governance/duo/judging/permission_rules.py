"""The permission table: what each permission says to investigations, diseases and the care of patients."""

from collections.abc import Iterator
from functools import cache

from governance.duo.data_use import DataUse
from governance.duo.decision import Reason
from governance.duo.judging.rules import BESIDE_HEALTH, cell, speak
from governance.duo.judging.view import PurposeView
from governance.duo.local_terms import METHODS_PERMITTED
from governance.duo.ontology import Ontologies, Relation
from governance.duo.terms import CC, DISEASE, DS, HMB, METHODS, NRES

_COVER_RULES = (
    (Relation.BELOW, "DS-1"),
    (Relation.UNRELATED, "DS-2"),
    (Relation.BROADER, "DS-3"),
    (Relation.UNKNOWN, "DS-4"),
    (Relation.DISAGREE, "DS-5"),
    (Relation.UNLINKED, "DS-7"),
)
"""How a disease of the purpose stands to the list that was agreed to, in rule order."""

_CLOSEST = (Relation.BELOW, Relation.DISAGREE, Relation.UNKNOWN, Relation.UNLINKED, Relation.BROADER)


def permission_reasons(use: DataUse, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    """Every investigation is judged, then the diseases, care, and what is always sensitive."""
    yield from _investigation_reasons(use, view)
    if use.permission == DS:
        yield from _cover_reasons(use, view, ontologies)
    elif DISEASE in view.investigations and not view.purpose.diseases:
        yield speak("DIS-1")
    yield from view.doubts
    if view.purpose.clinical_care:
        if use.permission == NRES:
            yield speak(cell(NRES, "care"))
        elif use.modifier(CC) is None:
            yield speak(cell(use.permission, "care"))
    yield from view.sensitive


def _investigation_reasons(use: DataUse, view: PurposeView) -> Iterator[Reason]:
    """One reason for each investigation, unless methods-permitted speaks for it in a rule of its own."""
    permission = use.permission
    limited = permission in (HMB, DS)
    if not view.investigations:
        yield speak(cell(permission, "none"))
    for investigation in view.investigations:
        if limited and investigation == METHODS and METHODS_PERMITTED in use.local:
            continue
        alone = limited and investigation in BESIDE_HEALTH and not view.health
        yield _spoken(permission, investigation, alone)


@cache
def _spoken(permission: str, investigation: str, alone: bool) -> Reason:
    """One reason for each cell of the table: the same in every decision, so it is made once."""
    return speak(cell(permission, investigation, alone), investigation=investigation)


def _cover_reasons(use: DataUse, view: PurposeView, ontologies: Ontologies) -> Iterator[Reason]:
    """DS(X) measures each disease of the purpose, where an investigation is about diseases or beside it.

    methods-permitted lets method development in whatever else is named, so by itself it needs no disease.
    """
    needs_cover = view.needs_cover - {METHODS} if METHODS_PERMITTED in use.local else view.needs_cover
    if not needs_cover:
        return
    found: dict[Relation, list[str]] = {}
    for disease in view.diseases:
        found.setdefault(_closest(disease, use.diseases, ontologies), []).append(disease)
    for relation, rule in _COVER_RULES:
        if relation in found:
            yield speak(rule, diseases=tuple(found[relation]), agreed=use.diseases)
    if not view.purpose.diseases:
        yield speak("DS-6", agreed=use.diseases)


def _closest(disease: str, agreed: tuple[str, ...], ontologies: Ontologies) -> Relation:
    """How a disease stands to a list, any of which is enough: a doubt about one outweighs a no of others."""
    relations = {ontologies.relation(disease, other) for other in agreed}
    return next((relation for relation in _CLOSEST if relation in relations), Relation.UNRELATED)
