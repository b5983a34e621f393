"""Datasets of other catalogues: each row is imported, proposed to a steward, or rejected with its reason."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any

from django.db import transaction

from governance import policies
from governance.domain.errors import Invalid
from governance.domain.events import Kind, Subject
from governance.domain.roles import Role
from governance.duo.canonical_json import canonical_text
from governance.duo.catalogues.candidates import candidates
from governance.duo.catalogues.readings import CodeReading, RowStatus
from governance.duo.countries import problem as country_problem
from governance.imports.files import CatalogueFile
from governance.imports.rows import ImportRow
from governance.models import Committee, Dataset, DatasetProposal, DatasetVersion, Organisation, User
from governance.record import audit
from governance.record.actors import By
from governance.selectors.ontology import active_ontologies
from governance.services.committees import create_committee
from governance.services.datasets import MODES
from governance.services.organisations import create_organisation

AT_ONCE = 500
_LONGEST_SLUG = 100
_CANDIDATE = ("id", "label", "fits", "found_in")


@dataclass(frozen=True, slots=True)
class RowResult:
    """How a row ended. `fault`: the row itself was broken, beyond what its catalogue left open.

    `disease_text` is what the catalogue calls the disease of a proposal, and `cut_off` what stands behind that name and has
    no term.
    """

    line: int
    name: str
    status: RowStatus
    data_use: Mapping[str, Any] | None = None
    candidates: Sequence[Mapping[str, str]] = ()
    reason: str = ""
    fault: bool = False
    disease_text: str = ""
    cut_off: str = ""

    def report(self) -> dict[str, Any]:
        """The line of the report."""
        data_use = self.data_use or {}
        return {
            "name": self.name,
            "status": self.status.value,
            "permission": data_use.get("permission"),
            "modifiers": [_ordered(one, ("term",)) for one in data_use.get("modifiers", ())],
            "local": list(data_use.get("local", ())),
            "diseases": list(data_use.get("diseases", ())),
            "disease_text": self.disease_text,
            "cut_off": self.cut_off,
            "candidates": [_ordered(one, _CANDIDATE) for one in self.candidates],
            "reason": self.reason,
        }


def _ordered(value: Any, first: Sequence[str]) -> Any:
    """An object with its keys in one order, whatever order a database gave them back in."""
    if not isinstance(value, Mapping):
        return value
    return {key: value[key] for key in [*(key for key in first if key in value), *sorted(set(value) - set(first))]}


@dataclass(frozen=True, slots=True)
class ImportPlace:
    """Whose the imported datasets are: an organisation and its committee."""

    organisation: Organisation
    committee: Committee


@transaction.atomic
def import_datasets(
    *,
    file: CatalogueFile,
    organisation: Organisation | None,
    committee: Committee | None,
    by: By,
    now: datetime,
    dry_run: bool = False,
) -> list[RowResult]:
    """Enter the rows that are new and say of each how it ended; rows are known by format and name.

    A row that stands already is never changed by an import: it is reported as it stands now. A dry run judges the same
    way and writes nothing. Without an organisation the datasets go where others of this format are, or to a place
    made for them.
    """
    if isinstance(by, User):
        if organisation is None:
            raise Invalid("name the organisation whose datasets these are", {"organisation": "choose one"})
        policies.require(by, Role.STEWARD, organisation)
    if organisation is not None or committee is not None:
        place: ImportPlace | None = _given(organisation, committee)
    else:
        place = _found(file.format)
    standing = _standing([row.name for row in file.rows], file.format)
    results = [_judge(row, standing.get(row.name), place) for row in file.rows]
    new = [
        (row, result)
        for row, result in zip(file.rows, results, strict=True)
        if row.name not in standing and result.status is not RowStatus.REJECTED
    ]
    if new and not dry_run:
        _write(new, place or _made(file.format, by, now), file, by, now)
    return results


def _standing(names: Sequence[str], source: str) -> dict[str, Dataset]:
    found: dict[str, Dataset] = {}
    for start in range(0, len(names), AT_ONCE):
        rows = Dataset.objects.filter(source=source, source_name__in=names[start : start + AT_ONCE])
        found.update({row.source_name: row for row in rows.select_related("proposal")})
    return found


def _judge(row: ImportRow, stands: Dataset | None, place: ImportPlace | None) -> RowResult:
    if row.fault:
        return RowResult(row.line, row.name, RowStatus.REJECTED, reason=row.reading.reason, fault=True)
    if stands is not None:
        return _as_it_stands(row, stands, place)
    wrong = _wrong_facts(row)
    if wrong:
        return RowResult(row.line, row.name, RowStatus.REJECTED, reason=wrong)
    reading = row.reading
    return RowResult(
        row.line, row.name, reading.status, reading.data_use, _candidates(reading), reading.reason,
        disease_text=reading.disease_text, cut_off=reading.cut_off,
    )  # fmt: skip


def _as_it_stands(row: ImportRow, dataset: Dataset, place: ImportPlace | None) -> RowResult:
    if place is not None and dataset.organisation_id != place.organisation.pk:
        return RowResult(
            row.line, row.name, RowStatus.REJECTED,
            reason="a dataset of this name and format belongs to another organisation",
        )  # fmt: skip
    stored = dataset.source_row or {}
    changed = [key for key, value in row.label_source.items() if key in stored and stored[key] != value]
    if changed:
        reason = f"stands already, and the file now says something else in {', '.join(changed)}: a steward relabels it"
        return RowResult(row.line, row.name, RowStatus.REJECTED, reason=reason)
    proposal = getattr(dataset, "proposal", None)
    if proposal is not None and proposal.state == DatasetProposal.State.OPEN:
        return RowResult(
            row.line, row.name, RowStatus.PROPOSED, proposal.data_use, proposal.candidates, row.reading.reason,
            disease_text=row.reading.disease_text, cut_off=row.reading.cut_off,
        )  # fmt: skip
    if dataset.data_use is None:
        return RowResult(
            row.line,
            row.name,
            RowStatus.REJECTED,
            reason=f"a steward rejected it: {proposal.reason if proposal else ''}",
        )
    doubt = f"stands already, and would be refused today: {row.reading.reason}" if _is_refused(row) else ""
    return RowResult(row.line, row.name, RowStatus.IMPORTED, dataset.data_use, reason=doubt)


def _is_refused(row: ImportRow) -> bool:
    return row.reading.status is RowStatus.REJECTED


def _wrong_facts(row: ImportRow) -> str:
    unknown = [mode for mode in row.facts.modes if mode not in MODES]
    if unknown:
        return f"unknown access mode {unknown[0]!r}: use {', '.join(MODES)}"
    if row.facts.country and (wrong := country_problem(row.facts.country, groups=False)):
        return wrong
    if len(row.facts.title) > 300:
        return "the title is longer than 300 characters"
    return ""


def _candidates(reading: CodeReading) -> list[dict[str, str]]:
    """Terms that the row's own words may mean; only for proposals, and never used without a person."""
    if reading.status is not RowStatus.PROPOSED:
        return []
    found = candidates(reading.clues, active_ontologies())
    return [{"id": one.id, "label": one.label, "fits": one.fits, "found_in": one.found_in} for one in found]


