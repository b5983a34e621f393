"""The case files of the matcher, read. They are plain JSON, so that a second implementation can run them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from governance.duo.ontology import Ontologies, Release, Term

FOLDER = Path(__file__).resolve().parents[2] / "cases" / "matching"
AT = "2026-11-22"
"""The day of every case that names none."""


def read(name: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / name).read_text())["cases"]


@cache
def ontologies() -> Ontologies:
    """The two small ontologies of the cases; the first is the hub."""
    releases = json.loads((FOLDER / "ontologies.json").read_text())["releases"]
    return Ontologies([_release(release) for release in releases])


def _release(written: dict[str, Any]) -> Release:
    terms = {term["id"]: _term(term) for term in written["terms"]}
    return Release(written["name"], written["version"], "0" * 64, terms)


def _term(written: dict[str, Any]) -> Term:
    lists = {key: tuple(written.get(key, ())) for key in ("parents", "replaced_by", "exact")}
    return Term(written["id"], written["label"], obsolete=written.get("obsolete", False), **lists)
