"""A data use as archives list it: identifiers side by side, as in `DUO:0000007 MONDO:0005267`.

Labels stand for ids, ids may have their label in brackets behind them, and the list may be JSON.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from governance.duo import terms
from governance.duo.catalogues.beacon import read_duo_data_use
from governance.duo.catalogues.dbgap import read_code, tidy
from governance.duo.catalogues.long_names import LongName, disagreements, read_long_name
from governance.duo.catalogues.named_terms import (
    Country,
    add_disease,
    label_says_another,
    take,
    term_named,
    value_in,
    with_value,
)
from governance.duo.catalogues.readings import INDICATION, LONG_NAME, Clue, CodeReading, DataUseDraft, finished, refused
from governance.duo.ontologies.curies import compact
from governance.duo.ontology import Ontologies
from governance.duo.terms import DuoTerm

_BRACKETED = re.compile(r"\([^()]*\)?|[^()]+|\)")
_BREAKS = re.compile(r"[,;|\n]+")
_ENTRY = re.compile(r"([^\s()]+)(?:\s*\(([^()]*)\))?")
_IDENTIFIER = re.compile(r"\bduo[:_]|\bobo:|://|(?:^|[\s,;|(])[a-z][\w.]*[:_][a-z]*[0-9]", re.IGNORECASE)


def lists_identifiers(written: str) -> bool:
    """Whether a cell is a list of ids or labels, rather than a consent code such as `HMB-IRB`."""
    text = tidy(written)
    return _IDENTIFIER.search(text) is not None or (bool(text) and _all_labels(text)) or text.startswith("[")


def read_curies(
    written: str, ontologies: Ontologies, long_name: str = "", indication: str = "", country: Country = str
) -> CodeReading:
    """The data use that a list of identifiers states; a consent code in its place is read as one.

    What nothing knows stays open for a steward, by name.
    """
    text = tidy(written)
    if not text:
        return refused("the list of data-use terms is empty")
    if not lists_identifiers(text):
        return read_code(text, long_name, indication)
    listed = _from_json(text)
    if listed is not None:
        return read_duo_data_use(listed, ontologies, country=country)
    draft = DataUseDraft()
    for id, label in _entries(text.strip("[]")):
        doubt = _add(id.strip("\"'"), label, draft, country)
        if doubt:
            return refused(doubt)
    doubt = _witnessed(text, draft, read_long_name(long_name), indication)
    return refused(doubt) if doubt else finished(draft, ontologies)


def _pieces(text: str) -> list[str]:
    """The parts between commas and the like; those inside brackets part nothing."""
    found = _BRACKETED.findall(text)
    marked = "".join(one if one.startswith("(") else _BREAKS.sub("\0", one) for one in found)
    return [piece.strip() for piece in marked.split("\0") if piece.strip()]


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Ids or labels, each with what stands in brackets behind it."""
    for piece in _pieces(text):
        if term_named(piece) is not None:
            yield piece, ""
            continue
        yield from ((found[1], (found[2] or "").strip()) for found in _ENTRY.finditer(piece))


def _from_json(text: str) -> list[Any] | None:
    try:
        found = json.loads(text) if text.startswith("[") else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _witnessed(written: str, draft: DataUseDraft, name: LongName, indication: str) -> str:
    """Why the published long name and the list disagree; where they do not, what it tells of the disease."""
    named = (one if isinstance(one, str) else one["term"] for one in (*draft.permissions, *draft.modifiers))
    doubt = next(disagreements(written, frozenset(map(terms.short, named)), name), "")
    clues = ((name.disease, LONG_NAME), (indication.strip(), INDICATION))
    draft.clues.extend(Clue(text, found_in) for text, found_in in clues if text)
    return doubt


def _all_labels(text: str) -> bool:
    pieces = _pieces(text)
    return all(term_named(piece) is not None and terms.find(piece) is None for piece in pieces)


def _add(id: str, beside: str, draft: DataUseDraft, country: Country) -> str:
    """Put one entry into the draft; the reason where the row has to be refused."""
    term = term_named(id)
    if term is None:
        if terms.looks_like_duo(id.removeprefix("obo:")):
            return f"{id} is no DUO term of release {terms.RELEASE}"
        if ":" not in compact(id):
            return f"{id} is no term that anything here knows: ask whoever published it"
        add_disease(id, beside, draft)
        return ""
    doubt = label_says_another(term, beside) if beside else ""
    return doubt or _take_with(term, beside, draft, country)


def _take_with(term: DuoTerm, beside: str, draft: DataUseDraft, country: Country) -> str:
    """A term whose bracket holds its label, or its value: `DUO:0000022 (FI, SE)`."""
    if term.parameter is None or not beside or term_named(beside) is not None:
        return take(term, draft)
    value = value_in(term, beside)
    if value is None and term.id == terms.GS:
        value, _note = with_value(term, [one.strip() for one in beside.split(",")], country)
    draft.modifiers.append(value or term.id)
    return ""
