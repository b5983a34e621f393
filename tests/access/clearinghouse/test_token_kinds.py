"""Each kind of token is refused as each other kind, by the table and by every door of the clearinghouse."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.clearinghouse import Clearinghouse, Reason, Refused
from access.domain.token_kinds import TokenKind, recognise, why_not
from tests.access.spoilt_tokens import EXEMPLARS
from tests.access.tokens import BASE, HOST, NOW, config, sign, visa, web

KIND_OF = {name: TokenKind(name.removesuffix("_jwt")) for name in EXEMPLARS}
SIGNER_OF = {"fence-1": "fence", "status-1": "status", "token-1": "token"}
MEMBERS = [
    "ga4gh_visa_v1",
    "ga4gh_passport_v1",
    "scope",
    "aud",
    "nonce",
    "jti",
    "events",
    "status_list",
    "sub",
    "iss",
]
TYPES = [
    "JWT",
    "at+jwt",
    "vnd.ga4gh.visa+jwt",
    "vnd.ga4gh.passport+jwt",
    "statuslist+jwt",
    "secevent+jwt",
    "logout+jwt",
]


def signed(name: str) -> str:
    header, claims = EXEMPLARS[name]
    return sign(header, claims, SIGNER_OF[header["kid"]])


@pytest.mark.parametrize("name", EXEMPLARS)
def test_each_kind_of_token_is_recognised_as_itself(name: str) -> None:
    assert recognise(*EXEMPLARS[name]) is KIND_OF[name]


@pytest.mark.parametrize(("name", "other"), [(n, k) for n, k in product(EXEMPLARS, TokenKind) if KIND_OF[n] is not k])
def test_each_kind_of_token_is_refused_as_each_other_kind(name: str, other: TokenKind) -> None:
    assert why_not(other, *EXEMPLARS[name]) is not None


@given(
    typ=st.sampled_from([*TYPES, "", None, 4]),
    jku=st.booleans(),
    claims=st.dictionaries(st.sampled_from(MEMBERS), st.sampled_from(["a", "b"])),
)
def test_no_token_is_of_two_kinds(typ: object, jku: bool, claims: dict[str, str]) -> None:
    header = {**({} if typ is None else {"typ": typ}), **({"jku": "x"} if jku else {})}

    kinds = [kind for kind in TokenKind if why_not(kind, header, claims) is None]

    assert len(kinds) <= 1


@pytest.mark.parametrize("typ", ["application/vnd.ga4gh.visa+jwt", "VND.GA4GH.Visa+JWT", "jwt"])
def test_the_type_is_a_media_type_whose_case_and_prefix_do_not_matter(typ: str) -> None:
    header, claims = EXEMPLARS["visa_document"]

    assert recognise({**header, "typ": typ}, claims) is TokenKind.VISA_DOCUMENT


@pytest.mark.parametrize("name", [name for name in EXEMPLARS if not name.startswith("visa")])
def test_no_other_kind_of_token_passes_as_a_visa(name: str) -> None:
    verdict = Clearinghouse(config(), fetcher=web()).verify_visa(signed(name), now=NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.TYPE_WRONG


@pytest.mark.parametrize("name", [name for name in EXEMPLARS if name != "passport"])
def test_no_other_kind_of_token_passes_as_a_passport(name: str) -> None:
    verdict = Clearinghouse(config(), fetcher=web()).verify_passport(signed(name), HOST, now=NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.TYPE_WRONG


@pytest.mark.parametrize("name", [name for name in EXEMPLARS if name != "status_list"])
def test_no_other_kind_of_token_passes_as_a_status_list(name: str) -> None:
    pages = web()
    pages.documents[f"{BASE}status/1"] = signed(name).encode()

    verdict = Clearinghouse(config(), fetcher=pages).verify_visa(visa(), now=NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.STATUS_LIST_INVALID
