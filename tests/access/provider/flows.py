"""A world with a grant, hosts and clients, and what a client does over HTTP: sign in, redeem, refresh, exchange."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt as pyjwt
from django.conf import settings
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, set_token_value

from access.cases import services as cases
from access.models import Client, Grant
from access.passports import client_services as clients
from access.passports.tokens import sign_access_token
from governance import keys
from governance.models import DataHost, Installation, User
from governance.services import hosts
from tests.access import builders
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys
from tests.worlds import made_once

AccessToken = get_access_token_model()
BACK = "https://portal.example/back"
PASSPORT_SCOPES = "openid ga4gh_passport_v1"
EVERY_SCOPE = "openid profile email ga4gh_passport_v1"
PASSPORT_TYPE = "urn:ga4gh:params:oauth:token-type:passport"
ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token"


@dataclass
class Registered:
    """A client and the secret that was shown once."""

    client: Client
    secret: str

    @property
    def basic(self) -> dict[str, str]:
        pair = f"{self.client.client_id}:{self.secret}".encode()
        return {"HTTP_AUTHORIZATION": f"Basic {base64.b64encode(pair).decode()}"}


@dataclass
class World:
    """Ada holds an active grant for one dataset, which two hosts serve; a portal, a host's own client and its feeds."""

    access: builders.World
    grant: Grant
    vault: DataHost
    loch: DataHost
    portal: Registered
    app: Registered
    feeds: Registered

    @property
    def ada(self) -> User:
        return self.access.ada


def a_host(slug: str, of: builders.World, **rest: Any) -> DataHost:
    """A host of the committee's organisation that serves its dataset."""
    host = hosts.register_host(
        slug=slug,
        name=f"{slug.title()} host",
        organisation=of.committee.organisation,
        country="FI",
        modes=["visit", "download"],
        base_url=f"https://{slug}.example/data",
        audience=f"https://{slug}.example",
        by=TESTS,
        now=builders.NOW,
        **rest,
    )
    hosts.serve_dataset(host=host, dataset=of.dataset, by=TESTS, now=builders.NOW)
    return host


def a_client(name: str, host: DataHost | None, *grants: str, scopes: str = EVERY_SCOPE, **rest: Any) -> Registered:
    """A registered client that returns people to `BACK`."""
    client, secret = clients.register_client(
        name=name,
        host=host,
        grants=grants,
        redirect_uris=[BACK] if clients.AUTHORIZATION_CODE in grants else [],
        scopes=scopes.split(),
        by=TESTS,
        now=builders.NOW,
        **rest,
    )
    return Registered(client, secret)


def a_grant(of: builders.World) -> Grant:
    """An active grant for Ada on the world's dataset."""
    line = builders.voted(of, "approve", "approve")
    cases.approve(line=line, by=of.chair, now=builders.NOW)
    return Grant.objects.get(line__case__request=of.requests[-1])


@made_once
def a_world(*, demo: bool = True, enforces: bool = False, **rest: Any) -> World:
    """The whole world. In a demo world nobody needs a second factor."""
    standing_keys()
    if demo:
        Installation.objects.create(demo=True, made_at=builders.NOW)
    of = builders.world(**rest)
    grant = a_grant(of)
    vault = a_host("vault", of, polls=enforces, enforces_cohorts=enforces)
    loch = a_host("loch", of)
    code, exchange = clients.AUTHORIZATION_CODE, clients.TOKEN_EXCHANGE
    return World(
        access=of,
        grant=grant,
        vault=vault,
        loch=loch,
        portal=a_client("Portal", None, code, exchange),
        app=a_client("Vault app", vault, code, exchange, post_logout_redirect_uris=["https://portal.example/bye"]),
        feeds=a_client("Vault feeds", vault, clients.CLIENT_CREDENTIALS, scopes="host"),
    )


def signed_in(person: User) -> Browser:
    """A browser in which the person is signed in."""
    browser = Browser()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


