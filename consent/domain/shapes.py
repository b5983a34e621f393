"""Small readers of JSON shapes: each gives the typed value or raises Invalid with the path."""

import re
from collections.abc import Iterable
from typing import Any

from governance.duo.reading import InvalidUse

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_TERM = re.compile(r"^[a-z][a-z0-9_.\-]*$")
LONGEST_SHORT_NAME = 40


def an_object(obj: Any, field: str, allowed: Iterable[str], needed: Iterable[str] = ()) -> dict[str, Any]:
    """An object with no key beyond those allowed, and all that are needed."""
    if not isinstance(obj, dict):
        raise InvalidUse(field, "must be an object")
    for name in obj:
        if name not in set(allowed) | set(needed):
            raise InvalidUse(_join(field, str(name)), "is not a known key; remove it")
    for name in needed:
        if obj.get(name) is None:
            raise InvalidUse(_join(field, name), "is missing")
    return obj


def a_list(obj: Any, field: str) -> list[Any]:
    """A list; missing and null are empty."""
    if obj is None:
        return []
    if not isinstance(obj, list):
        raise InvalidUse(field, "must be a list")
    return obj


def text(obj: Any, field: str) -> str:
    """Text with something in it."""
    if not isinstance(obj, str) or not obj.strip():
        raise InvalidUse(field, "must be text that is not empty")
    return obj


def optional_text(obj: Any, field: str) -> str:
    """Text, or "" where it is missing."""
    return "" if obj is None else text(obj, field)


def short_name(obj: Any, field: str) -> str:
    """A name of a few words for lists, or "" where it is missing."""
    words = optional_text(obj, field)
    if len(words) > LONGEST_SHORT_NAME:
        raise InvalidUse(field, f"is a name for lists: use at most {LONGEST_SHORT_NAME} letters")
    return words


def name(obj: Any, field: str) -> str:
    """A key: lower-case letters, digits and underscores."""
    if not isinstance(obj, str) or not _NAME.match(obj):
        raise InvalidUse(field, "must be a key of lower-case letters, digits and underscores")
    return obj


def term(obj: Any, field: str) -> str:
    """A local term's name; a `local:` prefix is dropped."""
    if isinstance(obj, str) and _TERM.match(obj.removeprefix("local:")):
        return obj.removeprefix("local:")
    raise InvalidUse(field, "must be the name of a local term, such as local:sample_storage")


def yes_or_no(obj: Any, field: str, missing: bool) -> bool:
    """A boolean; `missing` where it is not there."""
    if obj is None:
        return missing
    if not isinstance(obj, bool):
        raise InvalidUse(field, "must be true or false")
    return obj


def number(obj: Any, field: str, least: int = 0) -> int:
    """A whole number from `least`."""
    if not isinstance(obj, int) or isinstance(obj, bool) or obj < least:
        raise InvalidUse(field, f"must be a whole number from {least}")
    return obj


def one_of(obj: Any, field: str, choices: Iterable[str]) -> str:
    """One of a fixed set of words."""
    allowed = tuple(choices)
    if obj not in allowed or not isinstance(obj, str):
        raise InvalidUse(field, f"must be one of {', '.join(allowed)}")
    return obj


def names(obj: Any, field: str) -> tuple[str, ...]:
    """A list of keys without repeats."""
    found = tuple(name(part, f"{field}[{index}]") for index, part in enumerate(a_list(obj, field)))
    unique(found, field)
    return found


def unique(found: Iterable[str], field: str) -> None:
    """Refuse a repeated key."""
    seen: set[str] = set()
    for key in found:
        if key in seen:
            raise InvalidUse(field, f"holds {key} twice")
        seen.add(key)


def _join(field: str, part: str) -> str:
    return f"{field}.{part}" if field else part
