"""OAuth clients: registered for one host or for none, and what people let them do without asking again."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from oauth2_provider.models import clear_expired as clear_expired_tokens
from oauth2_provider.models import (
    get_access_token_model,
    get_device_grant_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
    set_token_value,
)
from oauth2_provider.settings import oauth2_settings

from access.models import Client, RememberedConsent, SpentCode
from access.passports.scopes import HOST, OPENID, PASSPORT
from access.passports.tokens import sign_access_token
from governance.domain.errors import Invalid, NotAllowed, NotThere
from governance.domain.events import Kind, Subject
from governance.models import DataHost, Installation, User
from governance.record import audit, seals
from governance.record.actors import By

AccessToken = get_access_token_model()
AUTHORIZATION_CODE = Client.GRANT_AUTHORIZATION_CODE
CLIENT_CREDENTIALS = Client.GRANT_CLIENT_CREDENTIALS
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  the name of a grant
DEVICE_CODE = Client.GRANT_DEVICE_CODE
GRANTS = (AUTHORIZATION_CODE, DEVICE_CODE, CLIENT_CREDENTIALS, TOKEN_EXCHANGE)
# The library touches its moments by itself and hashes the secret in its own way.
UNSEALED = frozenset({"client_secret", "created", "updated"})
# What a client without a secret may use: a person stands behind each.
PUBLIC_GRANTS = frozenset({AUTHORIZATION_CODE, DEVICE_CODE})
# A code is refused by itself after a minute; that it was spent is remembered as long as the tokens it gave may live.
SPENT_CODES_KEPT_FOR = timedelta(days=60)


@transaction.atomic
def register_client(
    *,
    name: str,
    host: DataHost | None,
    grants: Sequence[str],
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
    by: By,
    now: datetime,
    public: bool = False,
    post_logout_redirect_uris: Sequence[str] = (),
    allowed_origins: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[Client, str]:
    """Register a client and return it with its secret, which is shown this once and kept as a hash only.

    A public client (an app that cannot keep a secret) gets none: its secret is "". Only a host's client
    gets the scope `host`, by client credentials. `allowed_origins` names the pages whose scripts may ask for it.
    """
    _check_grants(grants, scopes, host, public)
    _check_uris(grants, redirect_uris, post_logout_redirect_uris, public)
    _check_origins(allowed_origins)
    secret = "" if public else secrets.token_urlsafe(32)
    client = Client(
        name=name,
        host=host,
        client_type=Client.CLIENT_PUBLIC if public else Client.CLIENT_CONFIDENTIAL,
        # The library holds one grant; which ones count is `grants`.
        authorization_grant_type=AUTHORIZATION_CODE if AUTHORIZATION_CODE in grants else CLIENT_CREDENTIALS,
        # A public client's row holds the hash of a secret that nobody knows, so that no empty secret ever fits.
        client_secret=secret or secrets.token_urlsafe(32),
        redirect_uris=" ".join(redirect_uris),
        post_logout_redirect_uris=" ".join(post_logout_redirect_uris),
        allowed_origins=" ".join(allowed_origins),
        grants=list(grants),
        scopes=list(scopes),
        expires_at=expires_at,
    )
    client.save()
    detail = {
        "host": host.slug if host else "",
        "grants": list(grants),
        "scopes": list(scopes),
        "public": public,
        "seal": seals.seal(client, without=UNSEALED),
    }
    about = Subject("client", client.client_id)
    audit.record(Kind.CLIENT_REGISTERED, by=by, about=about, now=now, detail=detail)
    return client, secret


@transaction.atomic
def expire_client(*, client: Client, by: By, now: datetime) -> None:
    """End a client: from now on it gets nothing any more."""
    client.expires_at = now
    client.save(update_fields=["expires_at"])
    audit.record(
        Kind.CLIENT_EXPIRED,
        by=by,
        about=Subject("client", client.client_id),
        now=now,
        detail={"seal": seals.seal(client, without=UNSEALED)},
    )


@transaction.atomic
def remember_consent(*, person: User, client: Client, scopes: Sequence[str], now: datetime) -> RememberedConsent:
    """The person chose that this client need not ask again for these scopes (BR-17: only by choice)."""
    row, _ = RememberedConsent.objects.update_or_create(
        person=person, client=client, defaults={"scopes": sorted(scopes), "remembered_at": now}
    )
    audit.record(
        Kind.CLIENT_CONSENT_REMEMBERED,
        by=person,
        about=Subject("client", client.client_id),
        now=now,
        detail={"scopes": sorted(scopes)},
    )
    return row


@transaction.atomic
def forget_consent(*, person: User, consent_id: int, now: datetime) -> None:
    """Take back a remembered choice: the client asks again. Tokens already given end later (BR-17)."""
    row = RememberedConsent.objects.select_related("client").filter(pk=consent_id, person=person).first()
    if row is None:
        raise NotThere("there is no such remembered choice")
    row.delete()
    audit.record(Kind.CLIENT_CONSENT_FORGOTTEN, by=person, about=Subject("client", row.client.client_id), now=now)


@transaction.atomic
def give_token(*, person: User, client: Client, by: By, now: datetime) -> str:
    """A passport-scoped access token without a sign-in: in a demo world only, for trying a data host by hand."""
    if not Installation.objects.filter(demo=True).exists():
        raise NotAllowed("this is no demo world: tokens are given to people who sign in")
    if PASSPORT not in client.scopes or not person.is_active:
        raise Invalid("no visas for this client or person", {"client": f"choose one with the scope {PASSPORT}"})
    scopes = [OPENID, PASSPORT]
    token = sign_access_token(subject=person.subject, client_id=client.client_id, scopes=scopes)
    row = AccessToken(
        user=person,
        application=client,
        scope=" ".join(scopes),
        expires=now + timedelta(seconds=oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS),
    )
    set_token_value(row, token)
    row.save()
    audit.record(
        Kind.TOKEN_GIVEN,
        by=by,
        about=Subject("person", person.subject),
        now=now,
        detail={"client": client.client_id},
    )
    return token


@transaction.atomic
def end_tokens(*, subject: str, now: datetime) -> None:
    """End every token, code and remembered choice of a person, whose account was closed: there is nothing to sign in to."""
    for model in (get_access_token_model(), get_grant_model(), get_id_token_model(), get_device_grant_model()):
        model.objects.filter(user__subject=subject).delete()
    get_refresh_token_model().objects.filter(user__subject=subject, revoked__isnull=True).update(revoked=now)
    RememberedConsent.objects.filter(person__subject=subject).delete()


def clear_expired(now: datetime) -> None:
    """Delete tokens and codes that have ended; scheduled daily, since every request of a host adds a row."""
    clear_expired_tokens()
    SpentCode.objects.filter(spent_at__lt=now - SPENT_CODES_KEPT_FOR).delete()


def _check_grants(grants: Sequence[str], scopes: Sequence[str], host: DataHost | None, public: bool) -> None:
    unknown = [grant for grant in grants if grant not in GRANTS]
    if not grants or unknown:
        raise Invalid("the client's grants are not known", {"grants": f"choose among {', '.join(GRANTS)}"})
    if public and not set(grants) <= PUBLIC_GRANTS:
        raise Invalid("a public client cannot authenticate itself", {"grants": "give it code and device flow alone"})
    known = settings.OAUTH2_PROVIDER["SCOPES"]
    foreign = [scope for scope in scopes if scope not in known]
    if foreign:
        raise Invalid(f"there is no scope {foreign[0]}", {"scopes": f"choose among {', '.join(known)}"})
    if CLIENT_CREDENTIALS in grants and (host is None or HOST not in scopes):
        raise Invalid("client credentials are for hosts", {"grants": f"name the host and give the scope {HOST}"})
    if HOST in scopes and CLIENT_CREDENTIALS not in grants:
        raise Invalid(f"the scope {HOST} is given by client credentials", {"scopes": f"leave {HOST} out"})
    if PUBLIC_GRANTS & set(grants) and OPENID not in scopes:
        raise Invalid("people sign in to a client with openid", {"scopes": f"add {OPENID}"})


def _check_uris(
    grants: Sequence[str], redirect_uris: Sequence[str], post_logout_redirect_uris: Sequence[str], public: bool
) -> None:
    if AUTHORIZATION_CODE in grants and not redirect_uris:
        raise Invalid("a client of the code flow needs an address to return to", {"redirect_uris": "give at least one"})
    given = {"redirect_uris": redirect_uris, "post_logout_redirect_uris": post_logout_redirect_uris}
    for field, uris in given.items():
        for uri in uris:
            if not _leads_back(uri, public):
                advice = f"give a whole address with {' or '.join(_schemes())}"
                if not public:
                    advice += "; only a public client (a native app) has a scheme of its own or a loopback address"
                raise Invalid(f"{uri} cannot be returned to", {field: advice})


def _leads_back(uri: str, public: bool) -> bool:
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if any(sign in uri for sign in "#* "):
        return False
    if host and parts.scheme in _schemes():
        return True
    # RFC 8252: a native app returns to a scheme named after a domain of its maker (7.1) or to the loopback (7.3).
    private = "." in parts.scheme and not parts.netloc and parts.path.startswith("/")
    loopback = parts.scheme == "http" and host in ("127.0.0.1", "::1")
    return public and (private or loopback)


def _check_origins(origins: Sequence[str]) -> None:
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in _schemes() or not host or any(sign in host for sign in "/?#@* "):
            raise Invalid(
                f"{origin} is no origin",
                {"allowed_origins": f"give a scheme ({' or '.join(_schemes())}), a host and a port alone"},
            )


def _schemes() -> list[str]:
    return list(settings.OAUTH2_PROVIDER["ALLOWED_REDIRECT_URI_SCHEMES"])
