"""Key documents: which keys are taken, and that one odd key does not spoil the others."""

import json
from typing import Any

import pytest

from access.clearinghouse import Clearinghouse, Reason, Refused, VerifiedVisa
from access.clearinghouse.keys import KeyDocumentError, read_key_document
from tests.access.tokens import NOW, OTHER, OTHER_JKU, config, ec_jwk, rsa_jwk, visa, web

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


def unnamed(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name != "kid"}


def test_what_stands_among_the_keys_and_is_none_is_left_out() -> None:
    assert read("text", None, {**GOOD, "kid": 4}) == ([], [])


@pytest.mark.parametrize(
    ("keys", "kid", "found"),
    [
        ([unnamed(GOOD)], None, True),
        ([unnamed(GOOD)], "good", False),
        ([unnamed(GOOD), unnamed(ec_jwk("es256", "x"))], None, True),
        ([unnamed(GOOD), unnamed(rsa_jwk("other", "x"))], None, False),
        ([unnamed(GOOD), rsa_jwk("other", "other-1")], None, False),
        ([unnamed(rsa_jwk("weak", "x"))], None, False),
        ([GOOD], None, True),
    ],
    ids=["alone", "asked by name", "alone of its kind", "two", "beside one with a name", "not fit", "one with a name"],
)
def test_a_key_without_a_name_is_for_tokens_that_name_none(keys: list[Any], kid: str | None, found: bool) -> None:
    document = read_key_document(json.dumps({"keys": keys}).encode())

    assert (document.find(kid, "RS256") is not None) is found
    assert document.unfit == frozenset()


def test_a_visa_without_a_kid_is_verified_by_the_single_key_without_a_name() -> None:
    pages = web()
    pages.documents[OTHER_JKU] = json.dumps({"keys": [unnamed(rsa_jwk("other", "x"))]}).encode()
    header = {"typ": "vnd.ga4gh.visa+jwt", "alg": "RS256", "jku": OTHER_JKU}
    clearinghouse = Clearinghouse(config(), fetcher=pages)

    good, forged = (
        clearinghouse.verify_visa(
            visa(header=header, signer=signer, iss=OTHER, status=None, visa={"source": f"{OTHER}dac"}), now=NOW
        )
        for signer in ("other", "attacker")
    )

    assert isinstance(good, VerifiedVisa)
    assert forged == Refused(Reason.SIGNATURE_INVALID)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [], "keys": []}', b"\xff"])
def test_what_is_no_key_document_is_an_error(body: bytes) -> None:
    with pytest.raises(KeyDocumentError):
        read_key_document(body)
