"""A change and its audit event are one transaction: whoever records, publishes or revokes does it inside one.

Every test runs inside a transaction of its own, so that a missing `transaction.atomic` shows nowhere else.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path
    for app in ("governance", "consent", "access")
    for path in (ROOT / app).rglob("*.py")
    if not {"migrations", "demo", "journey"} & set(path.parts)
)
# What must not happen outside of a transaction, by the name that it is called under.
WRITES = {"audit.record", "audit.record_all", "audit.record_each", "record", "publish", "publish_all"}
# The doors themselves, of which the rule speaks: the first refuses to work outside of a transaction.
DOORS = {"governance/record/audit.py", "governance/record/outbox.py"}
# Public functions that work in the transaction of who calls them, by module; a call of one is a write like the others.
INNER: dict[str, set[str]] = {
    "access/grants/services.py": {"record_joined", "record_shrink", "record_together"},
    "access/cases/opening.py": {"close_if_settled", "open_lines", "record_computed_recusals", "withdraw_line"},
    "access/requests/services.py": {"touch"},
    "access/visas/revocation.py": {"revoke_together", "revoke_visas"},
    "consent/services/appending.py": {"append", "move_members", "take_place", "take_places"},
    "consent/services/cohorts.py": {"enter_moves", "record_moves"},
}
# They carry out a message piece by piece, and what is left over is a message of its own: their own is done only after that.
ON_THEIR_OWN = {
    "access/grants/evaluation.py on_dataset",
    "access/grants/evaluation.py on_everything",
    "access/grants/evaluation.py on_rest",
    "access/grants/evaluation.py on_terms_accepted",
    "access/visas/revocation.py on_key_revoked",
}


# A room's services are called by the room's name: `from access.grants import services as grants`.
INNER_CALLS = {
    f"{called}.{name}"
    for where, names in INNER.items()
    for name in names
    for called in (Path(where).stem, Path(where).parent.name)
} | {name for names in INNER.values() for name in names}


@dataclass
class Function:
    """One function: whether it opens a transaction, what it calls outside and inside of one, and what it writes outside."""

    where: str
    name: str
    atomic: bool
    calls: set[str] = field(default_factory=set)
    covered: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def is_atomic(node: ast.expr) -> bool:
    return ast.unparse(node).startswith(("transaction.atomic", "atomic"))


class Reader(ast.NodeVisitor):
    """Reads a module's functions; what stands under `with transaction.atomic()` is inside of one."""

    def __init__(self, where: str) -> None:
        self.where, self.found, self.now, self.inside = where, [], None, 0  # type: ignore[var-annotated]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        before = self.now
        self.now = before or Function(self.where, node.name, any(is_atomic(one) for one in node.decorator_list))
        self.generic_visit(node)
        if before is None:
            self.found.append(self.now)
        self.now = before

    def visit_With(self, node: ast.With) -> None:
        opens = any(is_atomic(item.context_expr) for item in node.items)
        self.inside += opens
        self.generic_visit(node)
        self.inside -= opens

    def visit_Call(self, node: ast.Call) -> None:
        name = called(node)
        if self.now is not None and self.inside:
            self.now.covered.add(name)
        elif self.now is not None:
            self.now.calls.add(name)
            if name in WRITES or name in INNER_CALLS:
                self.now.writes.add(name)
        self.generic_visit(node)


def read() -> list[Function]:
    functions = []
    for path in MODULES:
        where = path.relative_to(ROOT).as_posix()
        if where not in DOORS:
            reader = Reader(where)
            reader.visit(ast.parse(path.read_text(encoding="utf-8")))
            functions += reader.found
    return functions


def outside(functions: list[Function]) -> list[str]:
    """Functions of one module that write outside of a transaction, or leave it to a private one that does, without opening one.

    A private function is as good as its callers; a public one of `INNER` is judged where it is called.
    """
    found = []
    for where in sorted({one.where for one in functions}):
        own = [one for one in functions if one.where == where]
        needing = {one.name for one in own if one.writes and not one.atomic}
        while True:
            more = {one.name for one in own if not one.atomic and one.calls & {n for n in needing if n.startswith("_")}}
            if more <= needing:
                break
            needing |= more
        inner = INNER.get(where, set())
        called_here = {name for one in own for name in one.calls | one.covered}
        found += [
            f"{where} {name}" for name in sorted(needing - inner) if not name.startswith("_") or name not in called_here
        ]
    return found


def test_nothing_is_recorded_or_published_outside_of_a_transaction() -> None:
    assert set(outside(read())) == ON_THEIR_OWN


def test_a_service_that_lost_its_transaction_is_found() -> None:
    read_of = Reader("some/services/cases.py")
    read_of.visit(ast.parse("def vote():\n    _message()\ndef _message():\n    audit.record(1)\n"))
    kept = Reader("some/services/cases.py")
    kept.visit(ast.parse("@transaction.atomic\ndef vote():\n    _message()\ndef _message():\n    audit.record(1)\n"))

    assert (outside(read_of.found), outside(kept.found)) == (["some/services/cases.py vote"], [])
