"""Making access and refresh tokens, and reading what kind of token somebody presents."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from joserfc import jws
from joserfc.errors import JoseError
from oauth2_provider.settings import oauth2_settings

from access.clearinghouse.strict_json import read_object
from access.domain.passport_tokens import access_token as plan_access_token
from access.domain.signable import LintRefused, linted_access_token
from access.domain.token_kinds import TokenKind, why_not
from governance import keys


def make_access_token(request: Any) -> str:
    """The access token for an oauthlib request; its subject is the client where nobody signed in."""
    person = request.user
    return sign_access_token(
        subject=person.subject if person else request.client.client_id,
        client_id=request.client.client_id,
        scopes=list(request.scopes),
    )


def sign_access_token(*, subject: str, client_id: str, scopes: list[str]) -> str:
    """A signed access token in the form of RFC 9068. It opens nothing until it stands in the token table."""
    signer, now = keys.active_signer(keys.Use.TOKEN), timezone.now()
    header, claims = plan_access_token(
        issuer=settings.BASE_URL,
        subject=subject,
        token_id=str(uuid.uuid4()),
        client_id=client_id,
        scopes=scopes,
        now=now,
        expires=now + timedelta(seconds=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS),
        kid=signer.facts.kid,
    )
    token = linted_access_token(header, claims)
    if isinstance(token, LintRefused):
        raise RuntimeError(f"an access token broke its lint: {token.message}")
    return signer.sign(token)


def make_refresh_token(request: Any) -> str:
    """An opaque refresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWS, not verified: only to choose the key and to refuse early. Empty
    when unreadable.
    """
    try:
        found = jws.extract_compact(token.encode())
        claims = read_object(found.payload)
        header = dict(found.headers())
    except (JoseError, ValueError, TypeError, RecursionError):
        return {}, {}
    return (header, claims) if isinstance(claims, dict) else ({}, {})


def refusal(token: str, kind: TokenKind) -> str | None:
    """Say why a presented token cannot be of this kind, by its type and claims alone; None when it can be.

    Each endpoint calls this before it looks a token up (RFC 8725 section 3.12): a visa of the access-token
    profile looks like an access token, and must never open a door as one.
    """
    header, claims = peek(token)
    if not header:
        return "the token is not a signed token of ours"
    return why_not(kind, header, claims)
