"""Conditions of a visa: their form, and whether a visa object matches a clause (Passport 1.2.1, "conditions").

`conditions` is a list (OR) of lists (AND) of clauses. A clause names a `type` and at least one more claim of
a visa object, each with a prefix that says how to compare. Shared by the lint of what we issue and by the
clearinghouse.
"""

from collections.abc import Mapping
from typing import Any

Clause = Mapping[str, str]

CONST, PATTERN, SPLIT_PATTERN = "const:", "pattern:", "split_pattern:"
PREFIXES = (CONST, PATTERN, SPLIT_PATTERN)
# "MUST NOT contain a timestamp of any variety such as asserted", and no nested conditions.
FORBIDDEN_CLAIMS = frozenset({"asserted", "conditions", "exp", "iat", "nbf"})
MAX_ALTERNATIVES, MAX_CLAUSES = 32, 32


def form_fault(conditions: object) -> str | None:
    """Say what is wrong with the form of `conditions`, or return None. An empty list is no condition at all.

    A list of no clauses inside is a fault: "all of nothing" would be met by everybody.
    """
    if not isinstance(conditions, list) or len(conditions) > MAX_ALTERNATIVES:
        return f"conditions must be a list of at most {MAX_ALTERNATIVES} lists"
    for alternative in conditions:
        if not isinstance(alternative, list) or not 1 <= len(alternative) <= MAX_CLAUSES:
            return f"each alternative must be a list of 1 to {MAX_CLAUSES} clauses"
        for clause in alternative:
            fault = _clause_fault(clause)
            if fault:
                return fault
    return None


def _clause_fault(clause: object) -> str | None:
    if not isinstance(clause, dict):
        return "a clause must be an object"
    if not isinstance(clause.get("type"), str):
        return "a clause must name a type"
    if len(clause) < 2:
        return "a clause must name a claim besides its type"
    for name, value in clause.items():
        if name in FORBIDDEN_CLAIMS:
            return f"a clause must not hold {name}"
        if not isinstance(value, str):
            return f"the clause's {name:.40} must be a string"
        if name != "type" and not value.startswith(PREFIXES):
            return f"the clause's {name:.40} must start with const:, pattern: or split_pattern:"
    return None


def matches_clause(visa_object: Mapping[str, Any], clause: Clause) -> bool:
    """Return whether one visa object matches every claim of the clause; claims not named are free.

    `type` is compared as it stands, without prefix. The form must have been checked before.
    """
    if visa_object.get("type") != clause["type"]:
        return False
    return all(matches_value(visa_object.get(name), wanted) for name, wanted in clause.items() if name != "type")


def matches_value(value: object, wanted: str) -> bool:
    """Compare one claim with a prefixed condition value; an unknown prefix and a claim that is no string fail."""
    if not isinstance(value, str):
        return False
    if wanted.startswith(CONST):
        return value == wanted.removeprefix(CONST)
    if wanted.startswith(PATTERN):
        return matches_pattern(value, wanted.removeprefix(PATTERN))
    if wanted.startswith(SPLIT_PATTERN):
        pattern = wanted.removeprefix(SPLIT_PATTERN)
        return any(matches_pattern(part, pattern) for part in value.split(";"))
    return False


def matches_pattern(text: str, pattern: str) -> bool:
    """Match the full string: `?` is one character, `*` any number of them, nothing escapes (Passport 1.2.1,
    "Pattern Matching"). Not a regular expression, so that no pattern can take more than len * len steps.
    """
    at_text = at_pattern = resume_text = 0
    star = -1
    while at_text < len(text):
        if at_pattern < len(pattern) and pattern[at_pattern] == "*":
            star, resume_text = at_pattern, at_text
            at_pattern += 1
        elif at_pattern < len(pattern) and pattern[at_pattern] in ("?", text[at_text]):
            at_text += 1
            at_pattern += 1
        elif star >= 0:
            resume_text += 1
            at_text, at_pattern = resume_text, star + 1
        else:
            return False
    return pattern[at_pattern:].strip("*") == ""