# --- Whose they are -----------------------------------------------------------------------------------------
def _given(organisation: Organisation | None, committee: Committee | None) -> ImportPlace:
    if committee is None:
        assert organisation is not None
        own = list(organisation.committees.all()[:2])
        if len(own) != 1:
            raise Invalid(
                f"{organisation.name} has {'several committees' if own else 'no committee'}: name one",
                {"committee": "name one"},
            )
        return ImportPlace(organisation, own[0])
    if organisation is not None and committee.organisation_id != organisation.pk:
        raise Invalid(
            f"{committee.name} belongs to another organisation",
            {"committee": "choose a committee of the organisation"},
        )
    return ImportPlace(committee.organisation, committee)


def _found(source: str) -> ImportPlace | None:
    """Where datasets of this format are already, if that is one place."""
    held = Dataset.objects.filter(source=source, committee__isnull=False).order_by()
    places = list(held.values_list("organisation_id", "committee_id").distinct()[:2])
    if len(places) > 1:
        raise Invalid("datasets of this format are in several places: name the organisation and its committee")
    if not places:
        made = Committee.objects.select_related("organisation").filter(slug=f"imports-{source}").first()
        return ImportPlace(made.organisation, made) if made else None
    committee = Committee.objects.select_related("organisation").get(pk=places[0][1])
    return ImportPlace(committee.organisation, committee)


