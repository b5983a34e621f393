"""Which tests run on which database: what needs no database runs once, what differs between them runs on both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import BOTH, ONCE, once

ROOT = Path(__file__).resolve().parents[2]
NEVER_ASKED = "postgresql://nobody@127.0.0.1:1/nothing"


def _kept_on_postgresql(folder: str) -> set[str]:
    """The files of a folder below `tests` of which the worker on PostgreSQL keeps a test."""
    chosen = {"DUOLOGUE_TEST_DATABASE": "postgresql", "DUOLOGUE_TEST_POSTGRESQL_URL": NEVER_ASKED}
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-qq", "--collect-only", f"tests/{folder}"],
        env={**os.environ, **chosen},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return {line.split(":")[0].removeprefix("tests/") for line in listed.splitlines() if line.startswith("tests/")}


def test_every_place_named_is_there() -> None:
    named = {place: [*ROOT.glob(f"tests/{place}"), *ROOT.glob(f"tests/{place}.py")] for place in (*ONCE, *BOTH)}

    assert [place for place, found in named.items() if not found] == []


@pytest.mark.parametrize("folder", sorted({Path(path).parent.as_posix() for path in BOTH}))
def test_what_concerns_both_databases_runs_on_both_and_its_neighbours_once(folder: str) -> None:
    here = {path.relative_to(ROOT / "tests").as_posix() for path in ROOT.glob(f"tests/{folder}/test_*.py")}

    kept = _kept_on_postgresql(folder)

    assert kept == here & set(BOTH)
    assert kept == {path for path in here if not once(path)}
