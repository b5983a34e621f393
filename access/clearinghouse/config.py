"""Whom a data host trusts, for what, and how far: the configuration of a clearinghouse.

AAI 1.2.1 leaves trust to each clearinghouse (PC-1, PC-14) and wants it written down as a list from issuer to
allowed key documents, apart for brokers and visa issuers (PC-7, PC-31). Everything that is not named here is
refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from access.clearinghouse.keys import KeyDocument, KeyDocumentError, key_document
from access.domain.visas import By, VisaFormat, VisaType

Rules = Mapping[str, frozenset[str]]


class ConfigError(ValueError):
    """The configuration cannot be used; the text names the member and says what to write."""


class Role(StrEnum):
    """What an issuer is trusted as. A broker signs Passports, a visa issuer signs visas."""

    BROKER = "broker"
    VISA_ISSUER = "visa_issuer"


class StatusPolicy(StrEnum):
    """Whether visas of an issuer must point into a status list. One that points is looked up either way."""

    REQUIRED = "required"
    IF_PRESENT = "if_present"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """One issuer and the reach of the trust in it. Seconds throughout; None stands for no limit.

    `sources` and `authorities` map a visa type, or `*` for every other, to the sources and the `by` that are
    accepted; a source that ends with `*` stands for all that begin so. `keys` replaces fetching (PC-6).
    """

    iss: str
    roles: frozenset[Role]
    jku: tuple[str, ...] = ()
    jwks_uri: str | None = None
    discovery: bool = False
    keys: KeyDocument | None = field(default=None, repr=False)
    formats: frozenset[VisaFormat] = frozenset({VisaFormat.DOCUMENT})
    types: frozenset[str] = frozenset(kind.value for kind in VisaType)
    sources: Rules = field(default_factory=dict)
    authorities: Rules = field(default_factory=dict)
    status: StatusPolicy = StatusPolicy.IF_PRESENT
    status_lists: tuple[str, ...] = ()
    cohorts: str | None = None
    max_life: int | None = None
    max_key_age: int = 3600
    same_subjects_as: frozenset[str] = frozenset()

    def trusts_source(self, visa_type: str, source: str) -> bool:
        """Return whether the issuer may speak for the source: full-string, case-sensitive (PC-18), or by prefix."""
        accepted = self.sources.get(visa_type, self.sources.get("*", frozenset()))
        if source in accepted or "*" in accepted:
            return True
        return any(source.startswith(rule[:-1]) for rule in accepted if rule.endswith("*"))

    def accepts_authority(self, visa_type: str, by: str | None) -> bool:
        """Return whether this `by` is enough; a missing one is "unknown" and meets no rule (PC-23)."""
        accepted = self.authorities.get(visa_type, self.authorities.get("*"))
        if accepted is None:
            accepted = frozenset({By.COMMITTEE.value}) if visa_type == VisaType.CONTROLLED_ACCESS.value else None
        return accepted is None or by in accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryRule:
    """Passport 1.2.1, "Visa Expiry" (PC-27): how long access may be given on a visa.

    With `max_authorisation` (option A): `now + requested < min(exp, asserted + max_authorisation)`. Without
    it (option B, for hosts whose access is short-lived or strongly revoked): `now + requested < exp`.
    """

    requested: int = 0
    max_authorisation: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the host takes at most, and how long its copies may serve (seconds)."""

    passport_characters: int = 1_048_576
    visa_characters: int = 16_384
    visas: int = 200
    leeway: int = 5
    status_age: int = 65
    retry_pause: int = 2
    document_bytes: int = 1_048_576
    fetch_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearinghouseConfig:
    """The whole configuration. `audiences` are the names of this host, one of which a Passport must carry.

    `enforces_cohorts` says whether this host filters by the cohort of a visa. A host that does refuses a visa without one, but
    for the datasets of `label_only`, which have no members; one that does not refuses a visa with one.
    """

    issuers: tuple[TrustedIssuer, ...]
    audiences: frozenset[str] = frozenset()
    audience_required: bool = True
    enforces_cohorts: bool = False
    label_only: frozenset[str] = frozenset()
    expiry: ExpiryRule = ExpiryRule()
    limits: Limits = Limits()
    plain_http: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse trust that is not clear: an issuer twice in one role, or an address below which two issue lists."""
        roles = [(issuer.iss, role) for issuer in self.issuers for role in issuer.roles]
        if len(roles) != len(set(roles)):
            raise ConfigError("an issuer stands twice in one role; name it once")
        lists = [(issuer.iss, prefix) for issuer in self.issuers for prefix in issuer.status_lists]
        if not all(prefix.endswith("/") for _, prefix in lists):
            raise ConfigError("status_lists must be addresses that end with a slash")
        for iss, prefix in lists:
            if any(iss != other and (prefix.startswith(below) or below.startswith(prefix)) for other, below in lists):
                raise ConfigError(f"the status lists of two issuers stand below {prefix}; part them")

    def trusted(self, iss: object, role: Role) -> TrustedIssuer | None:
        """Return the issuer when it is trusted in the role: the exact string, no slash more, no other case."""
        for issuer in self.issuers:
            if issuer.iss == iss and role in issuer.roles:
                return issuer
        return None


def duologue_issuer(base: str) -> TrustedIssuer:
    """Return the trust that a Duologue installation at `base` asks of its hosts.

    A thief of a signing key signs visas that no status list knows; so a visa without `status`, and a key
    document older than five minutes, are refused.
    """
    issuer = base.rstrip("/") + "/"
    return TrustedIssuer(
        iss=issuer,
        roles=frozenset(Role),
        jku=(f"{issuer}.well-known/jwks.json", f"{issuer}.well-known/jwks-es256.json"),
        jwks_uri=f"{issuer}.well-known/jwks.json",
        sources={
            VisaType.CONTROLLED_ACCESS.value: frozenset({f"{issuer}committees/*"}),
            "*": frozenset({"*"}),
        },
        status=StatusPolicy.REQUIRED,
        status_lists=(f"{issuer}status/",),
        cohorts=f"{issuer}api/v1/hosts/cohorts/",
        max_life=3600,
        max_key_age=300,
    )


def load_config(path: str | Path) -> ClearinghouseConfig:
    """Read a JSON file; raise ConfigError when it cannot be read or understood."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"the configuration {path} cannot be read as JSON: {error}") from None
    return config_from(document)


