"""What judging comes to: an answer, or that nobody could judge, which no code can take for a yes or a no."""

import ast
from pathlib import Path

import pytest
from django.db import OperationalError

from access.grants.judgement import CouldNotJudge, Judged, judgement_of
from governance.domain.errors import NotNow

ROOT = Path(__file__).parents[2]
# Where grants are judged, and what else may pass over a failure there: ending many grants, a set that is judged
# one by one, and obligations whose day has come.
ROOMS = ("access/grants", "access/passports", "access/hosts", "access/verification", "access/purposes", "access/visas")
OTHERS = {
    ("access/grants/services.py", "expire"),
    ("access/grants/evaluation.py", "follow_together"),
    ("access/grants/obligation_services.py", "follow_days"),
}


def raising(error: Exception) -> object:
    raise error


def test_an_answer_is_judged_whatever_it_says() -> None:
    assert [judgement_of(lambda: False), judgement_of(lambda: None)] == [Judged(False), Judged(None)]


def test_what_a_purpose_raises_is_that_nobody_could_judge() -> None:
    error = KeyError("rare disease of one person")

    found = judgement_of(lambda: raising(error))

    assert found == CouldNotJudge(error)
    assert (found.reason, repr(found)) == ("KeyError", "CouldNotJudge()")


@pytest.mark.parametrize("outcome", [Judged(True), Judged(False), CouldNotJudge(ValueError())])
def test_no_outcome_is_yes_or_no_by_itself(outcome: Judged[bool] | CouldNotJudge) -> None:
    with pytest.raises(TypeError, match="neither yes nor no"):
        bool(outcome)


@pytest.mark.parametrize("error", [OperationalError("locked"), NotNow("later")])
def test_what_is_no_fault_of_the_grant_is_raised_on(error: Exception) -> None:
    with pytest.raises(type(error)):
        judgement_of(lambda: raising(error))

    assert judgement_of(lambda: raising(error), let_through=()) == CouldNotJudge(error)


def test_nowhere_else_is_it_caught_that_nobody_could_judge() -> None:
    found = {
        (str(path.relative_to(ROOT)), function.name)
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and any(map(catches_everything, ast.walk(function)))
    }

    assert found == OTHERS | {("access/grants/judgement.py", "judgement_of")}


def catches_everything(node: ast.AST) -> bool:
    return isinstance(node, ast.ExceptHandler) and (
        node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
    )
