"""GA4GH AAI 1.2.1 and Passport 1.2.1, clearinghouse: values, conditions, expiry (PC-16 to PC-29)."""

import pytest

from access.clearinghouse import (
    REGISTERED_ACCESS,
    Clearinghouse,
    ExpiryRule,
    Permitted,
    Reason,
    Refused,
    VerifiedVisa,
    VisaSet,
)
from access.clearinghouse.visa_check import split_affiliation
from tests.access.hosts import (
    AFFILIATION,
    ENCODED,
    OTHER_GRANT,
    Json,
    authorise,
    conditional,
    decide,
    linking,
    reason,
)
from tests.access.tokens import (
    BASE,
    DATASET,
    HOST,
    JKU,
    NOW,
    SUBJECT,
    config,
    house,
    passport,
    visa,
    web,
)


def test_pc_16_members_of_the_visa_object_that_are_not_known_are_ignored() -> None:
    assert isinstance(decide([visa(visa={"colour": ["teal"], "x": {}})]), Permitted)


@pytest.mark.parametrize("value", [DATASET + "/", DATASET[:-1], DATASET.upper(), "D-1", DATASET + "?", " " + DATASET])
def test_pc_17_and_pc_18_a_value_is_compared_in_full_and_with_its_case(value: str) -> None:
    assert reason(decide([visa(visa={"value": value})])) is Reason.NO_VISA_FOR_DATASET


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("faculty@med.example", ("faculty", "med.example")),
        ("ns.role@a@b", ("ns.role", "a@b")),
        ("faculty", None),
        ("@med.example", None),
        ("faculty@", None),
    ],
)
def test_pc_17_an_affiliation_is_split_at_the_first_at_or_denied(value: str, parts: tuple[str, str] | None) -> None:
    assert split_affiliation(value) == parts


def test_pc_18_no_url_claim_is_ever_fetched() -> None:
    pages = web()

    Clearinghouse(config(), fetcher=pages).authorise_passport(passport([visa()]), HOST, [DATASET], NOW)

    assert sorted(pages.asked) == [JKU, f"{BASE}status/1"]


MET = [{"type": "AffiliationAndRole", "value": "const:faculty@med.example", "by": "const:so"}]
UNMET = [{"type": "AffiliationAndRole", "value": "const:dean@med.example"}]


def test_pc_19_conditions_are_always_looked_for() -> None:
    assert reason(decide([conditional(MET)])) is Reason.CONDITIONS_NOT_MET
    assert isinstance(decide([conditional(MET), visa(visa=AFFILIATION)]), Permitted)
    assert isinstance(decide([conditional()]), Permitted)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([MET], None),
        ([UNMET], Reason.CONDITIONS_NOT_MET),
        ([UNMET, MET], None),
        ([[*MET, *UNMET]], Reason.CONDITIONS_NOT_MET),
        ([[*MET, *MET]], None),
        ([[{"type": "AffiliationAndRole", "value": "pattern:*@med.example"}]], None),
        ([[{"type": "AffiliationAndRole", "value": "pattern:facult?@*"}]], None),
        ([[{"type": "AffiliationAndRole", "value": "pattern:faculty"}]], Reason.CONDITIONS_NOT_MET),
        ([[{"type": "AffiliationAndRole", "value": "pattern:FACULTY@*"}]], Reason.CONDITIONS_NOT_MET),
        ([[{"type": "AffiliationAndRole", "value": "regex:.*"}]], Reason.CONDITIONS_MALFORMED),
        ([MET, [{"type": "AffiliationAndRole", "value": "regex:.*"}]], Reason.CONDITIONS_MALFORMED),
        ([[{"type": "AffiliationAndRole", "by": "const:self"}]], Reason.CONDITIONS_NOT_MET),
        ([[{"type": "https://x.example/custom", "value": "const:1"}]], Reason.CONDITIONS_NOT_MET),
        ([[{"type": "AffiliationAndRole", "colour": "const:teal"}]], Reason.CONDITIONS_NOT_MET),
    ],
)
def test_pc_20_and_pc_21_conditions_are_checked_in_full(conditions: list[list[Json]], expected: Reason | None) -> None:
    decision = decide([visa(visa=AFFILIATION), conditional(*conditions)])

    assert reason(decision) is expected


def test_pc_21_two_visas_that_each_match_half_a_clause_do_not_meet_it() -> None:
    halves = [
        visa(visa={**AFFILIATION, "by": "self"}),
        visa(visa={**AFFILIATION, "value": "staff@med.example"}),
    ]

    assert reason(decide([conditional(MET), *halves])) is Reason.CONDITIONS_NOT_MET


def test_pc_21_a_visa_with_conditions_meets_no_other_visas_conditions() -> None:
    with_conditions = visa(visa={**AFFILIATION, "conditions": [[{"type": "ResearcherStatus", "by": "const:so"}]]})
    status = visa(visa={"type": "ResearcherStatus", "value": REGISTERED_ACCESS, "by": "so"})

    assert reason(decide([conditional(MET), with_conditions, status])) is Reason.CONDITIONS_NOT_MET


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("split_pattern:ada-7?,*", None),
        ("split_pattern:zoe,*", None),
        ("split_pattern:ad,*", Reason.CONDITIONS_NOT_MET),
        ("pattern:zoe,*", Reason.CONDITIONS_NOT_MET),
        ("pattern:*zoe,*", None),
    ],
)
def test_pc_22_a_split_pattern_matches_one_part_between_semicolons(wanted: str, expected: Reason | None) -> None:
    link = linking("ada-77,https%3A%2F%2Fx.example;zoe,https%3A%2F%2Fy.example")

    decision = decide([conditional([{"type": "LinkedIdentities", "value": wanted}]), link])

    assert reason(decision) is expected


