"""Every item of the GA4GH checklist carries a test's name, or has its line in docs/divergences.md."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
DIVERGENCES = HERE.parents[1] / "docs" / "divergences.md"
ITEMS = {"VI": 34, "VAS": 8, "BR": 19, "PI": 12, "PC": 31}


def shown_by_tests() -> set[str]:
    names = [name for file in HERE.glob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())]
    return {
        f"{role.upper()}-{number}" for name in names for role, number in re.findall(r"_(vi|vas|br|pi|pc)_(\d+)", name)
    }


def explained() -> set[str]:
    section = DIVERGENCES.read_text().split("### Shown elsewhere, or not shown")[1]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return {item for row in rows for item in re.findall(r"[A-Z]+-\d+", row)}


def test_every_item_is_shown_by_a_test_or_has_its_line() -> None:
    every = {f"{role}-{number}" for role, count in ITEMS.items() for number in range(1, count + 1)}

    shown, lines = shown_by_tests() & every, explained()

    assert every - shown - lines == set()
    assert lines - every == set()
