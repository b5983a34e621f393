"""The lint of visas: every rule that a visa must keep before it may be signed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from access.domain.token_kinds import VISA_CLAIM, TokenKind, why_not
from access.domain.visa_conditions import form_fault
from access.domain.visas import By, VisaType

ALGORITHMS = frozenset({"RS256", "ES256"})
DOCUMENT_TYPES = frozenset({"vnd.ga4gh.visa+jwt", "JWT"})
MAX_URL_CHARACTERS = 255
MAX_LIFE_SECONDS, MIN_LIFE_SECONDS = 3600, 600
MAX_TIME = 253_402_300_799

_HEADER = frozenset({"typ", "alg", "kid", "jku"})
_CLAIMS = frozenset({"iss", "sub", "jti", "iat", "exp", VISA_CLAIM, "status", "cohort"})
_VISA = frozenset({"type", "asserted", "value", "source", "by", "conditions"})
_ROLE = re.compile(r"(faculty|student|member|[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)@[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+")
_LINKED = re.compile(r"[^\s,;]+,[^\s,;]+(;[^\s,;]+,[^\s,;]+)*")
_ARCHIVE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,254}")
_OPAQUE = re.compile(r"[A-Za-z0-9._~-]{1,255}")
_ONTOLOGY_ID = re.compile(r"(?<![A-Za-z])(DUO|MONDO|DOID|ORPHA(NET)?|OMIM|HP|ICD\d*)[:_]\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One broken rule: `rule` is the checklist's number (or `ours`), `where` the member, `message` what to do."""

    rule: str
    where: str
    message: str


def lint(header: Mapping[str, Any], claims: Mapping[str, Any]) -> list[LintFinding]:
    """Return every rule that this visa breaks; an empty list lets it through to the signer.

    MUST of AAI OIDC Profile 1.2.1 and Passport 1.2.1 that are enforced here (VI-1 and VI-3 hold by
    construction):

    - VI-5, VI-9: a document visa has a `jku`, on our own origin; an access-token visa has a `scope` instead
    - VI-6: `alg` is RS256 or ES256; VI-12: `kid` is there; VI-13: `typ` is one that the format allows
    - VI-8: a document visa has no scope with `openid`
    - VI-10: `iss`, `sub`, `iat`, `exp`; VI-11: `jti`
    - VI-15: the visa object has `type`, `asserted`, `value`, `source`; VI-16: `asserted` is not after `iat`
    - VI-17: `value` has the format of its type; VI-25: no custom type; VI-26: the form of an affiliation
    - VI-18, VI-22: `source` and the URL values are https URLs of at most 255 characters (http on loopback
      only)
    - VI-20, VI-21: `by` is there and one of the five, `dac` for controlled access
    - VI-23: the form of conditions
    - VI-24: nothing that is not on the list of claims: no name, purpose, consent code or disease
    - VI-32: an access-token visa is RS256, and its scope holds `openid`

    Rules of our own: no `aud`; the life is 10 to 60 minutes; `sub` is opaque and no mail address; `status`
    points into one of our lists; `cohort` is one of our feeds; no identifier of a data-use or disease
    ontology anywhere.
    """
    access_token = header.get("typ") == "at+jwt"
    visa = claims.get(VISA_CLAIM)
    return [
        *_lint_header(header, claims, access_token),
        *_lint_claims(claims, access_token),
        *_lint_times(claims),
        *_lint_own_urls(header, claims),
        *(_lint_visa(visa, claims) if isinstance(visa, dict) else [_missing_visa()]),
    ]


def _missing_visa() -> LintFinding:
    return LintFinding("VI-15", VISA_CLAIM, "must be an object with type, asserted, value, source and by")


def _lint_header(header: Mapping[str, Any], claims: Mapping[str, Any], access_token: bool) -> Iterator[LintFinding]:
    for name in sorted(header.keys() - _HEADER):
        yield LintFinding("VI-24", f"header.{name}", "is not on the list of header members; remove it")
    if header.get("alg") not in ALGORITHMS:
        yield LintFinding("VI-6", "header.alg", "must be RS256 or ES256")
    if not _text(header.get("kid"), 128):
        yield LintFinding("VI-12", "header.kid", "must name the signing key")
    if access_token:
        if "jku" in header or header.get("alg") != "RS256":
            yield LintFinding("VI-32", "header", "an access-token visa has no jku and is signed RS256")
    elif header.get("typ") not in DOCUMENT_TYPES:
        yield LintFinding("VI-13", "header.typ", "must be vnd.ga4gh.visa+jwt, JWT or at+jwt")
    elif not _text(header.get("jku"), MAX_URL_CHARACTERS):
        yield LintFinding("VI-5", "header.jku", "must name the key document of at most 255 characters")
    kind = TokenKind.VISA_ACCESS_TOKEN if access_token else TokenKind.VISA_DOCUMENT
    reason = why_not(kind, header, claims)
    if reason:
        yield LintFinding("VI-9", "header", reason)


def _lint_claims(claims: Mapping[str, Any], access_token: bool) -> Iterator[LintFinding]:
    allowed = _CLAIMS | {"scope"} if access_token else _CLAIMS
    for name in sorted(claims.keys() - allowed):
        rule = {"scope": "VI-8", "aud": "ours"}.get(name, "VI-24")
        yield LintFinding(rule, name, "is not on the list of visa claims; remove it")
    if access_token and "openid" not in str(claims.get("scope", "")).split():
        yield LintFinding("VI-32", "scope", "must hold openid")
    issuer = claims.get("iss")
    if not (isinstance(issuer, str) and _is_url(issuer) and issuer.endswith("/")):
        yield LintFinding("VI-10", "iss", "must be our issuer URL with its trailing slash")
    subject = claims.get("sub")
    if not (isinstance(subject, str) and _OPAQUE.fullmatch(subject)):
        yield LintFinding("VI-10", "sub", "must be an opaque name without @ or spaces")
    if not _text(claims.get("jti"), 128):
        yield LintFinding("VI-11", "jti", "must be a string of at most 128 characters")


