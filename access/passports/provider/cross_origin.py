"""Which scripts on pages of other origins may read an answer (CORS): everybody's documents, and a client's own answers."""

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from access.models import Client
from access.passports import tokens

View = Callable[..., HttpResponseBase]
ALLOWS = "Access-Control-Allow-Origin"
KEPT_FOR = "600"


def open_to_all(view: View) -> View:
    """What anybody may read, any page may read."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return _preflight("*", "GET, HEAD")
        response = view(request, *args, **kwargs)
        response[ALLOWS] = "*"
        return response

    return answered


def open_to_own_origins(view: View) -> View:
    """Read by pages of the origins that the asking client was registered with. No cookie counts at these endpoints.

    A preflight does not say which client asks: it is answered where any client has the origin.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase
        origin = request.headers.get("Origin", "")
        if request.method == "OPTIONS":
            listed = Client.objects.filter(allowed_origins__contains=origin) if origin else []
            response = _preflight(origin if any(_has(client, origin) for client in listed) else "", "GET, POST")
        else:
            response = view(request, *args, **kwargs)
            client = Client.objects.filter(client_id=_client_id(request)).first() if origin else None
            if client is not None and _has(client, origin):
                response[ALLOWS] = origin
                response["Access-Control-Expose-Headers"] = "WWW-Authenticate, Retry-After"
        patch_vary_headers(response, ("Origin",))
        return response

    return answered


def basic_pair(credentials: str | None) -> tuple[str, str]:
    """The client's id and secret in the credentials of a Basic header; empty where they cannot be read."""
    try:
        client_id, _, secret = base64.b64decode(credentials or "", validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)


def _preflight(origin: str, methods: str) -> HttpResponse:
    response = HttpResponse(status=204)
    if origin:
        response[ALLOWS] = origin
        response["Access-Control-Allow-Methods"] = methods
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Max-Age"] = KEPT_FOR
    return response


def _has(client: Client, origin: str) -> bool:
    return client.is_usable(None) and origin in client.allowed_origins.split()


def sent_token(request: HttpRequest) -> str:
    """The bearer token of the header or the body, as it was sent."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials if scheme.lower() == "bearer" else request.POST.get("access_token", "")


def _client_id(request: HttpRequest) -> str:
    """Whom the request says it is from, proven or not: an error is to be read by its client too."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return basic_pair(credentials)[0]
    return str(tokens.peek(sent_token(request))[1].get("client_id") or request.POST.get("client_id", ""))
