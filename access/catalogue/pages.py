"""What the catalogue page shows: filters with their counts, chosen ones to take back, and datasets in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from access.catalogue.selectors import (
    BY_FIT,
    BY_TITLE,
    LABEL_ONLY,
    MEMBERS,
    UNSETTLED,
    Catalogue,
    JudgedCatalogue,
    Listed,
)
from access.domain.closeness import Beside, Closeness
from access.domain.facets import FacetEntry, Found
from access.face.sentences import MODES, Said, label_terms, said
from consent.domain.cohorts import SMALLEST_SHOWN, CohortNumbers
from governance.duo.data_use import to_json
from governance.duo.decision import Decision
from governance.duo.ontology import Ontologies
from governance.face.look import TERMS, Words, state_look
from governance.face.words import listed

FACETS = ("close", "fit", "disease", "level", "people", "kind", "country", "mode", "term", "committee", "host")
# These stand behind one fold, so that the filters fit beside the list.
FOLDED = ("kind", "country", "mode", "term", "committee", "host")
LEGENDS: Mapping[str, Words] = {
    "close": lazy("About"),
    "fit": lazy("Fit"),
    "disease": lazy("Disease"),
    "level": lazy("Access"),
    "people": lazy("Participants"),
    "kind": lazy("Kind of data"),
    "country": lazy("Country"),
    "mode": lazy("Way of access"),
    "term": lazy("Terms"),
    "committee": lazy("Committee"),
    "host": lazy("Data host"),
}
LEVELS: Mapping[str, Words] = {
    "open": lazy("Open"),
    "registered": lazy("Registered"),
    "controlled": lazy("Controlled"),
}
PEOPLE: Mapping[str, Words] = {MEMBERS: lazy("Participants take part"), LABEL_ONLY: lazy("Label only")}
FITS = ("permit", "review", "deny")
CLOSE: Mapping[str, Words] = {
    Closeness.SAME: lazy("What you study"),
    Closeness.WIDER: lazy("A wider group of diseases"),
    Closeness.NEAR: lazy("A disease close to it"),
    Closeness.UNKNOWN: lazy("Not known"),
    Closeness.OTHER: lazy("Something else"),
}
SORTS: Mapping[str, Words] = {
    "": lazy("Closest and best fit first"),
    BY_FIT: lazy("Best fit first"),
    BY_TITLE: lazy("By title"),
}
_DISEASES_SHOWN = 12
_ABOUT_SHOWN = 3
_MOST_VALUES = 20
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What the address asks for; whatever it cannot mean is left out."""

    words: str
    purpose: str
    sort: str
    chosen: Mapping[str, frozenset[str]]
    after: str
    before: str

    @property
    def any(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.words or any(self.chosen.values()))

    @property
    def folded_open(self) -> bool:
        """Whether one of the filters behind the fold is in use."""
        return any(self.chosen[facet] for facet in FOLDED)

    def query(self, **changes: str) -> QueryDict:
        """The address's query with changes, without its place in the list."""
        query = QueryDict(mutable=True)
        for key, value in (("q", self.words), ("purpose", self.purpose), ("sort", self.sort)):
            if value:
                query[key] = value
        for facet in FACETS:
            if self.chosen[facet]:
                query.setlist(facet, sorted(self.chosen[facet]))
        query.update(changes)
        return query

    def without_purpose(self) -> "CatalogueQuery":
        """The same without a purpose, beside which alone it is a question how well something fits and how close it is."""
        sort = BY_TITLE if self.sort == BY_TITLE else ""
        return replace(self, purpose="", sort=sort, chosen={**self.chosen, "fit": frozenset(), "close": frozenset()})

    def without(self, facet: str, value: str) -> str:
        """The address with one choice taken back."""
        query = self.query()
        query.setlist(facet, [one for one in query.getlist(facet) if one != value])
        return "?" + query.urlencode()


def asked(query: QueryDict) -> CatalogueQuery:
    """Read the address."""
    return CatalogueQuery(
        words=_clean(query.get("q", "")),
        purpose=_clean(query.get("purpose", ""))[:20],
        sort=query.get("sort", "") if query.get("sort", "") in SORTS else "",
        chosen={facet: frozenset(filter(None, map(_clean, query.getlist(facet)[:_MOST_VALUES]))) for facet in FACETS},
        after=_clean(query.get("after", "")),
        before=_clean(query.get("before", "")),
    )


