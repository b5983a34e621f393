"""What would stand if the draft were signed: folded by the kernel, written nowhere."""

from datetime import datetime
from typing import Any

from consent.domain.events import Affirmed, Capacity, ReJoined, Source
from consent.domain.fold import fold
from consent.domain.forms import Axis
from consent.selectors.answering import SELF_ROLE, Answering
from consent.selectors.ledger import event_of, forms_of, rows_of
from governance.duo.data_use import to_json


def previewed(standing: Answering, now: datetime) -> dict[str, Any]:
    """The profile after signing, as `{data_use, outlets}`: the ledger with one event more, which nobody has written."""
    participant = standing.participant
    events = [event_of(row) for row in rows_of(participant)]
    at = max([now, *(event.recorded_at for event in events)])
    condition = participant.record_condition
    said: dict[str, Any] = {
        "id": "preview",
        "participant": participant.pk,
        "sequence": len(events) + 1,
        "holds_from": at,
        "recorded_at": at,
        "actor": "preview",
        "capacity": Capacity.SELF,
        "source": Source.PORTAL,
        "form": standing.form.id,
        "decider": SELF_ROLE,
        "verified": True,
        "answers": tuple(
            (key, value) for key, value in sorted(standing.answers.items()) if key.item in standing.drafted
        ),
        "facts": (("condition", (condition,)),) if condition else (),
    }
    event = (
        ReJoined(**said, axes=tuple(Axis(axis) for axis in standing.rejoin)) if standing.rejoin else Affirmed(**said)
    )
    profile = fold([*events, event], forms_of(participant.programme_id), at, at).profile
    return {
        "data_use": None if profile.data_use is None else to_json(profile.data_use),
        "outlets": list(profile.outlets),
    }
