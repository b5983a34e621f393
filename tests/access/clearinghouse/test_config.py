"""The configuration: nothing unknown passes, and nothing is trusted that is not named."""

import json
from pathlib import Path
from typing import Any

import pytest

from access.clearinghouse import (
    ConfigError,
    ExpiryRule,
    Role,
    StatusPolicy,
    config_from,
    duologue_issuer,
    load_config,
)
from tests.access.tokens import BASE, OTHER, OTHER_JKU, rsa_jwk


def test_a_duologue_installation_needs_its_address_only() -> None:
    whole = config_from({"audiences": ["https://host.example/"], "issuers": [{"duologue": BASE.rstrip("/")}]})

    assert whole.issuers == (duologue_issuer(BASE),)
    assert whole.audiences == {"https://host.example/"}
    assert whole.audience_required is True


def test_every_member_of_an_issuer_is_read() -> None:
    written = {
        "iss": OTHER,
        "roles": ["visa_issuer", "broker"],
        "jku": [OTHER_JKU],
        "jwks_uri": OTHER_JKU,
        "discovery": False,
        "formats": ["document", "access-token"],
        "types": ["ControlledAccessGrants"],
        "sources": {"ControlledAccessGrants": ["https://other.example/dac"]},
        "authorities": {"*": ["dac", "so"]},
        "status": "required",
        "status_lists": [f"{OTHER}status/"],
        "cohorts": f"{OTHER}cohorts/",
        "max_life": 60,
        "max_key_age": 30,
        "same_subjects_as": [BASE],
        "keys": {"keys": [rsa_jwk("other", "other-1")]},
    }

    issuer = config_from({"issuers": [written], "expiry": {"requested": 5, "max_authorisation": 9}}).issuers[0]

    assert issuer.roles == frozenset(Role)
    assert (issuer.status, issuer.max_life, issuer.max_key_age) == (StatusPolicy.REQUIRED, 60, 30)
    assert issuer.trusts_source("ControlledAccessGrants", "https://other.example/dac")
    assert not issuer.trusts_source("ResearcherStatus", "https://other.example/dac")
    assert issuer.accepts_authority("ControlledAccessGrants", "so")
    assert issuer.keys is not None
    assert list(issuer.keys.keys) == ["other-1"]


def test_whether_the_host_enforces_cohorts_is_read_and_is_no_unless_said() -> None:
    said = config_from({"issuers": [{"duologue": BASE}], "enforces_cohorts": True, "label_only": ["EGAD1"]})
    unsaid = config_from({"issuers": [{"duologue": BASE}]})

    assert [(one.enforces_cohorts, one.label_only) for one in (said, unsaid)] == [
        (True, frozenset({"EGAD1"})),
        (False, frozenset()),
    ]


def test_a_rule_of_expiry_is_read() -> None:
    whole = config_from({"issuers": [{"duologue": BASE}], "expiry": {"requested": 5, "max_authorisation": 9}})

    assert whole.expiry == ExpiryRule(requested=5, max_authorisation=9)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ([], "configuration must be an object"),
        ({}, "issuers must be a list"),
        ({"issuers": []}, "issuers must be a list"),
        ({"issuers": [{"duologue": BASE}], "audience": "x"}, "not known: audience"),
        ({"issuers": [{"duologue": BASE}], "audiences": "x"}, "audiences must be a list"),
        ({"issuers": [{"duologue": BASE}], "audience_required": "no"}, "true or false"),
        ({"issuers": [{"duologue": BASE}], "enforces_cohorts": "yes"}, "enforces_cohorts must be true or false"),
        ({"issuers": [{"duologue": BASE}], "label_only": "EGAD1"}, "label_only must be a list"),
        ({"issuers": [{"duologue": BASE}], "expiry": {"request": 5}}, "not known"),
        ({"issuers": [{"duologue": BASE}], "limits": {"visas": -1}}, "limits.visas must be a whole number"),
        ({"issuers": [{"duologue": BASE, "jku": []}]}, "not known: duologue"),
        ({"issuers": [{"duologue": ""}]}, "duologue must be a string"),
        ({"issuers": [{"iss": OTHER}]}, "needs iss and roles"),
        ({"issuers": [{"iss": OTHER, "roles": ["king"]}]}, "not known: 'king'"),
        ({"issuers": [{"iss": OTHER, "roles": ["broker"], "jkus": []}]}, "not known: jkus"),
        ({"issuers": [{"iss": OTHER, "roles": ["broker"], "status": "maybe"}]}, "not known: 'maybe'"),
        (
            {"issuers": [{"iss": OTHER, "roles": ["broker"], "max_life": 1.5}]},
            "max_life must be a whole number",
        ),
        ({"issuers": [{"iss": OTHER, "roles": ["broker"], "keys": {}}]}, "keys: keys is not a list"),
        ({"issuers": [{"duologue": BASE}, {"duologue": BASE}]}, "twice"),
        (
            {
                "issuers": [
                    {"duologue": BASE},
                    {"iss": OTHER, "roles": ["visa_issuer"], "status_lists": [f"{BASE}status/"]},
                ]
            },
            "status lists of two issuers",
        ),
    ],
)
def test_what_is_not_understood_is_an_error_that_says_what_to_do(written: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_from(written)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    for path in (broken, tmp_path / "missing.json"):
        with pytest.raises(ConfigError, match="cannot be read"):
            load_config(path)


def test_a_file_is_read_like_its_content(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"issuers": [{"duologue": BASE}]}))

    assert load_config(path) == config_from({"issuers": [{"duologue": BASE}]})
