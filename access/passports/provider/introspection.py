"""Introspection (RFC 7662) for hosts that do not check tokens by themselves: answered at once from what
stands now.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from oauth2_provider.oauth2_backends import get_oauthlib_core

from access.domain.passport_tokens import PASSPORT_TYPE
from access.domain.token_kinds import PASSPORT_CLAIM, TokenKind
from access.models import Client, Visa
from access.passports import tokens
from access.passports.host_selectors import for_host
from access.passports.provider.answers import (
    authenticated_client,
    not_authenticated,
    not_kept,
    oauthlib_request,
    refuse,
)
from governance import keys
from governance.models import DataHost, User

INACTIVE = {"active": False}


def introspect(request: HttpRequest) -> HttpResponse:
    """What a token is worth to the asking host now. A token that is not for this host looks like one that
    is not there.
    """
    client = authenticated_client(request)
    if client is None:
        return not_authenticated(request, "send the client's id and secret")
    if client.host is None:
        return refuse("unauthorized_client", "tokens are introspected by data hosts: this client belongs to none", 403)
    presented = request.POST.getlist("token")
    if len(presented) != 1:
        return refuse("invalid_request", "send one token in the body")
    return not_kept(JsonResponse(_claims(presented[0], request, client, client.host) or INACTIVE))


def _claims(token: str, request: HttpRequest, client: Client, host: DataHost) -> dict[str, Any] | None:
    header, _ = tokens.peek(token)
    kinds = {kind: tokens.refusal(token, kind) is None for kind in _READERS}
    kind = next((kind for kind, fits in kinds.items() if fits), None)
    if kind is None:
        return None
    claims = _READERS[kind](token, str(header.get("typ", "")), request, client, host)
    return None if claims is None else {"active": True, **claims}


def _access_token(token: str, typ: str, request: HttpRequest, client: Client, host: DataHost) -> dict[str, Any] | None:
    """An access token of the host's own clients, or of a portal."""
    asked = oauthlib_request(request)
    if not get_oauthlib_core().server.request_validator.validate_bearer_token(token, [], asked):
        return None
    if asked.client is None or asked.client.host_id not in (None, host.pk):
        return None
    return {**tokens.peek(token)[1], "token_type": "Bearer"}


def _visa(token: str, typ: str, request: HttpRequest, client: Client, host: DataHost) -> dict[str, Any] | None:
    """A visa that this host may take, which stands."""
    claims = _verified(token, typ)
    return claims if claims is not None and _stand(claims, [claims], host) else None


def _passport(token: str, typ: str, request: HttpRequest, client: Client, host: DataHost) -> dict[str, Any] | None:
    """A Passport for this host of which every visa is for this host and still stands."""
    claims = _verified(token, PASSPORT_TYPE)
    if claims is None:
        return None
    # A host whose Passports name nobody is known by their visas alone.
    named = claims.get("aud", [])
    if host.audience not in named and (named or host.passport_aud):
        return None
    return claims if _stand(claims, [tokens.peek(visa)[1] for visa in claims[PASSPORT_CLAIM]], host) else None


def _stand(about: dict[str, Any], visas: list[dict[str, Any]], host: DataHost) -> bool:
    """Whether the account of whom this is about stands, and each of these visas of ours, which the host may take."""
    if not User.objects.filter(subject=about.get("sub"), is_active=True).exists():
        return False
    wanted = {str(claims.get("jti")) for claims in visas if claims.get("iss") == settings.BASE_URL}
    standing = Visa.objects.filter(for_host(host), jti__in=wanted, revoked_at__isnull=True, exp__gt=timezone.now())
    return standing.count() == len(wanted)


def _verified(token: str, typ: str) -> dict[str, Any] | None:
    try:
        return keys.verify(token, typ=typ)
    except keys.TokenRefused:
        return None


_READERS = {
    TokenKind.ACCESS_TOKEN: _access_token,
    TokenKind.VISA_DOCUMENT: _visa,
    TokenKind.PASSPORT: _passport,
}
