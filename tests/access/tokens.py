"""A small world of issuers and keys for token tests.

The keys are made anew for each test run; nothing here is secret, and nothing is part of the product.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from access.clearinghouse import (
    Clearinghouse,
    ClearinghouseConfig,
    Fetched,
    FetchError,
    Role,
    TrustedIssuer,
    duologue_issuer,
)
from access.domain.status_list import encode, pack, status_claims
from access.domain.visas import VisaFormat

NOW = 1_795_000_000
BASE, OTHER, EVIL = "https://duologue.example/", "https://other.example/", "https://evil.example/"
FENCE = "https://access-tokens.example/"
HOST = "https://host.example/"
JKU, JKU_ES = f"{BASE}.well-known/jwks.json", f"{BASE}.well-known/jwks-es256.json"
OTHER_JKU, EVIL_JKU, FENCE_JWKS = f"{OTHER}jwks.json", f"{EVIL}jwks.json", f"{FENCE}jwks.json"
DATASET, COMMITTEE = f"{BASE}datasets/D-1", f"{BASE}committees/1"
SUBJECT = "5f0c9a7e"
REVOKED, SIZE = 5, 1000

Json = dict[str, Any]


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """One RSA key for each name; names that begin with `weak` get 1024 bits."""
    return rsa.generate_private_key(65537, 1024 if name.startswith("weak") else 2048)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """One P-256 key for each name."""
    return ec.generate_private_key(ec.SECP256R1())


def base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def rsa_jwk(name: str, kid: str) -> Json:
    """The public half of an RSA key as a JWK."""
    numbers = rsa_key(name).public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": kid,
        "use": "sig",
        "alg": "RS256",
        "n": _number(numbers.n),
        "e": _number(numbers.e),
    }


def ec_jwk(name: str, kid: str) -> Json:
    """The public half of a P-256 key as a JWK."""
    numbers = ec_key(name).public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y}


def _number(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8))


def segment(members: object) -> str:
    """A header or payload as a part of a compact JWS."""
    return base64url(json.dumps(members, separators=(",", ":")).encode())


def rs256(name: str, data: bytes) -> bytes:
    """An RS256 signature."""
    return rsa_key(name).sign(data, padding.PKCS1v15(), SHA256())


def es256(name: str, data: bytes) -> bytes:
    """An ES256 signature: R and S, 32 bytes each."""
    r, s = decode_dss_signature(ec_key(name).sign(data, ec.ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def _ps256(name: str, data: bytes) -> bytes:
    return rsa_key(name).sign(data, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())


def _public_bytes(encoding: serialization.Encoding) -> bytes:
    return rsa_key("token").public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def _hmac(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda data: hmac.digest(secret, data, hashlib.sha256)


SIGNERS: Mapping[str, Callable[[bytes], bytes]] = {
    "token": lambda data: rs256("token", data),
    "next": lambda data: rs256("next", data),
    "es256": lambda data: es256("es256", data),
    "status": lambda data: rs256("status", data),
    "other": lambda data: rs256("other", data),
    "fence": lambda data: rs256("fence", data),
    "attacker": lambda data: rs256("attacker", data),
    "weak": lambda data: rs256("weak", data),
    "token_pss": lambda data: _ps256("token", data),
    "hmac_pem": lambda data: _hmac(_public_bytes(serialization.Encoding.PEM))(data),
    "hmac_der": lambda data: _hmac(_public_bytes(serialization.Encoding.DER))(data),
    "hmac_jwk": lambda data: _hmac(json.dumps(rsa_jwk("token", "token-1")).encode())(data),
    "none": lambda data: b"",
}


def sign(header: object, claims: object, signer: str = "token") -> str:
    """A compact JWS over header and claims as they stand, whatever they are."""
    text = f"{segment(header)}.{segment(claims)}"
    return f"{text}.{base64url(SIGNERS[signer](text.encode()))}"


def visa_header(**changes: object) -> Json:
    """The header of a good visa."""
    return {"typ": "vnd.ga4gh.visa+jwt", "alg": "RS256", "kid": "token-1", "jku": JKU, **changes}


def visa_claims(*, visa: Mapping[str, object] | None = None, **changes: object) -> Json:
    """The claims of a good visa for DATASET; `visa` changes the visa object, None removes a member."""
    visa_object = {
        "type": "ControlledAccessGrants",
        "asserted": NOW - 86_400,
        "value": DATASET,
        "source": COMMITTEE,
        "by": "dac",
        **(visa or {}),
    }
    claims = {
        "iss": BASE,
        "sub": SUBJECT,
        "jti": "visa-1",
        "iat": NOW - 60,
        "exp": NOW + 3540,
        "ga4gh_visa_v1": {name: value for name, value in visa_object.items() if value is not None},
        "status": {"status_list": {"idx": 1, "uri": f"{BASE}status/1"}},
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def visa(*, header: Json | None = None, signer: str = "token", **claims: Any) -> str:
    """A visa, good unless told otherwise."""
    return sign(header or visa_header(), visa_claims(**claims), signer)


def other_visa(**claims: Any) -> str:
    """A visa of the other trusted issuer, which has no status lists."""
    changed = {"iss": OTHER, "status": None, **claims}
    return visa(header=visa_header(kid="other-1", jku=OTHER_JKU), signer="other", **changed)


def passport_claims(visas: list[str], **changes: object) -> Json:
    """The claims of a good Passport for HOST."""
    claims = {
        "iss": BASE,
        "sub": SUBJECT,
        "aud": [HOST],
        "jti": "passport-1",
        "iat": NOW - 60,
        "exp": NOW + 3540,
        "ga4gh_passport_v1": visas,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def passport(visas: list[str], **changes: Any) -> str:
    """A Passport, good unless told otherwise."""
    header = {"typ": "vnd.ga4gh.passport+jwt", "alg": "RS256", "kid": "token-1"}
    return sign(header, passport_claims(visas, **changes))


def status_token(
    uri: str, *, lst: str | None = None, signer: str = "status", typ: str = "statuslist+jwt", **changes: Any
) -> str:
    """A Status List Token in which REVOKED is revoked."""
    claims = status_claims(uri=uri, packed=pack([REVOKED], SIZE), issued=NOW - 30, expires=NOW + 3600)
    if lst is not None:
        claims["status_list"] = {"bits": 1, "lst": lst}
    kid = {"status": "status-1", "other": "other-1", "attacker": "status-1"}[signer]
    return sign({"typ": typ, "alg": "RS256", "kid": kid}, {**claims, **changes}, signer)


def _documents() -> dict[str, bytes]:
    def keys(*jwks: Json) -> bytes:
        return json.dumps({"keys": list(jwks)}).encode()

    ambiguous = rsa_jwk("token", "twice")
    own = [
        rsa_jwk("token", "token-1"),
        rsa_jwk("status", "status-1"),
        rsa_jwk("weak", "weak-1"),
        ambiguous,
        ambiguous,
    ]
    lists = {
        "1": {},
        "two-bits": {"status_list": {"bits": 2, "lst": encode(bytes([0b10000000]) + bytes(10))}},
        "expired": {"exp": NOW - 1},
        "foreign-key": {"signer": "other"},
        "forged": {"signer": "attacker"},
        "other-sub": {"sub": f"{BASE}status/1"},
        "other-issuer": {"iss": OTHER},
        "bomb": {"lst": encode(bytes(64 << 20))},
        "not-zlib": {"lst": "AAAA"},
        "wrong-type": {"typ": "JWT"},
        "future": {"iat": NOW + 600},
        "text-exp": {"exp": str(NOW + 600)},
    }
    return {
        JKU: keys(*own),
        JKU_ES: keys(ec_jwk("es256", "es-1")),
        OTHER_JKU: keys(rsa_jwk("other", "other-1")),
        EVIL_JKU: keys(rsa_jwk("attacker", "token-1")),
        FENCE_JWKS: keys(rsa_jwk("fence", "fence-1")),
        **{
            f"{BASE}status/{name}": status_token(f"{BASE}status/{name}", **changes).encode()
            for name, changes in lists.items()
        },
    }


@dataclass
class Web:
    """The documents that exist on this small web, and every address that was asked for."""

    documents: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    max_age: int | None = 300

    def fetch(self, url: str, accept: str) -> Fetched:
        """Answer like a server."""
        self.asked.append(url)
        if url not in self.documents:
            raise FetchError("the server answered 404")
        return Fetched(self.documents[url], self.max_age)


@cache
def _shared_documents() -> Mapping[str, bytes]:
    return _documents()


def web() -> Web:
    """A web of its own for a test, with all documents."""
    return Web(dict(_shared_documents()))


def other_issuer(**changes: Any) -> TrustedIssuer:
    """The trust in the other issuer: no status, its own sources, no cap on the life of its visas."""
    settings: Json = {
        "iss": OTHER,
        "roles": frozenset({Role.VISA_ISSUER}),
        "jku": (OTHER_JKU,),
        "sources": {"*": frozenset({f"{OTHER}dac", "https://no.organization"})},
    }
    return TrustedIssuer(**{**settings, **changes})


def fence_issuer() -> TrustedIssuer:
    """An issuer that is trusted for access-token visas only."""
    return TrustedIssuer(
        iss=FENCE,
        roles=frozenset({Role.VISA_ISSUER}),
        jwks_uri=FENCE_JWKS,
        formats=frozenset({VisaFormat.ACCESS_TOKEN}),
        sources={"*": frozenset({"*"})},
    )


def config(**changes: Any) -> ClearinghouseConfig:
    """The configuration of HOST: our installation, the other issuer, and the one of access-token visas."""
    settings: Json = {
        "issuers": (duologue_issuer(BASE), other_issuer(), fence_issuer()),
        "audiences": frozenset({HOST}),
    }
    return ClearinghouseConfig(**{**settings, **changes})


def house(**changes: Any) -> Clearinghouse:
    """A clearinghouse of its own for a test."""
    return Clearinghouse(config(**changes), fetcher=web())
