"""Effective consent: what stands at a moment, folded from the events, with since when and by whom."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from consent.domain.answers import AnswerKey
from consent.domain.conditions import Value
from consent.domain.effects import Preference
from consent.domain.events import Capacity, Source
from consent.domain.forms import Axis
from consent.domain.profile import Profile
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import to_json


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """One answer, since when, by whom, in what capacity, on which form version, and by which event."""

    key: AnswerKey
    value: Value
    since: datetime
    actor: str
    capacity: Capacity
    source: Source
    form: str
    sequence: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One axis that is withdrawn, since when and by whom."""

    axis: Axis
    since: datetime
    capacity: Capacity
    sequence: int


@dataclass(frozen=True, slots=True)
class EffectiveConsent:
    """What stands of a participant's consent.

    `form` is the id of the version signed last, "" for none; `subject` who the participant is on it.
    `standing` are the answers that hold (a `confirmed` False one narrows already), `waiting` those that would
    open something and wait to be affirmed. `paused` says why nothing may be used for now. `last` is the
    newest event read.
    """

    participant: str
    form: str
    subject: str
    standing: tuple[StandingAnswer, ...]
    waiting: tuple[StandingAnswer, ...]
    axes: tuple[Withdrawal, ...]
    paused: tuple[str, ...]
    died: datetime | None
    profile: Profile
    preferences: tuple[Preference, ...]
    flags: tuple[str, ...]
    last: int

    def withdrawn(self, axis: Axis) -> bool:
        """Whether this axis is withdrawn."""
        return any(withdrawal.axis is axis for withdrawal in self.axes)

    def wants(self, preference: str) -> bool:
        """Whether a preference (a local term's name) stands open."""
        return any(one.term == preference for one in self.preferences)

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON, for storing and showing; the profile stands in it with its key."""
        data_use = self.profile.data_use
        return {
            "participant": self.participant,
            "form": self.form,
            "subject": self.subject,
            "standing": [_standing(one) for one in self.standing],
            "waiting": [_standing(one) for one in self.waiting],
            "axes": [
                {
                    "axis": one.axis,
                    "since": _time(one.since),
                    "capacity": one.capacity,
                    "sequence": one.sequence,
                }
                for one in self.axes
            ],
            "paused": list(self.paused),
            "died": None if self.died is None else _time(self.died),
            "profile": {
                "key": self.profile.key,
                "data_use": None if data_use is None else to_json(data_use),
                "outlets": list(self.profile.outlets),
            },
            "preferences": [{"term": one.term, "value": one.carries, "role": one.role} for one in self.preferences],
            "flags": list(self.flags),
            "last": self.last,
        }

    def canonical(self) -> bytes:
        """The bytes that a rebuild from the ledger must give again."""
        return canonical_bytes(self.to_json())


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _standing(one: StandingAnswer) -> dict[str, Any]:
    return {
        "item": one.key.item,
        "subject": one.key.subject,
        "decider": one.key.decider,
        "value": one.value,
        "since": _time(one.since),
        "actor": one.actor,
        "capacity": one.capacity,
        "source": one.source,
        "form": one.form,
        "sequence": one.sequence,
        "confirmed": one.confirmed,
    }
