"""How a row of another catalogue was read: entered, left to a steward in part, or refused, always with its reason.

Readers of the formats gather what is written in a `Draft`; `finished` is the one place that says what follows.
What is readable stands, and what is missing or cannot be read is left open for a steward, by name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from governance.duo import terms
from governance.duo.data_use import parse_data_use, to_json
from governance.duo.ontology import OBSOLETE, Ontologies, Term
from governance.duo.reading import InvalidUse
from governance.duo.terms import COL, DS, GRU, PARAMETER

LONG_NAME = "long name"
INDICATION = "indication"
BESIDE = "label beside the id"

ANY_DISEASE = "MONDO:0000001"
"""Stands in for the disease while the rest of a proposal is checked; it is taken out again."""

_STAND_INS: Mapping[str, Any] = {"months": 1, "until": "2000-01-01", "countries": ["FI"]}
_PERMISSIONS = "NRES, GRU, HMB, DS, POA"


class RowStatus(StrEnum):
    """How a row ends."""

    IMPORTED = "imported"
    PROPOSED = "proposed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Clue:
    """A text that may name the disease of a proposal, and where it stands."""

    text: str
    found_in: str


@dataclass(frozen=True, slots=True)
class CodeReading:
    """What a row says. `data_use` is the JSON form; that of a proposal lacks what `open_parts` names.

    `clues` stand best first. `disease_text` is the published name that they come from, without `cut_off`: words
    of it that no term expresses.
    """

    status: RowStatus
    data_use: Mapping[str, Any] | None = None
    reason: str = ""
    disease_text: str = ""
    clues: tuple[Clue, ...] = ()
    cut_off: str = ""


@dataclass(slots=True)
class DataUseDraft:
    """A data use while its parts are gathered.

    `beside`: the label that is written beside a disease's id. `notes`: what a steward has to look at besides
    what is missing.
    """

    permissions: list[str] = field(default_factory=list)
    diseases: list[str] = field(default_factory=list)
    modifiers: list[Any] = field(default_factory=list)
    local: list[str] = field(default_factory=list)
    clues: list[Clue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    disease_missing: str = "DS comes without its disease: a steward names it"


def refused(reason: str) -> CodeReading:
    """A row that does not enter, and why."""
    return CodeReading(RowStatus.REJECTED, reason=reason)


def finished(draft: DataUseDraft, ontologies: Ontologies) -> CodeReading:
    """The reading of a draft. The kernel's own words reach the reader where it refuses what is there."""
    known, unknown = _known(draft, ontologies)
    permissions = list(dict.fromkeys(draft.permissions))
    data_use = {
        "permission": permissions[0] if len(permissions) == 1 else None,
        "diseases": known,
        "modifiers": _with_values_first(draft.modifiers),
        "local": list(dict.fromkeys(draft.local)),
    }
    try:
        parse_data_use(stood_in(data_use))
    except InvalidUse as wrong:
        return refused(f"no valid data use: {wrong.message}")
    disease = "" if unknown else draft.disease_missing
    missing = [*_permission_missing(permissions), *unknown, *_parts_missing(data_use, disease)]
    reason = "; ".join([*missing, *draft.notes])
    if not reason:
        return CodeReading(RowStatus.IMPORTED, data_use)
    text = draft.clues[0].text if draft.clues else ", ".join(one for one in draft.diseases if one not in known)
    return CodeReading(RowStatus.PROPOSED, data_use, reason, text, tuple(draft.clues))


def complete(data_use: Mapping[str, Any], ontologies: Ontologies) -> CodeReading:
    """The reading of a data use in our own JSON; a disease that no loaded ontology knows is left to a steward."""
    try:
        read = parse_data_use(data_use)
    except InvalidUse as wrong:
        return refused(f"no valid data use: {wrong}")
    tidy = to_json(read)
    found = finished(
        DataUseDraft([read.permission], list(read.diseases), tidy["modifiers"], list(read.local)), ontologies
    )
    return found if found.status is not RowStatus.IMPORTED else CodeReading(RowStatus.IMPORTED, data_use)


