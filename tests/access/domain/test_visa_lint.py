"""The lint of visas and of the tokens around them: each rule broken once, and no way round it to a signer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from access.domain.passport_tokens import access_token, lint_access_token, lint_passport, passport
from access.domain.signable import (
    LintedAccessToken,
    LintedPassport,
    LintedToken,
    LintedVisa,
    LintRefused,
    linted_access_token,
    linted_passport,
    linted_visa,
)
from access.domain.visa_lint import lint
from tests.access.tokens import BASE, HOST, JKU, NOW, SUBJECT, base64url, visa_claims, visa_header
from tests.access.tokens import segment as segment_of

Json = dict[str, Any]
GOOD_CONDITION = [[{"type": "AffiliationAndRole", "value": "const:faculty@med.example"}]]


def rules(header: Json, claims: Json) -> list[tuple[str, str]]:
    return [(finding.rule, finding.where) for finding in lint(header, claims)]


def test_a_good_visa_has_no_finding() -> None:
    plain = rules(visa_header(), visa_claims())
    conditional = rules(visa_header(), visa_claims(visa={"conditions": GOOD_CONDITION}))
    with_cohort = rules(visa_header(), visa_claims(cohort=f"{BASE}api/v1/hosts/cohorts/G-1?at=4"))

    assert (plain, conditional, with_cohort) == ([], [], [])


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"alg": "HS256"}, ("VI-6", "header.alg")),
        ({"alg": "none"}, ("VI-6", "header.alg")),
        ({"kid": ""}, ("VI-12", "header.kid")),
        ({"kid": 4}, ("VI-12", "header.kid")),
        ({"typ": "visa"}, ("VI-13", "header.typ")),
        ({"typ": "jwt"}, ("VI-13", "header.typ")),
        ({"jku": ""}, ("VI-5", "header.jku")),
        ({"jku": "https://evil.example/jwks.json"}, ("VI-5", "header.jku")),
        ({"jku": f"{BASE}.well-known/../media/x"}, ("VI-5", "header.jku")),
        ({"jku": f"{BASE}media/jwks.json"}, ("VI-5", "header.jku")),
        ({"crit": ["exp"]}, ("VI-24", "header.crit")),
        ({"jwk": {}}, ("VI-24", "header.jwk")),
    ],
)
def test_a_spoilt_header_is_found(change: Json, finding: tuple[str, str]) -> None:
    findings = rules(visa_header(**change), visa_claims())

    assert finding in findings


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"iss": None}, ("VI-10", "iss")),
        ({"iss": BASE[:-1]}, ("VI-10", "iss")),
        ({"iss": "http://duologue.example/"}, ("VI-10", "iss")),
        ({"sub": None}, ("VI-10", "sub")),
        ({"sub": "ada@university.example"}, ("VI-10", "sub")),
        ({"sub": "Ada Lovelace"}, ("VI-10", "sub")),
        ({"iat": None}, ("VI-10", "iat")),
        ({"iat": float(NOW)}, ("VI-10", "iat")),
        ({"exp": None}, ("VI-10", "exp")),
        ({"exp": str(NOW)}, ("VI-10", "exp")),
        ({"exp": True}, ("VI-10", "exp")),
        ({"exp": NOW + 3541}, ("ours", "exp")),
        ({"exp": NOW + 539}, ("ours", "exp")),
        ({"exp": NOW - 120}, ("ours", "exp")),
        ({"jti": None}, ("VI-11", "jti")),
        ({"aud": HOST}, ("ours", "aud")),
        ({"scope": "openid"}, ("VI-8", "scope")),
        ({"scope": "ga4gh_passport_v1"}, ("VI-8", "scope")),
        ({"name": "Ada"}, ("VI-24", "name")),
        ({"email": "ada@university.example"}, ("VI-24", "email")),
        ({"purpose": "cancer"}, ("VI-24", "purpose")),
        ({"ga4gh_passport_v1": []}, ("VI-24", "ga4gh_passport_v1")),
        ({"ga4gh_visa_v1": []}, ("VI-15", "ga4gh_visa_v1")),
        ({"status": None}, ("ours", "status")),
        ({"status": {"status_list": {"idx": 1}}}, ("ours", "status")),
        (
            {"status": {"status_list": {"idx": -1, "uri": f"{BASE}status/1"}}},
            ("ours", "status.status_list.idx"),
        ),
        (
            {"status": {"status_list": {"idx": 1, "uri": "https://evil.example/1"}}},
            ("ours", "status.status_list.uri"),
        ),
        ({"cohort": "https://evil.example/api/v1/hosts/cohorts/1?at=1"}, ("ours", "cohort")),
    ],
)
def test_spoilt_claims_are_found(change: Json, finding: tuple[str, str]) -> None:
    findings = rules(visa_header(), visa_claims(**change))

    assert finding in findings


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"type": "https://duologue.example/types/consent"}, ("VI-25", "type")),
        ({"type": None}, ("VI-25", "type")),
        ({"asserted": None}, ("VI-15", "asserted")),
        ({"asserted": 1.5}, ("VI-15", "asserted")),
        ({"asserted": NOW}, ("VI-16", "asserted")),
        ({"value": None}, ("VI-17", "value")),
        ({"value": 710}, ("VI-17", "value")),
        ({"value": f"{BASE}datasets/{'x' * 255}"}, ("VI-22", "value")),
        ({"value": "http://duologue.example/datasets/1"}, ("VI-22", "value")),
        ({"value": "two words"}, ("VI-22", "value")),
        ({"value": f"{BASE}datasets/DUO:0000042"}, ("VI-24", "value")),
        ({"value": f"{BASE}datasets/mondo_0005148"}, ("VI-24", "value")),
        ({"source": None}, ("VI-18", "source")),
        ({"source": "the committee"}, ("VI-18", "source")),
        ({"source": f"{BASE}committees/{'x' * 255}"}, ("VI-18", "source")),
        ({"by": None}, ("VI-20", "by")),
        ({"by": "chair"}, ("VI-20", "by")),
        ({"by": "so"}, ("VI-21", "by")),
        ({"conditions": [[]]}, ("VI-23", "conditions")),
        ({"conditions": [[{"type": "AffiliationAndRole"}]]}, ("VI-23", "conditions")),
        ({"name": "Ada"}, ("VI-24", "ga4gh_visa_v1.name")),
        ({"duo": ["DUO:0000042"]}, ("VI-24", "ga4gh_visa_v1.duo")),
        ({"type": "AffiliationAndRole", "value": "boss@university"}, ("VI-26", "value")),
        ({"type": "AffiliationAndRole", "value": "Faculty@med.example"}, ("VI-26", "value")),
        ({"type": "LinkedIdentities", "value": "a, b"}, ("VI-17", "value")),
        ({"type": "AcceptedTermsAndPolicies", "value": "terms-1"}, ("VI-22", "value")),
        ({"type": "ResearcherStatus", "value": "javascript:alert(1)"}, ("VI-22", "value")),
    ],
)
def test_a_spoilt_visa_object_is_found(change: Json, finding: tuple[str, str]) -> None:
    findings = rules(visa_header(), visa_claims(visa=change))

    assert finding in findings


def test_an_archives_own_id_may_be_the_value_of_a_grant() -> None:
    findings = rules(visa_header(), visa_claims(visa={"value": "EGAD00001000001"}))

    assert findings == []


def test_plain_http_passes_on_loopback_only() -> None:
    base = "http://127.0.0.1:8000/"
    local = visa_claims(
        iss=base,
        visa={"value": f"{base}datasets/D-1", "source": f"{base}committees/1"},
        status={"status_list": {"idx": 1, "uri": f"{base}status/1"}},
    )

    findings = rules(visa_header(jku=f"{base}.well-known/jwks.json"), local)

    assert findings == []


@pytest.mark.parametrize(
    ("header", "claims", "finding"),
    [
        ({"jku": JKU}, {}, ("VI-32", "header")),
        ({"alg": "ES256"}, {}, ("VI-32", "header")),
        ({}, {"scope": "ga4gh_passport_v1"}, ("VI-32", "scope")),
        ({}, {"scope": None}, ("VI-32", "scope")),
        ({}, {"aud": HOST}, ("ours", "aud")),
    ],
)
def test_vi_32_a_spoilt_access_token_visa_is_found(header: Json, claims: Json, finding: tuple[str, str]) -> None:
    good = {"typ": "at+jwt", "alg": "RS256", "kid": "k-1"}

    unspoilt = rules(good, visa_claims(scope="openid ga4gh_passport_v1"))
    findings = rules({**good, **header}, visa_claims(**{"scope": "openid ga4gh_passport_v1", **claims}))

    assert unspoilt == []
    assert finding in findings


def test_only_linted_bytes_reach_a_signer() -> None:
    header, claims = visa_header(), visa_claims()

    linted = linted_visa(header, claims)
    claims["exp"] = NOW + 10**6
    refused = linted_visa(header, claims)

    assert isinstance(linted, LintedVisa)
    assert linted.signing_input == f"{segment_of(header)}.{segment_of(visa_claims())}".encode()
    assert isinstance(refused, LintRefused)
    assert "exp must be 10 to 60 minutes after iat (ours)" in refused.message


@pytest.mark.parametrize("kind", [LintedToken, LintedVisa, LintedPassport, LintedAccessToken])
def test_a_linted_token_cannot_be_made_by_hand(kind: type[LintedToken]) -> None:
    with pytest.raises(TypeError, match="linted"):
        kind()


def test_a_linted_token_does_not_change_after_its_lint() -> None:
    linted = linted_visa(visa_header(), visa_claims())
    assert isinstance(linted, LintedVisa)

    with pytest.raises(AttributeError):
        linted.signing_input = b"another"
    with pytest.raises(ValueError, match="empty"):
        linted.complete(b"")

    assert linted.complete(b"\x01\x02").endswith("." + base64url(b"\x01\x02"))


def good_passport(**changes: Any) -> tuple[Json, Json]:
    made = passport(
        issuer=BASE,
        subject=SUBJECT,
        token_id="p-1",
        visas=[],
        now=_at(0),
        expires=_at(3600),
        kid="k-1",
        audience=[HOST],
    )
    return made[0], {**made[1], **changes}


def good_access_token(**changes: Any) -> tuple[Json, Json]:
    made = access_token(
        issuer=BASE,
        subject=SUBJECT,
        token_id="a-1",
        client_id="portal",
        scopes=["openid", "ga4gh_passport_v1"],
        now=_at(0),
        expires=_at(9000),
        kid="k-1",
    )
    return made[0], {**made[1], **changes}


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, tz=UTC)


def test_a_passport_and_an_access_token_hold_these_claims_and_no_other() -> None:
    _, whole = good_passport()
    _, access = good_access_token()

    life = {"iat": NOW, "exp": NOW + 3600}
    assert whole == {
        "iss": BASE,
        "sub": SUBJECT,
        "jti": "p-1",
        "aud": [HOST],
        "ga4gh_passport_v1": [],
        **life,
    }
    assert access == {
        "iss": BASE,
        "sub": SUBJECT,
        "aud": ["portal"],
        "client_id": "portal",
        "jti": "a-1",
        "scope": "openid ga4gh_passport_v1",
        **life,
    }


def test_good_passports_and_access_tokens_have_no_finding() -> None:
    assert isinstance(linted_passport(*good_passport()), LintedPassport)
    assert isinstance(linted_passport(*good_passport(scope="openid")), LintedPassport)
    assert isinstance(linted_access_token(*good_access_token()), LintedAccessToken)
    assert isinstance(linted_access_token(*good_access_token(scope="hosts:read")), LintedAccessToken)


DOCUMENT_VISA = segment_of(visa_header()) + ".e30.AA"
ACCESS_VISA = segment_of({"typ": "at+jwt", "alg": "RS256", "kid": "k-1"}) + ".e30.AA"


@pytest.mark.parametrize(
    ("header", "claims", "finding"),
    [
        ({"typ": "JWT"}, {}, ("PI-3", "header.typ")),
        ({"alg": "ES256"}, {}, ("PI-2", "header.alg")),
        ({"kid": None}, {}, ("ours", "header.kid")),
        ({"jku": JKU}, {}, ("ours", "header.jku")),
        ({}, {"iss": ""}, ("PI-4", "iss")),
        ({}, {"sub": 4}, ("PI-4", "sub")),
        ({}, {"sub": "ada@university.example"}, ("ours", "sub")),
        ({}, {"iat": 1.5}, ("PI-4", "iat")),
        ({}, {"exp": None}, ("PI-4", "exp")),
        ({}, {"exp": NOW + 3601}, ("ours", "exp")),
        ({}, {"aud": HOST}, ("PI-4", "aud")),
        ({}, {"email": "x"}, ("ours", "email")),
        ({}, {"scope": "openid email"}, ("ours", "scope")),
        ({}, {"ga4gh_visa_v1": {}}, ("PI-4", "ga4gh_passport_v1")),
        ({}, {"ga4gh_passport_v1": "x"}, ("PI-5", "ga4gh_passport_v1")),
        ({}, {"ga4gh_passport_v1": [4]}, ("PI-5", "ga4gh_passport_v1")),
        ({}, {"ga4gh_passport_v1": ["x"] * 201}, ("ours", "ga4gh_passport_v1")),
        ({}, {"ga4gh_passport_v1": ["x" * 16_385]}, ("ours", "ga4gh_passport_v1")),
        ({}, {"ga4gh_passport_v1": [DOCUMENT_VISA, ACCESS_VISA]}, ("ours", "ga4gh_passport_v1")),
    ],
)
def test_a_spoilt_passport_is_found(header: Json, claims: Json, finding: tuple[str, str]) -> None:
    good, whole = good_passport(**claims)

    findings = lint_passport({**good, **header}, whole)

    assert finding in [(item.rule, item.where) for item in findings]


@pytest.mark.parametrize(
    ("header", "claims", "finding"),
    [
        ({"typ": "JWT"}, {}, ("BR-4", "header.typ")),
        ({"alg": "ES256"}, {}, ("BR-4", "header.alg")),
        ({"kid": ""}, {}, ("BR-4", "header.kid")),
        ({}, {"iss": None}, ("BR-5", "iss")),
        ({}, {"scope": None}, ("BR-5", "scope")),
        ({}, {"scope": ["openid"]}, ("BR-5", "scope")),
        ({}, {"scope": "openid  email"}, ("BR-5", "scope")),
        ({}, {"scope": "ga4gh_passport_v1"}, ("BR-5", "scope")),
        ({}, {"ga4gh_passport_v1": []}, ("BR-7", "ga4gh_passport_v1")),
        ({}, {"ga4gh_visa_v1": {}}, ("BR-7", "ga4gh_visa_v1")),
        ({}, {"aud": []}, ("BR-8", "aud")),
        ({}, {"aud": "portal"}, ("BR-8", "aud")),
        ({}, {"client_id": None}, ("BR-8", "client_id")),
        ({}, {"exp": NOW + 3601}, ("ours", "exp")),
        ({}, {"name": "Ada"}, ("ours", "name")),
    ],
)
def test_a_spoilt_access_token_is_found(header: Json, claims: Json, finding: tuple[str, str]) -> None:
    good, whole = good_access_token(**claims)

    findings = lint_access_token({**good, **header}, whole)

    assert finding in [(item.rule, item.where) for item in findings]