def test_pc_23_a_missing_by_is_unknown_and_meets_no_policy() -> None:
    assert reason(decide([visa(visa={"by": None})])) is Reason.BY_NOT_ACCEPTED
    assert isinstance(house().verify_visa(visa(visa={**AFFILIATION, "by": None}), now=NOW), VerifiedVisa)


def test_pc_24_types_that_are_not_known_are_ignored() -> None:
    custom = visa(visa={"type": "https://x.example/visas/member", "value": DATASET})

    answer = authorise([custom, visa()])

    assert answer.passport is not None
    assert [item.refusal.reason for item in answer.passport.visas.refused] == [Reason.VISA_TYPE_UNSUPPORTED]
    assert isinstance(answer.decisions[DATASET], Permitted)


TERMS = {"type": "AcceptedTermsAndPolicies", "value": REGISTERED_ACCESS, "by": "self"}
RESEARCHER = {"type": "ResearcherStatus", "value": REGISTERED_ACCESS, "by": "so"}


@pytest.mark.parametrize(
    ("visas", "expected"),
    [
        ([TERMS, RESEARCHER], None),
        ([TERMS], Reason.RESEARCHER_VISA_MISSING),
        ([RESEARCHER], Reason.TERMS_VISA_MISSING),
        ([], Reason.TERMS_VISA_MISSING),
        ([TERMS, {**RESEARCHER, "value": REGISTERED_ACCESS + "/"}], Reason.RESEARCHER_VISA_MISSING),
        ([{**TERMS, "value": f"{BASE}terms/1/1"}, RESEARCHER], Reason.TERMS_VISA_MISSING),
    ],
)
def test_pc_25_registered_access_needs_both_visas_for_the_same_standard(
    visas: list[Json], expected: Reason | None
) -> None:
    clearinghouse = house()
    held = clearinghouse.verify_visas([visa(visa=said) for said in visas], holder=(SUBJECT, BASE), now=NOW)

    decision = clearinghouse.registered_access(held, now=NOW)

    assert reason(decision) is expected


@pytest.mark.parametrize(("requested", "expected"), [(0, NOW + 100), (99, NOW + 100), (100, Reason.ENDS_TOO_SOON)])
def test_pc_25_and_pc_28_registered_access_ends_with_the_first_of_its_two_visas(
    requested: int, expected: object
) -> None:
    clearinghouse = house(expiry=ExpiryRule(requested=requested))
    tokens = [visa(visa=TERMS), visa(visa=RESEARCHER, exp=NOW + 100)]
    held = clearinghouse.verify_visas(tokens, holder=(SUBJECT, BASE), now=NOW)

    decision = clearinghouse.registered_access(held, now=NOW)

    assert (decision.until if isinstance(decision, Permitted) else decision.reason) == expected


def test_pc_26_controlled_access_needs_a_controlled_access_visa_for_the_dataset() -> None:
    assert isinstance(decide([visa()]), Permitted)
    assert reason(decide([])) is Reason.NO_VISA_FOR_DATASET
    assert reason(decide([visa(visa={**RESEARCHER, "value": DATASET})])) is Reason.NO_VISA_FOR_DATASET


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        (ExpiryRule(), NOW + 3540),
        (ExpiryRule(requested=3539), NOW + 3540),
        (ExpiryRule(requested=3540), None),
        (ExpiryRule(requested=600, max_authorisation=87_000), None),
        (ExpiryRule(requested=599, max_authorisation=87_000), NOW + 600),
        (ExpiryRule(requested=3539, max_authorisation=999_999), NOW + 3540),
        (ExpiryRule(requested=0, max_authorisation=86_400), None),
    ],
)
def test_pc_27_access_ends_with_the_visa_or_with_the_hosts_own_limit(rule: ExpiryRule, until: int | None) -> None:
    decision = decide([visa()], expiry=rule)

    if until is None:
        assert reason(decision) is Reason.ENDS_TOO_SOON
    else:
        assert isinstance(decision, Permitted)
        assert decision.until == until


def test_pc_28_of_several_visas_that_are_used_the_smallest_expiry_counts() -> None:
    soon = visa(visa=AFFILIATION, exp=NOW + 100)
    sooner_link = linking(ENCODED, exp=NOW + 50)

    by_condition = decide([conditional(MET), soon])
    by_link = decide([OTHER_GRANT, sooner_link])

    assert isinstance(by_condition, Permitted)
    assert isinstance(by_link, Permitted)
    assert (by_condition.until, by_link.until) == (NOW + 100, NOW + 50)


def test_pc_28_of_several_ways_to_access_the_longest_is_taken() -> None:
    ways = [visa(exp=NOW + 500), visa(exp=NOW + 900, jti="longer"), visa(exp=NOW + 700)]

    decision = decide(ways)

    assert isinstance(decision, Permitted)
    assert decision.until == NOW + 900
    assert [accepted.expires_at for accepted in decision.visas] == [NOW + 900, NOW + 700, NOW + 500]


def test_pc_29_asserted_and_exp_are_checked_and_access_ends_at_exp() -> None:
    clearinghouse, token = house(), visa(exp=NOW + 5)

    assert isinstance(clearinghouse.verify_visa(token, now=NOW + 4), VerifiedVisa)
    assert reason(clearinghouse.verify_visa(token, now=NOW + 5)) is Reason.EXPIRED
    assert reason(clearinghouse.verify_visa(visa(visa={"asserted": NOW + 60}), now=NOW)) is Reason.ASSERTED_IN_FUTURE


def test_an_empty_set_of_visas_permits_nothing() -> None:
    decisions = house().decide(VisaSet((SUBJECT, BASE), (), ()), [DATASET], now=NOW)

    assert decisions == {DATASET: Refused(Reason.NO_VISA_FOR_DATASET)}
