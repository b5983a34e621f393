"""GA4GH AAI 1.2.1 and Passport 1.2.1, clearinghouse: trust, keys, identities (PC-1 to PC-15, PC-31)."""

import json

import pytest

from access.clearinghouse import (
    Authorisation,
    Clearinghouse,
    Permitted,
    Reason,
    Refused,
    Role,
    TrustedIssuer,
    VerifiedPassport,
    VerifiedVisa,
    duologue_issuer,
)
from access.clearinghouse.keys import key_document
from tests.access.hosts import (
    AFFILIATION,
    ENCODED,
    OTHER_GRANT,
    OTHER_SUBJECT,
    authorise,
    decide,
    fence_visa,
    linking,
    reason,
)
from tests.access.tokens import (
    BASE,
    DATASET,
    EVIL,
    EVIL_JKU,
    FENCE,
    FENCE_JWKS,
    HOST,
    JKU,
    NOW,
    OTHER,
    OTHER_JKU,
    REVOKED,
    SUBJECT,
    config,
    ec_jwk,
    fence_issuer,
    house,
    other_issuer,
    other_visa,
    passport,
    rsa_jwk,
    visa,
    visa_header,
    web,
)


def test_pc_1_a_passport_of_a_broker_that_is_not_trusted_is_refused() -> None:
    only_visas = TrustedIssuer(
        iss=BASE,
        roles=frozenset({Role.VISA_ISSUER}),
        jku=(JKU,),
        jwks_uri=JKU,
        sources={"*": frozenset({"*"})},
    )

    answer = authorise([visa()], issuers=(only_visas,))

    assert reason(answer.refusal) is Reason.ISSUER_UNTRUSTED


def test_pc_2_and_pc_3_passports_are_processed_directly_and_validated() -> None:
    whole = house().verify_passport(passport([visa()]), HOST, now=NOW)
    forged = house().verify_passport(passport([visa()])[:-4] + "AAAA", HOST, now=NOW)

    assert isinstance(whole, VerifiedPassport)
    assert reason(forged) is Reason.SIGNATURE_INVALID


def test_pc_2_visas_from_userinfo_count_for_the_holder_of_the_access_token() -> None:
    visas = house().verify_visas([visa(), visa(sub="somebody-else")], holder=(SUBJECT, BASE), now=NOW)

    assert [accepted.visa.subject for accepted in visas.accepted] == [SUBJECT]
    assert [item.refusal.reason for item in visas.refused] == [Reason.IDENTITY_NOT_LINKED]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (visa(), None),
        (visa(signer="attacker"), Reason.SIGNATURE_INVALID),
        (visa(iat=NOW - 3600, exp=NOW - 1), Reason.EXPIRED),
        (visa(iat=NOW + 600, exp=NOW + 3600), Reason.ISSUED_IN_FUTURE),
        (visa(iss=EVIL), Reason.ISSUER_UNTRUSTED),
    ],
)
def test_pc_5_every_check_of_a_jwt_passes_before_a_visa_is_used(token: str, expected: Reason | None) -> None:
    decision = decide([token])

    assert reason(decision) is expected


def test_pc_6_keys_that_came_out_of_band_need_no_fetch() -> None:
    pages = web()
    pages.documents.clear()
    keys = key_document({"keys": [rsa_jwk("other", "other-1")]})
    clearinghouse = Clearinghouse(config(issuers=(other_issuer(keys=keys),)), fetcher=pages)

    verdict = clearinghouse.verify_visa(other_visa(visa={"source": f"{OTHER}dac"}), now=NOW)

    assert isinstance(verdict, VerifiedVisa)
    assert pages.asked == []


@pytest.mark.parametrize("jku", [EVIL_JKU, OTHER_JKU, JKU + "?", JKU.replace("https", "http")])
def test_pc_7_a_jku_is_compared_with_the_list_of_its_issuer_before_any_call(jku: str) -> None:
    pages = web()
    clearinghouse = Clearinghouse(config(), fetcher=pages)

    verdict = clearinghouse.verify_visa(visa(header=visa_header(jku=jku), signer="attacker"), now=NOW)

    assert reason(verdict) is Reason.JKU_UNTRUSTED
    assert pages.asked == []


def discovering(document: bytes | None) -> tuple[object, list[str]]:
    pages = web()
    if document is not None:
        pages.documents[f"{FENCE}.well-known/openid-configuration"] = document
    settings = fence_issuer()
    issuer = TrustedIssuer(
        iss=FENCE, roles=settings.roles, discovery=True, formats=settings.formats, sources=settings.sources
    )
    verdict = Clearinghouse(config(issuers=(issuer,)), fetcher=pages).verify_visa(fence_visa(), now=NOW)
    return verdict, pages.asked


