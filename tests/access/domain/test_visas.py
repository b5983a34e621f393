"""Preparing visas: what a grant's facts become, and when they become nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.domain.visa_lint import lint
from access.domain.visas import (
    Assertion,
    By,
    Ends,
    HostProfile,
    NotIssuable,
    SigningKeyFacts,
    StatusReference,
    VisaFacts,
    VisaFormat,
    VisaObstacle,
    VisaPlan,
    accepted_terms,
    affiliation_and_role,
    controlled_access_grant,
    linked_identities,
    prepare,
    researcher_status,
)

BASE = "https://duologue.example/"
NOW = datetime(2026, 11, 22, 9, 0, 0, 500_000, tzinfo=UTC)
DECIDED = NOW - timedelta(days=3)
IAT = 1_795_338_000
KEY = SigningKeyFacts(kid="k-1", alg="RS256", jku=f"{BASE}.well-known/jwks.json")
ES_KEY = SigningKeyFacts(kid="e-1", alg="ES256", jku=f"{BASE}.well-known/jwks-es256.json")
FAR = NOW + timedelta(days=90)
GRANT = controlled_access_grant(value=f"{BASE}datasets/D-1", source=f"{BASE}committees/1", asserted=DECIDED)


def facts(**changes: object) -> VisaFacts:
    plain = VisaFacts(
        issuer=BASE,
        subject="5f0c",
        token_id="v-1",
        assertion=GRANT,
        ends=Ends(signing_key=FAR, grant=FAR, ethics=FAR, affiliation=FAR),
        status=StatusReference(12, f"{BASE}status/3"),
    )
    return replace(plain, **changes)


def plan(profile: HostProfile | None = None, key: SigningKeyFacts = KEY, **changes: object) -> VisaPlan:
    prepared = prepare(facts(**changes), profile=profile or HostProfile(), key=key, now=NOW)
    assert isinstance(prepared, VisaPlan), prepared
    return prepared


def test_a_grant_becomes_a_document_visa_with_these_members_and_no_other() -> None:
    cohort = f"{BASE}api/v1/hosts/cohorts/G-1?at=77"

    made = plan(cohort=cohort)

    assert made.header == {"typ": "vnd.ga4gh.visa+jwt", "alg": "RS256", "kid": "k-1", "jku": KEY.jku}
    assert made.claims == {
        "iss": BASE,
        "sub": "5f0c",
        "jti": "v-1",
        "iat": IAT,
        "exp": IAT + 3600,
        "ga4gh_visa_v1": {
            "type": "ControlledAccessGrants",
            "asserted": int(DECIDED.timestamp()),
            "value": f"{BASE}datasets/D-1",
            "source": f"{BASE}committees/1",
            "by": "dac",
        },
        "status": {"status_list": {"idx": 12, "uri": f"{BASE}status/3"}},
        "cohort": cohort,
    }
    assert made.ended_by == "hour"


@pytest.mark.parametrize(
    ("profile", "key", "header"),
    [
        (HostProfile(typ="JWT"), KEY, {"typ": "JWT", "alg": "RS256", "kid": "k-1", "jku": KEY.jku}),
        (
            HostProfile(alg="ES256"),
            ES_KEY,
            {"typ": "vnd.ga4gh.visa+jwt", "alg": "ES256", "kid": "e-1", "jku": ES_KEY.jku},
        ),
        (HostProfile(format=VisaFormat.ACCESS_TOKEN), KEY, {"typ": "at+jwt", "alg": "RS256", "kid": "k-1"}),
    ],
)
def test_a_host_gets_the_form_that_it_asked_for(
    profile: HostProfile, key: SigningKeyFacts, header: dict[str, str]
) -> None:
    made = plan(profile, key)

    assert made.header == header
    assert made.claims.get("scope") == ("openid ga4gh_passport_v1" if header["typ"] == "at+jwt" else None)


@pytest.mark.parametrize("end", ["signing_key", "grant", "ethics", "affiliation"])
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, (VisaObstacle.ENDED, None)),
        (0, (VisaObstacle.ENDED, None)),
        (1, (VisaObstacle.ENDS_TOO_SOON, None)),
        (600, (VisaObstacle.ENDS_TOO_SOON, None)),
        (601, (None, 601)),
        (3599, (None, 3599)),
        (3600, (None, 3600)),
        (3601, (None, 3600)),
    ],
)
def test_every_end_cuts_the_visa_and_none_shorter_than_ten_minutes_is_made(
    end: str, seconds: int, expected: tuple[VisaObstacle | None, int | None]
) -> None:
    ends = replace(facts().ends, **{end: NOW + timedelta(seconds=seconds)})

    made = prepare(facts(ends=ends), profile=HostProfile(), key=KEY, now=NOW)

    if isinstance(made, NotIssuable):
        assert (made.obstacle, made.end, expected[1]) == (expected[0], end, None)
    else:
        assert (made.claims["exp"] - IAT, made.ended_by) == (expected[1], end if seconds < 3600 else "hour")


def test_the_reason_for_no_visa_names_the_end_and_says_what_to_do() -> None:
    ends = replace(facts().ends, ethics=NOW + timedelta(minutes=5))

    made = prepare(facts(ends=ends), profile=HostProfile(), key=KEY, now=NOW)

    message = "the ethics approval ends within ten minutes; renew it first"
    assert made == NotIssuable(VisaObstacle.ENDS_TOO_SOON, message, "ethics")


def test_no_visa_vouches_for_a_decision_that_lies_in_the_future() -> None:
    later = replace(GRANT, asserted=NOW + timedelta(seconds=1))

    made = prepare(facts(assertion=later), profile=HostProfile(), key=KEY, now=NOW)

    assert made == NotIssuable(VisaObstacle.ASSERTED_IN_FUTURE, "the decision lies in the future; check the clock")


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        (HostProfile(alg="ES256"), KEY),
        (HostProfile(), ES_KEY),
        (HostProfile(format=VisaFormat.ACCESS_TOKEN, alg="ES256"), ES_KEY),
    ],
)
def test_a_key_of_the_wrong_kind_makes_no_visa(profile: HostProfile, key: SigningKeyFacts) -> None:
    made = prepare(facts(), profile=profile, key=key, now=NOW)

    assert isinstance(made, NotIssuable)
    assert made.obstacle is VisaObstacle.KEY_DOES_NOT_FIT


@pytest.mark.parametrize(
    ("assertion", "value", "by"),
    [
        (GRANT, f"{BASE}datasets/D-1", "dac"),
        (
            affiliation_and_role(
                role="faculty",
                organisation="med.example.edu",
                source="https://med.example.edu/",
                by=By.SIGNING_OFFICIAL,
                asserted=DECIDED,
            ),
            "faculty@med.example.edu",
            "so",
        ),
        (
            accepted_terms(terms_url=f"{BASE}terms/4/2", source=f"{BASE}committees/1", by=By.SELF, asserted=DECIDED),
            f"{BASE}terms/4/2",
            "self",
        ),
        (
            researcher_status(
                standard_url=f"{BASE}standards/1", source=f"{BASE}committees/1", by=By.PEER, asserted=DECIDED
            ),
            f"{BASE}standards/1",
            "peer",
        ),
        (
            linked_identities(
                identities=[("a;b,c", "https://x.example/"), ("d e", "https://y.example/?z")],
                source=BASE,
                asserted=DECIDED,
            ),
            "a%3Bb%2Cc,https%3A%2F%2Fx.example%2F;d%20e,https%3A%2F%2Fy.example%2F%3Fz",
            "system",
        ),
    ],
)
def test_all_five_standard_types_pass_the_lint(assertion: Assertion, value: str, by: str) -> None:
    made = plan(assertion=assertion)

    said = made.claims["ga4gh_visa_v1"]
    assert (said["type"], said["value"], said["by"]) == (assertion.type.value, value, by)
    assert lint(made.header, made.claims) == []


@given(
    fraction=st.integers(0, 999_999),
    ends=st.lists(st.integers(-10, 7200_000_000), min_size=4, max_size=4),
    asserted=st.integers(0, 10_000_000),
)
def test_whatever_the_ends_no_visa_outlives_one_or_fails_the_lint(
    fraction: int, ends: list[int], asserted: int
) -> None:
    now = NOW.replace(microsecond=fraction)
    key, grant, ethics, affiliation = (now + timedelta(microseconds=microseconds) for microseconds in ends)
    given_facts = facts(
        ends=Ends(signing_key=key, grant=grant, ethics=ethics, affiliation=affiliation),
        assertion=replace(GRANT, asserted=now - timedelta(microseconds=asserted)),
    )

    made = prepare(given_facts, profile=HostProfile(), key=KEY, now=now)

    if isinstance(made, NotIssuable):
        assert min(ends) <= 600_000_000
    else:
        assert lint(made.header, made.claims) == []
        assert made.claims["exp"] <= min(end.timestamp() for end in (key, grant, ethics, affiliation))