def _made(source: str, by: By, now: datetime) -> ImportPlace:
    """A place for a catalogue that nobody here answers for yet: its datasets are found, nobody can decide on them."""
    organisation = create_organisation(
        slug=f"imports-{source}",
        name=f"Imported from {source}",
        domain="imports.invalid",
        country="US",
        kind=Organisation.Kind.NOT_FOR_PROFIT,
        by=by,
        now=now,
    )
    committee = create_committee(
        slug=f"imports-{source}",
        name=f"Imported from {source}: no committee yet",
        organisation=organisation,
        code=f"I{source[:5].upper()}",
        contact="nobody@imports.invalid",
        by=by,
        now=now,
        about="Nobody sits here. A steward hands these datasets to the committee that answers for them.",
    )
    return ImportPlace(organisation, committee)


# --- Writing ------------------------------------------------------------------------------------------------
def _write(
    new: Sequence[tuple[ImportRow, RowResult]], place: ImportPlace, file: CatalogueFile, by: By, now: datetime
) -> None:
    wanted = {row.name: row.facts.accession or row.name for row, _result in new}
    accessions = _free(wanted, DatasetVersion.objects.values_list("accession", flat=True))
    slugs = _free(
        {name: one.lower().replace(".", "-").replace("~", "-") for name, one in accessions.items()},
        Dataset.objects.values_list("slug", flat=True),
    )
    datasets = Dataset.objects.bulk_create(
        (_dataset(row, result, place, file.format, slugs[row.name], now) for row, result in new), AT_ONCE
    )
    DatasetVersion.objects.bulk_create(
        (
            DatasetVersion(dataset=one, number=1, accession=accessions[one.source_name], released_at=now)
            for one in datasets
        ),
        AT_ONCE,
    )
    proposals = [
        DatasetProposal(
            dataset=dataset,
            data_use=dict(result.data_use or {}),
            disease_text=row.reading.disease_text[:300],
            cut_off=row.reading.cut_off[:300],
            doubts=row.reading.reason,
            candidates=list(result.candidates),
            created_at=now,
        )
        for dataset, (row, result) in zip(datasets, new, strict=True)
        if result.status is RowStatus.PROPOSED
    ]
    DatasetProposal.objects.bulk_create(proposals, AT_ONCE)
    audit.record(
        Kind.DATASETS_IMPORTED,
        by=by,
        about=Subject("organisation", place.organisation.slug),
        now=now,
        detail={
            "format": file.format,
            "sha256": file.sha256,
            "committee": place.committee.slug,
            "imported": len(new) - len(proposals),
            "proposed": len(proposals),
            "root": _root(datasets),
        },
    )


def _root(datasets: Iterable[Dataset]) -> str:
    """One hash over what was entered: key, name and label of each dataset, so that the event stays small."""
    lines = sorted(f"{one.pk} {one.slug} {canonical_text(one.data_use)}" for one in datasets)
    return sha256("\n".join(lines).encode()).hexdigest()


def _dataset(row: ImportRow, result: RowResult, place: ImportPlace, source: str, slug: str, now: datetime) -> Dataset:
    facts = row.facts
    return Dataset(
        slug=slug,
        title=facts.title or row.name,
        summary=facts.summary,
        organisation=place.organisation,
        committee=place.committee,
        country=facts.country or place.organisation.country,
        level=Dataset.Level.CONTROLLED,
        modes=list(facts.modes),
        data_use=dict(result.data_use or {}) if result.status is RowStatus.IMPORTED else None,
        data_types=list(facts.data_types),
        participants_declared=facts.participants,
        source=source,
        source_name=row.name,
        source_row=dict(row.source),
        created_at=now,
    )


def _free(wanted: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """For each name an id that an address can hold and that nobody has; where taken, the name's hash is added."""
    used = {one.casefold() for one in taken}
    found = {}
    for name, text in wanted.items():
        safe = re.sub(r"[^A-Za-z0-9._~-]+", "-", text).strip("-._~")[:_LONGEST_SLUG] or "dataset"
        if safe.casefold() in used:
            safe = f"{safe}-{blake2b(name.encode(), digest_size=5).hexdigest()}"
        used.add(safe.casefold())
        found[name] = safe
    return found
