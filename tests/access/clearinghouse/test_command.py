"""The command line and the README's example, against a server that holds the issuer's documents."""

import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from access.clearinghouse import Clearinghouse, config_from, house
from access.clearinghouse.__main__ import main
from tests.access.tokens import (
    BASE,
    DATASET,
    HOST,
    NOW,
    passport,
    rsa_jwk,
    status_token,
    visa,
    visa_header,
)

README = Path(house.__file__).with_name("README.md")


@pytest.fixture
def config_file(httpserver: HTTPServer, tmp_path: Path) -> Path:
    """A configuration that trusts an issuer on the server, whose documents stand there."""
    base = httpserver.url_for("/")
    httpserver.expect_request("/.well-known/jwks.json").respond_with_json(
        {"keys": [rsa_jwk("token", "token-1"), rsa_jwk("status", "status-1")]}
    )
    ever = {"iat": 1, "exp": NOW + 10**9}
    httpserver.expect_request("/status/1").respond_with_data(status_token(f"{base}status/1", **ever))
    path = tmp_path / "config.json"
    plain = [f"{httpserver.host}:{httpserver.port}"]
    path.write_text(json.dumps({"audiences": [HOST], "issuers": [{"duologue": base}], "plain_http": plain}))
    return path


def local_visa(base: str, **changes: Any) -> str:
    return visa(
        header=visa_header(jku=f"{base}.well-known/jwks.json"),
        iss=base,
        visa={"source": f"{base}committees/1"},
        status={"status_list": {"idx": 1, "uri": f"{base}status/1"}},
        **changes,
    )


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    status = main(["verify", *(str(argument) for argument in arguments), "--now", str(NOW)])
    return status, json.loads(capsys.readouterr().out)


def test_a_good_visa_is_accepted_over_http(
    httpserver: HTTPServer, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = local_visa(httpserver.url_for("/"), cohort=f"{httpserver.url_for('/')}api/v1/hosts/cohorts/G-1?at=4")

    status, answer = run(token, "--config", config_file, "--enforces-cohorts", capsys=capsys)

    assert (status, answer["verdict"]) == (0, "accepted")
    assert answer["visa"]["value"] == DATASET
    assert answer["visa"]["cohort"].endswith("/api/v1/hosts/cohorts/G-1?at=4")


@pytest.mark.parametrize(
    ("cohort", "options", "reason"),
    [
        (None, [], None),
        (None, ["--enforces-cohorts"], "cohort_missing"),
        (None, ["--enforces-cohorts", "--label-only", "https://duologue.example/datasets/D-2"], "cohort_missing"),
        (None, ["--enforces-cohorts", "--label-only", DATASET], None),
        ("G-1?at=4", [], "cohort_not_enforced"),
        ("G-1?at=4", ["--no-enforces-cohorts"], "cohort_not_enforced"),
    ],
)
def test_the_command_is_told_whether_the_host_enforces_cohorts(
    httpserver: HTTPServer,
    config_file: Path,
    capsys: pytest.CaptureFixture[str],
    cohort: str | None,
    options: list[str],
    reason: str | None,
) -> None:
    base = httpserver.url_for("/")
    token = local_visa(base, cohort=cohort and f"{base}api/v1/hosts/cohorts/{cohort}")

    status, answer = run(token, "--config", config_file, *options, capsys=capsys)

    assert (status, answer.get("reason")) == (int(reason is not None), reason)


def test_a_bad_visa_is_refused_with_its_reason(
    config_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("rubbish\n"))

    status, answer = run("-", "--config", config_file, capsys=capsys)

    assert (status, answer) == (
        1,
        {
            "verdict": "refused",
            "reason": "token_malformed",
            "message": "the token is not three parts of base64url; send a compact JWS: 1 parts",
        },
    )


@pytest.mark.parametrize(
    ("audience", "dataset", "expected"),
    [
        (HOST, DATASET, (0, "accepted", None)),
        (HOST, "another", (1, "refused", "no_visa_for_dataset")),
        ("https://another-host.example/", DATASET, (1, "refused", "audience_wrong")),
    ],
)
def test_a_passport_is_judged_for_audience_and_dataset(
    httpserver: HTTPServer,
    config_file: Path,
    capsys: pytest.CaptureFixture[str],
    audience: str,
    dataset: str,
    expected: tuple[int, str, str | None],
) -> None:
    base = httpserver.url_for("/")
    token = passport([local_visa(base), "rubbish"], iss=base)

    status, answer = run(
        token,
        "--config",
        config_file,
        "--passport",
        "--audience",
        audience,
        "--dataset",
        dataset,
        capsys=capsys,
    )

    assert (status, answer["verdict"], answer.get("reason")) == expected


def test_a_configuration_that_cannot_be_used_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["verify", "x", "--config", str(tmp_path / "missing.json")])

    output = capsys.readouterr()
    assert (status, output.out) == (2, "")
    assert "cannot be read" in output.err


def test_the_example_of_the_readme_runs_and_says_what_it_should(
    httpserver: HTTPServer, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert code is not None
    base, now = httpserver.url_for("/"), int(time.time())
    life = {"iat": now - 60, "exp": now + 3000}
    token = passport([local_visa(base, **life)], iss=base, **life)
    plain = f'"plain_http": ["{httpserver.host}:{httpserver.port}"], "audiences"'
    example = code[1].replace(f'"{BASE}"', f'"{base}"').replace('"audiences"', plain)

    exec(compile(example, str(README), "exec"), {"passport": token})

    assert capsys.readouterr().out == f"{DATASET} until {now + 3000} []\n"


def test_every_public_method_and_member_of_the_configuration_is_in_the_readme() -> None:
    text = README.read_text()
    methods = [name for name in vars(Clearinghouse) if not name.startswith("_")]
    issuer = config_from({"issuers": [{"duologue": BASE}]}).issuers[0]
    members = [
        *issuer.__slots__,
        "audiences",
        "audience_required",
        "issuers",
        "expiry",
        "limits",
        "plain_http",
    ]

    missing = [name for name in [*methods, *members] if f"`{name}" not in text]

    assert missing == []
