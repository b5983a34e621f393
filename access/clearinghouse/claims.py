"""Strict claims: each with its one type, and times that must make sense together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from access.clearinghouse.reasons import Reason, Refused

MAX_NAME_CHARACTERS = 1024
# 9999-12-31; whatever lies beyond is no date, and Python's own clock would not take it.
MAX_TIME = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Times:
    """When a token was issued and when it ends, in seconds since 1970."""

    issued_at: int
    expires_at: int


def text(claims: Mapping[str, Any], name: str, *, longest: int = MAX_NAME_CHARACTERS) -> str | Refused:
    """Return a required string claim."""
    if name not in claims:
        return Refused(Reason.CLAIM_MISSING, name)
    value = claims[name]
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\x00" in value:
        return Refused(Reason.CLAIM_MALFORMED, name)
    return value


def optional_text(claims: Mapping[str, Any], name: str) -> str | Refused | None:
    """Return a string claim that may be missing."""
    return text(claims, name) if name in claims else None


def moment(claims: Mapping[str, Any], name: str) -> int | Refused:
    """Return a required time: a whole number. Text, floats, true, negative and huge numbers are none."""
    if name not in claims:
        return Refused(Reason.CLAIM_MISSING, name)
    value = claims[name]
    if type(value) is not int or not 0 <= value <= MAX_TIME:
        return Refused(Reason.TIME_MALFORMED, name)
    return value


def times(claims: Mapping[str, Any], *, now: int, leeway: int, max_life: int | None) -> Times | Refused:
    """Check `iat`, `exp` and `nbf`. The leeway helps against clocks that run ahead, never past `exp`."""
    issued, expires = moment(claims, "iat"), moment(claims, "exp")
    if isinstance(issued, Refused):
        return issued
    if isinstance(expires, Refused):
        return expires
    if expires <= issued:
        return Refused(Reason.EXP_BEFORE_IAT)
    if issued > now + leeway:
        return Refused(Reason.ISSUED_IN_FUTURE, f"by {issued - now} s")
    if "nbf" in claims:
        begins = moment(claims, "nbf")
        if isinstance(begins, Refused):
            return begins
        if begins > now + leeway:
            return Refused(Reason.NOT_YET_VALID)
    if max_life is not None and expires - issued > max_life:
        return Refused(Reason.LIFE_TOO_LONG, f"{expires - issued} s, at most {max_life}")
    if expires <= now:
        return Refused(Reason.EXPIRED, f"{now - expires} s ago")
    return Times(issued, expires)


def audience(claims: Mapping[str, Any]) -> tuple[str, ...] | Refused:
    """Return `aud` as a tuple: a string or a list of strings (RFC 7519 section 4.1.3); empty when it is missing."""
    value = claims.get("aud", [])
    members = [value] if isinstance(value, str) else value
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        return Refused(Reason.CLAIM_MALFORMED, "aud")
    return tuple(members)
