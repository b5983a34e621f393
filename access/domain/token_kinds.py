"""The table of token kinds: what each kind of signed token looks like, so that none passes as another.

RFC 8725 section 3.11 and 3.12 ask for explicit types and for validation rules that exclude each other. Hosts
make us send some visas with the plain type `JWT`, so the header alone cannot tell; a kind is therefore
recognised by its `typ` together with the claims that it must and must not hold. A token that fits no row, or
more than one, is nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VISA_CLAIM = "ga4gh_visa_v1"
PASSPORT_CLAIM = "ga4gh_passport_v1"
GA4GH_PREFIX = "ga4gh_"


class TokenKind(StrEnum):
    """Each kind of signed token that the platform issues, accepts or must be able to turn away."""

    VISA_DOCUMENT = "visa_document"
    VISA_ACCESS_TOKEN = "visa_access_token"
    PASSPORT = "passport"
    ACCESS_TOKEN = "access_token"
    ID_TOKEN = "id_token"
    CLIENT_ASSERTION = "client_assertion"
    STATUS_LIST = "status_list"
    SECURITY_EVENT = "security_event"
    LOGOUT_TOKEN = "logout_token"


@dataclass(frozen=True, slots=True)
class KindRow:
    """One row of the table. `types` are media types without `application/`; "" stands for a header without `typ`."""

    types: frozenset[str]
    claims: frozenset[str]
    without: frozenset[str] = frozenset()
    jku: bool | None = None
    self_issued: bool | None = None


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


TOKEN_KINDS: Mapping[TokenKind, KindRow] = {
    TokenKind.VISA_DOCUMENT: KindRow(
        types=_set("vnd.ga4gh.visa+jwt", "jwt", ""), claims=_set(VISA_CLAIM), without=_set("events"), jku=True
    ),
    TokenKind.VISA_ACCESS_TOKEN: KindRow(
        types=_set("at+jwt", "jwt", ""), claims=_set(VISA_CLAIM, "scope"), without=_set("events"), jku=False
    ),
    TokenKind.PASSPORT: KindRow(
        types=_set("vnd.ga4gh.passport+jwt"), claims=_set(PASSPORT_CLAIM), without=_set("events")
    ),
    TokenKind.ACCESS_TOKEN: KindRow(types=_set("at+jwt"), claims=_set("scope"), without=_set("events", "nonce")),
    TokenKind.ID_TOKEN: KindRow(
        types=_set("jwt"),
        claims=_set("aud"),
        without=_set("scope", "events", "status_list"),
        self_issued=False,
    ),
    TokenKind.CLIENT_ASSERTION: KindRow(
        types=_set("jwt", "client-authentication+jwt", ""),
        claims=_set("aud", "jti"),
        without=_set("scope", "events", "status_list", "nonce"),
        self_issued=True,
    ),
    TokenKind.STATUS_LIST: KindRow(
        types=_set("statuslist+jwt"), claims=_set("status_list", "sub"), without=_set("events", "scope")
    ),
    TokenKind.SECURITY_EVENT: KindRow(
        types=_set("secevent+jwt"), claims=_set("events"), without=_set("scope", "status_list")
    ),
    TokenKind.LOGOUT_TOKEN: KindRow(
        types=_set("logout+jwt"), claims=_set("events"), without=_set("scope", "nonce", "status_list")
    ),
}


def media_type(header: Mapping[str, Any]) -> str:
    """Return the header's `typ` in lower case without `application/` (RFC 7515 section 4.1.9), or "" without one."""
    typ = header.get("typ", "")
    if not isinstance(typ, str):
        return "not a string"
    lowered = typ.lower()
    return lowered.removeprefix("application/")


def why_not(kind: TokenKind, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str | None:
    """Say why a token is not of this kind, or return None when it is.

    INVARIANT: for any header and claims at most one kind answers None; a test walks over the whole table.
    """
    row = TOKEN_KINDS[kind]
    if media_type(header) not in row.types:
        return f"typ {header.get('typ')!r:.40} is not the type of a {kind.value}"
    missing = sorted(row.claims - claims.keys())
    if missing:
        return f"a {kind.value} holds the claim {missing[0]}"
    foreign = sorted(name for name in claims if name.startswith(GA4GH_PREFIX) and name not in row.claims)
    unwanted = sorted(row.without & claims.keys())
    if foreign or unwanted:
        return f"a {kind.value} does not hold the claim {(foreign + unwanted)[0]:.40}"
    if row.jku is not None and ("jku" in header) != row.jku:
        return f"a {kind.value} {'has' if row.jku else 'does not have'} a jku header"
    if row.self_issued is not None and (claims.get("iss") == claims.get("sub")) != row.self_issued:
        return f"the issuer of a {kind.value} {'is' if row.self_issued else 'is not'} its subject"
    return None


def recognise(header: Mapping[str, Any], claims: Mapping[str, Any]) -> TokenKind | None:
    """Return the one kind that the token is of, or None: a token that is nothing is refused everywhere."""
    kinds = [kind for kind in TokenKind if why_not(kind, header, claims) is None]
    return kinds[0] if len(kinds) == 1 else None
