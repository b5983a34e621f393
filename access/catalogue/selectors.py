"""The catalogue as it is read: every listed dataset as a slim row, each distinct data use understood and judged once.

A catalogue page costs a fixed number of queries. Ten thousand datasets have few distinct labels, so that a label's words,
diseases and verdict are found once for each of them.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from access.domain.closeness import RANK as CLOSE_RANK
from access.domain.closeness import Beside, Closeness, beside, diseases_named
from access.domain.facets import FacetEntry, Found, Shelf
from access.models import Request
from access.purposes.selectors import read
from access.requests import selectors as requests
from consent.domain import cohorts
from consent.domain.cohorts import CohortNumbers
from consent.selectors.cohorts import cohort_numbers
from consent.selectors.counts import member_counts
from governance.duo import terms
from governance.duo.batches.batch import Batch
from governance.duo.canonical import canonical
from governance.duo.data_use import DataUse, parse_data_use
from governance.duo.decision import Decision
from governance.duo.matcher import match
from governance.duo.ontologies.search import TOO_GENERAL
from governance.duo.ontology import Ontologies
from governance.duo.reading import InvalidUse
from governance.models import Dataset, HostedDataset, User

MEMBERS, LABEL_ONLY = "members", "label-only"
UNSETTLED = "unsettled"
RANK = {"permit": 0, "review": 1, "deny": 2}
BY_FIT, BY_TITLE = "fit", "title"
_PURPOSES = 20
_COLUMNS = (
    "id", "slug", "title", "summary", "country", "level", "has_members", "participants_declared",
    "organisation__name", "committee__slug", "committee__name", "committee__time_zone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """What a data use says, for finding: codes of its terms, its diseases with all above them, their names."""

    data_use: DataUse
    codes: frozenset[str]
    diseases: frozenset[str]
    within: frozenset[str]
    words: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One dataset of the catalogue. `label` is its data use as stored text; empty where it is not settled."""

    row: Mapping[str, Any]
    label: str
    accessions: Sequence[str]
    hosts: Mapping[str, str]

    @property
    def id(self) -> int:
        """The dataset's key."""
        return int(self.row["id"])

    @property
    def accession(self) -> str:
        """The newest version's accession."""
        return self.accessions[0]

    @property
    def zone(self) -> str:
        """The time zone of its committee."""
        return str(self.row["committee__time_zone"] or "UTC")

    def day(self, now: datetime) -> date:
        """Which day it is at its committee, where days of labels and purposes are read."""
        return _day(self.zone, now)

    @property
    def modes(self) -> tuple[str, ...]:
        """Ways in which the data are reached."""
        return _texts(self.row["modes_text"])

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of data."""
        return _texts(self.row["kinds_text"])


@lru_cache(maxsize=1_000)
def _texts(stored: str) -> tuple[str, ...]:
    """A stored list of words; few differ among many datasets."""
    return tuple(json.loads(stored))


@dataclass(frozen=True, slots=True)
class JudgedCatalogue:
    """What a purpose makes of the datasets: a verdict for each data use on each day and, where it names diseases, how close
    each is.
    """

    now: datetime
    verdicts: Mapping[tuple[str, date], str]
    studied: frozenset[str]
    ontologies: Ontologies

    def verdict(self, label: str, day: date) -> str:
        """The verdict on a data use; one that is not settled is for people to review."""
        return self.verdicts.get((label, day), "review")

    def beside(self, about: frozenset[str]) -> Beside:
        """How close to what is studied that is which a dataset is about."""
        return _beside(self.studied, about, self.ontologies)

    def rank(self, label: str, day: date, about: frozenset[str], sort: str) -> int:
        """A number that puts what is close and fits first, and what is denied last, however close."""
        fit = RANK[self.verdict(label, day)]
        close = CLOSE_RANK[self.beside(about).closeness if self.studied else Closeness.UNKNOWN]
        first, second, third = (fit, close, 0) if sort == BY_FIT else (int(fit == RANK["deny"]), close, fit)
        return first * 100 + second * 10 + third


class Catalogue:
    """Every dataset that is listed, read in two queries, with all that can be said of them without a question.

    Never changed once it is read: `access.catalogue.kept_selectors` keeps one for all requests of a process.
    """

    def __init__(self, ontologies: Ontologies) -> None:
        self.ontologies = ontologies
        # Datasets in which people take part come first: their answers decide, and not a label alone.
        usual = sorted(_listed(), key=lambda one: (not one.row["has_members"], _title(one), one.id))
        self.listed: dict[int, Listed] = {one.id: one for one in usual}

    @cached_property
    def labels(self) -> list[str]:
        """Each distinct data use once, as stored text."""
        return sorted({one.label for one in self.listed.values() if one.label})

    def label(self, one: Listed) -> Label | None:
        """What the dataset's data use says; None where it is not settled."""
        return label_of(one.label, self.ontologies) if one.label else None

    @cached_property
    def diseases(self) -> frozenset[str]:
        """The diseases that data uses name."""
        return frozenset(one for text in self.labels for one in label_of(text, self.ontologies).diseases)

    @cached_property
    def committees(self) -> dict[str, str]:
        """Names of committees."""
        return {one.row["committee__slug"]: one.row["committee__name"] for one in self.listed.values()}

    @cached_property
    def hosts(self) -> dict[str, str]:
        """Names of hosts."""
        return {slug: name for one in self.listed.values() for slug, name in one.hosts.items()}

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf([self._entry(one) for one in self.listed.values()])

    @cached_property
    def _alike(self) -> dict[tuple[str, str, frozenset[str]], list[int]]:
        """The places of those that a purpose cannot tell apart: one data use, one time zone, about the same diseases."""
        found: dict[tuple[str, str, frozenset[str]], list[int]] = {}
        for place, one in enumerate(self.listed.values()):
            found.setdefault((one.label, one.zone, self.about(one)), []).append(place)
        return found

    @cached_property
    def _places(self) -> dict[str, int]:
        """The place of each accession."""
        return {accession: place for place, one in enumerate(self.listed.values()) for accession in one.accessions}

    @cached_property
    def _by_title(self) -> list[int]:
        """For each place which it is by title."""
        listed = list(self.listed.values())
        ranks = [0] * len(listed)
        for rank, place in enumerate(sorted(range(len(listed)), key=lambda at: (_title(listed[at]), listed[at].id))):
            ranks[place] = rank
        return ranks

    def judged(self, purpose: Mapping[str, Any], now: datetime) -> JudgedCatalogue:
        """One verdict for each distinct data use and each day that it is somewhere; and how close each dataset is."""
        asked = read(purpose)
        verdicts: dict[tuple[str, date], str] = {}
        if self.labels:
            texts, batch = _batch(tuple(self.labels), self.ontologies)
            for day in {_day(zone, now) for _label, zone, _about in self._alike}:
                row = batch.row(asked, day)
                verdicts |= {(text, day): verdict.value for text, verdict in zip(texts, row.verdicts, strict=True)}
        return JudgedCatalogue(now, verdicts, frozenset(asked.diseases), self.ontologies)

    def narrow(
        self, chosen: Mapping[str, frozenset[str]], words: Collection[str], judged: JudgedCatalogue | None, sort: str
    ) -> Found:
        """The datasets that are left, in the order that is asked for."""
        ranks = self.ranks(judged, sort)
        if judged is None:
            return self._shelf.narrow(chosen, words, ranks=ranks)
        beside: dict[str, dict[str, int]] = {"fit": {}, **({"close": {}} if judged.studied else {})}
        for (label, zone, about), places in self._alike.items():
            at = self._shelf.at(places)
            values = {"fit": judged.verdict(label, _day(zone, judged.now))}
            if judged.studied:
                values["close"] = judged.beside(about).closeness.value
            for facet, value in values.items():
                beside[facet][value] = beside[facet].get(value, 0) | at
        return self._shelf.narrow(chosen, words, beside=beside, ranks=ranks)

    def ranks(self, judged: JudgedCatalogue | None, sort: str) -> list[int] | None:
        """A number for the place of each dataset, the lowest first; None for the usual order."""
        if sort == BY_TITLE:
            return self._by_title
        if judged is None:
            return None
        ranks = [0] * len(self.listed)
        for (label, zone, about), places in self._alike.items():
            rank = judged.rank(label, _day(zone, judged.now), about, sort)
            for place in places:
                ranks[place] = rank
        return ranks

    def key_of(self, accession: str, judged: JudgedCatalogue | None, sort: str = "") -> tuple[int, int] | None:
        """A dataset's place in the order, by one of its accessions."""
        place = self._places.get(accession)
        if place is None:
            return None
        ranks = self.ranks(judged, sort)
        return ranks[place] if ranks else 0, place

    def about(self, one: Listed) -> frozenset[str]:
        """The diseases that the dataset is about: what was studied and the title; else its label, else its summary."""
        row, label = one.row, self.label(one)
        named = _named(row["indication"] or "", self.ontologies) | _named(str(row["title"]), self.ontologies)
        return named or (label.diseases if label else None) or _named(str(row["summary"]), self.ontologies)

    def _entry(self, one: Listed) -> FacetEntry:
        row, label = one.row, self.label(one)
        values = {
            "level": frozenset((row["level"],)),
            "mode": frozenset(one.modes),
            "kind": frozenset(one.kinds),
            "country": frozenset((row["country"],)),
            "committee": frozenset((row["committee__slug"],)) if row["committee__slug"] else frozenset(),
            "host": frozenset(one.hosts),
            "people": frozenset((MEMBERS if row["has_members"] else LABEL_ONLY,)),
            "term": label.codes if label else frozenset((UNSETTLED,)),
            "disease": label.within if label else frozenset(),
        }
        told = (
            row["title"], *one.accessions, row["phs"], row["organisation__name"], row["consortium"], row["indication"],
            row["summary"], label.words if label else "",
        )  # fmt: skip
        return FacetEntry(one.id, values, " ".join(filter(None, told)).casefold())


