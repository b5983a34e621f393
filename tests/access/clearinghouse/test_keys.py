"""Key documents: which keys are taken, and that one odd key does not spoil the others."""

import json
from typing import Any

import pytest

from access.clearinghouse.keys import KeyDocumentError, read_key_document
from tests.access.tokens import ec_jwk, rsa_jwk

GOOD = rsa_jwk("token", "good")


def read(*keys: Any) -> tuple[list[str], list[str]]:
    document = read_key_document(json.dumps({"keys": list(keys)}).encode())
    return sorted(document.keys), sorted(document.unfit)


@pytest.mark.parametrize("key", [GOOD, {**ec_jwk("es256", "good")}, {**GOOD, "key_ops": ["verify"]}])
def test_a_fit_key_is_taken(key: dict[str, Any]) -> None:
    assert read(key) == (["good"], [])


@pytest.mark.parametrize(
    "key",
    [
        rsa_jwk("weak", "odd"),
        {**GOOD, "kid": "odd", "use": "enc"},
        {**GOOD, "kid": "odd", "alg": "PS256"},
        {**GOOD, "kid": "odd", "alg": "ES256"},
        {**GOOD, "kid": "odd", "key_ops": ["sign"]},
        {**GOOD, "kid": "odd", "d": "AQAB"},
        {**GOOD, "kid": "odd", "n": "***"},
        {**GOOD, "kid": "odd", "e": "Ag"},
        {**GOOD, "kid": "odd", "kty": "oct", "k": "AAAA"},
        {**GOOD, "kid": "odd", "n": 7},
        {**ec_jwk("es256", "odd"), "crv": "P-384"},
        {**ec_jwk("es256", "odd"), "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "odd"},
    ],
)
def test_an_odd_key_is_left_out_and_the_others_stay(key: dict[str, Any]) -> None:
    assert read(key, GOOD) == (["good"], ["odd"])


def test_a_name_that_stands_twice_stands_for_no_key() -> None:
    assert read(GOOD, {**rsa_jwk("other", "good")}) == ([], ["good"])


def test_keys_without_a_name_are_left_out() -> None:
    nameless = {name: value for name, value in GOOD.items() if name != "kid"}

    assert read(nameless, "text", None, {**GOOD, "kid": 4}) == ([], [])


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [], "keys": []}', b"\xff"])
def test_what_is_no_key_document_is_an_error(body: bytes) -> None:
    with pytest.raises(KeyDocumentError):
        read_key_document(body)
