"""A decision: a verdict with every reason for it, as a value with canonical bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from governance.duo.canonical_json import canonical_bytes
from governance.duo.countries import AS_OF
from governance.duo.terms import RELEASE

ENGINE = f"duologue-matcher/2 duo/{RELEASE} countries/{AS_OF}"
"""The rules, terms and country table of a decision; a change of any of them changes this string."""

Fact = str | int | bool | tuple[str, ...] | None


class Verdict(StrEnum):
    PERMIT = "permit"
    REVIEW = "review"
    DENY = "deny"


class Status(StrEnum):
    """Where an obligation stands on the day of the decision; a cap limits and is never outstanding."""

    MET = "met"
    OUTSTANDING = "outstanding"
    LAPSED = "lapsed"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that spoke. `term` is a DUO id or local name; None where a rule looks at the purpose alone."""

    rule: str
    term: str | None
    verdict: Verdict
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something to do or keep. `needs` names the field of the purpose that would meet it, None if none.

    `parameter` is the date of MOR, the months of TS, the investigators of COL.
    """

    term: str
    status: Status
    parameter: Fact = None
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the matcher answers. `inputs` is the hash of canonical data use, purpose and day."""

    verdict: Verdict
    grantable: bool
    reasons: tuple[Reason, ...]
    obligations: tuple[Obligation, ...]
    ontologies: Mapping[str, str]
    inputs: str
    engine: str = ENGINE

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "grantable": self.grantable,
            "reasons": [
                {
                    "term": reason.term,
                    "rule": reason.rule,
                    "verdict": reason.verdict.value,
                    "facts": {key: _plain(value) for key, value in reason.facts.items()},
                }
                for reason in self.reasons
            ],
            "obligations": [
                {
                    "term": obligation.term,
                    "parameter": _plain(obligation.parameter),
                    "status": obligation.status.value,
                    "needs": obligation.needs,
                }
                for obligation in self.obligations
            ],
            "engine": self.engine,
            "ontologies": dict(self.ontologies),
            "inputs": self.inputs,
        }

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785): the same inputs, engine and releases give the same bytes."""
        return canonical_bytes(self.to_json())


def _plain(value: Fact) -> Any:
    return list(value) if isinstance(value, tuple) else value
