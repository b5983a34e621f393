"""The clock of these tests stands at the small worlds' day and runs on from there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from tests.access.builders import NOW


@pytest.fixture
def clock() -> Iterator[None]:
    """For tests that meet the database."""
    with time_machine.travel(NOW + timedelta(hours=1), tick=True):
        yield