def config_from(document: object) -> ClearinghouseConfig:
    """Make a configuration from JSON; every member that is not known is an error, so that no typo widens trust."""
    members = _members(document, "configuration")
    known = {
        "audiences",
        "audience_required",
        "enforces_cohorts",
        "label_only",
        "issuers",
        "expiry",
        "limits",
        "plain_http",
    }
    _only(members, known, "configuration")
    issuers = members.get("issuers")
    if not isinstance(issuers, list) or not issuers:
        raise ConfigError("issuers must be a list with at least one issuer")
    expiry = _members(members.get("expiry", {}), "expiry")
    limits = _members(members.get("limits", {}), "limits")
    try:
        return ClearinghouseConfig(
            issuers=tuple(_issuer(item) for item in issuers),
            audiences=_strings(members.get("audiences", []), "audiences"),
            audience_required=_boolean(members.get("audience_required", True), "audience_required"),
            enforces_cohorts=_boolean(members.get("enforces_cohorts", False), "enforces_cohorts"),
            label_only=_strings(members.get("label_only", []), "label_only"),
            expiry=ExpiryRule(**_numbers(expiry, "expiry")),
            limits=Limits(**_numbers(limits, "limits")),
            plain_http=_strings(members.get("plain_http", []), "plain_http"),
        )
    except TypeError as error:
        raise ConfigError(f"the configuration has a member that is not known: {error}") from None


def _issuer(document: object) -> TrustedIssuer:
    members = _members(document, "issuer")
    if members.keys() == {"duologue"}:
        return duologue_issuer(_string(members["duologue"], "duologue"))
    readers = {
        "iss": _string,
        "jwks_uri": _string,
        "cohorts": _string,
        "discovery": _boolean,
        "jku": _tuple,
        "status_lists": _tuple,
        "types": _strings,
        "same_subjects_as": _strings,
        "sources": _rules,
        "authorities": _rules,
        "max_life": _number,
        "max_key_age": _number,
        "keys": _keys,
    }
    _only(members, {*readers, "roles", "formats", "status"}, "issuer")
    arguments: dict[str, Any] = {name: read(members[name], name) for name, read in readers.items() if name in members}
    try:
        arguments["roles"] = frozenset(Role(role) for role in _strings(members.get("roles", []), "roles"))
        if "formats" in members:
            arguments["formats"] = frozenset(VisaFormat(name) for name in _strings(members["formats"], "formats"))
        if "status" in members:
            arguments["status"] = StatusPolicy(members["status"])
    except ValueError as error:
        raise ConfigError(f"an issuer has a value that is not known: {error}") from None
    if "iss" not in arguments or not arguments["roles"]:
        raise ConfigError("an issuer needs iss and roles (broker, visa_issuer)")
    return TrustedIssuer(**arguments)


def _members(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{name} must be an object")
    return value


def _only(members: dict[str, Any], known: set[str], name: str) -> None:
    unknown = sorted(members.keys() - known)
    if unknown:
        raise ConfigError(f"{name} has a member that is not known: {unknown[0]}; known are {', '.join(sorted(known))}")


def _string(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{name} must be a string")
    return value


def _boolean(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{name} must be true or false")
    return value


def _number(value: object, name: str) -> int:
    if type(value) is not int or value < 0:
        raise ConfigError(f"{name} must be a whole number from 0")
    return value


def _numbers(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: _number(value, f"{name}.{key}") for key, value in members.items()}


def _tuple(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{name} must be a list of strings")
    return tuple(_string(item, name) for item in value)


def _strings(value: object, name: str) -> frozenset[str]:
    return frozenset(_tuple(value, name))


def _rules(value: object, name: str) -> Rules:
    if isinstance(value, list):
        return {"*": _strings(value, name)}
    return {kind: _strings(items, f"{name}.{kind}") for kind, items in _members(value, name).items()}


def _keys(value: object, name: str) -> KeyDocument:
    try:
        return key_document(_members(value, name))
    except KeyDocumentError as error:
        raise ConfigError(f"{name}: {error}") from None
