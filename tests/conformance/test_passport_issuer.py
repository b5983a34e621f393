"""GA4GH AAI 1.2.1, passport issuer and broker: the items that the tokens themselves can show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from access.clearinghouse import Reason, Refused, VerifiedPassport
from access.domain.passport_tokens import access_token, lint_access_token, lint_passport, passport
from access.domain.signable import LintedPassport, linted_passport
from access.domain.token_kinds import TokenKind, recognise, why_not
from tests.access.tokens import BASE, HOST, NOW, SIGNERS, SUBJECT, house, visa

Json = dict[str, Any]
AT = datetime.fromtimestamp(NOW, tz=UTC)


def made(visas: list[str]) -> tuple[Json, Json]:
    return passport(
        issuer=BASE,
        subject=SUBJECT,
        token_id="p-1",
        visas=visas,
        now=AT,
        expires=AT + timedelta(minutes=30),
        kid="token-1",
        audience=[HOST],
    )


def access() -> tuple[Json, Json]:
    return access_token(
        issuer=BASE,
        subject=SUBJECT,
        token_id="a-1",
        client_id="portal",
        scopes=["openid", "ga4gh_passport_v1"],
        now=AT,
        expires=AT + timedelta(minutes=15),
        kid="token-1",
    )


def broken(header: Json, claims: Json) -> set[str]:
    findings = lint_access_token(header, claims) if header["typ"] == "at+jwt" else lint_passport(header, claims)
    return {finding.rule for finding in findings}


@pytest.mark.parametrize("visas", [[], [visa()]])
def test_pi_2_and_pi_5_a_passport_of_no_or_some_visas_is_signed_and_verified(visas: list[str]) -> None:
    linted = linted_passport(*made(visas))
    assert isinstance(linted, LintedPassport)
    token = linted.complete(SIGNERS["token"](linted.signing_input))

    verdict = house().verify_passport(token, HOST, now=NOW)

    assert isinstance(verdict, VerifiedPassport)
    assert len(verdict.visas.accepted) == len(visas)


def test_pi_2_no_other_algorithm_is_signed() -> None:
    header, claims = made([])

    assert broken({**header, "alg": "HS256"}, claims) == {"PI-2"}


@pytest.mark.parametrize("typ", ["JWT", "VND.GA4GH.PASSPORT+JWT", "application/vnd.ga4gh.passport+jwt"])
def test_pi_3_the_type_is_exact(typ: str) -> None:
    header, claims = made([])

    assert "PI-3" in broken({**header, "typ": typ}, claims)


@pytest.mark.parametrize("name", ["iss", "sub", "iat", "exp", "jti"])
def test_pi_4_issuer_subject_times_and_id_are_there(name: str) -> None:
    header, claims = made([])
    del claims[name]

    assert broken(header, claims) == {"PI-4"}


def test_pi_12_a_passport_may_carry_a_pairwise_subject_and_then_needs_a_link() -> None:
    header, claims = made([visa()])
    claims["sub"] = "pairwise-9"
    linted = linted_passport(header, claims)
    assert isinstance(linted, LintedPassport)

    verdict = house().verify_passport(linted.complete(SIGNERS["token"](linted.signing_input)), HOST, now=NOW)

    assert isinstance(verdict, VerifiedPassport)
    assert [item.refusal for item in verdict.visas.refused] == [Refused(Reason.IDENTITY_NOT_LINKED)]


@pytest.mark.parametrize("name", ["typ", "alg", "kid"])
def test_br_4_the_header_of_an_access_token_is_complete(name: str) -> None:
    header, claims = access()

    assert {finding.rule for finding in lint_access_token({**header, name: None}, claims)} == {"BR-4"}


@pytest.mark.parametrize("name", ["iss", "sub", "iat", "exp", "scope", "jti"])
def test_br_5_the_claims_of_an_access_token_are_complete(name: str) -> None:
    header, claims = access()
    del claims[name]

    assert "BR-5" in broken(header, claims)


def test_br_5_the_passport_scope_brings_openid_along_and_the_audience_is_the_client() -> None:
    header, claims = access()

    assert claims["aud"] == ["portal"]
    assert broken(header, {**claims, "scope": "ga4gh_passport_v1"}) == {"BR-5"}


@pytest.mark.parametrize("claim", ["ga4gh_passport_v1", "ga4gh_visa_v1", "ga4gh_anything"])
def test_br_7_an_access_token_holds_no_ga4gh_claim_and_with_one_it_is_none(claim: str) -> None:
    header, claims = access()

    assert recognise(header, claims) is TokenKind.ACCESS_TOKEN
    assert "BR-7" in broken(header, {**claims, claim: []})
    assert why_not(TokenKind.ACCESS_TOKEN, header, {**claims, claim: []}) is not None


def test_br_8_an_access_token_has_the_form_of_rfc_9068() -> None:
    header, claims = access()

    assert header["typ"] == "at+jwt"
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= claims.keys()
    assert "BR-8" in broken(header, {**claims, "aud": []})