def _title(one: Listed) -> str:
    return str(one.row["title"]).casefold()


def _day(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=100_000)
def _named(text: str, ontologies: Ontologies) -> frozenset[str]:
    return diseases_named(text, ontologies)


@lru_cache(maxsize=20_000)
def _beside(studied: frozenset[str], about: frozenset[str], ontologies: Ontologies) -> Beside:
    return beside(studied, about, ontologies)


def _listed() -> Iterable[Listed]:
    """Every listed dataset with its accessions, newest first; a row of the query is a version."""
    hosts: dict[int, dict[str, str]] = {}
    serving = HostedDataset.objects.filter(host__closed_at__isnull=True).order_by("host__name")
    for dataset_id, slug, name in serving.values_list("dataset_id", "host__slug", "host__name"):
        hosts.setdefault(dataset_id, {})[slug] = name
    rows = (
        Dataset.objects.filter(listed=True)
        .order_by("id", "-versions__number")
        .values(
            *_COLUMNS,
            accession=F("versions__accession"),
            label_text=Cast("data_use", TextField()),
            modes_text=Cast("modes", TextField()),
            kinds_text=Cast("data_types", TextField()),
            phs=KT("source_row__phs_id"),
            consortium=KT("source_row__consortium"),
            indication=KT("source_row__indication"),
        )
    )
    for dataset_id, versions in groupby(rows, key=itemgetter("id")):
        newest, *older = versions
        accessions = [one["accession"] for one in (newest, *older) if one["accession"]]
        label = newest["label_text"] if newest["label_text"] not in (None, "null") else ""
        if accessions:
            yield Listed(newest, label, accessions, hosts.get(dataset_id, {}))


