"""What would stand if the draft were signed: folded by the kernel, written nowhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.domain.answers import AnswerKey
from consent.domain.events import Affirmed, Answered, Capacity, Event, ReJoined, Source
from consent.domain.fold import fold
from consent.domain.forms import Axis
from consent.selectors.answering import Answering
from consent.selectors.ledger import event_of, forms_of, rows_of
from governance.duo.data_use import to_json

PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """The profile after signing, as JSON, and the answers that signing could not record because they would open."""

    data_use: dict[str, Any] | None
    outlets: tuple[str, ...]
    opening: tuple[str, ...]

    @property
    def profile(self) -> dict[str, Any]:
        """What pages compare: `{data_use, outlets}`."""
        return {"data_use": self.data_use, "outlets": list(self.outlets)}


def previewed(standing: Answering, now: datetime) -> Preview:
    """The ledger with one event more, which nobody has written: the very one that signing would append."""
    participant = standing.participant
    events = [event_of(row) for row in rows_of(participant)]
    at = max([now, *(event.recorded_at for event in events)])
    effective = fold([*events, _event(standing, len(events) + 1, at)], forms_of(participant.programme_id), at, at)
    profile, narrowing = effective.profile, not standing.certifies
    return Preview(
        data_use=None if profile.data_use is None else to_json(profile.data_use),
        outlets=tuple(profile.outlets),
        opening=tuple(one.key.item for one in effective.waiting if narrowing and one.sequence == len(events) + 1),
    )


def _event(standing: Answering, sequence: int, at: datetime) -> Event:
    condition = standing.participant.record_condition
    certifies = standing.certifies
    said: dict[str, Any] = {
        "id": PREVIEW,
        "participant": standing.participant.pk,
        "sequence": sequence,
        "holds_from": at,
        "recorded_at": at,
        "actor": PREVIEW,
        "capacity": Capacity(standing.decider.capacity),
        "source": Source.PORTAL,
        "form": standing.form.id,
        "decider": standing.decider.role,
        "verified": certifies,
        "answers": tuple(
            (AnswerKey(item, standing.form.main_subject, standing.decider.role), standing.drafted[item].value)
            for item in sorted(standing.changes)
        ),
        "facts": (("condition", (condition,)),) if condition else (),
    }
    if not certifies:
        return Answered(**said)
    if standing.rejoin:
        return ReJoined(**said, axes=tuple(Axis(axis) for axis in standing.rejoin))
    return Affirmed(**said, targets=(PREVIEW,))
