"""How a purpose fits several datasets: the matcher's answer and the rounded number of people, for each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from access.selectors.purposes import read
from consent.domain import cohorts
from consent.domain.cohorts import CohortNumbers
from consent.models import ConsentProfile, Member
from consent.selectors.cohorts import answers
from governance.duo.data_use import parse_data_use
from governance.duo.decision import Decision, Status
from governance.duo.matcher import match
from governance.duo.ontology import Ontologies
from governance.models import Dataset, DatasetVersion
from governance.selectors.ontology import active_ontologies


@dataclass(frozen=True, slots=True)
class Fit:
    """One dataset: the matcher's answer (None: its label is not settled), and how many people permit it."""

    version: DatasetVersion
    decision: Decision | None
    numbers: CohortNumbers | None

    @property
    def dataset(self) -> Dataset:
        """The dataset."""
        return self.version.dataset

    @property
    def verdict(self) -> str:
        """The verdict's word; a label that is not settled is not permitted."""
        return self.decision.verdict.value if self.decision else "review"

    @property
    def undertakings(self) -> list[str]:
        """The terms that the applicant still has to undertake for this dataset."""
        found = self.decision.obligations if self.decision else ()
        return [one.term for one in found if one.status is Status.OUTSTANDING and one.needs == "agrees"]


def fits(versions: Iterable[DatasetVersion], purpose_json: Mapping[str, Any], at: date) -> list[Fit]:
    """How the purpose fits each dataset; people rounded down to tens."""
    versions = list(versions)
    purpose, ontologies = read(purpose_json), active_ontologies()
    numbers = numbers_of([version.dataset for version in versions], purpose_json, at, ontologies)
    return [
        Fit(
            version,
            match(parse_data_use(version.dataset.data_use), purpose, at, ontologies)
            if version.dataset.data_use is not None
            else None,
            cohorts.rounded(numbers[version.dataset_id]) if version.dataset_id in numbers else None,
        )
        for version in versions
    ]


def numbers_of(
    datasets: Iterable[Dataset], purpose_json: Mapping[str, Any], at: date, ontologies: Ontologies
) -> dict[int, CohortNumbers]:
    """The exact numbers of every dataset that has members; for committees, or to be rounded."""
    with_members = {dataset.pk: dataset for dataset in datasets if dataset.has_members and dataset.data_use}
    if not with_members:
        return {}
    counted: dict[int, Counter[int]] = {pk: Counter() for pk in with_members}
    rows = Member.objects.filter(dataset__in=list(with_members), profile__isnull=False).order_by()
    for dataset_id, profile_id, count in rows.values_list("dataset_id", "profile_id").annotate(n=Count("pk")):
        counted[dataset_id][profile_id] = count
    profiles = ConsentProfile.objects.in_bulk({profile for counts in counted.values() for profile in counts})
    found = {}
    for pk, counts in counted.items():
        mine = [profiles[profile] for profile in counts if profile in profiles]
        answered = answers(with_members[pk], purpose_json, at, mine, ontologies)
        found[pk] = cohorts.numbers((answered[profile], counts[profile]) for profile in answered)
    return found


def totals(found: Iterable[Fit]) -> dict[str, int]:
    """How many datasets permit, need review and deny."""
    counted = Counter(fit.verdict for fit in found)
    return {verdict: counted[verdict] for verdict in ("permit", "review", "deny")}
