"""GA4GH AAI 1.2.1 and Passport 1.2.1, visa issuer: each item that preparation and lint can show."""

import base64
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jwt as jwcrypto_jwt

from access.clearinghouse import VerifiedVisa
from access.domain.signable import LintedVisa, linted_visa
from access.domain.visa_lint import lint
from access.domain.visas import (
    By,
    Ends,
    HostProfile,
    SigningKeyFacts,
    StatusReference,
    VisaFacts,
    VisaFormat,
    VisaPlan,
    affiliation_and_role,
    controlled_access_grant,
    prepare,
)
from tests.access.tokens import (
    BASE,
    COMMITTEE,
    DATASET,
    JKU,
    JKU_ES,
    NOW,
    SIGNERS,
    SUBJECT,
    ec_jwk,
    house,
    rsa_jwk,
    visa_claims,
    visa_header,
    web,
)

Json = dict[str, Any]
AT = datetime.fromtimestamp(NOW, tz=UTC)
DECIDED = AT - timedelta(days=2)
RSA = SigningKeyFacts(kid="token-1", alg="RS256", jku=JKU)
EC = SigningKeyFacts(kid="es-1", alg="ES256", jku=JKU_ES)
GRANT = controlled_access_grant(value=DATASET, source=COMMITTEE, asserted=DECIDED)


def planned(profile: HostProfile | None = None, key: SigningKeyFacts = RSA, **changes: Any) -> VisaPlan:
    settings: Json = {
        "issuer": BASE,
        "subject": SUBJECT,
        "token_id": "v-1",
        "assertion": GRANT,
        "ends": Ends(signing_key=AT + timedelta(days=30)),
        "status": StatusReference(1, f"{BASE}status/1"),
        **changes,
    }
    plan = prepare(VisaFacts(**settings), profile=profile or HostProfile(alg=key.alg), key=key, now=AT)
    assert isinstance(plan, VisaPlan)
    return plan


def signed(plan: VisaPlan, signer: str = "token") -> str:
    linted = linted_visa(plan.header, plan.claims)
    assert isinstance(linted, LintedVisa)
    return linted.complete(SIGNERS[signer](linted.signing_input))


def found(header: Json, claims: Json) -> set[str]:
    return {finding.rule for finding in lint(header, claims)}


def test_vi_1_and_vi_2_a_visa_is_a_document_token_unless_the_client_asks_otherwise() -> None:
    assert HostProfile().format is VisaFormat.DOCUMENT
    assert "jku" in planned().header
    assert "scope" not in planned().claims


def test_vi_3_a_visa_is_a_jws_in_compact_serialization() -> None:
    parts = signed(planned()).split(".")

    assert [json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2]] == [
        planned().header,
        planned().claims,
    ]
    assert len(parts) == 3


@pytest.mark.parametrize(("key", "signer"), [(RSA, "token"), (EC, "es256")])
def test_vi_4_and_vi_5_the_jku_serves_the_key_that_signed_the_visa(key: SigningKeyFacts, signer: str) -> None:
    token = signed(planned(key=key), signer)

    verdict = house().verify_visa(token, now=NOW)

    assert isinstance(verdict, VerifiedVisa)
    assert key.kid in {member["kid"] for member in json.loads(web().documents[key.jku])["keys"]}


@pytest.mark.parametrize(("key", "signer"), [(RSA, "token"), (EC, "es256")])
def test_vi_4_other_libraries_verify_the_visa_too(key: SigningKeyFacts, signer: str) -> None:
    plan = planned(key=key)
    token = signed(plan, signer)
    public = rsa_jwk("token", "token-1") if key is RSA else ec_jwk("es256", "es-1")

    by_pyjwt = jwt.decode(
        token, jwt.PyJWK(public), algorithms=[key.alg], options={"verify_exp": False, "verify_iat": False}
    )
    by_jwcrypto = jwcrypto_jwt.JWT(check_claims={"exp": None}, algs=[key.alg], expected_type="JWS")
    by_jwcrypto.deserialize(token)
    by_jwcrypto.token.verify(jwcrypto_jwk.JWK(**public))

    assert by_pyjwt == plan.claims
    assert json.loads(by_jwcrypto.token.payload) == plan.claims


@pytest.mark.parametrize("alg", ["HS256", "none", "PS256", "ES384", "EdDSA", None])
def test_vi_6_no_other_algorithm_than_rs256_and_es256_is_signed(alg: str | None) -> None:
    assert "VI-6" in found(visa_header(alg=alg), visa_claims())


