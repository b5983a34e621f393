"""A data use: what people, or those who collected their data, agreed that the data may be used for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.duo import terms
from governance.duo.countries import problem as country_problem
from governance.duo.institutions import ror
from governance.duo.local_terms import METHODS_PERMITTED, local_term
from governance.duo.modifiers import Modifier, combine_repeated
from governance.duo.ontologies.curies import compact
from governance.duo.ontology import Ontologies
from governance.duo.reading import InvalidUse, day, items, mapping, text, texts, unique, whole
from governance.duo.terms import CC, DS, NMDS, NPOA, NRES, PARAMETER, POA, RS, DuoTerm, TermKind


@dataclass(frozen=True, slots=True)
class DataUse:
    """One permission and what limits or widens it: terms as DUO ids, values and repeats as answered.

    Made by `parse_data_use`, which refuses what is not valid; `canonical.canonical` gives the form to
    compare and store.
    """

    permission: str
    diseases: tuple[str, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    local: tuple[str, ...] = ()

    def modifier(self, term: str) -> Modifier | None:
        return next((modifier for modifier in self.modifiers if modifier.term == term), None)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a meet came to nothing: the one or two terms that cannot stand together."""

    terms: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class EmptyMeet:
    """What data uses with nothing in common combine to: it denies every purpose and has no label.

    All empty meets are equal, whatever made them empty, because they answer alike; `causes` is for people.
    """

    causes: tuple[Cause, ...] = field(default=(), compare=False)


AnyUse = DataUse | EmptyMeet

_KEYS = ("permission", "diseases", "modifiers", "local")
_WITHOUT_ONTOLOGY = Ontologies([])


def parse_data_use(obj: object, path: str = "data_use") -> DataUse:
    """Reads a data use from its JSON form, or refuses it with `Invalid` (matching.md, Valid data uses)."""
    fields = mapping(obj, path, _KEYS)
    permission = _permission(fields.get("permission"), f"{path}.permission")
    diseases = unique([compact(disease) for disease in texts(fields.get("diseases"), f"{path}.diseases")])
    written = items(fields.get("modifiers"), f"{path}.modifiers")
    modifiers = tuple(_modifier(item, f"{path}.modifiers[{index}]") for index, item in enumerate(written))
    named = texts(fields.get("local"), f"{path}.local")
    local = tuple(local_term(name, f"{path}.local[{index}]") for index, name in enumerate(named))
    if permission == DS and not diseases:
        raise InvalidUse(f"{path}.diseases", "DS needs one or more diseases")
    if permission != DS and diseases:
        raise InvalidUse(f"{path}.diseases", f"diseases belong to DS: {terms.short(permission)} takes none")
    _refuse_contradictions(permission, modifiers, local, path)
    # Whether kinds of study that are given twice have something in common only the loaded releases can say.
    settled = [(index, modifier) for index, modifier in enumerate(modifiers) if modifier.term != RS]
    combine_repeated(settled, _WITHOUT_ONTOLOGY, path)
    return DataUse(permission, diseases, modifiers, unique(local))


def to_json(data_use: AnyUse) -> dict[str, Any]:
    """The JSON form, which `parse_data_use` reads back as the same value; an empty meet has its own."""
    if isinstance(data_use, EmptyMeet):
        return {"empty_meet": True}
    return {
        "permission": data_use.permission,
        "diseases": list(data_use.diseases),
        "modifiers": [_modifier_json(modifier) for modifier in data_use.modifiers],
        "local": list(data_use.local),
    }


def _modifier_json(modifier: Modifier) -> str | dict[str, Any]:
    parameter = PARAMETER.get(modifier.term)
    value = modifier.months or (modifier.until and modifier.until.isoformat()) or list(modifier.values)
    return {"term": modifier.term, parameter: value} if parameter and value else modifier.term


