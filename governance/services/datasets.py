"""Datasets: described, labelled with a data use, given versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from governance.domain.errors import Conflict, Invalid
from governance.domain.events import Kind, Subject
from governance.duo.canonical_json import canonical_text, digest
from governance.duo.data_use import parse_data_use
from governance.duo.reading import InvalidUse as InvalidDataUse
from governance.models import Committee, Dataset, DatasetVersion, Organisation
from governance.record import audit, seals
from governance.record.actors import By

MODES = ("download", "visit", "federated")
# What says something about a dataset and opens nothing, what has a hash of its own, and what `verify` counts again.
UNSEALED = frozenset(
    {
        "title",
        "summary",
        "data_types",
        "participants_declared",
        "source_name",
        "source_row",
        "listed",
        "data_use",
        "has_members",
    }
)


def valid_label(data_use: dict[str, Any] | None) -> dict[str, Any] | None:
    """The label as given, once the kernel has read it; `Invalid` names the field that is wrong."""
    if data_use is None:
        return None
    try:
        parse_data_use(data_use)
    except InvalidDataUse as wrong:
        raise Invalid(f"the data use is not valid: {wrong}", {wrong.field: wrong.message}) from wrong
    return data_use


def data_use_hash(dataset: Dataset) -> str:
    """The hash by which the audit log covers a label."""
    return digest(canonical_text(dataset.data_use))


def dataset_seal(dataset: Dataset) -> str:
    """The hash by which the audit log covers who decides on a dataset and how it is opened; its label has another."""
    return seals.seal(dataset, without=UNSEALED)


def version_seal(version: DatasetVersion) -> str:
    """The hash by which the audit log covers a version, with what visas for it say."""
    return seals.seal(version, without=["closed_at"])


def _hashes(dataset: Dataset) -> dict[str, str]:
    return {"data_use": data_use_hash(dataset), "dataset": dataset_seal(dataset)}


def _entered(version: DatasetVersion) -> dict[str, str]:
    return {"accession": version.accession, "version": version_seal(version)}


def _require_free(accession: str, visa_value: str) -> None:
    """Refuse a name under which hosts know another version: a visa for the one would open the other.

    Hosts compare the whole `value`, or what follows its last slash.
    """
    if DatasetVersion.objects.filter(accession=accession).exists():
        raise Conflict(f"the accession {accession} is taken: accessions are permanent, choose another")
    if visa_value.startswith(settings.BASE_URL):
        raise Invalid(
            "visas name a dataset of this platform by its permanent address already",
            {"visa_value": "give the id that its hosts use, or leave it empty"},
        )
    last = visa_value.rpartition("/")[2]
    taken = Q(visa_value__endswith=f"/{accession}") | Q(visa_value=accession)
    if last:
        taken |= Q(accession=last) | Q(visa_value=last) | Q(visa_value__endswith=f"/{last}")
    other = DatasetVersion.objects.filter(taken).first()
    if other is not None:
        raise Conflict(
            f"hosts know {other.accession} by this name already: visas for the one would open the other, choose another"
        )


@transaction.atomic
def create_dataset(
    *,
    slug: str,
    title: str,
    organisation: Organisation,
    committee: Committee | None,
    country: str,
    accession: str,
    data_use: dict[str, Any] | None,
    modes: Sequence[str],
    by: By,
    now: datetime,
    level: str = Dataset.Level.CONTROLLED,
    visa_value: str = "",
    **rest: Any,
) -> Dataset:
    """Describe a dataset; its first version gets the accession. An organisation never pairs another's committee with it."""
    if committee is not None and committee.organisation_id != organisation.pk:
        raise Invalid(
            f"{committee.name} belongs to another organisation",
            {"committee": "choose a committee of your organisation"},
        )
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown:
        raise Invalid(f"unknown access mode {unknown[0]!r}", {"modes": f"choose among {', '.join(MODES)}"})
    _require_free(accession, visa_value)
    dataset = Dataset.objects.create(
        slug=slug,
        title=title,
        organisation=organisation,
        committee=committee,
        country=country,
        level=level,
        modes=list(modes),
        data_use=valid_label(data_use),
        created_at=now,
        **rest,
    )
    version = DatasetVersion.objects.create(
        dataset=dataset, number=1, accession=accession, visa_value=visa_value, released_at=now
    )
    audit.record(
        Kind.DATASET_CREATED,
        by=by,
        about=Subject("dataset", slug),
        now=now,
        detail={**_entered(version), "id": dataset.pk, **_hashes(dataset)},
    )
    return dataset


@transaction.atomic
def label_dataset(*, dataset: Dataset, data_use: dict[str, Any], evidence: str, by: By, now: datetime) -> Dataset:
    """Change a dataset's label, saying on what evidence; grants that rest on it are judged again."""
    locked = Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    locked.data_use = valid_label(data_use)
    locked.save(update_fields=["data_use"])
    audit.record(
        Kind.DATASET_LABELLED,
        by=by,
        about=Subject("dataset", locked.slug),
        now=now,
        detail={"dataset": locked.pk, "data_use": data_use, "evidence": evidence},
    )
    return locked


@transaction.atomic
def add_version(*, dataset: Dataset, accession: str, by: By, now: datetime, visa_value: str = "") -> DatasetVersion:
    """Release a new version with an accession of its own. Live grants stay with theirs."""
    locked = Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    _require_free(accession, visa_value)
    newest = locked.versions.first()
    version = DatasetVersion.objects.create(
        dataset=locked,
        number=1 if newest is None else newest.number + 1,
        accession=accession,
        visa_value=visa_value,
        released_at=now,
    )
    audit.record(
        Kind.DATASET_CREATED,
        by=by,
        about=Subject("dataset", locked.slug),
        now=now,
        detail=_entered(version),
    )
    return version