@pytest.mark.parametrize(
    "document",
    [
        None,
        b"[]",
        b"not json",
        b'{"issuer": "https://evil.example/", "jwks_uri": "https://access-tokens.example/jwks.json"}',
        b'{"issuer": "https://access-tokens.example/", "jwks_uri": "https://evil.example/jwks.json"}',
        b'{"issuer": "https://access-tokens.example/"}',
    ],
)
def test_pc_8_discovery_that_is_not_the_issuers_own_is_not_followed(document: bytes | None) -> None:
    verdict, asked = discovering(document)

    assert reason(verdict) is Reason.KEY_DOCUMENT_UNAVAILABLE
    assert asked == [f"{FENCE}.well-known/openid-configuration"]


def test_pc_8_keys_are_discovered_for_issuers_on_the_list_only() -> None:
    own = b'{"issuer": "https://access-tokens.example/", "jwks_uri": "https://access-tokens.example/jwks.json"}'

    verdict, asked = discovering(own)
    pages = web()
    stranger = Clearinghouse(config(), fetcher=pages).verify_visa(fence_visa(iss=EVIL), now=NOW)

    assert isinstance(verdict, VerifiedVisa)
    assert asked == [f"{FENCE}.well-known/openid-configuration", FENCE_JWKS]
    assert (reason(stranger), pages.asked) == (Reason.ISSUER_UNTRUSTED, [])


@pytest.mark.parametrize(("age", "expected"), [(3600, None), (3601, Reason.VISA_TOKEN_TOO_OLD)])
def test_pc_9_a_visa_access_token_older_than_an_hour_is_refused(age: int, expected: Reason | None) -> None:
    verdict = house().verify_visa(fence_visa(iat=NOW - age, exp=NOW + 86_400), now=NOW)

    assert reason(verdict) is expected


def test_pc_10_and_pc_11_this_clearinghouse_never_polls_an_issuer_about_a_visa() -> None:
    pages = web()
    clearinghouse = Clearinghouse(config(), fetcher=pages)

    for age in (10, 4000, 9000):
        clearinghouse.verify_visa(fence_visa(iat=NOW - age, exp=NOW + 86_400), now=NOW)

    assert pages.asked == [FENCE_JWKS]


def test_pc_12_a_request_whose_passport_fails_is_refused_for_every_dataset() -> None:
    answer = house().authorise_passport(passport([visa()], exp=NOW - 1), HOST, [DATASET, "another"], NOW)

    refused = Refused(Reason.EXPIRED, "1 s ago")
    assert answer == Authorisation({DATASET: refused, "another": refused}, refused, None)


def test_pc_13_visas_that_the_request_does_not_need_do_no_harm() -> None:
    decision = decide([visa(signer="attacker"), visa(visa={"value": "another"}), "rubbish", visa()])

    assert isinstance(decision, Permitted)
    assert [accepted.visa.value for accepted in decision.visas] == [DATASET]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (other_visa(visa={"source": f"{OTHER}dac"}), None),
        (other_visa(visa={"source": f"{BASE}committees/1"}), Reason.SOURCE_UNTRUSTED),
        (other_visa(visa={"source": f"{OTHER}dac/"}), Reason.SOURCE_UNTRUSTED),
        (visa(visa={"source": f"{OTHER}dac"}), Reason.SOURCE_UNTRUSTED),
        (visa(iss=EVIL), Reason.ISSUER_UNTRUSTED),
    ],
)
def test_pc_14_issuer_and_source_are_both_trusted_and_for_each_other(token: str, expected: Reason | None) -> None:
    verdict = house().verify_visa(token, now=NOW)

    assert reason(verdict) is expected


def test_pc_14_an_issuer_is_trusted_for_named_types_only() -> None:
    issuer = other_issuer(types=frozenset({"ResearcherStatus"}))

    verdict = house(issuers=(issuer,)).verify_visa(other_visa(visa={"source": f"{OTHER}dac"}), now=NOW)

    assert reason(verdict) is Reason.VISA_TYPE_UNTRUSTED


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (None, Reason.IDENTITY_NOT_LINKED),
        (linking(ENCODED), None),
        (linking(f"{OTHER_SUBJECT},https:%2F%2Fother.example%2F"), None),
        (linking(f"{OTHER_SUBJECT},https://other.example/"), None),
        (linking(f"x,https%3A%2F%2Fx.example%2F;{ENCODED}"), None),
        (linking(f"{OTHER_SUBJECT},https%3A%2F%2Fother.example"), Reason.IDENTITY_NOT_LINKED),
        (linking(f"{OTHER_SUBJECT.upper()},https%3A%2F%2Fother.example%2F"), Reason.IDENTITY_NOT_LINKED),
        (linking(ENCODED, sub="stranger"), Reason.IDENTITY_NOT_LINKED),
        (linking(ENCODED, signer="attacker"), Reason.IDENTITY_NOT_LINKED),
        (linking(ENCODED, iss=EVIL), Reason.IDENTITY_NOT_LINKED),
        (
            linking(ENCODED, status={"status_list": {"idx": REVOKED, "uri": f"{BASE}status/1"}}),
            Reason.IDENTITY_NOT_LINKED,
        ),
    ],
)
def test_pc_15_visas_of_another_identity_count_when_a_trusted_visa_links_them(
    link: str | None, expected: Reason | None
) -> None:
    decision = decide([OTHER_GRANT, *([link] if link else [])])

    assert reason(decision) is expected


