"""Tokens spoilt as the case files in tests/cases/tokens say, and one exemplar of each kind of token."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from access.domain.status_list import pack, status_claims
from tests.access.tokens import (
    BASE,
    FENCE,
    HOST,
    NOW,
    REVOKED,
    SIGNERS,
    SIZE,
    SUBJECT,
    Json,
    base64url,
    es256,
    passport_claims,
    rs256,
    rsa_jwk,
    segment,
    visa_claims,
    visa_header,
)


def spoil(case: Mapping[str, Any]) -> str:
    """Build the token of a case file: a good one, changed as the case says (see its README)."""
    base = case.get("token", "visa")
    if base == "visa":
        header, claims = visa_header(), visa_claims()
    elif base == "passport":
        header = {"typ": "vnd.ga4gh.passport+jwt", "alg": "RS256", "kid": "token-1"}
        claims = passport_claims([spoil(item) for item in case.get("visas", [{}])])
        claims["ga4gh_passport_v1"] *= case.get("times", 1)
    else:
        header, claims = deepcopy(EXEMPLARS[base])
    _change(header, case.get("header", {}))
    _change(claims, case.get("claims", {}))
    if isinstance(claims.get("ga4gh_visa_v1"), dict):
        _change(claims["ga4gh_visa_v1"], case.get("visa", {}))
    return _assemble(case, header, claims)


def _assemble(case: Mapping[str, Any], header: Json, claims: Json) -> str:
    parts = [
        base64url(case["raw_header"].encode()) if "raw_header" in case else segment(header),
        base64url(_raw(case).encode("utf-8", "surrogatepass")) if "raw_claims" in case else segment(claims),
    ]
    data = ".".join(parts).encode()
    signature = _damage(SIGNERS[case.get("sign", "token")](data), case.get("signature"))
    token = ".".join([*parts, signature if isinstance(signature, str) else base64url(signature)])
    return _reshape(token, case.get("shape"))


def _change(members: Json, changes: Mapping[str, Any]) -> None:
    for name in changes.get("remove", []):
        members.pop(name, None)
    for name, value in changes.get("set", {}).items():
        members[name] = _value(value)


def _value(value: Any) -> Any:
    """Values that JSON cannot say well: a time relative to now, a long text, a key."""
    if isinstance(value, dict) and value.keys() == {"$now"}:
        return NOW + value["$now"]
    if isinstance(value, dict) and value.keys() == {"$repeat", "times"}:
        return value["$repeat"] * value["times"]
    if isinstance(value, dict) and value.keys() == {"$jwk"}:
        return rsa_jwk(value["$jwk"], "token-1")
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value


def _raw(case: Mapping[str, Any]) -> str:
    raw = case["raw_claims"]
    if isinstance(raw, str):
        return raw
    return str(raw["open"]) * int(raw["times"]) + str(raw["close"]) * int(raw["times"])


def _damage(signature: bytes, kind: str | None) -> bytes | str:
    if kind is None:
        return signature
    good = es256("es256", b"another token")
    r, s = int.from_bytes(good[:32]), int.from_bytes(good[32:])
    damaged: Mapping[str, Callable[[], bytes | str]] = {
        "empty": lambda: "",
        "truncated": lambda: signature[:-1],
        "one_bit": lambda: bytes([signature[0] ^ 1]) + signature[1:],
        "zero": lambda: bytes(len(signature)),
        "der": lambda: b"\x30\x44\x02\x20" + r.to_bytes(32) + b"\x02\x20" + s.to_bytes(32),
        "trailing": lambda: signature + b"\x00",
        "long_s": lambda: signature[:32] + b"\x00" + signature[32:],
        "padded": lambda: base64url(signature) + "==",
        "standard_alphabet": lambda: "+/" + base64url(signature)[2:],
        "another_tokens": lambda: rs256("token", b"another token"),
    }
    return damaged[kind]()


def _reshape(token: str, shape: str | None) -> str:
    if shape is None:
        return token
    header, claims, signature = token.split(".")
    shapes: Mapping[str, str] = {
        "jwe": f"{header}.AA.{claims}.AA.{signature}",
        "two_parts": f"{header}.{claims}",
        "four_parts": f"{token}.{signature}",
        "nothing": "",
        "newline": f"{token}\n",
        "blank_inside": f"{header}. {claims}.{signature}",
        "padded_claims": f"{header}.{claims}==.{signature}",
        "json_serialization": json.dumps({"protected": header, "payload": claims, "signature": signature}),
        "ten_megabytes": f"{header}.{claims}{'A' * 10_485_760}.{signature}",
    }
    return shapes[shape]


_LIFE: Json = {"iat": NOW - 60, "exp": NOW + 3540}
EXEMPLARS: Mapping[str, tuple[Json, Json]] = {
    "visa_document": (visa_header(), visa_claims()),
    "visa_document_jwt": (visa_header(typ="JWT"), visa_claims()),
    "visa_access_token": (
        {"typ": "at+jwt", "alg": "RS256", "kid": "fence-1"},
        visa_claims(iss=FENCE, scope="openid ga4gh_passport_v1", status=None),
    ),
    "passport": (
        {"typ": "vnd.ga4gh.passport+jwt", "alg": "RS256", "kid": "token-1"},
        passport_claims([]),
    ),
    "access_token": (
        {"typ": "at+jwt", "alg": "RS256", "kid": "token-1"},
        {
            "iss": BASE,
            "sub": SUBJECT,
            "aud": ["portal"],
            "client_id": "portal",
            "jti": "a-1",
            "scope": "openid ga4gh_passport_v1",
            **_LIFE,
        },
    ),
    "id_token": (
        {"typ": "JWT", "alg": "RS256", "kid": "token-1"},
        {"iss": BASE, "sub": SUBJECT, "aud": "portal", "nonce": "n-1", **_LIFE},
    ),
    "client_assertion": (
        {"typ": "JWT", "alg": "RS256", "kid": "token-1"},
        {"iss": "portal", "sub": "portal", "aud": f"{BASE}token", "jti": "c-1", **_LIFE},
    ),
    "status_list": (
        {"typ": "statuslist+jwt", "alg": "RS256", "kid": "status-1"},
        status_claims(uri=f"{BASE}status/1", packed=pack([REVOKED], SIZE), issued=NOW - 30, expires=NOW + 3600),
    ),
    "security_event": (
        {"typ": "secevent+jwt", "alg": "RS256", "kid": "status-1"},
        {
            "iss": BASE,
            "aud": HOST,
            "jti": "e-1",
            "iat": NOW - 60,
            "events": {"https://schemas.openid.net/secevent/caep/event-type/session-revoked": {}},
        },
    ),
    "logout_token": (
        {"typ": "logout+jwt", "alg": "RS256", "kid": "token-1"},
        {
            "iss": BASE,
            "sub": SUBJECT,
            "aud": "portal",
            "jti": "l-1",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **_LIFE,
        },
    ),
}
