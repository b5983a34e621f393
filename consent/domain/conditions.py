"""Conditions over answers: what a mapping rule waits for.

A condition reads the answers that count at this moment (an item that is not asked reads as blank) and the
facts of the record that the form names. `and`, `or` and `not` combine; `answered` asks whether there is any
answer at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from governance.duo.reading import InvalidUse

Value = str | tuple[str, ...] | tuple[tuple[str, str], ...]
"""An answer as the ledger holds it: one option or date; several options or codes; or (row, option) pairs of a
grid.
"""


class Reading(Protocol):
    """What a condition may see."""

    def answer(self, item: str) -> Value | None: ...

    def fact(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Is:
    """The item's answer is this option (or holds it, where several may be chosen)."""

    item: str
    option: str
    row: str | None = None


@dataclass(frozen=True, slots=True)
class IsAnswered:
    """The item has an answer, whatever it says."""

    item: str


@dataclass(frozen=True, slots=True)
class Known:
    """The record holds this fact."""

    fact: str


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; it also holds for no answer, so silence keeps the limits."""

    part: "Condition"


Condition = Is | IsAnswered | Known | And | Or | Not


def holds(condition: Condition, reading: Reading) -> bool:
    """Whether the condition holds for these answers and facts."""
    match condition:
        case Is(item, option, row):
            return chosen(reading.answer(item), option, row)
        case IsAnswered(item):
            return reading.answer(item) is not None
        case Known(fact):
            return bool(reading.fact(fact))
        case And(parts):
            return all(holds(part, reading) for part in parts)
        case Or(parts):
            return any(holds(part, reading) for part in parts)
        case Not(part):
            return not holds(part, reading)


def chosen(value: Value | None, option: str, row: str | None = None) -> bool:
    """Whether an answer is, or holds, this option; in a grid in this row, or in any where no row is named."""
    if value is None or isinstance(value, str):
        return value == option
    if row is not None:
        return (row, option) in value
    return any(option == (part if isinstance(part, str) else part[1]) for part in value)


def atoms(condition: Condition) -> Iterator[Is | IsAnswered | Known]:
    """Every single question that the condition asks."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
        case Not(part):
            yield from atoms(part)
        case _:
            yield condition


def parse_condition(obj: Any, field: str) -> Condition:
    """Read `{"item", "is", "row"?}`, `{"answered"}`, `{"fact"}`, `{"and": […]}`, `{"or": […]}` or `{"not": …}`."""
    if not isinstance(obj, dict):
        raise InvalidUse(field, "is no condition; write an object with item, answered, fact, and, or, or not")
    keys = set(obj)
    if "item" in keys and keys <= {"item", "is", "row"}:
        row = None if "row" not in obj else _text(obj["row"], f"{field}.row")
        return Is(_text(obj["item"], f"{field}.item"), _text(obj.get("is"), f"{field}.is"), row)
    if keys == {"answered"}:
        return IsAnswered(_text(obj["answered"], f"{field}.answered"))
    if keys == {"fact"}:
        return Known(_text(obj["fact"], f"{field}.fact"))
    if keys == {"and"} or keys == {"or"}:
        (word,) = keys
        parts = _parts(obj[word], f"{field}.{word}")
        return And(parts) if word == "and" else Or(parts)
    if keys == {"not"}:
        return Not(parse_condition(obj["not"], f"{field}.not"))
    raise InvalidUse(field, f"is no condition: {', '.join(sorted(map(str, keys))) or 'empty'}")


def _parts(obj: Any, field: str) -> tuple[Condition, ...]:
    if not isinstance(obj, list) or not obj:
        raise InvalidUse(field, "needs a list of at least one condition")
    return tuple(parse_condition(part, f"{field}[{index}]") for index, part in enumerate(obj))


def _text(obj: Any, field: str) -> str:
    if not isinstance(obj, str) or not obj:
        raise InvalidUse(field, "is missing; write a key")
    return obj
