"""What a signer takes: tokens that passed their lint, frozen to the very bytes that are signed.

INVARIANT: a `LintedVisa`, `LintedPassport` or `LintedAccessToken` exists only for a header and claims without
a finding. The classes cannot be constructed; the `linted_*` functions here are the only door, and the bytes
are fixed when they return, so nothing can be changed between lint and signature.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Self, TypeVar

from access.domain.passport_tokens import lint_access_token, lint_passport
from access.domain.token_kinds import TokenKind
from access.domain.visa_lint import LintFinding, lint

Lint = Callable[[Mapping[str, Any], Mapping[str, Any]], list[LintFinding]]


@dataclass(frozen=True, slots=True)
class LintRefused:
    """The token broke rules; it cannot be signed."""

    findings: tuple[LintFinding, ...]

    @property
    def message(self) -> str:
        """Name every broken rule, in one line."""
        return "; ".join(f"{item.where} {item.message} ({item.rule})" for item in self.findings)


class LintedToken:
    """A token ready to sign, once: `kid` and `alg` choose the key, `signing_input` is signed as it is."""

    __slots__ = ("_signed", "alg", "kid", "signing_input")
    kind: TokenKind
    alg: str
    kid: str
    signing_input: bytes
    _signed: bool

    def __init__(self) -> None:
        raise TypeError("a linted token is made by linted_visa, linted_passport or linted_access_token only")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a linted token does not change")

    @classmethod
    def _seal(cls, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Self:
        token = object.__new__(cls)
        object.__setattr__(token, "alg", header["alg"])
        object.__setattr__(token, "kid", header["kid"])
        object.__setattr__(token, "signing_input", _segment(header) + b"." + _segment(claims))
        object.__setattr__(token, "_signed", False)
        return token

    def complete(self, signature: bytes) -> str:
        """Return the JWS in compact serialization (VI-3), once; for ES256 the signature is the raw 64 bytes of R and S."""
        if not signature:
            raise ValueError("the signature is empty; sign the signing input first")
        if self._signed:
            raise RuntimeError("this token was signed already: plan another, with an id and a place of its own")
        object.__setattr__(self, "_signed", True)
        return (self.signing_input + b"." + _base64url(signature)).decode("ascii")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} kid={self.kid} alg={self.alg}>"


class LintedVisa(LintedToken):
    """A visa without a finding."""

    __slots__ = ()
    kind = TokenKind.VISA_DOCUMENT


class LintedPassport(LintedToken):
    """A Passport without a finding."""

    __slots__ = ()
    kind = TokenKind.PASSPORT


class LintedAccessToken(LintedToken):
    """An access token without a finding."""

    __slots__ = ()
    kind = TokenKind.ACCESS_TOKEN


_Linted = TypeVar("_Linted", bound=LintedToken)


def linted_visa(header: Mapping[str, Any], claims: Mapping[str, Any]) -> LintedVisa | LintRefused:
    """Let a visa through to the signer, or say which rules it breaks (see `visa_lint.lint`)."""
    return _through(lint, LintedVisa, header, claims)


def linted_passport(header: Mapping[str, Any], claims: Mapping[str, Any]) -> LintedPassport | LintRefused:
    """Let a Passport through to the signer, or say which rules it breaks."""
    return _through(lint_passport, LintedPassport, header, claims)


def linted_access_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> LintedAccessToken | LintRefused:
    """Let an access token through to the signer, or say which rules it breaks."""
    return _through(lint_access_token, LintedAccessToken, header, claims)


def _through(
    check: Lint, linted: type[_Linted], header: Mapping[str, Any], claims: Mapping[str, Any]
) -> _Linted | LintRefused:
    findings = check(header, claims)
    return LintRefused(tuple(findings)) if findings else linted._seal(header, claims)


def _segment(members: Mapping[str, Any]) -> bytes:
    return _base64url(json.dumps(members, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode())


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
