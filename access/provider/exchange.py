"""Token exchange (RFC 8693, AAI 1.2.1 PI-6 to PI-11): an access token becomes a Passport, narrowed to the
hosts named.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauthlib.common import Request as OauthlibRequest

from access.models import Client
from access.provider.answers import (
    authenticated_client,
    not_authenticated,
    not_kept,
    oauthlib_request,
    refuse,
    too_often,
)
from access.provider.scopes import OPENID, PASSPORT
from access.services import visas
from access.services.clients import TOKEN_EXCHANGE
from governance import limits
from governance.models import DataHost

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
    subject = _subject(request, client)
    if subject is None:
        return refuse(
            "invalid_request",
            "subject_token is no passport-scoped access token that this client may exchange",
        )
    hosts = _hosts(request, client)
    if hosts is None:
        return refuse("invalid_target", "resource and audience must name hosts that this client may ask for")
    if not limits.within(request, "passport", key=f"{client.pk}:{subject.user.pk}"):
        return too_often()
    now = timezone.now()
    minted = visas.mint_passport(person=subject.user, client=client, hosts=hosts, now=now)
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


def _subject(request: HttpRequest, client: Client) -> OauthlibRequest | None:
    """The request as the subject token's bearer would make it, or None where the token does not hold (PI-9).

    A host's client may also exchange a token of a portal, because what it gets is for that host alone.
    """
    tokens = request.POST.getlist("subject_token")
    if len(tokens) != 1:
        return None
    asked = oauthlib_request(request)
    if not get_oauthlib_core().server.request_validator.validate_bearer_token(tokens[0], [OPENID, PASSPORT], asked):
        return None
    owner = asked.client
    of_portal = client.host_id is not None and owner.host_id is None
    return asked if owner.pk == client.pk or of_portal else None


def _hosts(request: HttpRequest, client: Client) -> list[DataHost] | None:
    """The hosts that `resource` and `audience` name, none for a portal that names nothing; None for a wrong
    target.
    """
    known = list(DataHost.objects.filter(closed_at__isnull=True))
    found: dict[int, DataHost] = {}
    for target in [*request.POST.getlist("audience"), *request.POST.getlist("resource")]:
        host = next((host for host in known if target == host.audience or _lies_at(target, host.base_url)), None)
        if host is None or client.host_id not in (None, host.pk):
            return None
        found[host.pk] = host
    return list(found.values())


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
