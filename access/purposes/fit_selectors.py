"""How a purpose fits several datasets: the matcher's answer and the rounded number of people, for each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from access.purposes.selectors import read
from consent.domain import cohorts
from consent.domain.cohorts import CohortNumbers
from consent.selectors.cohorts import cohort_numbers
from governance.duo.data_use import parse_data_use
from governance.duo.decision import Decision, Status
from governance.duo.matcher import match
from governance.duo.ontology import Ontologies
from governance.models import Dataset, DatasetVersion


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


def fits(
    versions: Iterable[DatasetVersion],
    purpose_json: Mapping[str, Any],
    now: datetime,
    ontologies: Ontologies,
    people: bool = True,
) -> list[Fit]:
    """How the purpose fits each dataset today where its committee is, under the ontologies that judge now; `people` counted
    too, rounded down to tens.
    """
    versions = list(versions)
    purpose = read(purpose_json)
    days = {version.pk: _day(version.dataset, now) for version in versions}
    numbers: dict[int, CohortNumbers] = {}
    for day in set(days.values()) if people else ():
        asked = [version.dataset for version in versions if days[version.pk] == day]
        numbers |= cohort_numbers(asked, purpose_json, day, ontologies)
    return [
        Fit(
            version,
            match(parse_data_use(version.dataset.data_use), purpose, days[version.pk], ontologies)
            if version.dataset.data_use is not None
            else None,
            cohorts.rounded(numbers[version.dataset_id]) if version.dataset_id in numbers else None,
        )
        for version in versions
    ]


def _day(dataset: Dataset, now: datetime) -> date:
    return dataset.committee.day(now) if dataset.committee else now.astimezone(UTC).date()


def totals(found: Iterable[Fit]) -> dict[str, int]:
    """How many datasets permit, need review and deny."""
    counted = Counter(fit.verdict for fit in found)
    return {verdict: counted[verdict] for verdict in ("permit", "review", "deny")}
