"""What a machine cannot test is said aloud, and where nothing may be left out it fails."""

import ast
from pathlib import Path

import pytest

from tests.architecture.test_code import TESTS, name, tree
from tests.processes import leave_out


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_it_is_left_out_by_hand_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[Exception]):
    monkeypatch.setenv("CI", ci)

    with pytest.raises(outcome, match="LEFT OUT: the moon"):
        leave_out("the moon")


def test_no_test_leaves_itself_out_in_another_way():
    skips = {"pytest.skip", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif"}
    found = {
        name(path) for path in TESTS for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)
        if ast.unparse(node) in skips
    }  # fmt: skip

    assert found == {"tests/processes.py", name(Path(__file__))}