def open_parts(data_use: Mapping[str, Any]) -> Iterator[str]:
    """What a steward still has to give: `permission`, `diseases`, and the id of each modifier without its value."""
    if data_use.get("permission") is None:
        yield "permission"
    elif data_use["permission"] == DS and not data_use.get("diseases"):
        yield "diseases"
    for one in data_use.get("modifiers", ()):
        if _lacks_value(one):
            yield one


def stood_in(data_use: Mapping[str, Any]) -> dict[str, Any]:
    """The data use with something in each open part, so that the kernel can judge the rest of it."""
    diseases = list(data_use["diseases"])
    permission = data_use["permission"] or (DS if diseases else GRU)
    if permission == DS and not diseases:
        diseases = [ANY_DISEASE]
    filled = [
        {"term": one, PARAMETER[one]: _STAND_INS.get(PARAMETER[one], ["?"])} if _lacks_value(one) else one
        for one in data_use["modifiers"]
    ]
    return {**data_use, "permission": permission, "diseases": diseases, "modifiers": filled}


def _lacks_value(modifier: object) -> bool:
    return isinstance(modifier, str) and modifier in PARAMETER and modifier != COL


def _known(draft: DataUseDraft, ontologies: Ontologies) -> tuple[list[str], list[str]]:
    """The diseases that a loaded ontology knows, and for each other one why a steward has to name it."""
    known: list[str] = []
    unknown: list[str] = []
    for disease in dict.fromkeys(draft.diseases):
        problem = ontologies.resolve(disease).problem
        other = _named_otherwise(disease, draft.beside.get(disease, ""), ontologies) if problem is None else ""
        if other:
            unknown.append(other)
            continue
        if problem is None:
            known.append(disease)
            continue
        unknown.append(f"the disease {disease} is {problem} to the loaded ontologies: a steward names it")
        label = ontologies.label(disease)
        if problem == OBSOLETE and label:
            draft.clues.append(Clue(label.removeprefix("obsolete "), "obsolete term"))
    return known, unknown


def _named_otherwise(disease: str, label: str, ontologies: Ontologies) -> str:
    """Why the label beside a known id is a doubt: it is the name of another disease, and not one of its own."""
    own = ontologies.search(disease, 1)
    named = ontologies.search(label, 1) if label else []
    if not own or not named or own[0].id == named[0].id or not _is_called(named[0], label) or _is_called(own[0], label):
        return ""
    return f"{disease} is {own[0].label}, but the label beside it says {label!r}: a steward says which is meant"


def _is_called(term: Term, name: str) -> bool:
    return name.casefold() in (one.casefold() for one in (term.label, *term.synonyms))


def _with_values_first(modifiers: Sequence[Any]) -> list[Any]:
    """Each modifier once; a bare one says nothing where the same term stands with its value too."""
    valued = {one["term"] for one in modifiers if isinstance(one, Mapping)}
    kept: list[Any] = []
    for one in modifiers:
        if one not in kept and not (isinstance(one, str) and one in valued):
            kept.append(one)
    return kept


def _permission_missing(permissions: Sequence[str]) -> Iterator[str]:
    if not permissions:
        yield f"it names no permission: a steward gives one of {_PERMISSIONS}"
    elif len(permissions) > 1:
        named = " and ".join(terms.short(one) for one in permissions)
        yield f"it names more than one permission, {named}: a steward says which one holds"


def _parts_missing(data_use: Mapping[str, Any], disease: str) -> Iterator[str]:
    for part in open_parts(data_use):
        if part == "diseases" and disease:
            yield disease
        elif part in PARAMETER:
            name, value = terms.short(part), PARAMETER[part].replace("_", " ")
            yield f"{name} needs a value that is not given ({value}): a steward gives it"