def _clean(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text[:_LONGEST]).split())


@dataclass(frozen=True, slots=True)
class FacetOption:
    """One value of a facet."""

    value: str
    words: Words
    count: int
    checked: bool
    code: str = ""
    state: str = ""
    below: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One facet with its values."""

    facet: str
    legend: Words
    options: Sequence[FacetOption]


@dataclass(frozen=True, slots=True)
class Shown:
    """One dataset in the list."""

    listed: Listed
    terms: Sequence[Mapping[str, str]]
    verdict: str
    reasons: Sequence[Said] = field(default=())
    members: int | None = None
    numbers: CohortNumbers | None = None
    close: str = ""

    @property
    def source(self) -> str:
        """The small line below the title: id, holder, country."""
        row = self.listed.row
        phs = str(row["phs"] or "")
        shown = phs if phs.startswith("phs") else self.listed.accession
        holder = f"{row['consortium'] or row['organisation__name']}, {row['country']}"
        return holder if shown == row["title"] else f"{shown} · {holder}"

    @property
    def few(self) -> bool:
        """Whether they are so few that a share of them would be no number at all."""
        return self.members is not None and self.members < SMALLEST_SHOWN

    @property
    def told(self) -> str:
        """What the dataset is, in one line, where nobody has described it: kinds of data and what was studied."""
        row = self.listed.row
        parts = [listed(self.listed.kinds), row["indication"] or ""]
        return " · ".join(part for part in parts if part and part not in ("--", "None", "Unspecified"))

    @property
    def ways(self) -> str:
        """Access level and modes."""
        modes = [str(MODES[mode]).lower() for mode in self.listed.modes if mode in MODES]
        level = str(LEVELS[self.listed.row["level"]]).lower()
        return " · ".join(filter(None, (level, listed(modes))))


def groups(found: Found, catalogue: Catalogue, wanted: CatalogueQuery) -> dict[str, Group]:
    """Every facet that offers a choice."""
    made = {facet: Group(facet, LEGENDS[facet], _options(facet, found, catalogue, wanted)) for facet in FACETS}
    return {facet: group for facet, group in made.items() if group.options}


def _options(facet: str, found: Found, catalogue: Catalogue, wanted: CatalogueQuery) -> list[FacetOption]:
    counts, chosen = found.counts.get(facet, Counter()), wanted.chosen[facet]
    if facet == "disease":
        return _diseases(counts, catalogue, chosen)
    offered = _offered(facet, set(counts) | chosen)
    names = _names(catalogue, facet)
    return [
        FacetOption(
            value,
            names.get(value, value),
            counts[value],
            value in chosen,
            code=value if facet == "term" and value in TERMS else "",
            state=value if facet == "fit" else "",
        )
        for value in offered
    ]


def _offered(facet: str, values: set[str]) -> list[str]:
    """The values in the order of their table; where there is none, by the alphabet."""
    table = {
        "close": tuple(CLOSE),
        "fit": FITS,
        "level": tuple(LEVELS),
        "people": tuple(PEOPLE),
        "mode": tuple(MODES),
        "term": tuple(TERMS),
    }
    known = [value for value in table.get(facet, ()) if value in values]
    return known + sorted(values - set(known))


def _names(catalogue: Catalogue, facet: str) -> Mapping[str, Words]:
    if facet == "committee":
        return catalogue.committees
    if facet == "host":
        return catalogue.hosts
    if facet == "term":
        return {UNSETTLED: _("Not settled yet")} | {code: look.words for code, look in TERMS.items()}
    return {"close": CLOSE, "level": LEVELS, "people": PEOPLE, "mode": MODES}.get(facet, {})


def _diseases(counts: Mapping[str, int], catalogue: Catalogue, chosen: frozenset[str]) -> list[FacetOption]:
    """Diseases that labels name, the most frequent first, each followed by those below it."""
    ontologies = catalogue.ontologies
    offered = sorted(catalogue.diseases & set(counts), key=lambda one: (-counts[one], one))[:_DISEASES_SHOWN]
    offered += sorted(chosen - set(offered))
    above = {one: ontologies.ancestors(one) & set(offered) - {one} for one in offered}
    ordered: list[str] = []
    for one in offered:
        if not above[one]:
            ordered += [one, *(other for other in offered if one in above[other] and other not in ordered)]
    return [
        FacetOption(one, ontologies.label(one) or one, counts.get(one, 0), one in chosen, below=bool(above[one]))
        for one in dict.fromkeys(ordered)
    ]


def chips(made: Mapping[str, Group], wanted: CatalogueQuery) -> list[tuple[str, str]]:
    """Each choice with the address that takes it back."""
    return [
        (_chip(option), wanted.without(group.facet, option.value))
        for group in made.values()
        for option in group.options
        if option.checked
    ]


def _chip(option: FacetOption) -> str:
    return str(state_look(option.state).word if option.state else option.words)


def shown(
    entries: Iterable[FacetEntry],
    catalogue: Catalogue,
    decisions: Mapping[int, Decision | None] | None,
    counted: tuple[Mapping[int, int], Mapping[int, CohortNumbers]],
    judged: JudgedCatalogue | None = None,
) -> list[Shown]:
    """The datasets of one page in words; with decisions, why each does not simply fit and what each is about."""
    members, numbers = counted
    found = []
    for entry in entries:
        one = catalogue.listed[entry.id]
        label = catalogue.label(one)
        decision = decisions.get(entry.id) if decisions is not None else None
        found.append(
            Shown(
                one,
                label_in_words(to_json(label.data_use), catalogue.ontologies) if label else [],
                "" if decisions is None else decision.verdict.value if decision else "review",
                _strictest(decision, catalogue),
                members.get(entry.id, 0) if one.row["has_members"] else None,
                numbers.get(entry.id),
                _closeness_said(judged.beside(catalogue.about(one)), catalogue) if judged and judged.studied else "",
            )
        )
    return found


def _closeness_said(found: Beside, catalogue: Catalogue) -> str:
    """What a dataset is about, beside what the purpose names; honest where nothing says it."""
    diseases = listed([catalogue.ontologies.label(one) or one for one in found.diseases[:_ABOUT_SHOWN]])
    sentences = {
        Closeness.SAME: _("About what you study: %(diseases)s"),
        Closeness.WIDER: _("About a wider group of diseases: %(diseases)s"),
        Closeness.NEAR: _("About a disease close to what you study: %(diseases)s"),
        Closeness.OTHER: _("About something else: %(diseases)s"),
    }
    if found.closeness not in sentences:
        return _("Nothing says which disease it is about")
    return sentences[found.closeness] % {"diseases": diseases}


def sorts(judged: JudgedCatalogue | None) -> Mapping[str, Words]:
    """The orders that a list can have: without a purpose's diseases there is nothing to be close to."""
    if judged is None:
        return {}
    return SORTS if judged.studied else {"": SORTS[BY_FIT], BY_TITLE: SORTS[BY_TITLE]}


