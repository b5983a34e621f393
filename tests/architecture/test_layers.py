"""Layers import downwards: what reads uses nothing that writes or shows, and what writes uses nothing that shows."""

import ast
from pathlib import Path

import pytest

from tests.architecture.layers import LAYERS, layer
from tests.architecture.test_code import MODULES, ROOT, tree

SHOWS = {"views", "pages", "forms", "api"}
NEVER = {"selectors": SHOWS | {"services"}, "services": SHOWS}
# What every view is handed: a type, and no layer's.
HANDED = "governance/views/signed_in.py"


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


def answers_requests(module: ast.Module) -> bool:
    """Whether a function of the module takes a request first."""
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.args.args]
    return any(one.args.args[0].arg == "request" for one in functions)


def in_folders() -> dict[str, Path]:
    """The files of the apps that have a folder for each layer, by their place."""
    found = {path.relative_to(ROOT).as_posix(): path for path in MODULES}
    return {
        place: path
        for place, path in found.items()
        if not place.startswith("access/") and path.parent.name in LAYERS and path.stem != "__init__"
    }


def test_a_file_of_a_folder_has_a_layer_behind_its_noun_where_it_is_another_one() -> None:
    named = {
        place for place, path in in_folders().items() if path.stem.rpartition("_")[2] in LAYERS and "_" in path.stem
    }

    assert {place for place in named if "/views/" not in place} == set()
    assert named == {
        place
        for place, path in in_folders().items()
        if "/views/" in place and place != HANDED and not answers_requests(tree(path))
    }


def test_a_layer_behind_the_noun_is_the_layer_of_the_file() -> None:
    assert layer(Path("consent/views/question_forms.py")) == "forms"
    assert [layer(Path(f"consent/{one}.py")) for one in ("views/leaving", "selectors/forms")] == ["views", "selectors"]
