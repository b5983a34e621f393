"""Random data uses and purposes over small vocabularies, so that lists meet, overlap and contradict often."""

from typing import Any

from hypothesis import strategies as st

from governance.duo import terms
from governance.duo.canonical import canonical
from governance.duo.data_use import DataUse, parse_data_use
from governance.duo.local_terms import LOCAL_TERMS, METHODS_PERMITTED
from governance.duo.purpose import SENSITIVE, UNDERTAKEN, Purpose, parse_purpose
from governance.duo.reading import InvalidUse
from tests.governance.duo.cases import ontologies

DISEASES = (*sorted(term for release in ontologies().releases for term in release.terms), "FOO:1", "FOO:2")
COUNTRIES = ("FI", "SE", "NO", "US", "BR", "KE")
PEOPLE = ("a", "b", "c")
KINDS = (
    "paediatric",
    "Paed-iatric",
    "family",
    "topic:1",
    "TOPIC:1",
    "MONDO:0004992",
    "MONDO:0007254",
    "MONDO:0099002",
    "DOID:9744",
    "HP:0002664",
)
PROJECTS = ("a", "A", "a-b", "A b", "G:1", "g:1", "G:2", "G:1-2", "https://x.example/1", "https://x.example/2")
DAYS = ("2026-11-20", "2026-11-22", "2026-11-24")
LOCAL = (*LOCAL_TERMS, "something-else")


def several(values: tuple[str, ...], most: int = 3, least: int = 0) -> st.SearchStrategy[list[str]]:
    """Some of these in any order, duplicates included."""
    return st.lists(st.sampled_from(values), min_size=least, max_size=most)


_PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "countries": several((*COUNTRIES, "EU", "EEA", "150", "019"), least=1),
    "months": st.sampled_from([6, 12, 24]),
    "until": st.sampled_from(DAYS),
    "research_types": several(KINDS, least=1),
    "users": several(PEOPLE, least=1),
    "projects": several(PROJECTS, least=1),
    "institutions": several(PEOPLE, least=1),
    "investigators": several(PEOPLE),
}


def modifier(term: str) -> st.SearchStrategy[Any]:
    parameter = terms.PARAMETER.get(term)
    if parameter is None:
        return st.just(term)
    return st.fixed_dictionaries({"term": st.just(term), parameter: _PARAMETERS[parameter]})


modifiers = st.sampled_from(terms.MODIFIERS).flatmap(modifier)


@st.composite
def data_use_forms(draw: st.DrawFn) -> dict[str, Any]:
    """The JSON form of a valid data use: contradictions are dropped, not drawn again."""
    permission = draw(st.sampled_from(terms.PERMISSIONS))
    local = draw(several(LOCAL, most=2))
    found = draw(st.lists(st.just(terms.CC) if permission == terms.NRES else modifiers, max_size=4))
    forbidden = {terms.POA: terms.NPOA}.get(permission)
    kept = [one for one in found if _term(one) != forbidden]
    if METHODS_PERMITTED in local:
        kept = [one for one in kept if _term(one) != terms.NMDS]
    form: dict[str, Any] = {"permission": permission, "modifiers": kept, "local": local}
    if permission == terms.DS:
        form["diseases"] = draw(several(DISEASES, least=1))
    return form


def _term(form: Any) -> str:
    return form["term"] if isinstance(form, dict) else form


def parsed(form: dict[str, Any]) -> DataUse | None:
    """The data use as answered, or None where a list that is given twice leaves nothing."""
    try:
        found = parse_data_use(form)
        canonical(found, ontologies())
    except InvalidUse:
        return None
    return found


data_uses: st.SearchStrategy[DataUse] = data_use_forms().map(parsed).filter(bool)  # type: ignore[assignment]

purpose_forms: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "investigations": several((*terms.INVESTIGATIONS, "other")),
        "diseases": several(DISEASES, most=2),
        "clinical_care": st.sampled_from([False, False, True]),
        "organisation_type": st.sampled_from([None, "not-for-profit", "for-profit"]),
        "access_mode": st.sampled_from([None, "download", "visit", "federated"]),
    },
    optional={
        "genetic": st.sampled_from([None, True, False]),
        "commercial": st.sampled_from([None, True, False]),
        "countries": several(COUNTRIES, most=2),
        "institutions": several(PEOPLE, most=2),
        "users": several(PEOPLE, most=2),
        "project": st.sampled_from([None, *PROJECTS]),
        "research_types": several(KINDS, most=2),
        "ethics_approval": st.sampled_from([None, *({"reference": "r", "valid_until": day} for day in DAYS)]),
        "months": st.sampled_from([None, 6, 12, 36]),
        "agrees": several((*UNDERTAKEN, "no-reidentification", "no-redistribution"), most=6),
        "sensitive": st.one_of(st.just([]), several((*SENSITIVE, "another"), most=1)),
    },
)
purposes: st.SearchStrategy[Purpose] = purpose_forms.map(parse_purpose)


def _fitting(data_use: dict[str, Any], purpose: dict[str, Any]) -> dict[str, Any]:
    """Facts that let much through, so that permits are not rare among random pairs."""
    return purpose | {
        "organisation_type": "not-for-profit",
        "commercial": False,
        "genetic": True,
        "clinical_care": False,
        "sensitive": [],
        "access_mode": "federated",
        "diseases": (data_use.get("diseases") or ["MONDO:0003582"])[:1],
        "agrees": [*UNDERTAKEN, "no-reidentification", "no-redistribution"],
        "ethics_approval": {"reference": "r", "valid_until": "2030-01-01"},
    }


fitting_purposes: st.SearchStrategy[Purpose] = st.builds(
    lambda use, purpose: parse_purpose(_fitting(use, purpose)), data_use_forms(), purpose_forms
)
either_purposes = st.one_of(purposes, fitting_purposes)
