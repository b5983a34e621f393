"""Visa preparation: from the facts of a grant to a visa's header and claims, or to the reason why there is none.

Pure: no clock, no database, no key. The steps are prepare (here), lint (`visa_lint`), record the intent,
sign, deliver. `signable.linted_visa` is the only way from here to the signer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from access.domain.token_kinds import VISA_CLAIM

MAX_LIFE = timedelta(hours=1)
# Hosts that meet one nearly expired visa refuse the whole answer, so a visa this short is not worth its harm.
MIN_LIFE = timedelta(minutes=10)


class VisaType(StrEnum):
    """The five standard visa types (Passport 1.2.1, "GA4GH Standard Visa Type Definitions")."""

    AFFILIATION_AND_ROLE = "AffiliationAndRole"
    ACCEPTED_TERMS = "AcceptedTermsAndPolicies"
    RESEARCHER_STATUS = "ResearcherStatus"
    CONTROLLED_ACCESS = "ControlledAccessGrants"
    LINKED_IDENTITIES = "LinkedIdentities"


class By(StrEnum):
    """The level of authority behind an assertion (Passport 1.2.1, "by")."""

    SELF = "self"
    PEER = "peer"
    SYSTEM = "system"
    SIGNING_OFFICIAL = "so"
    COMMITTEE = "dac"


class VisaFormat(StrEnum):
    """The two visa formats; a client gets one of them, never a mixture."""

    DOCUMENT = "document"
    ACCESS_TOKEN = "access-token"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a visa says: one visa object, `asserted` being the moment of the source's decision."""

    type: VisaType
    value: str
    source: str
    by: By
    asserted: datetime
    conditions: tuple[tuple[Mapping[str, str], ...], ...] = ()


def controlled_access_grant(*, value: str, source: str, asserted: datetime) -> Assertion:
    """A committee (`source`, its URL) decided that the dataset `value` may be used."""
    return Assertion(VisaType.CONTROLLED_ACCESS, value, source, By.COMMITTEE, asserted)


def affiliation_and_role(*, role: str, organisation: str, source: str, by: By, asserted: datetime) -> Assertion:
    """An institution says that the person holds `role` (`faculty`, `namespace.role`) at the domain `organisation`."""
    return Assertion(VisaType.AFFILIATION_AND_ROLE, f"{role}@{organisation}", source, by, asserted)


def accepted_terms(*, terms_url: str, source: str, by: By, asserted: datetime) -> Assertion:
    """The person (`self`) or a signing official (`so`) accepted this version of the terms."""
    return Assertion(VisaType.ACCEPTED_TERMS, terms_url, source, by, asserted)


def researcher_status(*, standard_url: str, source: str, by: By, asserted: datetime) -> Assertion:
    """Somebody with authority says that the person meets the standard at the URL."""
    return Assertion(VisaType.RESEARCHER_STATUS, standard_url, source, by, asserted)