def test_pc_15_links_are_followed_from_one_to_the_next() -> None:
    first = linking("middle,https%3A%2F%2Fduologue.example%2F")
    second = linking(ENCODED, sub="middle")

    assert isinstance(decide([OTHER_GRANT, second, first]), Permitted)
    assert reason(decide([OTHER_GRANT, second])) is Reason.IDENTITY_NOT_LINKED
    assert reason(decide([OTHER_GRANT, first])) is Reason.IDENTITY_NOT_LINKED


def test_pc_15_a_link_that_carries_conditions_is_not_used() -> None:
    said = {"type": "LinkedIdentities", "value": ENCODED, "by": "system"}
    link = visa(visa={**said, "conditions": [[{"type": "AffiliationAndRole", "by": "const:so"}]]})

    decision = decide([OTHER_GRANT, link, visa(visa=AFFILIATION)])

    assert reason(decision) is Reason.IDENTITY_NOT_LINKED


def test_pc_15_a_link_made_by_the_other_side_counts_too() -> None:
    said = {"type": "LinkedIdentities", "value": f"{SUBJECT},https%3A%2F%2Fduologue.example%2F"}
    link = other_visa(sub=OTHER_SUBJECT, visa={**said, "source": f"{OTHER}dac", "by": "system"})

    assert isinstance(decide([OTHER_GRANT, link]), Permitted)


def test_pc_31_brokers_and_visa_issuers_are_trusted_apart() -> None:
    both = duologue_issuer(BASE)
    settings = {name: getattr(both, name) for name in ("iss", "jku", "jwks_uri", "sources", "status", "status_lists")}
    broker = TrustedIssuer(roles=frozenset({Role.BROKER}), **settings)
    issuer = TrustedIssuer(roles=frozenset({Role.VISA_ISSUER}), **settings)

    as_broker = house(issuers=(broker,))
    as_issuer = house(issuers=(issuer,))

    assert reason(as_broker.verify_visa(visa(), now=NOW)) is Reason.ISSUER_UNTRUSTED
    assert isinstance(as_broker.verify_passport(passport([]), HOST, now=NOW), VerifiedPassport)
    assert isinstance(as_issuer.verify_visa(visa(), now=NOW), VerifiedVisa)
    assert reason(as_issuer.verify_passport(passport([]), HOST, now=NOW)) is Reason.ISSUER_UNTRUSTED


def test_subjects_of_two_issuers_are_the_same_only_where_the_host_says_so() -> None:
    grant = other_visa(visa={"source": f"{OTHER}dac"})
    own = duologue_issuer(BASE)
    sharing = TrustedIssuer(
        **{name: getattr(own, name) for name in own.__slots__ if name != "same_subjects_as"},
        same_subjects_as=frozenset({OTHER}),
    )

    apart = decide([grant])
    together = decide([grant], issuers=(sharing, other_issuer()))

    assert reason(apart) is Reason.IDENTITY_NOT_LINKED
    assert isinstance(together, Permitted)


@pytest.mark.parametrize(
    ("odd", "signer", "alg"),
    [
        (rsa_jwk("weak", "odd"), "weak", "RS256"),
        ({**ec_jwk("es256", "odd"), "crv": "P-384"}, "es256", "ES256"),
    ],
)
def test_vi_7_rsa_keys_of_less_than_2048_bits_and_other_curves_are_not_taken(
    odd: dict[str, str], signer: str, alg: str
) -> None:
    pages = web()
    pages.documents[JKU] = json.dumps({"keys": [odd]}).encode()

    verdict = Clearinghouse(config(), fetcher=pages).verify_visa(
        visa(header=visa_header(kid="odd", alg=alg), signer=signer), now=NOW
    )

    assert reason(verdict) is Reason.KEY_UNFIT
