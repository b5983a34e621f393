"""Services lock as docs/locks.md says: what is locked stands there, as weakly as serves, and before it is written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.layers import layer

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "locks.md").read_text(encoding="utf-8")
ORDERED = list(dict.fromkeys(re.findall(r"(?m)^\| `(\w+)` \|", PAGE)))
APART = re.findall(r"`([A-Z]\w+)`", PAGE.split("Apart from the order")[1].split("##")[0])
# Rows that are deleted under their lock.
FOR_UPDATE = {"ProfileCountDelta"}
# What a lock is taken of where no model is named beside it.
SAYS = {
    "takeable": "Job",
    "with_basis": "Grant",
    "people": "GrantPerson",
    "invitations": "Collaborator",
    "standing": "Visa",
}

# Rows that two people's acts meet in. Who writes one took its lock, or made it.
GUARDED = {"Request", "Line", "Grant", "Participant", "SigningKey", "User"}
LOCKERS = {"locked", "_locked", "lock_person", "_line_for", "_open_lines"}
# Writes without a lock of their own, and why that is right.
_BY_THE_CALLER = "its caller holds the lock: it is a part of what that does"
ALLOWED = {
    ("access/grants/judging.py", "_write"): _BY_THE_CALLER,
    ("access/grants/judging.py", "_write_changes"): _BY_THE_CALLER,
    ("access/grants/services.py", "record_shrink"): _BY_THE_CALLER,
    ("access/grants/services.py", "record_joined"): _BY_THE_CALLER,
    ("access/cases/opening.py", "withdraw_line"): _BY_THE_CALLER,
    ("access/cases/opening.py", "close_if_settled"): _BY_THE_CALLER,
    ("access/requests/services.py", "touch"): _BY_THE_CALLER,
    ("access/grants/evaluation.py", "follow_ethics"): "one statement, of a column that nothing else writes",
    ("consent/services/erasure.py", "erase_identity"): "withdrawing took the lock",
    ("governance/services/sessions.py", "end_sessions"): "one statement, which counts on from what stands",
    ("governance/notices/services.py", "tell"): "one statement, which counts on from what stands",
    ("governance/notices/services.py", "read_all"): "one statement: the bar counts from nothing again",
    ("governance/services/keys.py", "rotate_due"): "one statement, which asks for the state that it changes",
}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for app in ("access", "consent", "governance"):
        for file in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in file.parts:
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.FunctionDef):
                        yield file.relative_to(ROOT).as_posix(), node


def named_in(node: ast.AST, assigned: dict[str, ast.AST], depth: int = 0) -> set[str]:
    """The models that an expression speaks of, through the local names that it uses."""
    found: set[str] = set()
    for part in ast.walk(node):
        name = part.id if isinstance(part, ast.Name) else part.attr if isinstance(part, ast.Attribute) else ""
        if name in SAYS:
            found.add(SAYS[name])
        elif name in {*ORDERED, *APART}:
            found.add(name)
        elif name in assigned and depth < 3 and assigned[name] is not node:
            found |= named_in(assigned[name], assigned, depth + 1)
    return found


def assigned_in(function: ast.FunctionDef) -> dict[str, ast.AST]:
    """What each local name was first given."""
    given: dict[str, ast.AST] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                        given.setdefault(part.id, node.value)
    return given


def calls(node: ast.AST, names: set[str]) -> list[ast.Call]:
    return [
        one
        for one in ast.walk(node)
        if isinstance(one, ast.Call)
        and (one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")) in names
    ]


def test_whatever_is_locked_stands_on_the_page_and_is_locked_as_weakly_as_serves() -> None:
    strong, unknown, seen = [], [], set[str]()
    for file, function in functions():
        for call in calls(function, {"select_for_update"}):
            assert isinstance(call.func, ast.Attribute)
            models = named_in(call.func.value, assigned_in(function))
            seen |= models
            if not models:
                unknown.append(f"{file}: {function.name}")
            weak = any(keyword.arg == "no_key" for keyword in call.keywords)
            if not weak and not models <= FOR_UPDATE:
                strong.append(f"{file}: {function.name}")
        for call in calls(function, {"share"}):
            seen |= named_in(call, {})
        seen |= {"User" for _call in calls(function, {"lock_person"})}

    assert (strong, unknown) == ([], [])
    assert seen == {*ORDERED, *APART}


def test_who_writes_a_guarded_row_took_its_lock_or_made_it() -> None:
    unlocked = [
        f"{file}: {function.name} writes {written}"
        for file, function in functions()
        if layer(Path(file)) == "services" and (file, function.name) not in ALLOWED
        for written in unlocked_writes(function)
    ]

    assert unlocked == []


def unlocked_writes(function: ast.FunctionDef) -> list[str]:
    """What a public function saves although it was handed to it, or read without a lock."""
    given = assigned_in(function)
    parameters = {
        one.arg: one.annotation.id
        for one in (*function.args.args, *function.args.kwonlyargs)
        if isinstance(one.annotation, ast.Name) and one.annotation.id in GUARDED
    }
    found = []
    for call in calls(function, {"save", "update", "_changed", "_move"}):
        target = call.args[0] if isinstance(call.func, ast.Name) and call.args else getattr(call.func, "value", None)
        if isinstance(target, ast.Name):
            source = given.get(target.id)
            handed = target.id in parameters and not function.name.startswith("_")
            if (source is None and handed) or (
                source is not None and named_in(source, {}) & GUARDED and not is_safe(source)
            ):
                found.append(target.id)
        elif target is not None and getattr(call.func, "attr", "") == "update":
            models = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)} & GUARDED
            if models and not calls(function, {"select_for_update"} | LOCKERS):
                found.append(models.pop())
    return found


def is_safe(source: ast.AST) -> bool:
    """Whether a row was locked as it was read, or is new."""
    made = {"create", "get_or_create", "bulk_create", *GUARDED}
    return bool(calls(source, {"select_for_update"} | LOCKERS | made))


def test_the_check_of_writes_finds_what_it_looks_for() -> None:
    handed = ast.parse("def end(*, grant: Grant):\n    grant.state = 'ended'\n    grant.save()").body[0]
    read = ast.parse("def end(pk):\n    row = Grant.objects.get(pk=pk)\n    row.save()").body[0]
    swept = ast.parse("def end():\n    Grant.objects.filter(state='active').update(state='ended')").body[0]
    right = ast.parse("def end(*, grant: Grant):\n    grant = locked(grant)\n    grant.save()").body[0]

    functions = [one for one in (handed, read, swept, right) if isinstance(one, ast.FunctionDef)]

    assert [unlocked_writes(one) for one in functions] == [["grant"], ["row"], ["Grant"], []]