def _permission(value: object, path: str) -> str:
    if value is None:
        raise InvalidUse(path, "names no permission: give one of NRES, GRU, HMB, DS, POA")
    if isinstance(value, list | tuple):
        raise InvalidUse(path, "must be one string: a data use has exactly one permission")
    term = _term(value, path)
    if term.kind is not TermKind.PERMISSION:
        raise InvalidUse(path, f"{term.shorthand or term.id} is a modifier: put it among the modifiers")
    return term.id


def _term(value: object, path: str) -> DuoTerm:
    """The permission or modifier that is named; anything else of the ontology is refused with what it is."""
    written = text(value, path)
    term = terms.find(written)
    if term is None:
        raise InvalidUse(path, f"unknown DUO term {written!r}: use a permission or modifier of release {terms.RELEASE}")
    if term.kind is TermKind.OBSOLETE:
        hint = terms.MIGRATIONS.get(term.id, f"{term.id} is obsolete and no term for data")
        raise InvalidUse(path, hint)
    if term.kind not in (TermKind.PERMISSION, TermKind.MODIFIER):
        raise InvalidUse(path, f"{term.id} ({term.label}) is no term for data: its kind is {term.kind.value}")
    return term


def _modifier(item: object, path: str) -> Modifier:
    fields: Mapping[str, Any] = item if isinstance(item, Mapping) else {"term": item}
    if "term" not in fields:
        raise InvalidUse(f"{path}.term", "names no term")
    at = f"{path}.term" if isinstance(item, Mapping) else path
    term = _term(fields["term"], at)
    name = term.shorthand or term.id
    if term.kind is TermKind.PERMISSION:
        raise InvalidUse(at, f"{name} is a permission: a data use has exactly one, outside the modifiers")
    for key in fields:
        if key not in ("term", term.parameter):
            takes = f"it takes {term.parameter!r}" if term.parameter else "it takes no parameter"
            raise InvalidUse(f"{path}.{key}", f"{name} does not take {key!r}: {takes}")
    if term.parameter is None:
        return Modifier(term.id)
    return _parameter(term, fields.get(term.parameter), f"{path}.{term.parameter}")


def _parameter(term: DuoTerm, value: object, path: str) -> Modifier:
    name = term.shorthand or term.id
    if term.parameter == "months":
        if value is None:
            raise InvalidUse(path, f"{name} needs a number of months")
        return Modifier(term.id, months=whole(value, path))
    if term.parameter == "until":
        if value is None:
            raise InvalidUse(path, f"{name} needs a date")
        return Modifier(term.id, until=day(value, path))
    values = texts(value, path)
    if not values and term.id != terms.COL:
        raise InvalidUse(path, f"{name} needs one or more {str(term.parameter).replace('_', ' ')}")
    if term.id == terms.GS:
        values = tuple(_country(code, f"{path}[{index}]") for index, code in enumerate(values))
    elif term.id == terms.IS:
        values = tuple(ror(institution) for institution in values)
    elif term.id == terms.RS:
        values = tuple(compact(research_type) for research_type in values)
    return Modifier(term.id, values=unique(values))


def _country(code: str, path: str) -> str:
    code = code.strip().upper()
    wrong = country_problem(code, groups=True)
    if wrong:
        raise InvalidUse(path, wrong)
    return code


def _refuse_contradictions(permission: str, modifiers: tuple[Modifier, ...], local: tuple[str, ...], path: str) -> None:
    for index, modifier in enumerate(modifiers):
        if permission == NRES and modifier.term != CC:
            message = f"NRES takes no modifier but CC: leave {terms.short(modifier.term)} out, or choose GRU"
            raise InvalidUse(f"{path}.modifiers[{index}]", message)
        if permission == POA and modifier.term == NPOA:
            message = "POA allows only ancestry research and NPOA forbids it: keep one of them"
            raise InvalidUse(f"{path}.modifiers[{index}]", message)
    if any(modifier.term == NMDS for modifier in modifiers) and METHODS_PERMITTED in local:
        message = "methods-permitted allows what NMDS forbids: keep one of them"
        raise InvalidUse(f"{path}.local[{local.index(METHODS_PERMITTED)}]", message)