def linked_identities(*, identities: Iterable[tuple[str, str]], source: str, asserted: datetime) -> Assertion:
    """The subject is the same person as each (subject, issuer) of `identities` (Passport 1.2.1, LinkedIdentities)."""
    value = ";".join(f"{quote(sub, safe='')},{quote(iss, safe='')}" for sub, iss in identities)
    return Assertion(VisaType.LINKED_IDENTITIES, value, source, By.SYSTEM, asserted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Every moment that ends the right behind a visa; None where there is none; the signing key always ends."""

    signing_key: datetime
    grant: datetime | None = None
    ethics: datetime | None = None
    affiliation: datetime | None = None

    def first(self) -> tuple[str, datetime]:
        """Return the name and the moment of the end that comes first."""
        known = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return min(((name, at) for name, at in known if at is not None), key=lambda end: (end[1], end[0]))


@dataclass(frozen=True, slots=True)
class StatusReference:
    """Where the visa's status stands: index `idx` of the Token Status List at `uri`."""

    idx: int
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyFacts:
    """The public facts of the key that will sign; `jku` is the key document that serves its public half."""

    kid: str
    alg: str
    jku: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostProfile:
    """What a host's client asked visas to look like; `typ` is only its to choose for document visas."""

    format: VisaFormat = VisaFormat.DOCUMENT
    typ: str = "vnd.ga4gh.visa+jwt"
    alg: str = "RS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisaFacts:
    """Everything that one visa is made from."""

    issuer: str
    subject: str
    token_id: str
    assertion: Assertion
    ends: Ends
    status: StatusReference
    cohort: str | None = None


class VisaObstacle(StrEnum):
    """Why a visa cannot be issued."""

    ENDED = "ended"
    ENDS_TOO_SOON = "ends_too_soon"
    ASSERTED_IN_FUTURE = "asserted_in_future"
    KEY_DOES_NOT_FIT = "key_does_not_fit"


@dataclass(frozen=True, slots=True)
class NotIssuable:
    """No visa, and why: `obstacle` for programs, `message` for people, `end` the name of the end that was met."""

    obstacle: VisaObstacle
    message: str
    end: str | None = None


@dataclass(frozen=True, slots=True)
class VisaPlan:
    """A visa as it would be signed, and which end decided its `exp` ("hour" where none came earlier)."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    ended_by: str


def prepare(facts: VisaFacts, *, profile: HostProfile, key: SigningKeyFacts, now: datetime) -> VisaPlan | NotIssuable:
    """Plan the visa that these facts allow at `now`.

    `exp` is at most one hour away and never after an end; a visa that would end within ten minutes is not
    issued. Times are aware datetimes and are cut to whole seconds, so that none is ever later than its fact.
    """
    if facts.assertion.asserted > now:
        return NotIssuable(VisaObstacle.ASSERTED_IN_FUTURE, "the decision lies in the future; check the clock")
    if key.alg != profile.alg or (profile.format is VisaFormat.ACCESS_TOKEN and profile.alg != "RS256"):
        wanted = "RS256" if profile.format is VisaFormat.ACCESS_TOKEN else profile.alg
        return NotIssuable(
            VisaObstacle.KEY_DOES_NOT_FIT, f"the host asks for {wanted} and key {key.kid} signs {key.alg}"
        )
    end_name, end = facts.ends.first()
    if end <= now:
        return NotIssuable(VisaObstacle.ENDED, f"the {_words(end_name)} ended; renew it first", end_name)
    if end - now <= MIN_LIFE:
        message = f"the {_words(end_name)} ends within ten minutes; renew it first"
        return NotIssuable(VisaObstacle.ENDS_TOO_SOON, message, end_name)
    hour = now + MAX_LIFE
    expires, ended_by = (end, end_name) if end < hour else (hour, "hour")
    return VisaPlan(_header(profile, key), _claims(facts, profile, now=now, expires=expires), ended_by)


def _words(end_name: str) -> str:
    return {"ethics": "ethics approval"}.get(end_name, end_name.replace("_", " "))


def _header(profile: HostProfile, key: SigningKeyFacts) -> dict[str, str]:
    if profile.format is VisaFormat.ACCESS_TOKEN:
        return {"typ": "at+jwt", "alg": key.alg, "kid": key.kid}
    return {"typ": profile.typ, "alg": key.alg, "kid": key.kid, "jku": key.jku}


def _claims(facts: VisaFacts, profile: HostProfile, *, now: datetime, expires: datetime) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "iss": facts.issuer,
        "sub": facts.subject,
        "jti": facts.token_id,
        "iat": int(now.timestamp()),
        "exp": int(expires.timestamp()),
    }
    if profile.format is VisaFormat.ACCESS_TOKEN:
        claims["scope"] = "openid ga4gh_passport_v1"
    claims[VISA_CLAIM] = _visa_object(facts.assertion)
    claims["status"] = {"status_list": {"idx": facts.status.idx, "uri": facts.status.uri}}
    if facts.cohort is not None:
        claims["cohort"] = facts.cohort
    return claims


def _visa_object(assertion: Assertion) -> dict[str, Any]:
    visa: dict[str, Any] = {
        "type": assertion.type.value,
        "asserted": int(assertion.asserted.timestamp()),
        "value": assertion.value,
        "source": assertion.source,
        "by": assertion.by.value,
    }
    if assertion.conditions:
        visa["conditions"] = _plain(assertion.conditions)
    return visa


def _plain(conditions: Sequence[Sequence[Mapping[str, str]]]) -> list[list[dict[str, str]]]:
    return [[dict(clause) for clause in alternative] for alternative in conditions]
