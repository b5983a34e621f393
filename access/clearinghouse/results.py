"""What the clearinghouse hands out: visas and Passports that hold, and decisions with their reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.clearinghouse.reasons import Refused
from access.domain.visas import VisaFormat

# A Visa Identity: {sub, iss} (AAI 1.2.1, "Terminology").
Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CohortReference:
    """Whose records the visa opens: the grant's feed, and the position that the host's copy must have reached."""

    url: str
    grant: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedVisa:
    """A visa whose signature, issuer, times, source and status hold. Times are seconds since 1970.

    `visa_object` is the object as it was signed; `conditions` must still be met by other visas of the
    Passport.
    """

    issuer: str
    subject: str
    format: VisaFormat
    type: str
    value: str
    source: str
    by: str | None
    asserted: int
    issued_at: int
    expires_at: int
    token_id: str | None
    cohort: CohortReference | None
    conditions: list[list[dict[str, str]]]
    visa_object: Mapping[str, Any] = field(repr=False)

    @property
    def identity(self) -> Identity:
        """The {sub, iss} that the visa is about."""
        return (self.subject, self.issuer)


@dataclass(frozen=True, slots=True)
class AcceptedVisa:
    """A verified visa whose identity and conditions hold too; `support` are the visas that this rests on (PC-28)."""

    visa: VerifiedVisa
    support: tuple[VerifiedVisa, ...] = ()

    @property
    def expires_at(self) -> int:
        """The smallest expiry of all visas that are used (PC-28)."""
        return min(visa.expires_at for visa in (self.visa, *self.support))

    @property
    def asserted(self) -> int:
        """The earliest assertion of all visas that are used."""
        return min(visa.asserted for visa in (self.visa, *self.support))


@dataclass(frozen=True, slots=True)
class RefusedVisa:
    """A visa that does not count: its place in the list, why, and the value that it claims (not verified)."""

    position: int
    refusal: Refused
    claimed_value: str | None = None


@dataclass(frozen=True, slots=True)
class VisaSet:
    """All visas of one holder, sorted into those that count and those that do not."""

    holder: Identity
    accepted: tuple[AcceptedVisa, ...]
    refused: tuple[RefusedVisa, ...]


@dataclass(frozen=True, slots=True)
class Visas:
    """The visas that a decision looks at, of one holder or of several Passports of one request."""

    accepted: tuple[AcceptedVisa, ...]
    refused: tuple[RefusedVisa, ...]


def together(sets: Iterable[VisaSet]) -> Visas:
    """All visas of several Passports."""
    several = tuple(sets)
    return Visas(
        tuple(visa for one in several for visa in one.accepted), tuple(visa for one in several for visa in one.refused)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPassport:
    """A Passport that holds, with its visas. `expires_at` ends the Passport; each visa has its own end."""

    issuer: str
    subject: str
    audience: tuple[str, ...]
    issued_at: int
    expires_at: int
    token_id: str | None
    visas: VisaSet


@dataclass(frozen=True, slots=True)
class Permitted:
    """Access may be given until `until`. `visas` hold it, the longest first: all of them name a cohort, or none does."""

    until: int
    visas: tuple[AcceptedVisa, ...]

    @property
    def cohorts(self) -> tuple[CohortReference, ...]:
        """The cohorts that the visas open, one for each grant; empty when nothing is limited to one."""
        named = [accepted.visa.cohort for accepted in self.visas if accepted.visa.cohort is not None]
        return tuple(dict.fromkeys(named))


Decision = Permitted | Refused


@dataclass(frozen=True, slots=True)
class Authorisation:
    """The answer to a request: one decision for each dataset value, or the refusal of the whole Passport.

    When the Passport is refused, every dataset has that refusal as its decision.
    """

    decisions: Mapping[str, Decision]
    refusal: Refused | None
    passport: VerifiedPassport | None
