"""One dataset as anybody may read it: as a page, or as JSON for catalogues and data hosts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from consent.domain.cohorts import SMALLEST_SHOWN
from consent.selectors.counts import member_counts
from governance.domain.errors import NotThere
from governance.duo.data_use import parse_data_use
from governance.models import DataHost, Dataset, DatasetProposal, DatasetVersion
from governance.selectors.datasets import permanent_url, visa_value
from governance.selectors.exports import beacon_data_use


@dataclass(frozen=True, slots=True)
class DatasetView:
    """A version of a dataset with all that stands beside it. `members`: how many take part; None where nobody is linked."""

    version: DatasetVersion
    versions: Sequence[DatasetVersion]
    hosts: Sequence[DataHost]
    members: int | None
    proposal: DatasetProposal | None

    @property
    def dataset(self) -> Dataset:
        """The dataset."""
        return self.version.dataset

    @property
    def address(self) -> str:
        """The version's permanent address."""
        return permanent_url(self.version)

    @property
    def newest(self) -> DatasetVersion:
        """Its newest version."""
        return self.versions[0]

    @property
    def can_be_asked_for(self) -> bool:
        """Whether a request for it can be written: a committee judges it, its label stands, its version is open."""
        dataset = self.dataset
        settled = dataset.committee_id is not None and dataset.data_use is not None
        return settled and self.newest.closed_at is None


def find(accession: str) -> DatasetView:
    """The dataset version with this accession, in four queries."""
    wanted = DatasetVersion.objects.select_related(
        "dataset__organisation", "dataset__committee", "dataset__proposal"
    ).prefetch_related(
        Prefetch("dataset__versions", queryset=DatasetVersion.objects.order_by("-number")),
    )
    version = wanted.filter(accession=accession).first()
    if version is None:
        raise NotThere(f"there is no dataset {accession!r}")
    dataset = version.dataset
    members = member_counts([dataset.pk]).get(dataset.pk, 0) if dataset.has_members else None
    hosts = DataHost.objects.filter(hosted__dataset=dataset, closed_at__isnull=True).order_by("name")
    return DatasetView(version, list(dataset.versions.all()), list(hosts), members, getattr(dataset, "proposal", None))


def as_json(found: DatasetView) -> dict[str, Any]:
    """What a host or another catalogue reads: data use in DUO and as Beacon gives it, who decides, who issues visas."""
    dataset, version = found.dataset, found.version
    committee = dataset.committee
    base = settings.BASE_URL
    source = f"{base}committees/{committee.slug}" if committee else None
    data_use = dataset.data_use
    return {
        "id": permanent_url(version),
        "accession": version.accession,
        "version": version.number,
        "title": dataset.title,
        "description": dataset.summary,
        "released": version.released_at.date().isoformat(),
        "closed": version.closed_at.date().isoformat() if version.closed_at else None,
        "versions": [
            {"accession": one.accession, "version": one.number, "url": permanent_url(one)} for one in found.versions
        ],
        "organization": _organisation(dataset),
        "country": dataset.country,
        "level": dataset.level,
        "accessModes": dataset.modes,
        "dataTypes": dataset.data_types,
        "participants": _participants(found),
        "committee": {"name": committee.name, "url": source} if committee else None,
        "issuer": base,
        "jku": f"{base}.well-known/jwks.json",
        "visa": {"type": "ControlledAccessGrants", "value": visa_value(version), "source": source, "by": "dac"}
        if committee
        else None,
        "dataUseSettled": data_use is not None,
        "duo": _duo(data_use),
        "dataUse": data_use,
        "dataUseConditions": {"duoDataUse": beacon_data_use(data_use)},
        "hosts": [
            {"name": host.name, "url": host.base_url, "country": host.country, "accessModes": host.modes}
            for host in found.hosts
        ],
    }


def _organisation(dataset: Dataset) -> dict[str, Any]:
    ror = dataset.organisation.ror
    return {"name": dataset.organisation.name, "id": f"https://ror.org/{ror}" if ror else None}


def _duo(data_use: dict[str, Any] | None) -> list[str]:
    """The DUO ids of the label, permission first."""
    if data_use is None:
        return []
    read = parse_data_use(data_use)
    return [read.permission, *(modifier.term for modifier in read.modifiers)]


def _participants(found: DatasetView) -> dict[str, Any]:
    """How many people, rounded down to tens; none is given below ten."""
    count = found.members if found.members is not None else found.dataset.participants_declared
    shown = None if count is None or count < SMALLEST_SHOWN else count - count % SMALLEST_SHOWN
    return {"linked": found.members is not None, "atLeast": shown}
