"""Passports and passport-scoped access tokens: their claims, and the lint of both before signing."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from access.domain.token_kinds import PASSPORT_CLAIM, TokenKind, why_not
from access.domain.visa_lint import LintFinding

PASSPORT_TYPE, ACCESS_TOKEN_TYPE = "vnd.ga4gh.passport+jwt", "at+jwt"
# What hosts in the field take at most (SDA: 200 visas of 16 kB).
MAX_VISAS, MAX_VISA_CHARACTERS = 200, 16_384
MAX_LIFE_SECONDS = 3600
OPENID, PASSPORT_SCOPE = "openid", "ga4gh_passport_v1"

_HEADER = frozenset({"typ", "alg", "kid"})
_PASSPORT_CLAIMS = frozenset({"iss", "sub", "aud", "iat", "exp", "jti", "scope", PASSPORT_CLAIM})
_ACCESS_CLAIMS = frozenset({"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "auth_time", "idp"})


def passport(
    *,
    issuer: str,
    subject: str,
    token_id: str,
    visas: Sequence[str],
    now: datetime,
    expires: datetime,
    kid: str,
    audience: Sequence[str] = (),
    openid_scope: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of a Passport (AAI 1.2.1, "Passport Format"); always RS256.

    `openid_scope` is for clients that take access-token visas: some of them look for `openid` in the Passport
    too.
    """
    claims: dict[str, Any] = {"iss": issuer, "sub": subject, "jti": token_id, **_times(now, expires)}
    if audience:
        claims["aud"] = list(audience)
    if openid_scope:
        claims["scope"] = OPENID
    claims[PASSPORT_CLAIM] = list(visas)
    return {"typ": PASSPORT_TYPE, "alg": "RS256", "kid": kid}, claims


def access_token(
    *,
    issuer: str,
    subject: str,
    token_id: str,
    client_id: str,
    scopes: Sequence[str],
    now: datetime,
    expires: datetime,
    kid: str,
    audience: Sequence[str] = (),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of an access token in the form of RFC 9068; the audience is the client by default."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": list(audience) or [client_id],
        "client_id": client_id,
        "jti": token_id,
        **_times(now, expires),
        "scope": " ".join(scopes),
    }
    return {"typ": ACCESS_TOKEN_TYPE, "alg": "RS256", "kid": kid}, claims


def _times(now: datetime, expires: datetime) -> dict[str, int]:
    last = min(expires, now + timedelta(seconds=MAX_LIFE_SECONDS))
    return {"iat": int(now.timestamp()), "exp": int(last.timestamp())}


def lint_passport(header: Mapping[str, Any], claims: Mapping[str, Any]) -> list[LintFinding]:
    """Return every rule that this Passport breaks.

    MUST of AAI 1.2.1 enforced here: PI-2 (RS256 or ES256; ours is RS256), PI-3 (`typ` exact), PI-4 (`iss`,
    `sub`, `iat`, `exp`, `ga4gh_passport_v1`), PI-5 (an array of strings, which may be empty). Ours: `kid`,
    `jti`, a life of at most an hour, `aud` a list, at most 200 visas of 16 kB, document and access-token
    visas never together.
    """
    findings = [*_lint_common(header, claims, PASSPORT_TYPE, _PASSPORT_CLAIMS, rule="PI-4")]
    if header.get("typ") != PASSPORT_TYPE:
        findings.append(LintFinding("PI-3", "header.typ", f"must be exactly {PASSPORT_TYPE}"))
    if header.get("alg") != "RS256":
        findings.append(LintFinding("PI-2", "header.alg", "must be RS256"))
    if claims.get("scope", OPENID) != OPENID:
        findings.append(LintFinding("ours", "scope", "may only be openid"))
    reason = why_not(TokenKind.PASSPORT, header, claims)
    if reason:
        findings.append(LintFinding("PI-4", PASSPORT_CLAIM, reason))
    return [*findings, *_lint_visa_list(claims.get(PASSPORT_CLAIM))]


