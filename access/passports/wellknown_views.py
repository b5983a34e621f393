"""What hosts and clients read without asking anybody: discovery, key document, status lists, service-info."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from oauth2_provider.settings import oauth2_settings

from access.domain.status_list import STATUS_LIST_TYPE
from access.passports.client_services import DEVICE_CODE, TOKEN_EXCHANGE
from access.passports.provider.cross_origin import open_to_all
from access.visas import status_lists
from governance import keys

KEYS_MAX_AGE = 300
STATUS_LIST_JWT, STATUS_LIST_CWT = f"application/{STATUS_LIST_TYPE}", "application/statuslist+cwt"
VERSION = "0.1.0"


def _public(response: HttpResponse, max_age: int) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={max_age}"
    return response


# What never changes with the installation.
OFFERED: dict[str, Any] = {
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        DEVICE_CODE,
        TOKEN_EXCHANGE,
    ],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": [keys.RS256],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    "code_challenge_methods_supported": ["S256"],
    "prompt_values_supported": ["none", "login", "consent"],
    "authorization_response_iss_parameter_supported": True,
    "claims_parameter_supported": False,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "claims_supported": [
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"),
        *("name", "preferred_username", "email", "email_verified", "ga4gh_passport_v1"),
    ],
}


@open_to_all
@require_safe
def discovery(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Discovery 1.0 (BR-2), and the same by RFC 8414: built from the issuer, never from the request's
    host.
    """
    base = settings.BASE_URL
    document = {
        "issuer": base,
        "authorization_endpoint": f"{base}oauth/authorize",
        "token_endpoint": f"{base}oauth/token",
        "device_authorization_endpoint": f"{base}oauth/device",
        "userinfo_endpoint": f"{base}userinfo",
        "jwks_uri": f"{base}.well-known/jwks.json",
        "revocation_endpoint": f"{base}oauth/revoke",
        "introspection_endpoint": f"{base}oauth/introspect",
        "end_session_endpoint": f"{base}oauth/logout",
        "scopes_supported": list(oauth2_settings.SCOPES),
        "ui_locales_supported": [code for code, _ in settings.LANGUAGES],
        "service_documentation": f"{base}api/docs/",
        **OFFERED,
    }
    return _public(JsonResponse(document), KEYS_MAX_AGE)


@open_to_all
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The key document: RSA keys only, the current one first. Hosts trust a copy for as long as its max-age
    says.
    """
    return _public(JsonResponse(keys.jwks()), KEYS_MAX_AGE)


@open_to_all
@require_safe
def jwks_es256(request: HttpRequest) -> HttpResponse:
    """The ES256 keys, never in one document with RSA: a set with one EC key in it makes some hosts refuse everything.

    No host can ask for ES256 visas yet, so that there is no key.
    """
    return _public(JsonResponse({"keys": []}), KEYS_MAX_AGE)


@open_to_all
@require_safe
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """One Token Status List, which a host may keep for its `ttl`. It tells how things stand now, and as a JWT alone."""
    if "time" in request.GET:
        # Token Status List, historical resolution: who asks for another day must not be given today's list.
        return JsonResponse({"error": "lists of earlier times are not kept: leave the parameter time out"}, status=501)
    if request.accepts(STATUS_LIST_CWT) and not request.accepts(STATUS_LIST_JWT):
        return JsonResponse({"error": f"lists are given as {STATUS_LIST_JWT} alone: ask for that"}, status=406)
    token = status_lists.signed_list(number)
    return _public(HttpResponse(token, content_type=STATUS_LIST_JWT), status_lists.TTL)


@open_to_all
@require_safe
def service_info(request: HttpRequest) -> HttpResponse:
    """GA4GH service-info 1.0, with what a host needs to trust our visas."""
    base = settings.BASE_URL
    host = base.split("://", 1)[1].split("/", 1)[0].split(":", 1)[0]
    document = {
        "id": f"{'.'.join(reversed(host.split('.'))) if not host[0].isdigit() else 'localhost'}.duologue",
        "name": "Duologue",
        "type": {"group": "org.duologue", "artifact": "visa-issuer", "version": VERSION},
        "description": "Visa issuer, broker and passport issuer for data access decisions",
        "organization": {"name": "Duologue", "url": base},
        "documentationUrl": f"{base}api/docs/",
        "version": VERSION,
        "issuer": base,
        "jku": f"{base}.well-known/jwks.json",
        "algorithms": [keys.RS256],
        "status_lists": f"{base}status/",
    }
    return _public(JsonResponse(document), KEYS_MAX_AGE)
