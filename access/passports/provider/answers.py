"""How the provider's own endpoints authenticate clients and answer."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauthlib.common import Request as OauthlibRequest

from access.models import Client
from governance import limits
from governance.domain.errors import DuologueError, NotNow
from governance.middleware import BUSY, BUSY_SECONDS, as_json
from governance.models import User

logger = logging.getLogger(__name__)
TRIES = 3
Given = ParamSpec("Given")
Answer = TypeVar("Answer", bound=HttpResponseBase)
BASIC, BEARER = 'Basic realm="duologue"', 'Bearer realm="duologue"'


def not_kept(response: HttpResponse) -> HttpResponse:
    """Answers with tokens or claims are kept by nobody (BR-19)."""
    response["Cache-Control"] = "no-cache, no-store"
    response["Pragma"] = "no-cache"
    return response


def refuse(error: str, description: str, status: int = 400) -> HttpResponse:
    """An OAuth error (RFC 6749 section 5.2)."""
    return not_kept(asking_for_basic(JsonResponse({"error": error, "error_description": description}, status=status)))


def asking_for_basic(response: HttpResponse) -> HttpResponse:
    """Where a client did not prove itself, name the scheme by which clients do (RFC 6749 section 5.2)."""
    if response.status_code == 401:
        response["WWW-Authenticate"] = BASIC
    return response


def too_often() -> HttpResponse:
    """Asked too often: no error of OAuth says that, so the status does (RFC 6585 section 4)."""
    response = refuse("temporarily_unavailable", "this was asked too often: wait a minute, then try again", 429)
    response["Retry-After"] = str(limits.WAIT_SECONDS)
    return response


def not_authenticated(request: HttpRequest, description: str) -> HttpResponse:
    """A client that did not prove itself. Whoever tries again and again is told to wait; who is right never has to."""
    if not limits.within(request, "client_refused"):
        return too_often()
    return refuse("invalid_client", description, 401)


def waiting_if_refused(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The library's answer, or, where it refused a client once too often, that it has to wait."""
    if response.status_code == 401 and not limits.within(request, "client_refused"):
        return too_often()
    return asking_for_basic(response)


def with_issuer(address: str) -> str:
    """An answer of the authorization endpoint with exactly one `iss` (RFC 9207 section 2)."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "iss"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("iss", settings.BASE_URL)])))


def not_now() -> HttpResponse:
    """The database had no time, or a service cannot answer now: a program waits as long as it is told, and asks again."""
    response = refuse("temporarily_unavailable", "this cannot be answered now: try again in a moment", 503)
    response["Retry-After"] = str(BUSY_SECONDS)
    return response


def in_json(view: Callable[Given, Answer]) -> Callable[Given, Answer | HttpResponse]:
    """Answer with JSON where a service refuses, as when no signing key stands: a program asks here, no browser."""

    @wraps(view)
    def answered(*args: Given.args, **kwargs: Given.kwargs) -> Answer | HttpResponse:
        try:
            return view(*args, **kwargs)
        except NotNow:
            return not_now()
        except DuologueError as error:
            return not_kept(as_json(error))
        except BUSY as error:
            logger.warning("a program was told to come back: %s", type(error).__name__)
            return not_now()

    return answered


def tried_again(view: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Try once more what met another transaction crosswise. For what may be done twice alone: no code or refresh token is."""

    @wraps(view)
    def answered(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        for _try in range(TRIES - 1):
            try:
                return view(*args, **kwargs)
            except BUSY as error:
                logger.warning("an answer is tried again: %s", type(error).__name__)
        return view(*args, **kwargs)

    return answered


class ProviderRequest(OauthlibRequest):
    """The request as the validator reads it, who then names the client and, for a person's token, the person."""

    client: Client | None
    user: User | None


def oauthlib_request(request: HttpRequest) -> ProviderRequest:
    """The request as the validator reads it."""
    uri, method, body, headers = get_oauthlib_core()._extract_params(request)
    found = ProviderRequest(uri, method, body, headers)
    found.client = None
    return found


def authenticated_client(request: HttpRequest) -> Client | None:
    """The confidential client that proved itself by its secret, in the header or the body; None otherwise."""
    validator: Any = get_oauthlib_core().server.request_validator
    asked = oauthlib_request(request)
    if not validator.authenticate_client(asked):
        return None
    client = asked.client
    return client if client is not None and client.client_type == Client.CLIENT_CONFIDENTIAL else None
