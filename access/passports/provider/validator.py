"""What the OpenID Provider decides: whose token, for which client, with which claims.

Overrides of django-oauth-toolkit's validator, each for a reason that stands with it. The library's own
signing is never used: every token is signed by `governance.keys`.
"""

import hashlib
import uuid
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import JSONField, Subquery, Value
from django.utils import timezone
from jwcrypto import jwk
from oauth2_provider.models import get_access_token_model, get_refresh_token_model
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.utils import scope_to_list

from access.domain.token_kinds import PASSPORT_CLAIM, TokenKind
from access.models import RememberedConsent, SpentCode
from access.passports import device_services as devices
from access.passports import given_again, tokens
from access.passports.provider.cross_origin import basic_pair
from access.passports.provider.server import PERSON
from access.passports.scopes import PASSPORT, ClientScopes, narrowed
from governance import keys
from governance.models import SigningKey, User
from governance.selectors.second_factor import has_second_factor

AccessToken, RefreshToken = get_access_token_model(), get_refresh_token_model()
NO_SCOPE = "none of these scopes can be given to this client; scopes_supported of discovery names all that there are"


class Replayed(Exception):
    """A code or refresh token came a second time: everything that stems from it ends."""

    def __init__(self, family: uuid.UUID | None) -> None:
        super().__init__("replayed")
        self.family = family


class Validator(OAuth2Validator):
    """Our rules for clients, codes, tokens and claims."""

    # --- Clients, scopes and addresses
    # --------------------------------------------------------------------------------

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """As the library does; and a public client, which has no secret, may send an empty one (RFC 6749 2.3.1)."""
        return bool(super().authenticate_client(request, *args, **kwargs)) or self._names_itself(request)

    def _names_itself(self, request: Any) -> bool:
        """Whether the header holds a public client's id with an empty secret."""
        request.client = None
        client_id, secret = basic_pair(self._extract_basic_auth(request))
        return bool(client_id) and not secret and self.authenticate_client_id(client_id, request)

    def validate_scopes(self, client_id: str, scopes: list[str], client: Any, request: Any, *_: Any, **__: Any) -> bool:
        """Narrow the request to what this client may ask for; refused when nothing is left."""
        request.scopes = narrowed(scopes, ClientScopes().get_available_scopes(client, request))
        if not request.scopes:
            raise errors.InvalidScopeError(description=NO_SCOPE, request=request)
        return True

    def is_within_original_scope(self, request_scopes: list[str], refresh_token: str, request: Any, *_: Any) -> bool:
        """A refresh gives at most what was given before; the rest is left out in the same way."""
        request.scopes = narrowed(request_scopes, scope_to_list(self.get_original_scopes(refresh_token, request)))
        if not request.scopes:
            raise errors.InvalidScopeError(description=NO_SCOPE, request=request)
        return True

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        """There is none: a request names its address (OpenID Core 3.1.2.1), and so does the redemption of its
        code (RFC 6749 section 4.1.3).
        """

    # --- Claims
    # -------------------------------------------------------------------------------------------------------

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Claims of ID token and UserInfo; the library frees each by its scope. The subject is opaque."""
        person: User = request.user
        return {
            "sub": person.subject,
            "name": person.shown_name,
            "preferred_username": person.username,
            "email": person.email,
            # Read only where its scope was given.
            "email_verified": lambda request: _verified(request.user),
        }

    def get_userinfo_claims(self, request: Any) -> dict[str, Any]:
        """UserInfo: who it is and, for a passport-scoped token alone, the visas (BR-11, BR-13)."""
        if request.user is None:
            raise errors.InsufficientScopeError(status_code=403, request=request)
        claims: dict[str, Any] = super().get_userinfo_claims(request)
        if PASSPORT in request.scopes:
            given = given_again.visas_for(person=request.user, client=request.client, now=timezone.now())
            claims[PASSPORT_CLAIM] = list(given.visas)
        return claims

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, token_handler: Any, request: Any) -> str:
        """Complete and sign the ID token with our key; the library would want a PEM in its settings."""
        claims, expires = self.get_id_token_dictionary(token, token_handler, request)
        id_token.update(claims)
        if "nonce" not in id_token and request.nonce:
            id_token["nonce"] = request.nonce
        with transaction.atomic():
            request.id_token = self._save_id_token(id_token["jti"], request, expires)
        request.access_token = request.id_token
        return keys.sign(id_token, typ="JWT", use=SigningKey.Use.TOKEN)

    def _get_key_for_token(self, token: str) -> jwk.JWK | None:
        """The public half of the key that signed one of our ID tokens, also of a retired one; None for
        anything else.
        """
        if tokens.refusal(token, TokenKind.ID_TOKEN) is not None:
            return None
        kid = tokens.peek(token)[0].get("kid")
        key = keys.public_key(kid) if isinstance(kid, str) else None
        return jwk.JWK(**key.as_dict(private=False)) if key else None

    # --- Bearer tokens
    # ------------------------------------------------------------------------------------------------

    def validate_bearer_token(self, token: str | None, scopes: Any, request: Any) -> bool:
        """A token opens a door when it is an access token of ours by kind, key and table, for an active
        person.

        A token in the query string is refused everywhere (RFC 9700 section 4.3.2); the library lets it
        through at UserInfo.
        """
        in_query = any(name == "access_token" for name, _ in request.uri_query_params)
        why = "send the token in the Authorization header" if in_query else _why_of_another_kind(token)
        stands = not why and super().validate_bearer_token(token, scopes, request)
        if not why and token:
            why = _why_not_signed(request.access_token.key if stands else None, token, stands)
        if why:
            request.oauth2_error = {"error": "invalid_token", "error_description": why}
        if why or not stands:
            return False
        if request.user is not None and not request.user.is_active:
            request.oauth2_error = {"error": "invalid_token", "error_description": "The account is closed."}
            return False
        return True

    def _load_access_token(self, token: str) -> Any:
        """The row of a token with its person, client and host, and the key that it names; one query."""
        key = keys.verifying(token, now=timezone.now())
        rows = AccessToken.objects.select_related("application__host", "user")
        rows = rows.annotate(key=Subquery(key[:1]) if key is not None else Value(None, JSONField()))
        return rows.filter(token_checksum=_sha256(token)).first()

    def validate_jwt_bearer_token(self, token: str, scopes: Any, request: Any) -> bool:
        """Our access tokens are JWTs; the library would read every JWT as an ID token."""
        return self.validate_bearer_token(token, scopes, request)

    # --- Codes and refresh tokens
    # -------------------------------------------------------------------------------------

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """A code used a second time by its client ends the tokens it gave (RFC 6749 section 4.1.2)."""
        if super().validate_code(client_id, code, client, request, *args, **kwargs):
            return bool(request.user.is_active)
        spent = SpentCode.objects.filter(code_sha256=_sha256(code), client=client).first()
        if spent is not None:
            RefreshToken.revoke_family(spent.token_family)
        return False

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        """As the library does, and for an active person only."""
        return bool(
            super().validate_refresh_token(refresh_token, client, request, *args, **kwargs) and request.user.is_active
        )

    def validate_device_code(self, client_id: str, device_code: str, request: Any) -> str | None:
        """What became of a device's code, for its own client; a yes is given once (RFC 8628 section 3.5)."""
        found = devices.poll(client=request.client, device_code=device_code, now=timezone.now())
        if found.person is not None:
            request.user, request.scopes = found.person, list(found.scopes)
        return found.status

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Save in one transaction; a replay found there ends the family in another one, after the first was
        undone.
        """
        try:
            super().save_bearer_token(token, request, *args, **kwargs)
        except Replayed as replay:
            RefreshToken.revoke_family(replay.family)
            raise errors.InvalidGrantError(request=request) from None

    def _save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Exactly one of several parallel uses of a code or a refresh token wins: the row is taken before
        anything is saved.
        """
        spent = _spend_code(request)
        _take_refresh_token(request)
        super()._save_bearer_token(token, request, *args, **kwargs)
        if spent is not None:
            fresh = RefreshToken.objects.get(token_checksum=_sha256(token["refresh_token"]), revoked__isnull=True)
            spent.token_family, spent.access_token_id = fresh.token_family, fresh.access_token_id
            spent.save(update_fields=["token_family", "access_token_id"])

    # --- Silent sign-in
    # -----------------------------------------------------------------------------------------------

    def validate_silent_login(self, request: Any) -> bool:
        """Whether somebody is signed in in this browser (`prompt=none`)."""
        return PERSON in request.headers

    def validate_silent_authorization(self, request: Any) -> bool:
        """Whether this person chose that this very client need not ask again for these scopes."""
        person = User.objects.filter(pk=request.headers[PERSON], is_active=True).first()
        if person is None or (PASSPORT in request.scopes and not has_second_factor(person)):
            return False
        remembered = RememberedConsent.objects.filter(person=person, client=request.client).first()
        return remembered is not None and set(request.scopes) <= set(remembered.scopes)


