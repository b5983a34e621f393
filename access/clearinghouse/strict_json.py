"""JSON as tokens may hold it: one object, no name twice, no endless nesting, no NaN, UTF-8 without a mark."""

import json
import re
from typing import Any, NoReturn

from access.clearinghouse.reasons import Reason, Refused

MAX_DEPTH = 16
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)


class _Duplicate(ValueError):
    pass


def read_object(data: bytes) -> dict[str, Any] | Refused:
    """Read one JSON object, or say why it is none. The depth is measured before the parser sees the text."""
    if _depth(data) > MAX_DEPTH:
        return Refused(Reason.JSON_TOO_DEEP, f"at most {MAX_DEPTH} levels")
    try:
        value = json.loads(
            data.decode("utf-8", errors="strict"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except _Duplicate as error:
        return Refused(Reason.JSON_DUPLICATE_KEY, str(error))
    except (ValueError, RecursionError):
        return Refused(Reason.JSON_MALFORMED)
    if not isinstance(value, dict):
        return Refused(Reason.JSON_MALFORMED, "not an object")
    return value


def _depth(data: bytes) -> int:
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for byte in _STRING.sub(b"", data):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Duplicate(next(f"{name!r:.40}" for name in names if names.count(name) > 1))
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
