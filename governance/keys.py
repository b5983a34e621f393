"""Signing and verifying with our keys: the one module that reads private halves.

The rows of `SigningKey` are read by every act that signs, so that a rotation or a revocation holds at once in
every process; the parsed key behind a row is kept, because parsing an RSA key costs a hundred times what
the signature does.
"""

import binascii
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from governance.domain.errors import NotNow
from governance.domain.linted import Linted
from governance.duo.canonical_json import canonical_text
from governance.models import SigningKey

Use, State = SigningKey.Use, SigningKey.State
RS256, ES256, EDDSA = "RS256", "ES256", "EdDSA"
# Which algorithm a use signs by. Visas are RS256 as their profile asks; checkpoints are notes, which are Ed25519.
ALGORITHMS = {Use.TOKEN: RS256, Use.STATUS: RS256, Use.LOG: EDDSA}
# Receipts of consent outlive every token: their keys have a document of their own.
DOCUMENT_USES = (Use.TOKEN, Use.STATUS)
# RFC 8725 section 3.11: nothing that a visa or Passport alone may hold is signed except through its lint.
LINTED_ONLY = "ga4gh_"
_KID = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """The public facts of a signing key; `ends` is when its public half leaves the key document."""

    kid: str
    alg: str
    ends: datetime


def _rs256(key: Any, signing_input: bytes) -> bytes:
    signed: bytes = key.sign(signing_input, padding.PKCS1v15(), SHA256())
    return signed


def _es256(key: Any, signing_input: bytes) -> bytes:
    """R and S as 32 bytes each (RFC 7518 section 3.4), not as the library gives them."""
    r, s = decode_dss_signature(key.sign(signing_input, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _eddsa(key: Any, signing_input: bytes) -> bytes:
    signed: bytes = key.sign(signing_input)
    return signed


@dataclass(frozen=True, slots=True)
class _Algorithm:
    """How keys of an algorithm are made and read, from which size or curve, and what they sign with."""

    key: Any
    size: int | str
    sign: Callable[[Any, bytes], bytes]


_ALGORITHMS = {
    # VI-7: 2048 bits.
    RS256: _Algorithm(RSAKey, 2048, _rs256),
    ES256: _Algorithm(ECKey, "P-256", _es256),
    EDDSA: _Algorithm(OKPKey, "Ed25519", _eddsa),
}


@dataclass(frozen=True, slots=True)
class Signer:
    """One key, read once, with which one act signs what passed its lint."""

    facts: KeyFacts
    _private: Any

    def sign(self, token: Linted) -> str:
        """The signed token. Of each token there is one: a second signature of it is refused."""
        if (token.kid, token.alg) != (self.facts.kid, self.facts.alg):
            raise ValueError(f"the token was planned for {token.kid} and {token.alg}: sign it with that key")
        return token.complete(_ALGORITHMS[token.alg].sign(self._private.private_key, token.signing_input))


class TokenRefused(Exception):
    """A token that is not ours, or not any more. The text says why and never holds the token."""


def active(use: str, alg: str = RS256) -> KeyFacts:
    """The key that signs now; `NotNow` when there is none."""
    return _facts(_active_row(use, alg))


def active_signer(use: str, alg: str = RS256) -> Signer:
    """The key that signs now, for what is planned and signed at once; `NotNow` when there is none."""
    row = _active_row(use, alg)
    return Signer(_facts(row), _private(row))


def signer(kid: str) -> Signer:
    """The key for which tokens were planned; `NotNow` when it signs no more.

    A key retired since still completes them: its public half stays published long enough. A revoked one does not.
    """
    row = SigningKey.objects.filter(kid=kid, use=Use.TOKEN, state__in=[State.ACTIVE, State.RETIRED]).first()
    if row is None or not row.private_encrypted:
        raise NotNow(f"the key {kid} signs no more: ask again, the next token is signed by its successor")
    return Signer(_facts(row), _private(row))


def sign(
    claims: Mapping[str, Any],
    *,
    typ: str,
    use: str,
    alg: str = RS256,
    extra_header: Mapping[str, Any] | None = None,
) -> str:
    """Sign claims with the active key of a use and return the compact JWS, its header naming `typ`, `alg`
    and `kid`.

    Refuses every `ga4gh_` claim: visas and Passports are signed by a `Signer`, over bytes that passed
    their lint.
    """
    linted_only = [name for name in claims if name.startswith(LINTED_ONLY)]
    if linted_only:
        raise ValueError(f"{linted_only[0]} is signed through its lint only: use access.passports.minting")
    row = _active_row(use, alg)
    header = {**(extra_header or {}), "typ": typ, "alg": alg, "kid": row.kid}
    return jwt.encode(header, dict(claims), _private(row), algorithms=[alg])


def jwks(alg: str = RS256, now: datetime | None = None) -> dict[str, Any]:
    """The key document of one algorithm: the active token key first, the status key second, then next and
    retired ones.

    Some hosts take the first key only, and one key of another kind makes several refuse them all.
    """
    rows = sorted(_published(alg, now or timezone.now()), key=_rank)
    return {"keys": [row.public_jwk for row in rows]}


def public_key(kid: str) -> RSAKey | None:
    """The public half of a key that was ever active, also of one that left the document; None for a revoked
    one.
    """
    if not _may_be_ours(kid):
        return None
    row = SigningKey.objects.filter(kid=kid, alg=RS256, state__in=[State.ACTIVE, State.RETIRED]).first()
    return RSAKey.import_key(row.public_jwk) if row else None


def verify(token: str, *, typ: str, use: str = Use.TOKEN, now: datetime | None = None) -> dict[str, Any]:
    """The claims of a token that one of our keys signed, is of this type and has not expired; else
    `TokenRefused`.
    """
    moment = now or timezone.now()
    found = verifying(token, use=use, now=moment)
    return verify_by(found.first() if found is not None else None, token, typ=typ, now=moment)


def verifying(token: str, *, use: str = Use.TOKEN, now: datetime) -> Any:
    """The public JWK that stands for the key which a token names, as a query of one value; None where it names none of ours."""
    kid = read_header(token).get("kid")
    if not _may_be_ours(kid):
        return None
    rows = _published(RS256, now, uses=[use]).filter(kid=kid).exclude(state=State.NEXT)
    return rows.values_list("public_jwk", flat=True)


def verify_by(public_jwk: dict[str, Any] | None, token: str, *, typ: str, now: datetime) -> dict[str, Any]:
    """As `verify`, with a key that was read by `verifying`."""
    if public_jwk is None:
        raise TokenRefused("the token names no key of ours that stands: ask for a new one")
    try:
        decoded = jwt.decode(token, _public(canonical_text(public_jwk)), algorithms=[RS256])
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            iss={"essential": True, "value": settings.BASE_URL},
            exp={"essential": True},
        )
        registry.validate(decoded.claims)
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(f"the token does not hold: {type(error).__name__}") from None
    if decoded.header.get("typ") != typ:
        raise TokenRefused(f"the token is not of type {typ}")
    return dict(decoded.claims)


def read_header(token: str) -> dict[str, Any]:
    """The header of a compact JWS, not yet verified; empty for anything else."""
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError, TypeError, binascii.Error, RecursionError):
        return {}


