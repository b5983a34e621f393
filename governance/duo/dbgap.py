"""dbGaP's consent codes (`HMB-IRB-MDS`), read as data uses; what a code does not say is never guessed.

A code is a permission and what is added to it, in any order, with any separator and in any letter case.
Three answers are possible: a complete data use; a proposal that lacks its disease, which a person has to
name; a refusal with its reason. dbGaP's `MDS` permits methods research, the opposite of DUO's NMDS, and is a
local term here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from governance.duo import terms
from governance.duo.data_use import parse_data_use
from governance.duo.local_terms import METHODS_PERMITTED
from governance.duo.reading import Invalid, unique

MDS = "MDS"
RELATED = "RD"
LONG_NAME = "long name"
INDICATION = "indication"

_PERMISSIONS = ("NRES", "GRU", "HMB", "DS", "POA")
_PLAIN = ("IRB", "PUB", "COL", "NPU", "NCU", "NPUNCU", "GSO", "NMDS", "NPOA", "RTN")
_WITH_VALUE = ("RS", "GS", "MOR", "TS", "US", "PS", "IS")
_PLACEHOLDERS = frozenset(
    {
        "",
        "TBD",
        "NA",
        "N/A",
        "NONE",
        "NULL",
        "UNKNOWN",
        "UNSPECIFIED",
        "PENDING",
        "NOT SPECIFIED",
        "-",
        "--",
        "?",
    }
)
_SEPARATORS = re.compile(r"[-_,/;.\s]+")
_AGE = re.compile(r"[<>]?[0-9]+\+?")
_NO_TERM: Mapping[str, str] = {
    "NIC": "it keeps insurance companies out",
    "LENF": "it keeps the police out",
    "EMP": "it keeps employers out",
}
"""Limits seen where a disease is due. They are read so only together, or where the long name begins with
"No"."""

_ANY_DISEASE = "MONDO:0000001"
"""Stands in for the disease while the rest of a proposal is checked; it is taken out again."""

_RELATED_TO = re.compile(
    r"must be related to (.+?)\.?\s*"
    r"(?=Requesting institution|The dataset can|Requestor |Use of the data|$)",
    re.DOTALL,
)
_ONLY_ABBREVIATION = re.compile(r'disease "[^"]*"', re.IGNORECASE)
_SENTENCES: tuple[tuple[str, str], ...] = (
    ("no restrictions on data use", "NRES"),
    ("limited only by the terms of the data use certification", "GRU"),
    ("limited to health/medical/biomedical purposes", "HMB"),
    ("must be related to", "DS"),
    ("irb or equivalent body must approve", "IRB"),
    ("make results of studies using the data available", "PUB"),
    ("letter of collaboration", "COL"),
    ("limited to not-for-profit organizations", "NPU"),
    ("limited to genetic studies only", "GSO"),
    ("can be used for methods research", MDS),
)
"""What a published long name says for each part of the code: where it says more than the code, nobody
guesses."""


class Status(StrEnum):
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
    """What a code says. `data_use` is the JSON form; that of a proposal is DS without diseases.

    `clues` stand best first.
    """

    status: Status
    data_use: Mapping[str, Any] | None = None
    reason: str = ""
    disease_text: str = ""
    clues: tuple[Clue, ...] = ()


def read_code(code: str, long_name: str = "", indication: str = "") -> CodeReading:
    """The data use that a consent code states, with the published long name as its witness.

    INVARIANT: a disease is never read from an abbreviation, and nothing is read from a dataset's name.
    """
    written = code.strip()
    if written.upper() in _PLACEHOLDERS:
        return _rejected(f"{written or 'an empty cell'} is no code: nothing has been decided yet")
    parts = [part for part in _SEPARATORS.split(written.upper()) if part]
    permissions = [part for part in dict.fromkeys(parts) if part in _PERMISSIONS]
    if not permissions:
        return _rejected(f"no permission among the codes of {written!r}: {_unknown(parts)}")
    if len(permissions) > 1:
        return _rejected(f"{written!r} names two permissions, {' and '.join(permissions)}: it can have one")
    disease, others = _split(parts)
    refusal = _refuse_tokens(others) or _refuse_text(written, [*others, *permissions], long_name)
    if refusal:
        return _rejected(refusal)
    if permissions[0] == "DS":
        return _proposal(written, disease, others, long_name, indication)
    if RELATED in others:
        return _rejected("RD (related disorders) belongs to DS: ask whoever published it")
    return _complete({"permission": _id(permissions[0]), **_conditions(others)})


def _split(parts: list[str]) -> tuple[list[str], list[str]]:
    """The abbreviation of the disease (what follows DS up to the first modifier), and every part but these
    and the permission.

    The first part after DS is the disease even where it looks like a modifier that takes a value: DS-TS.
    """
    if "DS" not in parts:
        return [], [part for part in parts if part not in _PERMISSIONS]
    start = parts.index("DS") + 1
    end = start
    while end < len(parts) and parts[end] not in (*_PLAIN, *_PERMISSIONS, MDS):
        if end > start and parts[end] in (*_WITH_VALUE, RELATED, "CC"):
            break
        end += 1
    rest = [part for part in (*parts[:start], *parts[end:]) if part not in _PERMISSIONS]
    return parts[start:end], rest


def _refuse_tokens(others: Iterable[str]) -> str:
    for part in others:
        if part in _WITH_VALUE:
            return f"{part} needs a value that the code does not give: ask whoever published it"
        if part == "CC":
            return "CC is from an older list: a person decides whether care was consented to"
        if part not in (*_PLAIN, MDS, RELATED):
            return f"{part} is no known code: ask whoever published it"
    return ""


def _refuse_text(written: str, read: list[str], long_name: str) -> str:
    """Where the long name says what the code does not, somebody has made a mistake, and we do not choose."""
    text = " ".join(long_name.lower().split())
    for sentence, part in _SENTENCES:
        if sentence in text and part not in read:
            return (
                f"the code {written!r} does not hold {part}, but its long name says it: a person decides which is right"
            )
    return ""


def _proposal(written: str, disease: list[str], others: list[str], long_name: str, indication: str) -> CodeReading:
    named = disease_named(long_name)
    if not disease:
        return _rejected(f"{written!r} names no disease, and DS needs one")
    for part in disease:
        if _AGE.fullmatch(part):
            return _rejected(f"{part} is a limit that no term expresses: it would be lost")
    limits = [part for part in disease if part in _NO_TERM]
    if named.lower().startswith("no ") or (not named and len(limits) > 1):
        what = "; ".join(f"{part}: {_NO_TERM[part]}" for part in limits) or named
        return _rejected(f"what follows DS is a limit that no term expresses, not a disease ({what})")
    clues = (Clue(named, LONG_NAME), Clue(indication.strip(), INDICATION))
    abbreviation = "-".join(disease)
    reason = "a steward names the disease: it is only abbreviated in the code"
    if RELATED in others:
        reason += "; RD (related disorders) has no term and widens nothing here unless they are named too"
    read = _complete({"permission": terms.DS, "diseases": [_ANY_DISEASE], **_conditions(others)})
    if read.data_use is None:
        return read
    data_use = {**read.data_use, "diseases": []}
    text = named or abbreviation
    return CodeReading(Status.PROPOSED, data_use, reason, text, tuple(clue for clue in clues if clue.text))


def disease_named(long_name: str) -> str:
    """The disease that a long name spells out; empty where it only repeats the abbreviation, or has none."""
    found = _RELATED_TO.search(" ".join(long_name.split()))
    if found is None or _ONLY_ABBREVIATION.fullmatch(found[1].strip()):
        return ""
    return re.sub(r",? and related disorders$", "", found[1].strip(), flags=re.IGNORECASE)


def _conditions(others: Iterable[str]) -> dict[str, Any]:
    others = set(others)
    return {
        "modifiers": list(unique([_id(part) for part in others if part in _PLAIN])),
        "local": [METHODS_PERMITTED] if MDS in others else [],
    }


def _complete(data_use: dict[str, Any]) -> CodeReading:
    """The data use, once the kernel has read it: contradictions such as NRES with IRB are refused there."""
    try:
        parse_data_use(data_use)
    except Invalid as wrong:
        return _rejected(f"no valid data use: {wrong.message}")
    ordered = {"permission": data_use["permission"], "diseases": data_use.get("diseases", [])}
    return CodeReading(Status.IMPORTED, {**ordered, "modifiers": data_use["modifiers"], "local": data_use["local"]})


def _unknown(parts: Iterable[str]) -> str:
    unknown = [part for part in parts if part not in (*_PLAIN, *_WITH_VALUE, MDS, RELATED)]
    return f"{', '.join(unknown)} unknown" if unknown else "give one of NRES, GRU, HMB, DS, POA"


def _id(part: str) -> str:
    term = terms.find(part)
    assert term is not None, part
    return term.id


def _rejected(reason: str) -> CodeReading:
    return CodeReading(Status.REJECTED, reason=reason)