def _lint_visa_list(visas: object) -> Iterator[LintFinding]:
    if not isinstance(visas, list) or not all(isinstance(visa, str) for visa in visas):
        yield LintFinding("PI-5", PASSPORT_CLAIM, "must be a list of strings")
        return
    if len(visas) > MAX_VISAS or any(len(visa) > MAX_VISA_CHARACTERS for visa in visas):
        yield LintFinding("ours", PASSPORT_CLAIM, f"may hold {MAX_VISAS} visas of {MAX_VISA_CHARACTERS} characters")
    if len({_is_document_visa(visa) for visa in visas}) > 1:
        yield LintFinding("ours", PASSPORT_CLAIM, "mixes document and access-token visas; choose one for the client")


def _is_document_visa(token: str) -> bool:
    """Return whether the unverified header names a key document, which only document visas do (VI-9)."""
    try:
        header = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(header, dict) and "jku" in header


def lint_access_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> list[LintFinding]:
    """Return every rule that this access token breaks.

    MUST of AAI 1.2.1 enforced here: BR-4 (`typ`, `alg`, `kid`), BR-5 (`iss`, `sub`, `iat`, `exp`, `scope`;
    with `ga4gh_passport_v1` also `openid`; `aud` holds the client), BR-7 (no GA4GH claim), BR-8 (the form of
    RFC 9068: `typ` at+jwt, `aud`, `client_id`, `jti`). Ours: RS256, a life of at most an hour, no other
    claim.
    """
    findings = [*_lint_common(header, claims, ACCESS_TOKEN_TYPE, _ACCESS_CLAIMS, rule="BR-5")]
    if header.get("typ") != ACCESS_TOKEN_TYPE:
        findings.append(LintFinding("BR-4", "header.typ", "must be at+jwt"))
    if header.get("alg") != "RS256":
        findings.append(LintFinding("BR-4", "header.alg", "must be RS256"))
    for name in sorted(claims):
        if name.startswith("ga4gh_"):
            findings.append(LintFinding("BR-7", name, "an access token holds no GA4GH claim; remove it"))
    scope = claims.get("scope")
    words = scope.split(" ") if isinstance(scope, str) else []
    if not words or not all(words):
        findings.append(LintFinding("BR-5", "scope", "must be words with single spaces between them"))
    elif PASSPORT_SCOPE in words and OPENID not in words:
        findings.append(LintFinding("BR-5", "scope", "must hold openid besides ga4gh_passport_v1"))
    audience = claims.get("aud")
    if not isinstance(audience, list) or not audience:
        findings.append(LintFinding("BR-8", "aud", "must be a list: hosts take a token without aud as anonymous"))
    if not isinstance(claims.get("client_id"), str):
        findings.append(LintFinding("BR-8", "client_id", "must name the client"))
    return findings


def _lint_common(
    header: Mapping[str, Any], claims: Mapping[str, Any], typ: str, allowed: frozenset[str], *, rule: str
) -> Iterator[LintFinding]:
    for name in sorted(header.keys() - _HEADER):
        yield LintFinding("ours", f"header.{name}", f"is not on the list of header members of {typ}; remove it")
    for name in sorted(claims.keys() - allowed):
        if not name.startswith("ga4gh_"):
            yield LintFinding("ours", name, f"is not on the list of claims of {typ}; remove it")
    if not _text(header.get("kid")):
        yield LintFinding("BR-4" if rule == "BR-5" else "ours", "header.kid", "must name the signing key")
    for name in ("iss", "sub", "jti"):
        if not _text(claims.get(name)):
            yield LintFinding(rule, name, "must be a string of 1 to 255 characters")
    if "@" in str(claims.get("sub")):
        yield LintFinding("ours", "sub", "must not be a mail address")
    yield from _lint_life(claims, rule)
    audience = claims.get("aud", [])
    if not isinstance(audience, list) or not all(_text(member) for member in audience):
        yield LintFinding(rule, "aud", "must be a list of strings")


def _lint_life(claims: Mapping[str, Any], rule: str) -> Iterator[LintFinding]:
    issued, expires = claims.get("iat"), claims.get("exp")
    for name, value in (("iat", issued), ("exp", expires)):
        if type(value) is not int:
            yield LintFinding(rule, name, "must be a whole number of seconds")
    if type(issued) is int and type(expires) is int and not 0 < expires - issued <= MAX_LIFE_SECONDS:
        yield LintFinding("ours", "exp", "must be at most an hour after iat")


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()
