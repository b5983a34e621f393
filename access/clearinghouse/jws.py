"""Compact JWS, read strictly: shape, header and signature of a token, before anybody looks at its meaning."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from access.clearinghouse.keys import PublicKey
from access.clearinghouse.reasons import Reason, Refused
from access.clearinghouse.strict_json import read_object

# AAI 1.2.1, "Signing Algorithms" (VI-6, PI-2): these two and no other, so neither `none` nor a shared secret.
ALGORITHMS = ("RS256", "ES256")
MAX_KID_CHARACTERS = 256
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_P256_BYTES = 32


@dataclass(frozen=True, slots=True)
class ParsedToken:
    """A token taken apart; nothing in it is true before its signature was verified."""

    header: dict[str, Any]
    claims: dict[str, Any] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def alg(self) -> str:
        """The algorithm; one of the two that are allowed, because `parse` refuses every other."""
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        """The key that the header names, if it names one."""
        return self.header.get("kid")


def parse(token: object, *, max_characters: int) -> ParsedToken | Refused:
    """Take a compact JWS apart, or say why it is none: size, parts, base64url, JSON, header."""
    if not isinstance(token, str):
        return Refused(Reason.TOKEN_MALFORMED, "not text")
    if len(token) > max_characters:
        return Refused(Reason.TOKEN_TOO_LARGE, f"more than {max_characters} characters")
    parts = token.split(".")
    if len(parts) == 5:
        return Refused(Reason.TOKEN_ENCRYPTED)
    if len(parts) != 3:
        return Refused(Reason.TOKEN_MALFORMED, f"{len(parts)} parts" if len(parts) < 9 else "many parts")
    header_bytes, payload, signature = (decode_segment(part) for part in parts)
    if header_bytes is None or payload is None:
        return Refused(Reason.TOKEN_MALFORMED, "header or payload")
    header = read_object(header_bytes)
    if isinstance(header, Refused):
        return header
    fault = _header_fault(header)
    if fault:
        return fault
    claims = read_object(payload)
    if isinstance(claims, Refused):
        return claims
    if signature is None:
        return Refused(Reason.SIGNATURE_INVALID, "empty or not base64url")
    return ParsedToken(header, claims, f"{parts[0]}.{parts[1]}".encode("ascii"), signature)


def decode_segment(text: str) -> bytes | None:
    """Decode base64url as RFC 7515 means it: no padding, no blanks, and one spelling only for the same bytes."""
    if not _SEGMENT.fullmatch(text):
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    return data if base64.urlsafe_b64encode(data).rstrip(b"=") == text.encode("ascii") else None


def _header_fault(header: dict[str, Any]) -> Refused | None:
    """Refuse what a header may not hold (RFC 8725 sections 3.1 and 3.10; RFC 7515 section 4.1.11)."""
    if "enc" in header:
        return Refused(Reason.HEADER_ZIP, "enc")
    if "alg" not in header:
        return Refused(Reason.ALG_MISSING)
    if header["alg"] not in ALGORITHMS:
        return Refused(Reason.ALG_NOT_ALLOWED, f"{header['alg']!r:.40}")
    for names, reason in (
        (("b64",), Reason.HEADER_B64),
        (("crit",), Reason.HEADER_CRIT),
        (("zip",), Reason.HEADER_ZIP),
        (("jwk", "x5u", "x5c"), Reason.HEADER_KEY_IN_TOKEN),
    ):
        present = [name for name in names if name in header]
        if present:
            return Refused(reason, present[0])
    kid = header.get("kid")
    if "kid" in header and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_CHARACTERS and kid.isprintable()):
        return Refused(Reason.KID_MALFORMED)
    return None


def verify_signature(token: ParsedToken, key: PublicKey) -> Refused | None:
    """Return None when the key signed the token with the header's algorithm, else the refusal.

    The key, not the header, says what kind of signature is checked: an RSA key is never used as a secret and
    never with another padding, and a P-256 signature is the raw 64 bytes of R and S (RFC 7518 section 3.4).
    """
    if token.alg not in key.algorithms:
        return Refused(Reason.KEY_UNFIT, f"{token.alg} with key {key.kid:.40}")
    try:
        if isinstance(key.public, rsa.RSAPublicKey):
            key.public.verify(token.signature, token.signing_input, padding.PKCS1v15(), SHA256())
        else:
            if len(token.signature) != 2 * _P256_BYTES:
                return Refused(Reason.SIGNATURE_INVALID, "an ES256 signature has 64 bytes")
            r, s = (int.from_bytes(half) for half in _halves(token.signature))
            key.public.verify(encode_dss_signature(r, s), token.signing_input, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return Refused(Reason.SIGNATURE_INVALID)
    return None


def _halves(signature: bytes) -> tuple[bytes, bytes]:
    return signature[:_P256_BYTES], signature[_P256_BYTES:]
