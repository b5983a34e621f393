"""Beacon v2's `duoDataUse`: DUO terms, each with `modifiers` for what it is restricted to; in and out.

Beacon's schema holds ontology terms only, so countries (of a group, each of them) go under `ISO3166-1:`,
institutions under `ROR:`. A number of months, a date, a person, a project and local terms have no identifier
there: months and dates are said in the label, and all of them stand whole in the data use beside it, under
`info.dataUse` of the dataset (`info` is where the schema asks for what is not its own).
"""

from collections.abc import Callable, Mapping
from typing import Any

from governance.duo import terms
from governance.duo.catalogues.named_terms import (
    Country,
    add_disease,
    label_says_another,
    take,
    term_named,
    value_in,
    with_value,
)
from governance.duo.catalogues.readings import CodeReading, DataUseDraft, complete, finished, refused
from governance.duo.countries import expand
from governance.duo.data_use import DataUse, parse_data_use, to_json
from governance.duo.modifiers import Modifier
from governance.duo.ontology import Ontologies
from governance.duo.reading import InvalidUse, items, text
from governance.duo.terms import DS, GS, IS, RS, DuoTerm, TermKind

_PREFIX = {GS: "ISO3166-1:", IS: "ROR:", RS: ""}


def duo_data_use(data_use: DataUse, name: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """The data use as Beacon gives it; `name` gives the label of a disease or kind of study."""
    permission = _entry(data_use.permission)
    if data_use.diseases:
        permission["modifiers"] = [{"id": one, "label": name(one) or one} for one in data_use.diseases]
    return [permission, *(_with_values(modifier, name) for modifier in data_use.modifiers)]


def read_duo_data_use(
    written: object, ontologies: Ontologies, whole: object = None, country: Country = str
) -> CodeReading:
    """The data use that a `duoDataUse` list states; `whole` is the complete one, where it stands beside the list.

    Keys that the schema does not name are allowed, as it says. What is missing stays open for a steward.
    """
    draft = DataUseDraft()
    try:
        for index, item in enumerate(items(written, "duoDataUse")):
            problem = _read_entry(item, f"duoDataUse[{index}]", draft, country)
            if problem:
                return refused(problem)
        return finished(draft, ontologies) if whole is None else _beside(whole, draft, ontologies)
    except InvalidUse as wrong:
        return refused(str(wrong))


def _beside(whole: object, draft: DataUseDraft, ontologies: Ontologies) -> CodeReading:
    """The complete data use, where the list says the same as far as a list can."""
    data_use = parse_data_use(whole, "dataUse")
    again = DataUseDraft()
    for index, item in enumerate(duo_data_use(data_use, lambda _id: None)):
        _read_entry(item, f"dataUse[{index}]", again, str)
    if _comparable(again) != _comparable(draft):
        return refused("duoDataUse and the data use beside it say different things: a person decides which is right")
    return complete(to_json(data_use), ontologies)


def _comparable(draft: DataUseDraft) -> tuple[Any, ...]:
    spelled = sorted(str(sorted(one.items())) if isinstance(one, dict) else one for one in draft.modifiers)
    return sorted(draft.permissions), sorted(draft.diseases), spelled, draft.notes


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


def _read_entry(item: object, path: str, draft: DataUseDraft, country: Country) -> str:
    """Put one entry into the draft; the reason where the row has to be refused."""
    id, label = _id_and_label(item, path)
    term = term_named(id)
    if term is None:
        if terms.looks_like_duo(id):
            return f"{path}.id: {id!r} is no DUO term of release {terms.RELEASE}"
        add_disease(id, label, draft)
        return ""
    doubt = label_says_another(term, label) if label else ""
    if doubt:
        return f"{path}.label: {doubt}"
    values: list[tuple[str, str]] = []
    nested = items(item.get("modifiers"), f"{path}.modifiers") if isinstance(item, Mapping) else []
    for index, one in enumerate(nested):
        at = f"{path}.modifiers[{index}]"
        value = _id_and_label(one, at)
        if term_named(value[0]) is None and not terms.looks_like_duo(value[0]):
            values.append(value)
        elif problem := _read_entry(one, at, draft, country):
            return problem
    return _restricted(term, values, label, path, draft, country)


def _restricted(
    term: DuoTerm, values: list[tuple[str, str]], label: str, path: str, draft: DataUseDraft, country: Country
) -> str:
    """A term with what it is restricted to: diseases of DS, values of a modifier. Nothing is dropped unseen."""
    ids = [id for id, _label in values]
    name = terms.short(term.id)
    if term.id == DS:
        for id, beside in values:
            add_disease(id, beside, draft)
    elif values and term.kind is TermKind.PERMISSION:
        return f"{path}.modifiers: {name} is restricted to {', '.join(ids)}, and takes no disease: a person decides"
    elif values and term.parameter is None:
        draft.notes.append(f"{name} is restricted to {', '.join(ids)}, which it cannot say: a steward decides")
    elif values:
        bare = [_without(_PREFIX.get(term.id, ""), one) for one in ids]
        modifier, note = with_value(term, bare, country)
        draft.modifiers.append(modifier)
        draft.notes.extend([note] if note else [])
        return ""
    elif (told := value_in(term, label)) is not None:
        draft.modifiers.append(told)
        return ""
    return take(term, draft)


def _id_and_label(item: object, path: str) -> tuple[str, str]:
    """An ontology term: an object with `id` (some write `code`), or the bare id."""
    if isinstance(item, str):
        return text(item, path).strip(), ""
    if not isinstance(item, Mapping):
        raise InvalidUse(path, "must be an object")
    id = text(item.get("id", item.get("code")), f"{path}.id").strip()
    label = item.get("label")
    return id, label.strip() if isinstance(label, str) else ""


def _without(prefix: str, id: str) -> str:
    return id[len(prefix) :] if id.casefold().startswith(prefix.casefold()) else id
