"""How a data host authenticates itself at the API: an access token by client credentials, with the scope `host`."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from oauth2_provider.oauth2_backends import get_oauthlib_core
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.models import Client
from access.passports.provider.answers import oauthlib_request
from access.passports.scopes import HOST
from governance.models import DataHost


@dataclass(frozen=True, slots=True)
class HostAccess:
    """What `request.auth` holds: the client, and through `client.host` the host that asks."""

    client: Client

    @property
    def host(self) -> DataHost:
        """The host that asks."""
        assert self.client.host is not None, "only clients of hosts are let in"
        return self.client.host


@dataclass(frozen=True, slots=True)
class HostActor:
    """What `request.user` holds: no person, but somebody who authenticated."""

    host: DataHost
    is_authenticated: bool = True
    is_active: bool = True


class HostAuthentication(BaseAuthentication):
    """Bearer tokens of hosts' clients; anything else is refused with 401."""

    def authenticate(self, request: Request) -> tuple[HostActor, HostAccess] | None:
        if not request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("bearer "):
            return None
        asked = oauthlib_request(request._request)
        token = request.META["HTTP_AUTHORIZATION"].partition(" ")[2]
        validator: Any = get_oauthlib_core().server.request_validator
        if not validator.validate_bearer_token(token.strip(), [HOST], asked):
            raise AuthenticationFailed("the token does not open this door: ask for one with the scope host")
        # A client of a closed host stands no more, so that its token was refused above.
        if asked.user is not None or asked.client is None or asked.client.host is None:
            raise AuthenticationFailed("only a data host asks here, by client credentials")
        return HostActor(asked.client.host), HostAccess(asked.client)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="duologue", scope="host"'


class IsHost(BasePermission):
    """Lets data hosts in, and nobody else."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, HostAccess)


class HostAuthenticationScheme(OpenApiAuthenticationExtension):
    """How the API description names it."""

    target_class = "access.hosts.authentication.HostAuthentication"
    name = "host"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": "/oauth/token",
                    "scopes": {HOST: "the feeds of a data host"},
                }
            },
        }