def test_vi_8_a_document_visa_has_no_openid_scope() -> None:
    assert found(visa_header(), visa_claims(scope="openid")) == {"VI-8"}


def test_vi_9_a_visa_has_a_jku_or_an_openid_scope() -> None:
    header = visa_header()
    del header["jku"]

    assert "VI-9" in found(header, visa_claims())


@pytest.mark.parametrize("name", ["iss", "sub", "iat", "exp"])
def test_vi_10_issuer_subject_and_times_are_there(name: str) -> None:
    assert "VI-10" in found(visa_header(), visa_claims(**{name: None}))


def test_vi_11_and_vi_12_a_visa_has_an_id_and_names_its_key() -> None:
    assert found(visa_header(), visa_claims(jti=None)) == {"VI-11"}
    assert found(visa_header(kid=""), visa_claims()) == {"VI-12"}


@pytest.mark.parametrize("typ", ["vnd.ga4gh.visa+jwt", "JWT"])
def test_vi_13_the_type_is_what_the_client_asks_of_the_two_that_are_allowed(typ: str) -> None:
    assert planned(HostProfile(typ=typ)).header["typ"] == typ
    assert found(visa_header(typ=typ), visa_claims()) == set()
    assert "VI-13" in found(visa_header(typ="visa"), visa_claims())


def test_vi_14_and_vi_27_each_visa_ends_by_the_ends_of_its_own_grant() -> None:
    soon, later = (Ends(signing_key=AT + timedelta(days=1), grant=AT + timedelta(minutes=m)) for m in (20, 40))

    expiries = [planned(ends=ends).claims["exp"] - NOW for ends in (soon, later)]

    assert expiries == [1200, 2400]


@pytest.mark.parametrize("name", ["type", "asserted", "value", "source"])
def test_vi_15_the_visa_object_is_complete(name: str) -> None:
    assert found(visa_header(), visa_claims(visa={name: None})) & {"VI-15", "VI-17", "VI-18", "VI-25"}


def test_vi_16_asserted_is_the_moment_of_the_decision_and_not_of_the_token() -> None:
    claims = planned().claims

    assert claims["ga4gh_visa_v1"]["asserted"] == int(DECIDED.timestamp())
    assert claims["iat"] == NOW
    assert found(visa_header(), visa_claims(visa={"asserted": NOW})) == {"VI-16"}


@pytest.mark.parametrize(
    ("visa_type", "value"),
    [
        ("ControlledAccessGrants", "two words"),
        ("AcceptedTermsAndPolicies", "terms"),
        ("ResearcherStatus", "bona fide"),
        ("LinkedIdentities", "a"),
        ("AffiliationAndRole", "faculty"),
    ],
)
def test_vi_17_the_value_has_the_format_of_its_type(visa_type: str, value: str) -> None:
    broken = found(visa_header(), visa_claims(visa={"type": visa_type, "value": value}))

    assert broken & {"VI-17", "VI-22", "VI-26"}


def test_vi_18_the_source_is_a_url_and_no_organization_is_one() -> None:
    assert found(visa_header(), visa_claims(visa={"source": "the committee"})) == {"VI-18"}
    assert found(visa_header(), visa_claims(visa={"source": "https://no.organization"})) == set()


def test_vi_20_and_vi_21_by_is_one_of_the_five_and_dac_for_controlled_access() -> None:
    assert found(visa_header(), visa_claims(visa={"by": "chair"})) == {"VI-20"}
    assert found(visa_header(), visa_claims(visa={"by": "system"})) == {"VI-21"}
    terms = {"type": "AcceptedTermsAndPolicies", "value": f"{BASE}terms/1/1", "by": None}
    assert found(visa_header(), visa_claims(visa=terms)) == {"VI-20"}


def test_vi_22_url_claims_have_255_characters_at_most() -> None:
    longest = f"{BASE}datasets/".ljust(255, "x")

    assert found(visa_header(), visa_claims(visa={"value": longest})) == set()
    assert found(visa_header(), visa_claims(visa={"value": longest + "x"})) == {"VI-22"}


