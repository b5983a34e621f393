"""What answers come to: a permission and its limits, preferences, outlets; and the meet, where the stricter stands.

The meet here compares ids as answered, without ontology: where it cannot tell which of two is stricter,
nothing is left. It serves several deciders and answers that wait to be affirmed. The meet of stored data uses
with labels, with the ontology, is `governance.duo.meet`.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from consent.domain import codes
from consent.domain.forms import TermRole
from governance.duo.local_terms import METHODS_PERMITTED
from governance.duo.terms import CC, COL, DS, GRU, MOR, NCU, NPOA, NPU, NPUNCU, NRES, POA, TS


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """One modifier with its values (countries, one number of months, one date …), sorted."""

    term: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Preference:
    """A local term that the matcher never sees, with what it carries as canonical JSON."""

    term: str
    value: str
    role: TermRole = TermRole.PREFERENCE
    limits: bool = False

    @property
    def carries(self) -> Any:
        """The value as JSON: true, a word, or an object such as a material."""
        return json.loads(self.value)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the answers of one subject come to. Everything is sorted; equal effects compare equal.

    `excluded_by` names terms such as study_only that keep data out of every request. Without a permission
    there are no diseases, modifiers, data-use terms, nor outlets that need one. `flags` tell people what is
    missing.
    """

    permission: str | None = None
    diseases: tuple[str, ...] = ()
    modifiers: tuple[Limit, ...] = ()
    local: tuple[str, ...] = ()
    preferences: tuple[Preference, ...] = ()
    excluded_by: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    gated: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def data_use(self) -> dict[str, Any] | None:
        """The data use as matching.md's JSON; None where nothing may be used."""
        if self.permission is None or self.excluded_by:
            return None
        return {
            "permission": self.permission,
            "diseases": list(self.diseases),
            "modifiers": [_json_of(limit) for limit in self.modifiers],
            "local": list(self.local),
        }


NOTHING = Effect()


def _json_of(limit: Limit) -> dict[str, Any]:
    name = codes.PARAMETERS.get(limit.term)
    if name is None or not limit.values:
        return {"term": limit.term}
    if limit.term == TS:
        months = limit.values[0]
        return {"term": limit.term, name: int(months) if months.isdecimal() else months}
    if limit.term == MOR:
        return {"term": limit.term, name: limit.values[0]}
    return {"term": limit.term, name: list(limit.values)}


def meet_all(effects: Iterable[Effect]) -> Effect:
    """What every one of the effects allows; NOTHING for none."""
    found = list(effects)
    return reduce(meet, found) if found else NOTHING


def not_wider(one: Effect, other: Effect) -> bool:
    """Whether `one` opens nothing that `other` does not; flags and notes do not matter."""
    return _core(meet(one, other)) == _core(one)


def _core(effect: Effect) -> Effect:
    """What an effect opens: a term that excludes leaves no permission, and says nothing more by itself."""
    if effect.excluded_by:
        effect = without_permission(effect)
    kept = tuple(preference for preference in effect.preferences if preference.role is TermRole.PREFERENCE)
    limits = _absorbed({limit.term: limit for limit in effect.modifiers})
    return replace(effect, preferences=kept, modifiers=limits, excluded_by=(), flags=(), gated=())


def meet(one: Effect, other: Effect) -> Effect:
    """What both effects allow: never looser than either, in any order."""
    permission = _lower(one.permission, other.permission)
    diseases = _common_diseases(one, other) if permission == DS else ()
    limits = _limits(one, other)
    contradicts = permission == POA and any(limit.term == NPOA for limit in limits or ())
    if limits is None or (permission == DS and not diseases) or contradicts:
        permission = None
    both = Effect(
        permission=permission,
        diseases=diseases,
        modifiers=limits or (),
        local=_locals(one, other),
        preferences=_preferences(one, other),
        excluded_by=_united(one.excluded_by, other.excluded_by),
        outlets=_shared(one.outlets, other.outlets),
        gated=_united(one.gated, other.gated),
        flags=_united(one.flags, other.flags),
    )
    return without_permission(both) if permission is None else both


def without_permission(effect: Effect) -> Effect:
    """The effect once no permission is given: what depends on one goes with it."""
    open_ones = tuple(outlet for outlet in effect.outlets if outlet not in effect.gated)
    return replace(effect, permission=None, diseases=(), modifiers=(), local=(), outlets=open_ones)


def _lower(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return None
    if other in codes.COVERS[one]:
        return other
    return one if one in codes.COVERS[other] else None


def _common_diseases(one: Effect, other: Effect) -> tuple[str, ...]:
    if one.permission == other.permission:
        return _shared(one.diseases, other.diseases)
    return one.diseases or other.diseases


def _limits(one: Effect, other: Effect) -> tuple[Limit, ...] | None:
    """The modifiers of both; CC widens, so it must be in both unless one permits everything."""
    widened = all(
        effect.permission == NRES or any(limit.term == CC for limit in effect.modifiers) for effect in (one, other)
    )
    return unite(limit for limit in (*one.modifiers, *other.modifiers) if widened or limit.term != CC)


def unite(limits: Iterable[Limit]) -> tuple[Limit, ...] | None:
    """The modifiers together, a repeated one combined; None where a list has nothing left."""
    found: dict[str, Limit] = {}
    for limit in limits:
        found[limit.term] = _combined(found[limit.term], limit) if limit.term in found else limit
    if any(not limit.values and term in _LISTED for term, limit in found.items()):
        return None
    return _absorbed(found)


def _absorbed(found: dict[str, Limit]) -> tuple[Limit, ...]:
    """NPU with NCU is NPUNCU, and either beside it is absorbed (matching.md, canonical form)."""
    kept = dict(found)
    if NPUNCU in kept or {NPU, NCU} <= set(kept):
        kept[NPUNCU] = Limit(NPUNCU)
        kept.pop(NPU, None)
        kept.pop(NCU, None)
    return tuple(sorted(kept.values()))


_LISTED = frozenset(codes.PARAMETERS) - codes.OPTIONAL_PARAMETER - {DS}
_COMBINE: dict[str, Callable[[tuple[str, ...], tuple[str, ...]], tuple[str, ...]]] = {
    TS: lambda one, other: (min(one[0], other[0], key=_months),),
    MOR: lambda one, other: (max(one[0], other[0]),),
    COL: lambda one, other: _united(one, other),
}


def _months(text: str) -> int:
    """A number of months; what is none sorts first, so that it is refused and not passed over."""
    return int(text) if text.isdecimal() else -1


def _combined(one: Limit, other: Limit) -> Limit:
    combine = _COMBINE.get(one.term, _shared)
    return Limit(one.term, combine(one.values, other.values))


def _locals(one: Effect, other: Effect) -> tuple[str, ...]:
    found = set(one.local) | set(other.local)
    kept = all(METHODS_PERMITTED in effect.local or effect.permission in (NRES, GRU) for effect in (one, other))
    return tuple(sorted(found if kept else found - {METHODS_PERMITTED}))


def _preferences(one: Effect, other: Effect) -> tuple[Preference, ...]:
    """What opens must be in both; what limits, and notes of what happened, need only one."""
    both = set(one.preferences) & set(other.preferences)
    either = {
        preference
        for preference in set(one.preferences) | set(other.preferences)
        if preference.limits or preference.role is TermRole.NOTE
    }
    return tuple(sorted(both | either))


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(one) & set(other)))


def _united(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(one) | set(other)))