def wrap(secret: bytes) -> str:
    """Encrypt a secret at rest under the first wrapping key."""
    return _wrapping().encrypt(secret).decode("ascii")


def unwrap(wrapped: str) -> bytes:
    """Decrypt what `wrap` encrypted, under whichever wrapping key; `NotNow` when none of them fits."""
    try:
        return _wrapping().decrypt(wrapped.encode("ascii"))
    except InvalidToken:
        raise NotNow("a stored key cannot be unwrapped: give its wrapping key in DUOLOGUE_KEY_WRAPPING_KEYS") from None


def rewrap(wrapped: str) -> str:
    """Encrypt a stored secret again, under the first wrapping key."""
    return _wrapping().rotate(wrapped.encode("ascii")).decode("ascii")


def log_key() -> tuple[str, Ed25519PrivateKey]:
    """The key that signs checkpoints of the record now, and its name; `NotNow` when there is none."""
    row = _active_row(Use.LOG, EDDSA)
    private = _private(row).private_key
    assert isinstance(private, Ed25519PrivateKey)
    return row.kid, private


def log_public(row: SigningKey) -> bytes:
    """The 32 bytes of the public half of a key that signs checkpoints."""
    return OKPKey.import_key(row.public_jwk).public_key.public_bytes_raw()


def fits(row: SigningKey) -> bool:
    """Whether the public half belongs to the private one that is wrapped beside it: nobody else can have made that."""
    if not row.private_encrypted:
        return True
    made = _private(row).as_dict(private=False)
    return all(row.public_jwk.get(name) == made.get(name) for name in ("kty", "n", "e", "crv", "x"))


def new_pair(kid: str, alg: str = RS256) -> tuple[dict[str, Any], str]:
    """A fresh key: its public JWK as it is published, and its wrapped private half."""
    made = _ALGORITHMS[alg]
    key = made.key.generate_key(made.size, {"kid": kid, "alg": alg, "use": "sig"}, private=True)
    public = {name: value for name, value in key.as_dict(private=False).items() if name != "key_ops"}
    return public, wrap(key.as_pem(private=True))


def forget_parsed() -> None:
    """Drop every parsed private key from this process: called when one is revoked."""
    _parse.cache_clear()


@lru_cache(maxsize=64)
def _public(public_jwk: str) -> RSAKey:
    return RSAKey.import_key(json.loads(public_jwk))


def _may_be_ours(kid: object) -> bool:
    """Whether a key of ours can have this name: what a stranger wrote goes no further than this pattern."""
    return isinstance(kid, str) and _KID.fullmatch(kid) is not None


def _active_row(use: str, alg: str) -> SigningKey:
    row = SigningKey.objects.filter(use=use, alg=alg, state=State.ACTIVE).first()
    if row is None:
        raise NotNow(f"there is no active key for {use}: run `manage.py rotate_keys`")
    if row.published_until is None or row.published_until <= timezone.now():
        raise NotNow(f"the key {row.kid} has reached its end: run `manage.py rotate_keys`")
    return row


def _published(alg: str, now: datetime, uses: Collection[str] = DOCUMENT_USES) -> Any:
    standing = Q(state__in=[State.NEXT, State.ACTIVE]) | Q(state=State.RETIRED, published_until__gt=now)
    return SigningKey.objects.filter(standing, alg=alg, use__in=uses)


def _rank(row: SigningKey) -> tuple[int, int, float]:
    states = {State.ACTIVE: 0, State.NEXT: 1, State.RETIRED: 2}
    return (states[State(row.state)], 0 if row.use == Use.TOKEN else 1, -row.created_at.timestamp())


def _facts(row: SigningKey) -> KeyFacts:
    assert row.published_until is not None, "a key is given its end when it is activated"
    return KeyFacts(row.kid, row.alg, row.published_until)


def _private(row: SigningKey) -> Any:
    return _parse(row.kid, row.alg, row.private_encrypted)


@lru_cache(maxsize=16)
def _parse(kid: str, alg: str, wrapped: str) -> Any:
    return _ALGORITHMS[alg].key.import_key(unwrap(wrapped), {"kid": kid})


def _wrapping() -> MultiFernet:
    return _wrapping_of(tuple(settings.KEY_WRAPPING_KEYS))


@lru_cache(maxsize=4)
def _wrapping_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
