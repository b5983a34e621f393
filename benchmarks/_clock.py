"""The day on which worlds are made and measured: an hour after the builders of the tests made them."""

from datetime import datetime, timedelta

from benchmarks._figures import moved


def now() -> datetime:
    """The moment at which measuring begins; the clock goes on from there."""
    begun: datetime = moved("tests.access.builders").NOW
    return begun + timedelta(hours=1)
