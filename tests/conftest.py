"""Fixtures that every test may ask for."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from hypothesis import settings as hypothesis_settings

from access.catalogue import kept_selectors
from access.passports import given_again
from access.visas import status_lists
from governance.record import append_only
from tests.browser import chromium, page, pytest_terminal_summary
from tests.demo import demo

__all__ = ["chromium", "demo", "page", "pytest_terminal_summary"]

# Property tests have no time limit for an example: how fast something is, the benches say.
hypothesis_settings.register_profile("duologue", deadline=None, max_examples=100)
hypothesis_settings.load_profile("duologue")


@pytest.fixture(autouse=True)
def _catalogue_of_this_test() -> None:
    """Each test has a database of its own: what stood in another's is no catalogue of it."""
    kept_selectors.forget()


@pytest.fixture(autouse=True)
def _flushed_although_tables_only_grow(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the data of a test with transactions go: tables that only grow refuse it.

    The flush ends with `post_migrate`, which puts the triggers back for the next test.
    """
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    append_only.lift(plan=["flush"])
    # The shared cache is no table of a model, so no flush empties it.
    cache.clear()
    status_lists.forget()
    given_again.forget()
