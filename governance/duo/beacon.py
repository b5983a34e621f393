"""Beacon v2's `duoDataUse`: DUO terms, each with `modifiers` for what it is restricted to; in and out.

Beacon's schema holds ontology terms only, so countries (of a group, each of them) go under `ISO3166-1:`,
institutions under `ROR:`. A number of months, a date, a person, a project and local terms have no identifier
there: months and dates are said in the label, and all of them stand whole in the data use beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from governance.duo import terms
from governance.duo.countries import expand
from governance.duo.curie_lists import complete, refused
from governance.duo.data_use import DataUse
from governance.duo.dbgap import CodeReading
from governance.duo.modifiers import Modifier
from governance.duo.ontology import Ontologies
from governance.duo.reading import Invalid, items, mapping, text
from governance.duo.terms import DS, GS, IS, RS, Kind

_PREFIX = {GS: "ISO3166-1:", IS: "ROR:", RS: ""}
_KEYS = ("id", "label", "modifiers", "version")


def duo_data_use(data_use: DataUse, name: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """The data use as Beacon gives it; `name` gives the label of a disease or kind of study."""
    permission = _entry(data_use.permission)
    if data_use.diseases:
        permission["modifiers"] = [{"id": one, "label": name(one) or one} for one in data_use.diseases]
    return [permission, *(_with_values(modifier, name) for modifier in data_use.modifiers)]


def read_duo_data_use(written: object, ontologies: Ontologies) -> CodeReading:
    """The data use that a `duoDataUse` list states, or the reason why it is refused."""
    data_use: dict[str, Any] = {"permission": None, "diseases": [], "modifiers": [], "local": []}
    try:
        for index, item in enumerate(items(written, "duoDataUse")):
            problem = _read_entry(mapping(item, f"duoDataUse[{index}]", _KEYS), f"duoDataUse[{index}]", data_use)
            if problem:
                return refused(problem)
    except Invalid as wrong:
        return refused(str(wrong))
    return complete(data_use, ontologies)


def _entry(id: str) -> dict[str, Any]:
    return {"id": id, "label": terms.BY_ID[id].label, "version": terms.RELEASE}


def _with_values(modifier: Modifier, name: Callable[[str], str | None]) -> dict[str, Any]:
    entry = _entry(modifier.term)
    if modifier.term in _PREFIX:
        prefix = _PREFIX[modifier.term]
        values = expand(modifier.values) if modifier.term == GS else modifier.values
        entry["modifiers"] = [{"id": f"{prefix}{one}", "label": name(one) or one} for one in sorted(values)]
    elif modifier.months or modifier.until:
        value = f"{modifier.months} months" if modifier.months else str(modifier.until)
        entry["label"] = f"{entry['label']}: {value}"
    return entry


def _read_entry(item: Mapping[str, Any], path: str, data_use: dict[str, Any]) -> str:
    """Add one entry to the data use; the reason where it cannot be read."""
    id = text(item.get("id"), f"{path}.id")
    values = [
        text(mapping(one, f"{path}.modifiers[{n}]", ("id", "label")).get("id"), f"{path}.modifiers[{n}].id")
        for n, one in enumerate(items(item.get("modifiers"), f"{path}.modifiers"))
    ]
    term = terms.find(id)
    if term is None:
        return f"{path}.id: {id!r} is no DUO term of release {terms.RELEASE}"
    if term.kind is Kind.PERMISSION:
        if data_use["permission"] is not None:
            return f"{path}: a second permission: a data use has exactly one"
        data_use["permission"] = term.id
        if values and term.id != DS:
            return f"{path}.modifiers: {term.shorthand} is restricted to nothing: leave them out"
        data_use["diseases"] = values
        return ""
    if not values:
        data_use["modifiers"].append(term.id)
        return ""
    if term.id not in _PREFIX:
        name = term.shorthand or term.id
        return f"{path}.modifiers: {name} takes no identifiers here: give it in our own JSON"
    prefix = _PREFIX[term.id]
    bare = [one[len(prefix) :] if one.casefold().startswith(prefix.casefold()) else one for one in values]
    data_use["modifiers"].append({"term": term.id, str(term.parameter): bare})
    return ""
