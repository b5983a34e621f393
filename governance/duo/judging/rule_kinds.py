"""What a rule is, and the rules that come in threes and twos: the same question asked under several terms."""

from dataclasses import dataclass

from governance.duo.decision import Status, Verdict
from governance.duo.terms import short

P, R, D = Verdict.PERMIT, Verdict.REVIEW, Verdict.DENY


@dataclass(frozen=True, slots=True)
class Rule:
    """`reads` is the field of the purpose that decides, None where the data use decides alone.

    `status` is set for obligations; a rule with status `outstanding` permits, and keeps the decision from
    being grantable.
    """

    id: str
    term: str | None
    verdict: Verdict
    says: str
    reads: str | None = None
    status: Status | None = None


def undertaking_rules(prefix: str, term: str, promise: str) -> list[Rule]:
    return [
        Rule(f"{prefix}-1", term, P, f"Promised: {promise}.", "agrees", Status.MET),
        Rule(f"{prefix}-2", term, P, f"Still to be promised: {promise}.", "agrees", Status.OUTSTANDING),
    ]


def listed_rules(term: str, reads: str, inside: str, outside: str, unsaid: str) -> list[Rule]:
    prefix = short(term)
    return [
        Rule(f"{prefix}-1", term, P, inside, reads),
        Rule(f"{prefix}-2", term, D, outside, reads),
        Rule(f"{prefix}-3", term, R, unsaid, reads),
    ]


def organisation_rules(term: str, first: int = 1) -> list[Rule]:
    prefix = short(term)
    return [
        Rule(
            f"{prefix}-{first}", term, P,
            "No organisation in the purpose works for profit.", "organisation_type",
        ),
        Rule(
            f"{prefix}-{first + 1}", term, D,
            "An organisation in the purpose works for profit. Only others may use the data.",
            "organisation_type",
        ),
        Rule(
            f"{prefix}-{first + 2}", term, R,
            "The purpose does not say whether an organisation in it works for profit.", "organisation_type",
        ),
    ]  # fmt: skip


def commercial_rules(term: str, first: int = 1) -> list[Rule]:
    prefix = short(term)
    return [
        Rule(f"{prefix}-{first}", term, P, "The purpose is not commercial.", "commercial"),
        Rule(
            f"{prefix}-{first + 1}", term, D,
            "The purpose is commercial. The data may not be used to make money.", "commercial",
        ),
        Rule(
            f"{prefix}-{first + 2}", term, R,
            "The purpose does not say whether it is commercial.", "commercial",
        ),
    ]  # fmt: skip


def access_rules(prefix: str, term: str, only: str) -> list[Rule]:
    return [
        Rule(f"{prefix}-1", term, P, f"The way to the data fits: they are used only {only}.", "access_mode"),
        Rule(
            f"{prefix}-2", term, D,
            f"The purpose asks for another way to the data ({{access_mode}}). They are used only {only}.",
            "access_mode",
        ),
        Rule(f"{prefix}-3", term, R, "The purpose does not say how the data are reached.", "access_mode"),
    ]  # fmt: skip
