"""Reading JSON values strictly: what is not understood is refused, with the path of its field."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

# RFC 8785 numbers are IEEE doubles: a larger whole number would not survive canonical JSON.
LARGEST = 2**53 - 1
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class InvalidUse(ValueError):
    """A data use or purpose that is refused, at a path such as `data_use.modifiers[0].countries`."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def mapping(value: object, path: str, keys: Collection[str]) -> Mapping[str, Any]:
    """A JSON object that has none but these keys."""
    if not isinstance(value, Mapping):
        raise InvalidUse(path, "must be an object")
    for key in value:
        if key not in keys:
            raise InvalidUse(f"{path}.{key}", f"unknown key {key!r}: use one of {', '.join(sorted(keys))}")
    return value


def items(value: object, path: str) -> list[Any]:
    """A list; missing and null are the empty list."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidUse(path, "must be a list")
    return list(value)


def text(value: object, path: str) -> str:
    """A string with something in it, that can be written as UTF-8."""
    if not isinstance(value, str):
        raise InvalidUse(path, "must be a string")
    if not value.strip():
        raise InvalidUse(path, "must not be empty")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidUse(path, "is not valid Unicode: half of a surrogate pair stands alone")
    return value


def texts(value: object, path: str) -> tuple[str, ...]:
    """A list of strings, in the order given."""
    return tuple(text(item, f"{path}[{index}]") for index, item in enumerate(items(value, path)))


def whole(value: object, path: str) -> int:
    """A whole number from 1. True, 12.0 and "12" are none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST:
        raise InvalidUse(path, f"must be a whole number from 1 to {LARGEST}")
    return value


def day(value: object, path: str) -> date:
    """A date, written YYYY-MM-DD."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise InvalidUse(path, "must be a date, written YYYY-MM-DD")


def flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidUse(path, "must be true or false")
    return value


def unique(values: Collection[str]) -> tuple[str, ...]:
    """Sorted, each once."""
    return tuple(sorted(set(values)))
