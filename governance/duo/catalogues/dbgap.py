"""dbGaP's consent codes (`HMB-IRB-MDS`), read as data uses; what a code does not say is never guessed.

A code is a permission and what is added to it, in any order, with any separator and in any letter case; the
published long name may stand in its place. Three answers are possible: a complete data use; a proposal that
lacks something, which a person has to give; a refusal with its reason. dbGaP's `MDS` permits methods research,
the opposite of DUO's NMDS, and is a local term here.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from governance.duo import terms
from governance.duo.catalogues.long_names import (
    MDS,
    RELATED,
    LongName,
    adults_only,
    ages,
    disagreements,
    read_long_name,
)
from governance.duo.catalogues.readings import (
    INDICATION,
    LONG_NAME,
    Clue,
    CodeReading,
    DataUseDraft,
    RowStatus,
    finished,
    refused,
)
from governance.duo.countries import problem as country_problem
from governance.duo.local_terms import METHODS_PERMITTED
from governance.duo.ontology import Ontologies

ADULTS_ONLY = "adults-only"
"""A limit that no DUO term expresses. As a local term it is kept, and makes every decision a person's."""

_PERMISSIONS = ("NRES", "GRU", "HMB", "DS", "POA")
_PLAIN = ("IRB", "PUB", "COL", "NPU", "NCU", "NPUNCU", "GSO", "NMDS", "NPOA", "RTN")
_WITH_VALUE = ("RS", "GS", "MOR", "TS", "US", "PS", "IS")
_CARE = "CC"
_KNOWN = frozenset((*_PERMISSIONS, *_PLAIN, *_WITH_VALUE, _CARE, MDS, RELATED))
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
_SEPARATORS = re.compile(r"(?:[-_,/;.|&()\[\]\s\u2010-\u2015\u2212]|\+(?=[A-Z]))+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_AGE = re.compile(r"[<>]?[0-9]+\+?")
_ADULT = frozenset({"ADULT", "ADULTS"})
_NO_TERM = {
    "NIC": "it keeps insurance companies out",
    "LENF": "it keeps the police out",
    "EMP": "it keeps employers out",
}
"""Limits seen where a disease is due. They are read so only together, or where the long name begins with
"No"."""

_STUDY = re.compile(
    r"(?P<study>[A-Z][A-Z0-9]{1,15})(?:\s*:\s*|_(?=[^_]*$))(?=(?:NRES|GRU|HMB|DS|POA)(?:-|\s|$))",
    re.IGNORECASE,
)
"""A study's name before its code: `FHS:HMB-IRB`, `BAGS_GRU-IRB`."""

_NO_STUDY = frozenset({*_KNOWN, *_ADULT, *_NO_TERM, "NO", "NON", "NOT", "EA", "EX", "HR", "UR", "CHILD", "PED", "PEDS"})
_NAMED_CODE = re.compile(r"(?P<name>.+?)\s*[(\[](?P<code>[^()\[\]]+)[)\]]", re.DOTALL)

_NOTHING_LOADED = Ontologies([])
_ABBREVIATED = "a steward names the disease: it is only abbreviated in the code"
_IN_WORDS = "a steward names the disease: it stands in words"


@dataclass(frozen=True, slots=True)
class _Code:
    """A code in parts. `disease`: its abbreviation; `others`: neither that nor a permission."""

    written: str
    permissions: tuple[str, ...]
    disease: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    in_words: bool = False

    @property
    def said(self) -> frozenset[str]:
        """Everything that it says, as a long name would."""
        return frozenset((*self.permissions, *self.others))


def read_code(code: str, long_name: str = "", indication: str = "") -> CodeReading:
    """The data use that a consent code states, with the published long name as its witness.

    INVARIANT: a disease is never read from an abbreviation, and nothing is read from a dataset's name.
    """
    written = tidy(code)
    if written.upper() in _PLACEHOLDERS:
        return refused(f"{code.strip() or 'an empty cell'} is no code: nothing has been decided yet")
    witnesses = [read_long_name(long_name)]
    named = _NAMED_CODE.fullmatch(written)
    if named is not None and read_long_name(named["name"]).whole and _split(named["code"]).permissions:
        witnesses.insert(0, read_long_name(named["name"]))
        written = named["code"]
    stated = read_long_name(written)
    if stated.whole and not stated.unread:
        witnesses.insert(0, stated)
        found = _Code(written, stated.parts[:1], others=stated.parts[1:], in_words=True)
    else:
        found = _split(written)
    studied = indication.strip()
    return _read(found, witnesses, "" if studied.upper() in _PLACEHOLDERS else studied)


def tidy(written: str) -> str:
    """A cell without what only looks different: wide letters, spaces that do not break, marks of no width."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", written))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _split(written: str) -> _Code:
    """The parts of a code. What follows DS up to the first modifier is the abbreviation of the disease.

    The first part after DS is the disease even where it looks like a modifier that takes a value, or like DS
    again: DS-TS, DS-DS.
    """
    study = _STUDY.match(written)
    rest = written[study.end() :] if study and study["study"].upper() not in _NO_STUDY else written
    parts = [part for part in _SEPARATORS.split(rest.upper()) if part]
    permissions = tuple(part for part in dict.fromkeys(parts) if part in _PERMISSIONS)
    if "DS" not in parts:
        return _Code(written, permissions, others=tuple(part for part in parts if part not in _PERMISSIONS))
    start = parts.index("DS") + 1
    end = start + (parts[start : start + 1] == ["DS"])
    while end < len(parts) and parts[end] not in (*_PLAIN, *_PERMISSIONS, MDS):
        if end > start and parts[end] in (*_WITH_VALUE, RELATED, _CARE):
            break
        end += 1
    others = tuple(part for part in (*parts[:start], *parts[end:]) if part not in _PERMISSIONS)
    return _Code(written, permissions, tuple(parts[start:end]), others)


def _read(code: _Code, witnesses: Sequence[LongName], indication: str) -> CodeReading:
    draft = DataUseDraft(permissions=[_id(one) for one in code.permissions])
    unknown = _gather(code.others, draft)
    if not code.permissions and (unknown or not code.others):
        told = f"{', '.join(unknown)} unknown" if unknown else "give one of NRES, GRU, HMB, DS, POA"
        return refused(f"no permission among the codes of {code.written!r}: {told}")
    if unknown:
        return refused(f"{unknown[0]} is no known code: ask whoever published it")
    for witness in witnesses:
        doubt = next(disagreements(code.written, code.said, witness), "")
        if doubt and code.permissions:
            return refused(doubt)
    specific = code.permissions == ("DS",)
    if not specific:
        if RELATED in code.others:
            return refused("RD (related disorders) belongs to DS: ask whoever published it")
        return finished(draft, _NOTHING_LOADED)
    return _proposal(code, draft, next((one for one in witnesses if one.disease), LongName()), indication)


def _gather(others: Sequence[str], draft: DataUseDraft) -> list[str]:
    """Put modifiers, local terms and doubts into the draft; the parts that nothing knows come back."""
    unknown: list[str] = []
    values = range(0)
    for place, part in enumerate(others):
        if place in values:
            continue
        if part in _PLAIN:
            draft.modifiers.append(_id(part))
        elif part in _WITH_VALUE:
            values = range(place + 1, place + 1 + _add_value(part, others[place + 1 :], draft))
        elif part == MDS:
            draft.local.append(METHODS_PERMITTED)
        elif part == _CARE:
            draft.notes.append("CC is from an older list: a person decides whether care was consented to")
        elif part in _ADULT:
            draft.local.append(ADULTS_ONLY)
            draft.notes.append(_of_adults(part))
        elif part != RELATED:
            unknown.append(part)
    draft.modifiers = sorted(draft.modifiers, key=lambda one: one if isinstance(one, str) else one["term"])
    return unknown


def _add_value(part: str, following: Sequence[str], draft: DataUseDraft) -> int:
    """A modifier with the value that DUO's own notation puts behind it (`GS-FI`, `TS-12`); how many parts that takes."""
    if part == "GS":
        places = list(takewhile(lambda one: one not in _KNOWN and not country_problem(one, groups=True), following))
        draft.modifiers.append({"term": terms.GS, "countries": sorted(set(places))} if places else terms.GS)
        return len(places)
    if part == "TS" and following and following[0].isascii() and following[0].isdigit() and len(following[0]) < 5:
        draft.modifiers.append({"term": terms.TS, "months": int(following[0])})
        return 1
    draft.modifiers.append(_id(part))
    return 0


def _proposal(code: _Code, draft: DataUseDraft, named: LongName, indication: str) -> CodeReading:
    if not code.disease and not code.in_words:
        if named.disease:
            return refused(
                f"{code.written!r} names no disease, but its long name does: a person decides which is right"
            )
        return refused(f"{code.written!r} names no disease, and DS needs one")
    for part in code.disease:
        if _AGE.fullmatch(part):
            return refused(f"{part} is a limit that no term expresses: it would be lost")
    limits = [part for part in code.disease if part in _NO_TERM]
    if named.disease.lower().startswith("no ") or (not named.disease and len(limits) > 1):
        what = "; ".join(f"{part}: {_NO_TERM[part]}" for part in limits) or named.disease
        return refused(f"what follows DS is a limit that no term expresses, not a disease ({what})")
    abbreviation = "-".join(part for part in code.disease if part not in _ADULT)
    clues = (Clue(named.disease, LONG_NAME), Clue(indication, INDICATION))
    draft.disease_missing = _IN_WORDS if code.in_words else _ABBREVIATED
    draft.notes = [*_doubts(code, named), *draft.notes]
    if any(part in _ADULT for part in code.disease) or adults_only(f"{named.disease} {named.cut_off}"):
        draft.local.append(ADULTS_ONLY)
    read = finished(draft, _NOTHING_LOADED)
    if read.status is not RowStatus.PROPOSED:
        return read
    text = named.disease or abbreviation
    return replace(read, disease_text=text, clues=tuple(one for one in clues if one.text), cut_off=named.cut_off)


def _doubts(code: _Code, named: LongName) -> Iterator[str]:
    """What a steward has to see before naming the disease, so that no limit is lost by it."""
    if RELATED in code.others:
        yield "RD (related disorders) has no term and widens nothing here unless they are named too"
    elif "related" in named.cut_off.lower():
        yield f"{named.cut_off!r} has no term and widens nothing here unless they are named too"
    in_text = ages(f"{named.disease} {named.cut_off}")
    in_code = tuple(part for part in code.disease if part in _ADULT)
    if adults_only(" ".join(in_text)) or in_code:
        yield _of_adults(named.cut_off or next(iter((*in_text, *in_code))))
    elif in_text:
        yield f"{in_text[0]!r} limits it to an age: choose a disease that says so, or nobody keeps that limit"
    for words in named.unread:
        if words != named.disease:
            yield f"the long name also says {words!r}, which no code holds"


def _of_adults(written: str) -> str:
    return f"{written!r} limits it to adults, which no DUO term says: {ADULTS_ONLY} keeps that limit"


def _id(part: str) -> str:
    term = terms.find(part)
    assert term is not None, part
    return term.id