@lru_cache(maxsize=20_000)
def label_of(text: str, ontologies: Ontologies) -> Label:
    """What one stored data use says."""
    data_use = parse_data_use(json.loads(text))
    codes = {terms.short(data_use.permission), *(terms.short(one.term) for one in data_use.modifiers), *data_use.local}
    diseases = frozenset(ontologies.resolve(one).node for one in data_use.diseases)
    within = frozenset(node for one in diseases for node in ontologies.ancestors(one)) - TOO_GENERAL | diseases
    names = [ontologies.label(node) or node for node in sorted(within)]
    return Label(data_use, frozenset(codes), diseases, within, " ".join([*names, *sorted(diseases)]))


@lru_cache(maxsize=4)
def _batch(texts: tuple[str, ...], ontologies: Ontologies) -> tuple[list[str], Batch]:
    """The labels that have a canonical form under these releases, compiled; the others are left to review."""
    uses = {text: label_of(text, ontologies).data_use for text in texts}
    clear = [text for text in texts if _is_clear(uses[text], ontologies)]
    return clear, Batch([uses[text] for text in clear], ontologies)


def _is_clear(data_use: DataUse, ontologies: Ontologies) -> bool:
    try:
        canonical(data_use, ontologies)
    except InvalidUse:
        return False
    return True


def decide(one: Listed, purpose: Mapping[str, Any], now: datetime, ontologies: Ontologies) -> Decision | None:
    """The matcher's whole answer on one dataset's label, with its reasons; None where it is not settled."""
    if not one.label:
        return None
    return match(label_of(one.label, ontologies).data_use, read(purpose), one.day(now), ontologies)


def people(
    shown: Iterable[Listed], purpose: Mapping[str, Any] | None, now: datetime, ontologies: Ontologies
) -> tuple[dict[int, int], dict[int, CohortNumbers]]:
    """For the datasets with members: how many they are and, with a purpose, how many fit, in rounded numbers."""
    days = {one.id: one.day(now) for one in shown if one.row["has_members"]}
    if not days:
        return {}, {}
    if purpose is not None:
        exact: dict[int, CohortNumbers] = {}
        for day in set(days.values()):
            there = Dataset.objects.filter(pk__in=[pk for pk in days if days[pk] == day])
            exact |= cohort_numbers(there, purpose, day, ontologies)
        counts = {pk: numbers.total for pk, numbers in exact.items()}
        return counts, {pk: cohorts.rounded(numbers) for pk, numbers in exact.items()}
    return member_counts(list(days)), {}


def purposes_of(person: User) -> list[Request]:
    """The person's own purposes that are not decided yet, newest first, as far as the matcher can read them."""
    open_states = (*requests.EDITABLE, Request.State.SUBMITTED)
    mine = requests.visible_to(person).filter(state__in=open_states).order_by("-changed_at", "-id")[:_PURPOSES]
    return [one for one in mine if _readable(one.purpose)]


def _readable(purpose: Mapping[str, Any]) -> bool:
    try:
        read(purpose)
    except InvalidUse:
        return False
    return True
