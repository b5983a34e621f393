"""Which scopes there are, and which of them a client may ask for."""

from collections.abc import Iterable
from typing import Any

from oauth2_provider.scopes import BaseScopes
from oauth2_provider.settings import oauth2_settings

from access.models import Client

OPENID, PASSPORT, HOST = "openid", "ga4gh_passport_v1", "host"
# The person always releases who they are to the client; the rest they may leave out.
ALWAYS = frozenset({OPENID})
CLIENT_CREDENTIALS = "client_credentials"


class ClientScopes(BaseScopes):
    """Each client asks only for the scopes that it was registered with."""

    def get_all_scopes(self) -> dict[str, str]:
        return dict(oauth2_settings.SCOPES)

    def get_available_scopes(
        self, application: Client | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        if application is None:
            return list(oauth2_settings.SCOPES)
        asked_by_host = getattr(request, "grant_type", None) == CLIENT_CREDENTIALS
        return [scope for scope in application.scopes if (scope == HOST) == asked_by_host]

    def get_default_scopes(
        self, application: Client | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        wanted = HOST if getattr(request, "grant_type", None) == CLIENT_CREDENTIALS else OPENID
        return [scope for scope in self.get_available_scopes(application, request) if scope == wanted]


def narrowed(asked: Iterable[str], available: Iterable[str]) -> list[str]:
    """What is left of the scopes asked for: others are ignored, `offline_access` too (RFC 6749 3.3, OpenID Core 11).

    The answer's `scope` tells the client what it got. Nothing is ever added.
    """
    given = set(available)
    return [scope for scope in dict.fromkeys(asked) if scope in given]
