"""DUOS consent groups (dataset registration, schema v1): a field for each term, and free text where there is none.

A consent group may say yes to several permissions, or to none but one in its own words: both are left to a
steward, with the words beside.
"""

import re
from collections.abc import Mapping
from typing import Any

from governance.duo import terms
from governance.duo.catalogues.named_terms import Country, add_disease, with_value
from governance.duo.catalogues.readings import BESIDE, Clue, CodeReading, DataUseDraft, finished, refused
from governance.duo.ontologies.curies import compact
from governance.duo.ontology import Ontologies
from governance.duo.reading import InvalidUse, day, flag, texts

PERMISSIONS = {"generalResearchUse": terms.GRU, "hmb": terms.HMB, "poa": terms.POA}
MODIFIERS = {
    "nmds": terms.NMDS,
    "gso": terms.GSO,
    "pub": terms.PUB,
    "col": terms.COL,
    "irb": terms.IRB,
    "npu": terms.NPU,
}
FIELDS = (
    *PERMISSIONS, "diseaseSpecificUse", "otherPrimary", *MODIFIERS, "gs", "mor", "morDate", "otherSecondary",
)  # fmt: skip
_CURIE = re.compile(r"[A-Za-z][\w.]*:\S+")


def read_consent_group(group: Mapping[str, Any], ontologies: Ontologies, country: Country = str) -> CodeReading:
    """The data use of one consent group; fields that are null, false or absent say nothing."""
    draft = DataUseDraft()
    try:
        draft.permissions += [id for field, id in PERMISSIONS.items() if _yes(group, field)]
        for written in texts(group.get("diseaseSpecificUse"), "diseaseSpecificUse"):
            _disease(written, draft)
        draft.modifiers += [id for field, id in MODIFIERS.items() if _yes(group, field)]
        _place(group, draft, country)
        _moratorium(group, draft)
    except InvalidUse as wrong:
        return refused(str(wrong))
    for field in ("otherPrimary", "otherSecondary"):
        words = group.get(field)
        if isinstance(words, str) and words.strip():
            draft.notes.append(f"{field} says {words.strip()!r}, which no term expresses: a steward decides")
    return finished(draft, ontologies)


def _yes(group: Mapping[str, Any], field: str) -> bool:
    value = group.get(field)
    return value is not None and flag(value, field)


def _disease(written: str, draft: DataUseDraft) -> None:
    """An id, or a name, which is a clue for the steward."""
    if terms.DS not in draft.permissions:
        draft.permissions.append(terms.DS)
    id = compact(written)
    if _CURIE.fullmatch(id):
        add_disease(id, "", draft)
    else:
        draft.diseases.append(written.strip())
        draft.clues.append(Clue(written.strip(), BESIDE))


def _place(group: Mapping[str, Any], draft: DataUseDraft, country: Country) -> None:
    written = group.get("gs")
    if not isinstance(written, str) or not written.strip():
        return
    places = [one.strip() for one in re.split(r"[,;]|\band\b", written) if one.strip()]
    modifier, note = with_value(terms.BY_ID[terms.GS], places, country)
    draft.modifiers.append(modifier)
    draft.notes.extend([f"gs says {written.strip()!r}: {note}"] if note else [])


def _moratorium(group: Mapping[str, Any], draft: DataUseDraft) -> None:
    if not _yes(group, "mor"):
        return
    until = group.get("morDate")
    try:
        draft.modifiers.append({"term": terms.MOR, "until": day(until, "morDate").isoformat()})
    except InvalidUse as wrong:
        draft.modifiers.append(terms.MOR)
        draft.notes.extend([str(wrong)] if until is not None else [])
