"""The oauthlib server without what we do not offer, and the layer that hands Django requests to it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from oauth2_provider.oauth2_backends import OAuthLibCore
from oauthlib.openid import Server as OpenIDServer

# The password grant is not to be used (RFC 9700 section 2.4).
DROPPED_GRANTS = ("password",)
# A token bound to a resource could not open our own endpoints: narrowing is for the exchange alone (RFC
# 8693).
EXCHANGE_ONLY = ("resource", "audience")
PERSON = "duologue.person"


class Server(OpenIDServer):
    """Code flow with PKCE S256, refresh and client credentials; no other response type, grant or challenge
    method.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inside: Any = self  # what is taken out has no public name
        for grant in DROPPED_GRANTS:
            del inside._grant_types[grant]
        for response_type in [name for name in inside._response_types if name != "code"]:
            del inside._response_types[response_type]
        for grant_type in (inside.auth_grant, inside.openid_connect_auth.proxy_target):
            methods = grant_type._code_challenge_methods
            grant_type._code_challenge_methods = {"S256": methods["S256"]}


class Backend(OAuthLibCore):
    """Leaves out what only the exchange may say, and tells the validator who is signed in (for
    `prompt=none`).
    """

    def _extract_params(self, request: HttpRequest) -> tuple[str, str, str, dict[str, Any]]:
        # PostgreSQL refuses a text with a NUL by an error of ours; a client that sends one made it.
        uri, method, body, headers = super()._extract_params(request)
        if "%00" in uri or "%00" in body:
            raise BadRequest("a parameter holds a NUL")
        return uri, method, body, headers

    def extract_headers(self, request: HttpRequest) -> dict[str, Any]:
        # The name has no HTTP_ in front, so that no header of the request can stand in for it.
        headers: dict[str, Any] = super().extract_headers(request)
        headers.pop(PERSON, None)
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            headers[PERSON] = str(user.pk)
        return headers

    def extract_body(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().extract_body(request) if name not in EXCHANGE_ONLY]

    def _get_escaped_full_path(self, request: HttpRequest) -> str:
        parts = urlsplit(str(super()._get_escaped_full_path(request)))
        if not any(name in parts.query for name in EXCHANGE_ONLY):
            return urlunsplit(parts)
        kept = [
            (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in EXCHANGE_ONLY
        ]
        return urlunsplit(parts._replace(query=urlencode(kept)))
