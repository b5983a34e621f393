"""Token exchange (RFC 8693, AAI 1.2.1 PI-6 to PI-11): an access token becomes a Passport, narrowed to the
host named.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from oauth2_provider.oauth2_backends import get_oauthlib_core

from access.models import Client
from access.passports import minting as visas
from access.passports.client_services import TOKEN_EXCHANGE
from access.passports.provider.answers import (
    authenticated_client,
    not_authenticated,
    not_kept,
    oauthlib_request,
    refuse,
    too_often,
)
from access.passports.scopes import OPENID, PASSPORT
from governance import limits
from governance.models import DataHost, User

PASSPORT_TYPE = "urn:ga4gh:params:oauth:token-type:passport"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  the name of a type


def exchange(request: HttpRequest) -> HttpResponse:
    """Answer an exchange request; every refusal names the parameter that is wrong."""
    client = authenticated_client(request)
    if client is None:
        return not_authenticated(request, "send the client's id and secret")
    if not client.allows_grant_type(TOKEN_EXCHANGE):
        return refuse("unauthorized_client", "this client is not registered for token exchange")
    for name, wanted in (("requested_token_type", PASSPORT_TYPE), ("subject_token_type", ACCESS_TOKEN_TYPE)):
        if request.POST.getlist(name) != [wanted]:
            return refuse("invalid_request", f"{name} must be {wanted}")
    person = _subject(request, client)
    if person is None:
        return refuse(
            "invalid_request",
            "subject_token is no passport-scoped access token that this client may exchange",
        )
    try:
        host = _host(request, client)
    except _WrongTarget as wrong:
        return refuse("invalid_target", str(wrong))
    if not limits.within(request, "passport", key=f"{client.pk}:{person.pk}"):
        return too_often()
    now = timezone.now()
    minted = visas.mint_passport(person=person, client=client, host=host, now=now)
    assert minted.expires is not None, "a passport always has an end"
    answer = {
        "access_token": minted.passport_jwt,
        "issued_token_type": PASSPORT_TYPE,
        "token_type": "Bearer",
        # Demanded where it is not what was asked for (RFC 8693 section 2.2.1); scopes asked for are ignored here.
        "scope": PASSPORT,
        "expires_in": int((minted.expires - now).total_seconds()),
    }
    return not_kept(JsonResponse(answer))


def _subject(request: HttpRequest, client: Client) -> User | None:
    """The person whose token it is, or None where the token does not hold (PI-9).

    A host's client may also exchange a token of a portal, because what it gets is for that host alone.
    """
    tokens = request.POST.getlist("subject_token")
    if len(tokens) != 1:
        return None
    asked = oauthlib_request(request)
    if not get_oauthlib_core().server.request_validator.validate_bearer_token(tokens[0], [OPENID, PASSPORT], asked):
        return None
    owner = asked.client
    if owner is None:
        return None
    of_portal = client.host_id is not None and owner.host_id is None
    return asked.user if owner.pk == client.pk or of_portal else None


class _WrongTarget(Exception):
    """What `resource` and `audience` name is no target for this client; the text says what to send."""


def _host(request: HttpRequest, client: Client) -> DataHost | None:
    """The one host that `audience` and `resource` name; None where neither is sent.

    A Passport for two hosts would open at each of them what the other was given, so that two names are refused.
    """
    known = DataHost.objects.filter(closed_at__isnull=True).order_by("pk")
    named: set[DataHost] = set()
    for parameter in ("audience", "resource"):
        targets = request.POST.getlist(parameter)
        if len(targets) > 1:
            raise _WrongTarget(f"name one {parameter}: a Passport is for one host")
        for target in targets:
            host = next((host for host in known if target == host.audience or _lies_at(target, host.base_url)), None)
            if host is None or client.host_id not in (None, host.pk):
                raise _WrongTarget(f"{parameter} must name a host that this client may ask for")
            named.add(host)
    if len(named) > 1:
        raise _WrongTarget("audience and resource name two hosts: a Passport is for one")
    return named.pop() if named else None


def _lies_at(target: str, base: str) -> bool:
    """Whether an address lies at or below a host's: compared by part, so that no longer name or user part
    passes.
    """
    try:
        asked, own = urlsplit(target), urlsplit(base)
        same = (asked.scheme, asked.hostname, asked.port) == (own.scheme, own.hostname, own.port)
    except ValueError:
        return False
    if not same or asked.username is not None or asked.password is not None or "/../" in f"{asked.path}/":
        return False
    return f"{asked.path.rstrip('/')}/".startswith(f"{own.path.rstrip('/')}/")
