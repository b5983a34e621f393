"""`manage.py match` as people run it: a process of its own, with and without a database."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from governance.duo.ontologies.ontology_files import read_ontology
from governance.duo.ontology import shipped
from governance.services.ontology import activate_release, import_release
from tests.acting import TESTS

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases" / "ontology"


def case(consented: str, asked: str, **more: object) -> str:
    data_use = {"permission": "DS", "diseases": [consented]}
    purpose = {"investigations": ["DUO:0000040"], "diseases": [asked]}
    return json.dumps({"data_use": data_use, "purpose": purpose, "at": "2026-11-22", **more}) + "\n"


def run_match(lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "match"],
        input=lines,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name != "DATABASE_URL"} | environment,
        timeout=60,
        check=False,
    )


def named(file: str) -> str:
    """A file of the cases as decisions name it: by its version and its content."""
    return read_ontology(CASES / file).identity


def call_match(monkeypatch: pytest.MonkeyPatch, lines: str, *arguments: str) -> list[dict[str, Any]]:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    call_command("match", *arguments)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_without_a_database_the_shipped_extract_is_used_and_none_is_made(tmp_path: Path):
    done = run_match(case("MONDO:0004992", "MONDO:0007254"), DUOLOGUE_DATA=str(tmp_path / "none"))

    decision = json.loads(done.stdout)
    assert (done.returncode, decision["verdict"], decision["ontologies"]) == (
        0,
        "permit",
        shipped().identity(),
    )
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_does_not_answer_is_said_and_done_without():
    done = run_match(case("MONDO:0004992", "MONDO:0007254"), DATABASE_URL="postgres://nobody@127.0.0.1:1/none")

    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "permit")
    assert done.stderr == "no database in reach (OperationalError): using the shipped extract\n"


def test_a_bad_line_is_answered_in_its_place_and_the_status_is_one(tmp_path: Path):
    lines = case("MONDO:0004992", "MONDO:0007254", id="a") + "not json\n\n" + case("MONDO:0004992", "X:1", id="b")

    done = run_match(lines, DUOLOGUE_DATA=str(tmp_path / "none"))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(answer.get("id"), answer.get("verdict"), "error" in answer) for answer in answers] == [
        ("a", "permit", False),
        (None, None, True),
        ("b", "review", False),
    ]


def test_named_files_are_used_and_the_first_is_the_hub(monkeypatch: pytest.MonkeyPatch):
    lines = case("HUB:3", "FAR:4") + case("HUB:3", "FAR:8")
    files = [f"--ontology={CASES / name}" for name in ("hub.obo", "far.obo")]

    answers = call_match(monkeypatch, lines, *files)

    assert [answer["verdict"] for answer in answers] == ["permit", "review"]
    assert answers[0]["ontologies"] == {"HUB": f"{named('hub.obo')} (hub)", "FAR": named("far.obo")}


def test_two_files_of_one_version_are_two_releases_in_a_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = [tmp_path / "one.obo", tmp_path / "two.obo"]
    for file, parent in zip(files, ("A:1", "A:2"), strict=True):
        file.write_text(f"data-version: 7\n\n[Term]\nid: A:1\n\n[Term]\nid: A:2\n\n[Term]\nid: A:3\nis_a: {parent}\n")

    one, other = (call_match(monkeypatch, case("A:1", "A:3"), f"--ontology={file}")[0] for file in files)

    assert (one["verdict"], other["verdict"]) == ("permit", "deny")
    assert one["inputs"] == other["inputs"]
    assert one["ontologies"] != other["ontologies"]


@pytest.mark.parametrize("hub", ["hub.owl", "hub.json"])
def test_a_named_file_may_be_owl_or_obographs(monkeypatch: pytest.MonkeyPatch, hub: str):
    (answer,) = call_match(monkeypatch, case("HUB:3", "FAR:4"), f"--ontology={CASES / hub}")

    assert (answer["verdict"], answer["ontologies"]) == ("permit", {"HUB": named(hub)})


def test_what_of_a_named_file_is_left_out_is_told_beside_the_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "a.obo"
    file.write_text(f"[Term]\nid: A:1\n\n[Term]\nid: A:{'9' * 60}\n")
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)

    (answer,) = call_match(monkeypatch, case("A:1", "A:1"), f"--ontology={file}")

    assert answer["verdict"] == "permit"
    assert told.getvalue() == f"{file}: line 4: A:{'9' * 58}: the id is longer than 60 characters: left out\n"


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(CommandError) as refused:
        call_match(monkeypatch, "", "--ontology=none.obo")

    assert str(refused.value) == "cannot read none.obo: No such file or directory"


@pytest.mark.django_db
def test_with_a_database_its_active_releases_judge(monkeypatch: pytest.MonkeyPatch):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    release = import_release(file=CASES / "hub.obo", by=TESTS, now=now, hub=True).release
    assert release is not None
    activate_release(release=release, by=TESTS, now=now)

    (answer,) = call_match(monkeypatch, case("HUB:3", "HUB:4"))

    assert (answer["verdict"], answer["ontologies"]) == ("permit", {"HUB": named("hub.obo")})
