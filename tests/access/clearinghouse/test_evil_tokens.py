"""Every evil token of tests/cases/tokens is refused, with the reason that its case names."""

import json
from pathlib import Path
from typing import Any

import pytest

from access.clearinghouse import REASONS, Clearinghouse, Permitted, Reason, Refused, VerifiedPassport, VerifiedVisa
from tests.access.spoilt_tokens import spoil
from tests.access.tokens import (
    BASE,
    DATASET,
    HOST,
    NOW,
    OTHER,
    REVOKED,
    config,
    house,
    other_visa,
    passport,
    visa,
    web,
)

CASES = Path(__file__).resolve().parents[2] / "cases" / "tokens"


def cases(*files: str) -> list[Any]:
    """Read case files as parameters whose ids are file and name."""
    return [
        pytest.param(case, id=f"{name}: {case['name']}")
        for name in files
        for case in json.loads((CASES / f"{name}.json").read_text())["cases"]
    ]


@pytest.mark.parametrize("case", cases("header", "signature", "claims", "visa_object", "status"))
def test_an_evil_visa_is_refused_with_its_reason(case: dict[str, Any]) -> None:
    token = spoil(case)

    verdict = house().verify_visa(token, now=NOW)

    assert (type(verdict), getattr(verdict, "reason", None)) == (Refused, Reason(case["reason"]))


@pytest.mark.parametrize("case", cases("passport"))
def test_an_evil_passport_is_refused_with_its_reason(case: dict[str, Any]) -> None:
    token = spoil(case)

    answer = house().authorise_passport(token, HOST, [DATASET], NOW)

    assert answer.refusal is not None
    assert answer.refusal.reason is Reason(case["reason"])
    assert answer.decisions == {DATASET: answer.refusal}


@pytest.mark.parametrize("case", cases("inside_passports"))
def test_an_evil_visa_in_a_good_passport_is_left_out_with_its_reason(case: dict[str, Any]) -> None:
    token = spoil(case)

    answer = house().authorise_passport(token, HOST, [case["dataset"]], NOW)

    assert answer.passport is not None
    refused = {item.position: item.refusal.reason.value for item in answer.passport.visas.refused}
    assert [refused.get(place) for place in range(len(case["visa_reasons"]))] == case["visa_reasons"]
    assert getattr(answer.decisions[case["dataset"]], "reason", None) == case["decision"]


@pytest.mark.parametrize("case", cases("cohorts"))
def test_a_visa_of_the_other_sort_is_refused_and_the_most_limited_counts(case: dict[str, Any]) -> None:
    token, settings = spoil(case), dict(case["host"])
    host = house(**settings | {"label_only": frozenset(settings.get("label_only", []))})

    answer = host.authorise_passport(token, HOST, [case["dataset"]], NOW)

    assert answer.passport is not None
    refused = {item.position: item.refusal.reason.value for item in answer.passport.visas.refused}
    decision = answer.decisions[case["dataset"]]
    assert [refused.get(place) for place in range(len(case["visa_reasons"]))] == case["visa_reasons"]
    assert getattr(decision, "reason", None) == case["decision"]
    if isinstance(decision, Permitted):
        assert {cohort.url for cohort in decision.cohorts} == set(case["cohorts"])


def test_a_live_host_says_by_its_feed_which_datasets_have_no_members() -> None:
    known: set[str] = set()
    host = Clearinghouse(config(enforces_cohorts=True), fetcher=web(), label_only=known.__contains__)

    before = host.verify_visa(visa(), now=NOW)
    known.add(DATASET)

    assert before == Refused(Reason.COHORT_MISSING)
    assert isinstance(host.verify_visa(visa(), now=NOW), VerifiedVisa)


def test_an_issuer_without_cohorts_is_asked_for_none() -> None:
    foreign = other_visa(visa={"source": f"{OTHER}dac"})

    assert isinstance(house(enforces_cohorts=True).verify_visa(foreign, now=NOW), VerifiedVisa)


def test_a_visa_of_another_issuer_without_a_limit_undoes_none_of_ours() -> None:
    limited = visa(cohort=f"{BASE}api/v1/hosts/cohorts/G-1?at=4")
    link = visa(
        jti="link",
        visa={"type": "LinkedIdentities", "value": "ada-77,https%3A%2F%2Fother.example%2F", "by": "system"},
    )
    foreign = other_visa(sub="ada-77", visa={"source": f"{OTHER}dac"})

    answer = house(enforces_cohorts=True).authorise_passport(passport([foreign, link, limited]), HOST, [DATASET], NOW)

    decision = answer.decisions[DATASET]
    assert answer.passport is not None
    assert answer.passport.visas.refused == ()
    assert isinstance(decision, Permitted)
    assert [one.visa.issuer for one in decision.visas] == [BASE]


