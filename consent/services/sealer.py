"""The one sealer: gives every change of a dataset's members its position.

Sequence order is not commit order, so a change gets its position only when it is seen committed, under a lock that one
sealer holds at a time. A row not yet numbered counts as newer than every position.
"""

import logging

from django.db import transaction

from consent.models import CohortChange, DatasetPosition
from consent.selectors.positions import position, unnumbered
from governance.models import Dataset

logger = logging.getLogger(__name__)


def seal(dataset_id: int) -> int:
    """Number what is committed and not yet numbered; returns the last position. Doing it twice changes nothing.

    Locks the dataset only where there is something to number, so that readers wait for nobody.
    """
    return _seal(dataset_id) if unnumbered([dataset_id]) else position(dataset_id)


@transaction.atomic
def _seal(dataset_id: int) -> int:
    Dataset.objects.select_for_update(no_key=True).only("pk").get(pk=dataset_id)
    last = position(dataset_id)
    unsealed = list(
        CohortChange.objects.filter(dataset_id=dataset_id, position__isnull=True)
        .order_by("id")
        .only("id", "dataset_id")
    )
    for number, change in enumerate(unsealed, start=last + 1):
        change.position = number
    CohortChange.objects.bulk_update(unsealed, ["position"], batch_size=500)
    newest = last + len(unsealed)
    if not DatasetPosition.objects.filter(dataset=dataset_id).update(position=newest):
        DatasetPosition.objects.create(dataset_id=dataset_id, position=newest)
    return newest


def followed(dataset_id: int, position: int) -> None:
    """Whatever follows from a dataset's changes up to a position was done. It never goes back."""
    DatasetPosition.objects.filter(dataset=dataset_id, followed__lt=position).update(followed=position)


def seal_all() -> int:
    """Number every dataset that has unnumbered changes; returns how many datasets.

    One that cannot be numbered is told in the log and stops no other. Its grants are set aside as soon as they are judged.
    """
    waiting = list(
        CohortChange.objects.filter(position__isnull=True)
        .order_by("dataset_id")
        .values_list("dataset_id", flat=True)
        .distinct()
    )
    numbered = 0
    for dataset_id in waiting:
        try:
            seal(dataset_id)
            numbered += 1
        except Exception as error:  # noqa: BLE001  whatever it is, the others are numbered
            logger.error("the changes of dataset %s are not numbered: %s", dataset_id, type(error).__name__)
    return numbered