@dataclass
class Pkce:
    """One proof key: what the client keeps, and what it shows (RFC 7636)."""

    verifier: str
    challenge: str

    @classmethod
    def new(cls) -> "Pkce":
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        return cls(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


def asked(by: Registered, pkce: Pkce, scope: str = PASSPORT_SCOPES, **more: str) -> dict[str, str]:
    """The parameters of an authorization request."""
    return {
        "response_type": "code",
        "client_id": by.client.client_id,
        "redirect_uri": BACK,
        "scope": scope,
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
        **more,
    }


def consent(
    browser: Browser,
    query: dict[str, str],
    *,
    allow: str = "true",
    leave_out: str = "",
    remember: bool = False,
) -> HttpResponse:
    """The person answers the consent screen that the request shows."""
    page = browser.get("/oauth/authorize", query)
    if page.status_code != 200:
        return page
    initial = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    chosen = [scope for scope in query["scope"].split() if scope != leave_out]
    answer = {**initial, "allow": allow, "chosen": chosen, **({"remember": "1"} if remember else {})}
    # Who leaves their visas out is asked once more.
    answer |= {"without_visas": "1"} if leave_out == "ga4gh_passport_v1" else {}
    return browser.post(f"/oauth/authorize?{page.request['QUERY_STRING']}", answer)


def returned(response: HttpResponse) -> dict[str, str]:
    """What the client is told in the address that the person returns to."""
    assert response.status_code == 302, response.content
    assert response["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def a_code(by: Registered, person: User, pkce: Pkce, scope: str = PASSPORT_SCOPES) -> str:
    """An authorization code."""
    return returned(consent(signed_in(person), asked(by, pkce, scope)))["code"]


def redeem(by: Registered, code: str, pkce: Pkce, **more: str) -> HttpResponse:
    """The client redeems a code."""
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": pkce.verifier,
    }
    return Browser().post("/oauth/token", {**body, **more}, **by.basic)


def tokens(by: Registered, person: User, scope: str = PASSPORT_SCOPES) -> dict[str, Any]:
    """Everything that a sign-in gives the client."""
    pkce = Pkce.new()
    response = redeem(by, a_code(by, person, pkce, scope), pkce)
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def refresh(by: Registered, token: str) -> HttpResponse:
    """The client exchanges a refresh token."""
    return Browser().post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token}, **by.basic)


def exchange(by: Registered, token: str, **more: Any) -> HttpResponse:
    """The client exchanges an access token for a Passport."""
    body = {
        "grant_type": clients.TOKEN_EXCHANGE,
        "requested_token_type": PASSPORT_TYPE,
        "subject_token": token,
        "subject_token_type": ACCESS_TYPE,
        **more,
    }
    return Browser().post(
        "/oauth/token", {name: value for name, value in body.items() if value is not None}, **by.basic
    )


def userinfo(token: str) -> HttpResponse:
    """What UserInfo says to the bearer."""
    return Browser().get("/userinfo", HTTP_AUTHORIZATION=f"Bearer {token}")


def host_token(by: Registered) -> str:
    """A host's token by client credentials."""
    response = Browser().post("/oauth/token", {"grant_type": "client_credentials"}, **by.basic)
    assert response.status_code == 200, response.content
    return str(response.json()["access_token"])


def read(token: str) -> dict[str, Any]:
    """The claims of a token, verified by PyJWT against the published key document."""
    document = pyjwt.PyJWKSet.from_dict(keys.jwks())
    header = pyjwt.get_unverified_header(token)
    return pyjwt.decode(
        token,
        document[header["kid"]].key,
        algorithms=["RS256"],
        issuer=settings.BASE_URL,
        options={"verify_aud": False},
    )


def by_type(visas: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The claims of visas, by their type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for visa in visas:
        claims = read(visa)
        found.setdefault(claims["ga4gh_visa_v1"]["type"], []).append(claims)
    return found


def now_seconds() -> int:
    """The moment, as tokens write it."""
    return int(timezone.now().timestamp())


def plain(initial: dict[str, Any]) -> dict[str, Any]:
    """What a form starts with, as a browser would send it."""
    return {name: value for name, value in initial.items() if value is not None}


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def segment(part: dict[str, Any]) -> str:
    """One part of a compact JWS."""
    return encode(json.dumps(part).encode())


def kid(token: str) -> str:
    """The key that a token names."""
    return str(pyjwt.get_unverified_header(token)["kid"])


def a_token(by: Registered, person: User | None, scope: str) -> str:
    """An access token of any client, person and scope, as if a fault had let it be given."""
    subject = person.subject if person else by.client.client_id
    token = sign_access_token(subject=subject, client_id=by.client.client_id, scopes=scope.split())
    _put(token, by, person, scope)
    return token


def put_in_table(token: str, world: World) -> None:
    """A row of the token table for any text, as if a fault had let it in."""
    _put(token, world.app, world.ada, PASSPORT_SCOPES)


def _put(token: str, by: Registered, person: User | None, scope: str) -> None:
    expires = timezone.now() + timedelta(minutes=10)
    row = AccessToken(user=person, application=by.client, scope=scope, expires=expires)
    set_token_value(row, token)
    row.save()