def _verified(person: User) -> bool:
    return bool(EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists())


def _why_of_another_kind(token: str | None) -> str | None:
    """Why this text is no access token of ours by its kind: the token table and its key are asked afterwards."""
    return tokens.refusal(token, TokenKind.ACCESS_TOKEN) if token else "The access token is missing."


def _why_not_signed(key: dict[str, Any] | None, token: str, known: bool) -> str | None:
    """Why no key of ours that stands signed this token. Where the table knew it, its key was read with it."""
    try:
        if known:
            keys.verify_by(key, token, typ="at+jwt", now=timezone.now())
        else:
            keys.verify(token, typ="at+jwt")
    except keys.TokenRefused as refused:
        return str(refused)
    return None


def _spend_code(request: Any) -> SpentCode | None:
    """Record that this code is used; the second of two parallel uses waits here, and loses."""
    if request.grant_type != "authorization_code":
        return None
    try:
        with transaction.atomic():
            return SpentCode.objects.create(
                code_sha256=_sha256(request.code), client=request.client, spent_at=timezone.now()
            )
    except IntegrityError:
        raise Replayed(SpentCode.objects.get(code_sha256=_sha256(request.code)).token_family) from None


def _take_refresh_token(request: Any) -> None:
    """Lock the presented refresh token and make sure that it still stands, before it is exchanged."""
    presented = getattr(request, "refresh_token_instance", None)
    if presented is None:
        return
    standing = RefreshToken.objects.select_for_update(no_key=True).filter(pk=presented.pk, revoked__isnull=True).first()
    if standing is None:
        raise Replayed(presented.token_family)
    request.refresh_token_instance = standing


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
