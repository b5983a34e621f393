"""How far the changes of a dataset's members are numbered (`consent.services.sealer` numbers them)."""

from collections.abc import Collection

from django.db.models import F, Max

from consent.models import CohortChange, DatasetPosition


def position(dataset_id: int) -> int:
    """The last sealed position of a dataset; 0 before the first change."""
    return CohortChange.objects.filter(dataset_id=dataset_id).aggregate(last=Max("position"))["last"] or 0


def positions(dataset_ids: Collection[int]) -> dict[int, int]:
    """The last sealed position of each of these datasets, in one query."""
    sealed = CohortChange.objects.filter(dataset_id__in=dataset_ids, position__isnull=False).order_by()
    last = dict(sealed.values_list("dataset_id").annotate(last=Max("position")))
    return {pk: last.get(pk, 0) for pk in dataset_ids}


def unnumbered(dataset_ids: Collection[int]) -> set[int]:
    """Those of these datasets that changed and whose changes have no position yet."""
    rows = CohortChange.objects.filter(dataset_id__in=dataset_ids, position__isnull=True).order_by()
    return set(rows.values_list("dataset_id", flat=True).distinct())


def behind() -> dict[int, int]:
    """The datasets with changes from which not all was done yet that follows, and how far each is numbered."""
    rows = DatasetPosition.objects.filter(position__gt=F("followed")).order_by("dataset")
    return dict(rows.values_list("dataset_id", "position"))
