"""Key documents (JWK sets): reading the public keys that are fit for visas, and leaving all others out."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from access.clearinghouse.reasons import Refused
from access.clearinghouse.strict_json import read_object

# AAI 1.2.1 names RS256 and ES256; 2048 bits are what RFC 7518 section 3.3 demands of RS256 (VI-7).
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MAX_KEYS = 100
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeyDocumentError(ValueError):
    """The document is no JWK set; the text says why."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key. `algorithms` are those that it may be used with; `kid` is empty where the document names none."""

    kid: str
    algorithms: frozenset[str]
    public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyDocument:
    """The usable keys of one document by kid, the kids of keys that are there but not fit, and usable keys without a name."""

    keys: Mapping[str, PublicKey]
    unfit: frozenset[str] = frozenset()
    nameless: tuple[PublicKey, ...] = ()

    def find(self, kid: str | None, alg: str) -> PublicKey | None:
        """Return the key named; without a name, the only key that fits the algorithm (`kid` is not a MUST)."""
        if kid is not None:
            return self.keys.get(kid)
        fitting = [key for key in (*self.keys.values(), *self.nameless) if alg in key.algorithms]
        return fitting[0] if len(fitting) == 1 else None


def read_key_document(body: bytes) -> KeyDocument:
    """Read a JWK set; raise KeyDocumentError when it is none.

    A key that is not fit (too short, another curve, for encryption, private) is left out, so that one odd key does
    not take the others along; a name that stands twice stands for none. A key without a name (RFC 7517 section 4.5 lets
    it have none) is only for tokens that name none.
    """
    document = read_object(body)
    if isinstance(document, Refused):
        raise KeyDocumentError(document.message)
    return key_document(document)


def key_document(document: Mapping[str, Any]) -> KeyDocument:
    """Read a JWK set that is already JSON; see `read_key_document`."""
    members = document.get("keys")
    if not isinstance(members, list) or len(members) > MAX_KEYS:
        raise KeyDocumentError(f"keys is not a list of at most {MAX_KEYS}")
    named = [member for member in members if isinstance(member, dict) and isinstance(member.get("kid"), str)]
    kids = [member["kid"] for member in named]
    keys: dict[str, PublicKey] = {}
    for member in named:
        key = _public_key(member) if kids.count(member["kid"]) == 1 else None
        if key:
            keys[key.kid] = key
    unnamed = [_public_key(member) for member in members if isinstance(member, dict) and "kid" not in member]
    return KeyDocument(keys, frozenset(kids) - keys.keys(), tuple(key for key in unnamed if key))


def _public_key(jwk: dict[str, Any]) -> PublicKey | None:
    if jwk.get("use", "sig") != "sig" or _PRIVATE & jwk.keys():
        return None
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        public = _rsa(jwk) if jwk.get("kty") == "RSA" else _p256(jwk)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None
    alg = "RS256" if isinstance(public, rsa.RSAPublicKey) else "ES256"
    if jwk.get("alg", alg) != alg:
        return None
    return PublicKey(jwk.get("kid", ""), frozenset({alg}), public)


def _rsa(jwk: dict[str, Any]) -> rsa.RSAPublicKey:
    key = rsa.RSAPublicNumbers(e=_number(jwk["e"]), n=_number(jwk["n"])).public_key()
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise ValueError("the RSA key does not have 2048 to 8192 bits")
    return key


def _p256(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise ValueError("the key is neither RSA nor P-256")
    return ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), ec.SECP256R1()).public_key()


def _number(text: str) -> int:
    return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