def _lint_times(claims: Mapping[str, Any]) -> Iterator[LintFinding]:
    issued, expires = claims.get("iat"), claims.get("exp")
    for name, value in (("iat", issued), ("exp", expires)):
        if not _is_time(value):
            yield LintFinding("VI-10", name, "must be a whole number of seconds")
    if type(issued) is int and type(expires) is int and not MIN_LIFE_SECONDS <= expires - issued <= MAX_LIFE_SECONDS:
        yield LintFinding("ours", "exp", "must be 10 to 60 minutes after iat")


def _lint_own_urls(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Iterator[LintFinding]:
    """Key document, status list and cohort feed are ours: below the issuer."""
    base = str(claims.get("iss", ""))
    if "jku" in header and not _below(header["jku"], base + ".well-known/"):
        yield LintFinding("VI-5", "header.jku", "must lie at .well-known/ of the issuer")
    status = claims.get("status")
    pointer = status.get("status_list") if isinstance(status, dict) and len(status) == 1 else None
    if not (isinstance(pointer, dict) and pointer.keys() == {"idx", "uri"}):
        yield LintFinding("ours", "status", "must hold status_list with idx and uri, and nothing else")
    else:
        if type(pointer["idx"]) is not int or pointer["idx"] < 0:
            yield LintFinding("ours", "status.status_list.idx", "must be a whole number from 0")
        if not _below(pointer["uri"], base + "status/"):
            yield LintFinding("ours", "status.status_list.uri", "must be a status list of the issuer")
    if "cohort" in claims and not _below(claims["cohort"], base + "api/v1/hosts/cohorts/"):
        yield LintFinding("ours", "cohort", "must be a cohort feed of the issuer")


def _lint_visa(visa: Mapping[str, Any], claims: Mapping[str, Any]) -> Iterator[LintFinding]:
    for name in sorted(visa.keys() - _VISA):
        yield LintFinding("VI-24", f"{VISA_CLAIM}.{name}", "is not on the list of visa object members; remove it")
    asserted, issued, by = visa.get("asserted"), claims.get("iat"), visa.get("by")
    if not _is_time(asserted):
        yield LintFinding("VI-15", "asserted", "must be a whole number of seconds")
    elif type(issued) is int and type(asserted) is int and asserted > issued:
        yield LintFinding("VI-16", "asserted", "must not be after iat")
    if not _is_url(visa.get("source")):
        yield LintFinding("VI-18", "source", "must be an https URL of at most 255 characters")
    if by not in {level.value for level in By}:
        yield LintFinding("VI-20", "by", "must be self, peer, system, so or dac")
    elif visa.get("type") == VisaType.CONTROLLED_ACCESS.value and by != By.COMMITTEE.value:
        yield LintFinding("VI-21", "by", "must be dac: a committee decides on controlled access")
    yield from _lint_value(visa.get("type"), visa.get("value"))
    fault = form_fault(visa["conditions"]) if "conditions" in visa else None
    if fault:
        yield LintFinding("VI-23", "conditions", fault)
    for name in ("value", "source"):
        if _ONTOLOGY_ID.search(str(visa.get(name, ""))):
            yield LintFinding("VI-24", name, "must not hold a data-use or disease code")


def _lint_value(visa_type: object, value: object) -> Iterator[LintFinding]:
    if not isinstance(value, str):
        yield LintFinding("VI-17", "value", "must be a string")
    elif visa_type == VisaType.AFFILIATION_AND_ROLE.value:
        if not _ROLE.fullmatch(value):
            yield LintFinding(
                "VI-26", "value", "must be faculty, student, member or namespace.role, then @organisation"
            )
    elif visa_type == VisaType.LINKED_IDENTITIES.value:
        if not _LINKED.fullmatch(value):
            yield LintFinding("VI-17", "value", "must be pairs of encoded subject,issuer joined by semicolons")
    elif visa_type == VisaType.CONTROLLED_ACCESS.value:
        if not (_is_url(value) or _ARCHIVE_ID.fullmatch(value)):
            yield LintFinding(
                "VI-22", "value", "must be the dataset's URL of at most 255 characters, or its archive's id"
            )
    elif visa_type in (VisaType.ACCEPTED_TERMS.value, VisaType.RESEARCHER_STATUS.value):
        if not _is_url(value):
            yield LintFinding("VI-22", "value", "must be an https URL of at most 255 characters")
    else:
        yield LintFinding("VI-25", "type", "must be one of the five standard types")


def _text(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _is_time(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_TIME


def _below(value: object, base: str) -> bool:
    """Return whether a URL lies under `base`, a path of ours, without a way back up."""
    return isinstance(value, str) and _is_url(value) and value.startswith(base) and ".." not in value[len(base) :]


def _is_url(value: object) -> bool:
    if not isinstance(value, str) or len(value) > MAX_URL_CHARACTERS or not value.isascii() or not value.isprintable():
        return False
    if " " in value or "\\" in value:
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    """Plain http is for a demo on one machine; everywhere else TLS exists (VI-22, VI-34)."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