def test_several_passports_are_decided_on_as_if_they_were_one() -> None:
    host = house(enforces_cohorts=True, label_only=frozenset({DATASET}))
    limited = passport([visa(cohort=f"{BASE}api/v1/hosts/cohorts/G-1?at=4")])
    whole, wrong = passport([visa()]), passport([visa()], aud=["https://elsewhere.example/"])

    both = host.authorise_passports([whole, limited], HOST, [DATASET], NOW)[DATASET]
    one_wrong = host.authorise_passports([wrong, limited], HOST, [DATASET], NOW)[DATASET]
    only_wrong = host.authorise_passports([wrong], HOST, [DATASET], NOW)[DATASET]

    assert isinstance(both, Permitted)
    assert isinstance(one_wrong, Permitted)
    assert [[cohort.position for cohort in one.cohorts] for one in (both, one_wrong)] == [[4], [4]]
    assert only_wrong == Refused(Reason.AUDIENCE_WRONG)
    assert host.authorise_passports([], HOST, [DATASET], NOW) == {DATASET: Refused(Reason.NO_VISA_FOR_DATASET)}


@pytest.mark.parametrize("token", [None, b"a.b.c", 7, ["a.b.c"], {}])
def test_what_is_not_text_is_no_token(token: object) -> None:
    clearinghouse = house()

    verdicts = [
        clearinghouse.verify_visa(token, now=NOW),
        clearinghouse.verify_passport(token, HOST, now=NOW),
    ]

    assert verdicts == [Refused(Reason.TOKEN_MALFORMED, "not text")] * 2


def test_the_good_tokens_that_the_evil_ones_are_made_from_are_accepted() -> None:
    clearinghouse = house()

    lone = clearinghouse.verify_visa(spoil({}), now=NOW)
    whole = clearinghouse.verify_passport(spoil({"token": "passport"}), HOST, now=NOW)

    assert isinstance(lone, VerifiedVisa)
    assert isinstance(whole, VerifiedPassport)
    assert [accepted.visa for accepted in whole.visas.accepted] == [lone]


def test_no_address_of_an_evil_visa_is_ever_called() -> None:
    pages = web()
    clearinghouse = Clearinghouse(config(), fetcher=pages)
    known = set(pages.documents) | {"https://duologue.example/status/404"}

    for parameter in cases("header", "signature", "claims", "visa_object", "status"):
        clearinghouse.verify_visa(spoil(parameter.values[0]), now=NOW)

    assert set(pages.asked) - known == set()
    assert "https://evil.example/jwks.json" not in pages.asked


def test_every_reason_has_a_case_or_a_test_and_a_sentence() -> None:
    shown_by_other_tests = {
        Reason.KEY_DOCUMENT_UNAVAILABLE,
        Reason.KEY_DOCUMENT_STALE,
        Reason.VISA_TOKEN_TOO_OLD,
        Reason.VISA_TYPE_UNTRUSTED,
        Reason.ENDS_TOO_SOON,
        Reason.TERMS_VISA_MISSING,
        Reason.RESEARCHER_VISA_MISSING,
    }
    seen = set()
    for file in CASES.glob("*.json"):
        for case in json.loads(file.read_text())["cases"]:
            seen |= {case.get("reason"), case.get("decision"), *case.get("visa_reasons", [])}

    assert {Reason(code) for code in seen if code} | shown_by_other_tests == set(Reason)
    assert set(REASONS) == set(Reason)
    assert all(not sentence.endswith(".") and sentence[0].islower() for sentence in REASONS.values())


def test_a_refusal_never_repeats_the_token() -> None:
    token = spoil({"sign": "attacker"})

    verdict = house().verify_visa(token, now=NOW)

    assert isinstance(verdict, Refused)
    assert token.split(".")[1] not in verdict.message + repr(verdict)


def test_a_revoked_visa_in_a_passport_leaves_the_others_standing() -> None:
    revoked = visa(jti="visa-2", status={"status_list": {"idx": REVOKED, "uri": "https://duologue.example/status/1"}})
    token = passport([revoked, visa()])

    answer = house().authorise_passport(token, HOST, [DATASET], NOW)

    assert not isinstance(answer.decisions[DATASET], Refused)