def order_said(judged: JudgedCatalogue | None, sort: str) -> str:
    """The order of the list in words; empty where it is the usual one."""
    if sort == BY_TITLE:
        return _("by title")
    if judged is None:
        return ""
    if judged.studied and not sort:
        return _("closest and best fit first")
    return _("best fit first")


def label_in_words(data_use: Mapping[str, Any], ontologies: Ontologies) -> list[dict[str, str]]:
    """A label as terms with words; a named disease says that it limits, and a time that it is in months."""
    told_months = (one.get("months") for one in data_use["modifiers"] if isinstance(one, Mapping))
    months = {one for one in told_months if one is not None}
    told = [
        {**one, "words": ngettext("%(n)s month", "%(n)s months", min(months)) % {"n": min(months)}}
        if one["code"] == "TS" and months
        else one
        for one in label_terms(data_use, ontologies)
    ]
    only = [{**one, "words": _("%(disease)s only") % {"disease": one["words"]}} for one in told[:1] if one["words"]]
    return [*only, *told[1:]] if only else told


def _strictest(decision: Decision | None, catalogue: Catalogue) -> list[Said]:
    """The two strictest reasons that stand in the way."""
    if decision is None:
        return []
    told = said(decision.reasons, catalogue.ontologies)
    return [one for word in ("deny", "review") for one in told if one.word == word][:2]


def addresses(wanted: CatalogueQuery, entries: Sequence[FacetEntry], catalogue: Catalogue) -> dict[str, Any]:
    """Where the neighbouring pages are."""
    if not entries:
        return {"previous": "", "next": ""}
    first, last = (catalogue.listed[one.id].accession for one in (entries[0], entries[-1]))
    return {
        "previous": "?" + wanted.query(before=first).urlencode(),
        "next": "?" + wanted.query(after=last).urlencode(),
    }
