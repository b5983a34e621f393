"""Fixtures that every test may ask for."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from access.catalogue import kept_selectors
from access.passports import given_again
from access.visas import status_lists
from tests import emptying, row_by_row, rsa_keys
from tests.browser import chromium, page
from tests.demo import demo
from tests.processes import pytest_terminal_summary

__all__ = ["chromium", "demo", "page", "pytest_terminal_summary"]

# Property tests have no time limit for an example: how fast something is, the benches say.
hypothesis_settings.register_profile("duologue", deadline=None, max_examples=100)
# Ten examples, the same each time, are enough to see which lines are reached: `make coverage` asks for them.
hypothesis_settings.register_profile("reached", deadline=None, max_examples=10, derandomize=True, database=None)
hypothesis_settings.load_profile(os.environ.get("DUOLOGUE_TEST_EXAMPLES", "duologue"))

emptying.in_place_of_flush()
row_by_row.fails()


@pytest.fixture(autouse=True)
def _as_a_new_process() -> Iterator[None]:
    """What a process keeps in memory of one test would be taken for the next one's, whose rows have the same numbers."""
    kept_selectors.forget()
    status_lists.forget()
    given_again.forget()
    with rsa_keys.made_before():
        yield