@pytest.mark.parametrize(
    "clause",
    [
        {"type": "AffiliationAndRole"},
        {"value": "const:x"},
        {"type": "AffiliationAndRole", "value": "x"},
        {"type": "AffiliationAndRole", "asserted": "const:1"},
        {"type": "AffiliationAndRole", "conditions": "const:x"},
        {"type": "AffiliationAndRole", "value": 1},
    ],
)
def test_vi_23_conditions_have_their_form(clause: Json) -> None:
    good = [[{"type": "AffiliationAndRole", "value": "const:faculty@med.example", "by": "const:so"}]]

    assert found(visa_header(), visa_claims(visa={"conditions": good})) == set()
    assert found(visa_header(), visa_claims(visa={"conditions": [[clause]]})) == {"VI-23"}


@pytest.mark.parametrize("name", ["name", "email", "purpose", "duo", "disease", "project"])
def test_vi_24_nothing_that_the_decision_does_not_need_is_in_a_visa(name: str) -> None:
    assert found(visa_header(), visa_claims(**{name: "x"})) == {"VI-24"}
    assert found(visa_header(), visa_claims(visa={name: "x"})) == {"VI-24"}


def test_vi_25_no_custom_type_is_issued() -> None:
    assert "VI-25" in found(visa_header(), visa_claims(visa={"type": f"{BASE}types/x"}))


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ("faculty@med.example", set()),
        ("namespace.data-steward@med.example", set()),
        ("steward@med.example", {"VI-26"}),
        ("Name.steward@med.example", {"VI-26"}),
        ("1name.steward@med.example", {"VI-26"}),
        ("name.steward@med.example@x.example", {"VI-26"}),
    ],
)
def test_vi_26_an_affiliation_is_a_known_role_or_one_with_a_namespace(value: str, broken: set[str]) -> None:
    assert found(visa_header(), visa_claims(visa={"type": "AffiliationAndRole", "value": value})) == broken


def test_vi_29_issuer_of_visa_and_broker_are_the_same_string() -> None:
    assert planned().claims["iss"] == BASE
    assert found(visa_header(), visa_claims(iss=BASE.rstrip("/"))) >= {"VI-10"}


def test_vi_32_an_access_token_visa_has_scope_and_no_jku_and_lives_an_hour() -> None:
    plan = planned(HostProfile(format=VisaFormat.ACCESS_TOKEN))

    assert plan.header == {"typ": "at+jwt", "alg": "RS256", "kid": "token-1"}
    assert (plan.claims["scope"], plan.claims["exp"] - plan.claims["iat"]) == (
        "openid ga4gh_passport_v1",
        3600,
    )
    assert "aud" not in plan.claims
    assert found(dict(plan.header), dict(plan.claims)) == set()


def test_vi_33_every_visa_lives_an_hour_at_most_and_can_be_revoked_by_its_status() -> None:
    claims = planned(ends=Ends(signing_key=AT + timedelta(days=9000))).claims

    assert claims["exp"] - claims["iat"] == 3600
    assert claims["status"] == {"status_list": {"idx": 1, "uri": f"{BASE}status/1"}}
    assert found(visa_header(), visa_claims(status=None)) == {"ours"}


def test_vi_34_no_address_in_a_visa_goes_without_tls() -> None:
    plain = BASE.replace("https", "http")

    assert found(visa_header(jku=JKU.replace("https", "http")), visa_claims()) == {"VI-5"}
    assert found(visa_header(), visa_claims(visa={"source": f"{plain}committees/1"})) == {"VI-18"}
    assert found(visa_header(), visa_claims(visa={"value": f"{plain}datasets/1"})) == {"VI-22"}


def test_vas_3_and_vas_4_the_committee_is_the_source_by_its_permanent_url() -> None:
    assert planned().claims["ga4gh_visa_v1"]["source"] == COMMITTEE


def test_vas_5_no_visa_outlives_an_end_that_its_source_set() -> None:
    for field in fields(Ends):
        ends = {"signing_key": AT + timedelta(days=1), field.name: AT + timedelta(minutes=30)}

        assert planned(ends=Ends(**ends)).claims["exp"] == NOW + 1800


def test_vas_7_each_type_says_by_whom() -> None:
    official = affiliation_and_role(
        role="faculty", organisation="med.example", source=BASE, by=By.SIGNING_OFFICIAL, asserted=DECIDED
    )

    assert planned().claims["ga4gh_visa_v1"]["by"] == "dac"
    assert planned(assertion=official).claims["ga4gh_visa_v1"]["by"] == "so"


def test_vas_8_no_visa_can_name_a_person() -> None:
    assert found(visa_header(), visa_claims(sub="chidi@hospital.example")) == {"VI-10"}
    assert found(visa_header(), visa_claims(visa={"decided_by": "chidi"})) == {"VI-24"}
