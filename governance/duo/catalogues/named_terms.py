"""DUO terms as people write them: by id, shorthand or label, with a label beside the id, with a value in words."""

import re
from collections.abc import Callable
from typing import Any

from governance.duo import terms
from governance.duo.catalogues.readings import BESIDE, Clue, DataUseDraft
from governance.duo.countries import problem as country_problem
from governance.duo.ontologies.curies import compact
from governance.duo.terms import DuoTerm, TermKind

Country = Callable[[str], str]
"""From a country as it is written to its ISO 3166-1 code; what it does not know comes back unchanged."""

_WORD = re.compile(r"[^\W_]+")
_MONTHS = re.compile(r"\b([0-9]{1,4})\s*(?:months?|mo)\b", re.IGNORECASE)
_DAY = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")

_FORMER_LABELS = {
    "not for profit use only": terms.NPUNCU,
    "health medical biomedical": terms.HMB,
    "health medical biomedical research": terms.HMB,
    "disease specific": terms.DS,
    "publication moratorium required": terms.MOR,
}
"""Labels of earlier releases and of dbGaP, folded."""


def term_named(written: str) -> DuoTerm | None:
    """The term with this id, shorthand or label, whatever its letter case and punctuation."""
    text = written.strip().removeprefix("obo:")
    return terms.find(text) or _BY_LABEL.get(_folded(text))


def label_says_another(term: DuoTerm, label: str) -> str:
    """Why a label beside an id gives a doubt; empty where it names the same term, or none that is known."""
    other = term_named(label) or term_named(label.partition(":")[0])
    if other is None or other.id == term.id:
        return ""
    return (
        f"{term.id} is {terms.short(term.id)}, but the label beside it says {label!r}: a person decides which is right"
    )


def take(term: DuoTerm, draft: DataUseDraft) -> str:
    """Put a term without its value into the draft. The reason where it is no term for data."""
    if term.kind is TermKind.PERMISSION:
        draft.permissions.append(term.id)
    elif term.kind is TermKind.MODIFIER:
        draft.modifiers.append(term.id)
    elif term.id in terms.MIGRATIONS:
        draft.notes.append(terms.MIGRATIONS[term.id])
        if term.id == "DUO:0000005":
            draft.permissions.append(terms.GRU)
    else:
        what = "is obsolete" if term.kind is TermKind.OBSOLETE else f"is of the kind {term.kind.value}"
        return f"{term.id} ({term.label}) is no term for data: it {what}"
    return ""


def add_disease(id: str, label: str, draft: DataUseDraft) -> None:
    """Put a disease into the draft, with the label beside it: a clue where the id is unknown, a witness where not."""
    draft.diseases.append(compact(id))
    if label:
        draft.beside[compact(id)] = label
        draft.clues.append(Clue(label, BESIDE))


def with_value(term: DuoTerm, values: list[str], country: Country) -> tuple[Any, str]:
    """The modifier with its value, and a note; the bare term where the value cannot be read."""
    if term.id == terms.GS:
        codes = [country(one) for one in values]
        wrong = next((told for one in codes if (told := country_problem(one, groups=True))), "")
        return (term.id, wrong) if wrong else ({"term": term.id, "countries": codes}, "")
    if term.parameter in ("months", "until"):
        found = _in_words(term, " ".join(values))
        return (found, "") if found else (term.id, f"{terms.short(term.id)} comes with {', '.join(values)!r}")
    return {"term": term.id, str(term.parameter): values}, ""


def value_in(term: DuoTerm, label: str) -> Any:
    """The modifier with the months or the day that its label says; None where it says neither."""
    return _in_words(term, label) if term.parameter in ("months", "until") else None


def _in_words(term: DuoTerm, text: str) -> dict[str, Any] | None:
    months, day = _MONTHS.search(text), _DAY.search(text)
    if term.parameter == "months" and months and int(months[1]):
        return {"term": term.id, "months": int(months[1])}
    return {"term": term.id, "until": day[0]} if term.parameter == "until" and day else None


def _folded(text: str) -> str:
    words = (word.casefold() for word in _WORD.findall(text))
    return " ".join(word.removesuffix("s") if len(word) > 3 else word for word in words)


_BY_LABEL = {
    **{_folded(label): terms.BY_ID[id] for label, id in _FORMER_LABELS.items()},
    **{_folded(term.label): term for term in terms.TERMS},
}
