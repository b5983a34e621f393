"""What the code promises about its own shape: small files and functions, no hidden imports, no signals, every event used."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.layers import layer

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path
    for app in ("governance", "consent", "access", "benchmarks")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
# Relying parties bring an environment of their own.
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if ".venv" not in path.parts)
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, FUNCTIONS))


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*MODULES, *TESTS]}

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    lengths = {
        f"{name(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in functions(path)
    }

    assert {where: length for where, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_an_import_inside_a_function_is_marked_and_says_why() -> None:
    hidden = []
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").splitlines()
        reason = False
        for node in sorted(_inner_imports(path), key=lambda node: node.lineno):
            line = lines[node.lineno - 1]
            marked = "# noqa: PLC0415" in line
            # The first of several in a row says why for all of them.
            following = "# noqa: PLC0415" in lines[node.lineno - 2]
            reason = bool(line.partition("PLC0415")[2].strip()) or (following and reason)
            if not (marked and reason):
                hidden.append(f"{name(path)}:{node.lineno}")

    assert hidden == []


def _inner_imports(path: Path) -> set[ast.Import | ast.ImportFrom]:
    return {
        node
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }


def test_nothing_listens_to_signals_but_what_keeps_triggers_through_migrations() -> None:
    found = []
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith("signals"):
                found += [f"{name(path)}: {one.name}" for one in node.names]

    assert found == ["governance/apps.py: post_migrate", "governance/apps.py: pre_migrate"]


def test_no_model_overrides_how_it_is_saved_or_deleted() -> None:
    found = [
        f"{name(path)}: {node.name}"
        for path in MODULES
        if "models" in path.parts or path.name == "models.py"
        for node in functions(path)
        if node.name in ("save", "delete", "asave", "adelete", "full_clean")
    ]

    assert found == []


def test_views_and_interfaces_write_nothing() -> None:
    """A view reads a request, calls one service and answers: rules and writes stand in services."""
    writing = {"create", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "save", "delete"}
    found = [
        f"{name(path)}:{node.lineno}"
        for path in MODULES
        if layer(path.relative_to(ROOT)) in ("views", "pages", "forms", "api", "selectors")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writing
        and _looks_like_a_query(node.func.value)
    ]

    assert found == []


def _looks_like_a_query(value: ast.expr) -> bool:
    return ".objects" in ast.unparse(value)


def test_no_service_reads_a_http_request() -> None:
    found = [
        name(path)
        for path in MODULES
        if layer(path.relative_to(ROOT)) == "services"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "django.http"
    ]

    assert found == []


def test_every_text_area_counts_a_line_break_once() -> None:
    """Django's own counts it twice, so that a text which the browser let through would be refused as too long."""
    stock = [name(path) for path in MODULES if "forms.Textarea" in path.read_text(encoding="utf-8")]

    assert stock == ["governance/face/forms.py"]


# A class is known by its name alone in a traceback and in an import. These names stand more than once, and may.
MORE_THAN_ONCE = {
    "Command": "Django's name for what `manage.py` runs",
    "Evidence": "the clearinghouse again: the keys and lists that it fetched; and the table of what an obligation is met by",
    "Form": "what a page asks, derived from Django's; and the table of consent forms, in the field's own word",
    "Obligation": "what the matcher says must be met; and the table where a grant keeps it",
    "Reason": "the clearinghouse is used without the rest and shares no name with it: why it refuses; and the matcher's",
    "Role": "the clearinghouse again: what an issuer is trusted as; and what a person may be",
    "StatusList": "the clearinghouse again: a list that it verified; and the table of those that are published",
}


def test_a_class_of_the_product_has_a_name_of_its_own() -> None:
    names: dict[str, list[str]] = {}
    for path in MODULES:
        for node in () if name(path).startswith("benchmarks/") else tree(path).body:
            if isinstance(node, ast.ClassDef):
                names.setdefault(node.name, []).append(name(path))
    twice = {known: places for known, places in names.items() if len(places) > 1}

    assert {known: places for known, places in twice.items() if known not in MORE_THAN_ONCE} == {}
    assert set(MORE_THAN_ONCE) == set(twice)
    assert {known: len(places) for known, places in twice.items() if known != "Command" and len(places) > 2} == {}
