"""The meet of data uses: what label and profile, or the datasets of a request, allow together."""

from collections.abc import Iterable

from governance.duo.canonical import canonical
from governance.duo.data_use import AnyUse, Cause, DataUse, EmptyMeet
from governance.duo.local_terms import METHODS_PERMITTED
from governance.duo.modifiers import Modifier, absorb, combine, lower
from governance.duo.ontology import Ontologies
from governance.duo.reading import unique
from governance.duo.terms import CC, DS, GRU, HMB, NMDS, NPOA, NRES, POA, short

_FROM_NARROWEST = (DS, POA, HMB, GRU, NRES)


def meet(data_uses: Iterable[AnyUse], ontologies: Ontologies) -> AnyUse:
    """What these data uses allow together, canonical; an `EmptyMeet` where nothing is left.

    Never looser than any part, and holds the obligations of each. Raises ValueError for no data use at
    all, and `Invalid` for a part without canonical form.
    """
    parts = list(data_uses)
    if not parts:
        raise ValueError("a meet needs one data use or more: name them")
    uses = [canonical(part, ontologies) for part in parts if isinstance(part, DataUse)]
    causes = [cause for part in parts if isinstance(part, EmptyMeet) for cause in part.causes]
    if len(uses) == len(parts) == 1:
        return uses[0]
    permission = _permission(uses, causes)
    diseases = _diseases(uses, ontologies, causes)
    modifiers = _modifiers(uses, ontologies, causes)
    if permission == POA and any(modifier.term == NPOA for modifier in modifiers):
        causes.append(Cause((POA, NPOA), "one part allows only ancestry research and another forbids it"))
    if causes or len(uses) < len(parts):
        return EmptyMeet(tuple(sorted(set(causes), key=lambda cause: (cause.terms, cause.says))))
    return DataUse(permission, diseases, modifiers, _local(uses, modifiers))


def _permission(uses: list[DataUse], causes: list[Cause]) -> str:
    """The lower permission: NRES covers GRU, GRU covers HMB and POA, HMB covers DS and not POA."""
    given = {use.permission for use in uses}
    if POA in given and given & {HMB, DS}:
        other = min(given & {HMB, DS})
        causes.append(Cause((POA, other), "one part allows only ancestry research and another only health research"))
    return next((permission for permission in _FROM_NARROWEST if permission in given), NRES)


def _diseases(uses: list[DataUse], ontologies: Ontologies, causes: list[Cause]) -> tuple[str, ...]:
    lists = [use.diseases for use in uses if use.permission == DS]
    if not lists:
        return ()
    found = lower(ontologies, *lists)
    if not found:
        causes.append(Cause((DS,), "no disease is in every list"))
    return found


def _modifiers(uses: list[DataUse], ontologies: Ontologies, causes: list[Cause]) -> tuple[Modifier, ...]:
    """Modifiers unite and those with values combine; CC stays only if every part has it or is NRES."""
    given: dict[str, list[Modifier]] = {}
    for use in uses:
        for modifier in use.modifiers:
            given.setdefault(modifier.term, []).append(modifier)
    if not all(use.permission == NRES or use.modifier(CC) for use in uses):
        given.pop(CC, None)
    found = []
    for term, parts in given.items():
        together = combine(parts, ontologies)
        if together is None:
            causes.append(Cause((term,), f"the lists of {short(term)} have nothing in common"))
        else:
            found.append(together)
    return absorb(found)


def _local(uses: list[DataUse], modifiers: tuple[Modifier, ...]) -> tuple[str, ...]:
    """Local terms unite. What widens stays only where every part has it or is as wide without.

    NMDS of one part also ends methods-permitted of another: together they would be refused and the meet
    empty, although both parts permit purposes without methods, against law 2 (docs/adr/0002).
    """
    found = {name for use in uses for name in use.local}
    kept = all(METHODS_PERMITTED in use.local or use.permission in (NRES, GRU) for use in uses)
    if not kept or any(modifier.term == NMDS for modifier in modifiers):
        found.discard(METHODS_PERMITTED)
    return unique(found)
