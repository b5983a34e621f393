"""Layers import downwards: what reads uses nothing that writes or shows, and what writes uses nothing that shows."""

import ast
from pathlib import Path

import pytest

from tests.architecture.layers import layer
from tests.architecture.test_code import MODULES, ROOT, tree

SHOWS = {"views", "pages", "forms", "api"}
NEVER = {"selectors": SHOWS | {"services"}, "services": SHOWS}


def _file(module: str) -> Path | None:
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def imported(module: ast.Module) -> list[Path]:
    """The files of ours that a module imports, or takes names from."""
    named = [
        (node.module, one.name)
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module
        for one in node.names
    ]
    found = [_file(f"{parent}.{name}") or _file(parent) for parent, name in named]
    return [path.relative_to(ROOT) for path in found if path is not None]


@pytest.mark.parametrize("kind", sorted(NEVER))
def test_no_layer_imports_one_above_it(kind: str) -> None:
    upwards = {
        (path.relative_to(ROOT).as_posix(), other.as_posix())
        for path in MODULES
        if layer(path.relative_to(ROOT)) == kind
        for other in imported(tree(path))
        if layer(other) in NEVER[kind]
    }

    assert upwards == set()


def test_each_layer_was_found_in_every_app() -> None:
    """Or the rule above would hold for nothing."""
    found = {(path.relative_to(ROOT).parts[0], layer(path.relative_to(ROOT))) for path in MODULES}

    assert {(app, kind) for app in ("access", "consent", "governance") for kind in NEVER} <= found
