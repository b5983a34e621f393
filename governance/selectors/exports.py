"""Datasets as other catalogues read them."""

from typing import Any

from governance.duo.catalogues.beacon import duo_data_use
from governance.duo.data_use import parse_data_use
from governance.models import Dataset
from governance.selectors.ontology import active_ontologies


def as_json(dataset: Dataset) -> dict[str, Any]:
    """A labelled dataset in our own JSON: `import_datasets --format json` reads it back."""
    newest = next(iter(dataset.versions.all()))
    return {
        "name": dataset.source_name or dataset.slug,
        "title": dataset.title,
        "summary": dataset.summary,
        "country": dataset.country,
        "accession": newest.accession,
        "modes": dataset.modes,
        "data_types": dataset.data_types,
        "participants": dataset.participants_declared,
        "data_use": dataset.data_use,
    }


def as_beacon(dataset: Dataset) -> dict[str, Any]:
    """A labelled dataset as a Beacon v2 collection: its `duoDataUse`, and the data use as a whole in `info`.

    `duoDataUse` holds ontology terms only; local terms, dates, people and projects would be lost without the whole.
    """
    newest = next(iter(dataset.versions.all()))
    return {
        "id": newest.accession,
        "name": dataset.title,
        "description": dataset.summary,
        "dataUseConditions": {"duoDataUse": beacon_data_use(dataset.data_use)},
        "info": {"dataUse": dataset.data_use},
    }


def beacon_data_use(data_use: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The label as Beacon's `duoDataUse`; empty where it is not settled."""
    if data_use is None:
        return []
    return duo_data_use(parse_data_use(data_use), active_ontologies().label)
