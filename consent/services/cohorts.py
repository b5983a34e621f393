"""Changes of who is in a dataset under which profile: written in the transaction of their cause, numbered
later by the sealer.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from consent.models import CohortChange, ProfileCountDelta
from governance.bulk import enter
from governance.domain.events import Kind, Subject
from governance.record import audit
from governance.record.actors import By


@dataclass(frozen=True, slots=True)
class Move:
    """One member's profile before and after, by id; None is "not a member"."""

    member_id: int
    dataset_id: int
    before: int | None
    after: int | None


def record_moves(*, moves: Iterable[Move], by: By, now: datetime) -> None:
    """Append one change for each move and its two count steps, and announce each touched dataset once."""
    audit.record_all(enter_moves(moves=moves, now=now), by=by, now=now)


def enter_moves(*, moves: Iterable[Move], now: datetime) -> list[audit.Told]:
    """Append one change for each move and its two count steps; returns what the caller is to record of each touched dataset.

    Counts are appended deltas, so that a popular profile is no hot row (consent.md, "The ledger").
    """
    real = [move for move in moves if move.before != move.after]
    if not real:
        return []
    enter(
        [
            CohortChange(
                dataset_id=move.dataset_id, member_id=move.member_id, before_id=move.before, after_id=move.after, at=now
            )
            for move in real
        ],
        keyed=False,
    )
    enter(
        [
            ProfileCountDelta(dataset_id=move.dataset_id, profile_id=profile, step=step)
            for move in real
            for profile, step in ((move.before, -1), (move.after, 1))
            if profile is not None
        ],
        keyed=False,
    )
    return [
        audit.Told(Kind.COHORT_CHANGED, Subject("dataset", str(dataset)), {"dataset": dataset, "changes": changes})
        for dataset, changes in sorted(Counter(move.dataset_id for move in real).items())
    ]


@transaction.atomic
def record_shut_out(*, dataset_id: int, by: By, now: datetime) -> None:
    """Append the change by which members are shut out of some grant although none of them moved."""
    CohortChange.objects.create(dataset_id=dataset_id, member=None, at=now)
    audit.record(
        Kind.COHORT_CHANGED,
        by=by,
        about=Subject("dataset", str(dataset_id)),
        now=now,
        detail={"dataset": dataset_id, "changes": 1},
    )
