"""The catalogue as it is read: every dataset as a slim row, each distinct data use understood and judged once.

A catalogue page costs a fixed number of queries. Ten thousand datasets have few distinct labels, so that a label's words,
diseases and verdict are found once for each of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, TextField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from access.domain.facets import Entry
from access.models import Request
from access.selectors import requests
from access.selectors.purposes import read
from consent.domain import cohorts
from consent.domain.cohorts import CohortNumbers
from consent.selectors.cohorts import cohort_numbers
from consent.selectors.counts import member_counts
from governance.duo import terms
from governance.duo.batch import Batch
from governance.duo.canonical import canonical
from governance.duo.data_use import DataUse, parse_data_use
from governance.duo.decision import Decision
from governance.duo.matcher import match
from governance.duo.ontology import Ontologies
from governance.duo.reading import Invalid
from governance.models import Dataset, HostedDataset, User

MEMBERS, LABEL_ONLY = "members", "label-only"
UNSETTLED = "unsettled"
RANK = {"permit": 0, "review": 1, "deny": 2}
_ROOTS = frozenset({"MONDO:0000001", "MONDO:0700096"})
_PURPOSES = 20
_COLUMNS = (
    "id", "slug", "title", "summary", "country", "level", "has_members", "participants_declared",
    "organisation__name", "committee__slug", "committee__name",
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


class Catalogue:
    """Every dataset, read in two queries."""

    def __init__(self, ontologies: Ontologies) -> None:
        self.ontologies = ontologies
        self.listed: dict[int, Listed] = {one.id: one for one in _listed()}

    @cached_property
    def labels(self) -> list[str]:
        """Each distinct data use once, as stored text."""
        return sorted({one.label for one in self.listed.values() if one.label})

    def label(self, one: Listed) -> Label | None:
        """What the dataset's data use says; None where it is not settled."""
        return label_of(one.label, self.ontologies) if one.label else None

    def verdicts(self, purpose: Mapping[str, Any], at: date) -> dict[str, str]:
        """The matcher's verdict on each distinct data use; one answer for each, whatever the number of datasets."""
        if not self.labels:
            return {}
        texts, batch = _batch(tuple(self.labels), self.ontologies)
        row = batch.row(read(purpose), at)
        return {text: verdict.value for text, verdict in zip(texts, row.verdicts, strict=True)}

    def entries(self, verdicts: Mapping[str, str] | None) -> list[Entry]:
        """Every dataset as the facets see it; with verdicts the best fit comes first."""
        return [self._entry(one, verdicts) for one in self.listed.values()]

    def key_of(self, accession: str, verdicts: Mapping[str, str] | None) -> tuple[Any, ...] | None:
        """A dataset's place in the order, by one of its accessions."""
        found = next((one for one in self.listed.values() if accession in one.accessions), None)
        return _key(found, verdicts) if found else None

    def _entry(self, one: Listed, verdicts: Mapping[str, str] | None) -> Entry:
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
        if verdicts is not None:
            values["fit"] = frozenset((verdict_of(one, verdicts),))
        told = (
            row["title"], *one.accessions, row["phs"], row["organisation__name"], row["consortium"], row["indication"],
            row["summary"], label.words if label else "",
        )  # fmt: skip
        return Entry(_key(one, verdicts), one.id, values, " ".join(filter(None, told)).casefold())


def verdict_of(one: Listed, verdicts: Mapping[str, str]) -> str:
    """The verdict on a dataset's label; one that is not settled is for people to review."""
    return verdicts.get(one.label, "review")


def _key(one: Listed, verdicts: Mapping[str, str] | None) -> tuple[Any, ...]:
    rank = RANK[verdict_of(one, verdicts)] if verdicts is not None else 0
    # Datasets in which people take part come first: their answers decide, and not a label alone.
    return rank, not one.row["has_members"], str(one.row["title"]).casefold(), one.id


def _listed() -> Iterable[Listed]:
    """Every dataset with its accessions, newest first; a row of the query is a version."""
    hosts: dict[int, dict[str, str]] = {}
    serving = HostedDataset.objects.filter(host__closed_at__isnull=True).order_by("host__name")
    for dataset_id, slug, name in serving.values_list("dataset_id", "host__slug", "host__name"):
        hosts.setdefault(dataset_id, {})[slug] = name
    rows = Dataset.objects.order_by("id", "-versions__number").values(
        *_COLUMNS,
        accession=F("versions__accession"),
        label_text=Cast("data_use", TextField()),
        modes_text=Cast("modes", TextField()),
        kinds_text=Cast("data_types", TextField()),
        phs=KT("source_row__phs_id"),
        consortium=KT("source_row__consortium"),
        indication=KT("source_row__indication"),
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
    within = frozenset(node for one in diseases for node in ontologies.ancestors(one)) - _ROOTS | diseases
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
    except Invalid:
        return False
    return True


def decide(one: Listed, purpose: Mapping[str, Any], at: date, ontologies: Ontologies) -> Decision | None:
    """The matcher's whole answer on one dataset's label, with its reasons; None where it is not settled."""
    if not one.label:
        return None
    return match(label_of(one.label, ontologies).data_use, read(purpose), at, ontologies)


def people(
    shown: Iterable[Listed], purpose: Mapping[str, Any] | None, at: date, ontologies: Ontologies
) -> tuple[dict[int, int], dict[int, CohortNumbers]]:
    """For the datasets with members: how many they are and, with a purpose, how many fit, in rounded numbers."""
    ids = [one.id for one in shown if one.row["has_members"]]
    if not ids:
        return {}, {}
    if purpose is not None:
        exact = cohort_numbers(Dataset.objects.filter(pk__in=ids), purpose, at, ontologies)
        counts = {pk: numbers.total for pk, numbers in exact.items()}
        return counts, {pk: cohorts.rounded(numbers) for pk, numbers in exact.items()}
    return member_counts(ids), {}


def purposes_of(person: User) -> list[Request]:
    """The person's own purposes that are not decided yet, newest first, as far as the matcher can read them."""
    open_states = (*requests.EDITABLE, Request.State.SUBMITTED)
    mine = requests.visible_to(person).filter(state__in=open_states).order_by("-changed_at", "-id")[:_PURPOSES]
    return [one for one in mine if _readable(one.purpose)]


def _readable(purpose: Mapping[str, Any]) -> bool:
    try:
        read(purpose)
    except Invalid:
        return False
    return True
