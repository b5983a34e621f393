"""Chooses the database of a test process before Django reads its settings, and runs what needs no database once only.

`python -m tests` hands all tests to two workers of one pytest process (`--dist each`), of which one has
`DUOLOGUE_TEST_DATABASE=postgresql`. Loaded by `-p` so that it comes before pytest-django.

That worker's tables are made by the real migrations (`DUOLOGUE_TEST_MIGRATED`), so that what these do besides is held to what
everything else expects; all others' are made from the models, which is faster.
"""

import os
from pathlib import Path

import pytest

POSTGRESQL = os.environ.get("DUOLOGUE_TEST_DATABASE") == "postgresql"
MIGRATED = os.environ.get("DUOLOGUE_TEST_MIGRATED") == "yes"
if POSTGRESQL:
    os.environ["DATABASE_URL"] = os.environ["DUOLOGUE_TEST_POSTGRESQL_URL"]
elif os.environ.get("DUOLOGUE_TEST_DATABASE") == "sqlite":
    os.environ.pop("DATABASE_URL", None)
os.environ["CELERY_BROKER_URL"] = ""
os.environ.setdefault("DUOLOGUE_LOG_LEVEL", "ERROR")
os.environ.setdefault("DUOLOGUE_REQUEST_LOG_LEVEL", "CRITICAL")

# Kernels, pages in a browser, whole demos and evil tokens: the same on either database, so the SQLite worker alone runs them.
ONCE = (
    "governance/duo",
    "consent/domain",
    "access/domain",
    "access/clearinghouse",
    "architecture",
    "drills",
    "look",
    "journeys",
    "relying_parties",
    "test_postgresql",
    "access/provider/test_evil_tokens",
)
# Of these the drills that are about what the databases do differently: locks, and what a reader sees meanwhile.
BOTH = ("drills/test_verify_beside_races.py",)


def once(path: str) -> bool:
    """Whether the tests of a file below `tests` need no second database."""
    return path.startswith(ONCE) and path not in BOTH


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers of tests that one worker alone can run, and choose what makes its tables."""
    config.addinivalue_line("markers", "only_on(vendor): what the other database has nothing like")
    config.addinivalue_line(
        "markers", "migrated: goes back to an earlier migration, so the tables must come from there"
    )
    config.option.nomigrations = not MIGRATED


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the other worker what it alone can run, and on PostgreSQL what does not concern the database."""
    here = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    root = Path(__file__).resolve().parent
    left = [
        item
        for item in items
        if any(marker.args != (here,) for marker in item.iter_markers("only_on"))
        or (item.get_closest_marker("migrated") and not MIGRATED)
        or (POSTGRESQL and once(item.path.relative_to(root).as_posix()))
    ]
    for item in left:
        items.remove(item)
    config.hook.pytest_deselected(items=left)
