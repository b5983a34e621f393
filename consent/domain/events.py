"""The ledger's events: one thing each that happened to a participant's consent, never changed and never removed.

Every event has two times: `holds_from`, when it began to hold, and `recorded_at`, when it was written;
`sequence` is its place in the participant's own chain. Events hold random ids, codes and salted commitments
only. Whether an event opens anything:

| event | opens |
|---|---|
| Answered | never by itself; once an Affirmed or a Verified event covers it |
| Affirmed, ReJoined | when `verified` and recorded by self, guardian or consultee; else as Answered |
| Imported, Corrected, Resumed, GuardianChanged | when `verified` (by two people); else as Answered |
| Withdrawn, Expired, Paused, CameOfAge, Died | nothing: they narrow, and hold at once, however recorded |
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from consent.domain.answers import AnswerKey, Changes
from consent.domain.conditions import Value
from consent.domain.forms import Axis
from governance.duo.reading import InvalidUse


class Capacity(StrEnum):
    """In what capacity the actor recorded the event."""

    SELF = "self"
    GUARDIAN = "guardian"
    CONSULTEE = "consultee"
    CLINICIAN = "clinician"
    COORDINATOR = "coordinator"
    IMPORT = "import"
    SYSTEM = "system"


DECIDING = frozenset({Capacity.SELF, Capacity.GUARDIAN, Capacity.CONSULTEE})
"""The participant, and who decides for them."""


class Source(StrEnum):
    """Where the event came from."""

    PORTAL = "portal"
    CLINIC = "clinic"
    PAPER = "paper"
    FHIR = "fhir"
    FILE = "file"
    SYSTEM = "system"


class Ageing(StrEnum):
    """What a programme lets happen between coming of age and the new adult's own answer."""

    PAUSES = "pauses"
    STANDS = "stands"
    ENDS = "ends"


Facts = tuple[tuple[str, tuple[str, ...]], ...]
"""Facts of the record that forms name, such as the condition under study; `band` is the assent band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event holds. `form` is the id of the form version; `decider` the role in which the actor decides."""

    kind: ClassVar[str] = ""

    id: str
    participant: str
    sequence: int
    holds_from: datetime
    recorded_at: datetime
    actor: str
    capacity: Capacity
    source: Source
    form: str = ""
    decider: str = ""
    verified: bool = False
    evidence_sha256: str = ""
    previous_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking(Event):
    """An event that carries answers. `subject` is who the participant is on the form ("" its main subject).

    `commitments` are salted hashes of the words beside an answer (a designate's name), which only the vault
    holds.
    """

    answers: Changes = ()
    facts: Facts = ()
    subject: str = ""
    commitments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Speaking):
    """Somebody answered, or a clinician wrote down what was said; certified by nobody yet."""

    kind: ClassVar[str] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Affirmed(Speaking):
    """Who decides certified these answers, and the earlier events in `targets` (all of their own where empty)."""

    kind: ClassVar[str] = "affirmed"
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported(Speaking):
    """Another system's record of what was answered."""

    kind: ClassVar[str] = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Speaking):
    """An earlier event recorded something else than was said: its answers become these, the others blank.

    What stood before that event never comes back by itself.
    """

    kind: ClassVar[str] = "corrected"
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReJoined(Speaking):
    """Who decides joined again on a form version in force; the only event that undoes a withdrawal.

    With the axis no_use it begins anew: answers from before stand no longer, these do.
    """

    kind: ClassVar[str] = "re_joined"
    axes: tuple[Axis, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(Event):
    """A second person compared earlier events with the evidence; counts only if they did not record those."""

    kind: ClassVar[str] = "verified"
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Event):
    """One or more of the three independent withdrawals."""

    kind: ClassVar[str] = "withdrawn"
    axes: tuple[Axis, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianChanged(Event):
    """Who decides from now on. `stands_for`: (new, former), whose answers count until the new one has answered."""

    kind: ClassVar[str] = "guardian_changed"
    deciders: tuple[str, ...] = ()
    stands_for: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameOfAge(Event):
    """The participant is an adult; the programme's policy says what holds until they answer themselves."""

    kind: ClassVar[str] = "came_of_age"
    until_answer: Ageing = Ageing.PAUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Died(Event):
    """The participant died; what stands after it is an item of its own, and silence there is no."""

    kind: ClassVar[str] = "died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(Event):
    """The answers to these items have run out; no items: the whole consent has."""

    kind: ClassVar[str] = "expired"
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Event):
    """Nothing may be used until who decides affirms, on `until_form` where a campaign names one."""

    kind: ClassVar[str] = "paused"
    reason: str = ""
    until_form: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """A pause was lifted without an answer, for example when a campaign was called off."""

    kind: ClassVar[str] = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """Something that changes nothing but belongs to the history: consent was deferred, or not asked for."""

    kind: ClassVar[str] = "noted"
    what: str = ""


KINDS: Mapping[str, type[Event]] = {
    one.kind: one
    for one in (
        Answered,
        Affirmed,
        Imported,
        Corrected,
        ReJoined,
        Verified,
        Withdrawn,
        GuardianChanged,
        CameOfAge,
        Died,
        Expired,
        Paused,
        Resumed,
        Noted,
    )
}
"""Every kind of event of the ledger by its name."""


def to_json(event: Event) -> dict[str, Any]:
    """The event as JSON, everything but its own hash; `from_json` reads it back as the same value."""
    obj: dict[str, Any] = {"kind": event.kind}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name == "answers":
            value = [[*key, answer] for key, answer in sorted(value, key=lambda change: change[0])]
        obj[field.name] = _plain(value)
    return obj


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, str) else value


def from_json(obj: Mapping[str, Any]) -> Event:
    """Read an event from its JSON; Invalid names the field that is not understood."""
    kind = KINDS.get(str(obj.get("kind")))
    if kind is None:
        raise InvalidUse("kind", f"is no kind of event: {obj.get('kind')}")
    known = {field.name for field in fields(kind)}
    for name in obj:
        if name not in known | {"kind"}:
            raise InvalidUse(str(name), f"does not belong to an event {kind.kind}; remove it")
    try:
        return kind(**{name: _read(name, value) for name, value in obj.items() if name != "kind"})
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise InvalidUse("event", f"cannot be read: {error}") from error


_ENUMS: Mapping[str, type[StrEnum]] = {"capacity": Capacity, "source": Source, "until_answer": Ageing}


def _read(name: str, value: Any) -> Any:
    if name in ("holds_from", "recorded_at"):
        return datetime.fromisoformat(value)
    if name in _ENUMS:
        return _ENUMS[name](value)
    if name == "answers":
        return changes_of(value)
    if name == "facts":
        return tuple((fact, tuple(values)) for fact, values in value)
    if name == "axes":
        return tuple(Axis(axis) for axis in value)
    if isinstance(value, list):
        return tuple(tuple(part) if isinstance(part, list) else part for part in value)
    return value


def changes_of(rows: Iterable[Sequence[Any]]) -> Changes:
    """Answers from their rows of JSON: item, subject, decider, answer."""
    return tuple((AnswerKey(item, subject, decider), _value(answer)) for item, subject, decider, answer in rows)


def _value(obj: Any) -> Value | None:
    if isinstance(obj, list):
        return tuple((part[0], part[1]) if isinstance(part, list) else part for part in obj)
    if obj is None or isinstance(obj, str):
        return obj
    raise InvalidUse("answers", "hold options, codes and rows alone")
