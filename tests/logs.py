"""What the product would write to its log while a test runs, as its own formatter writes it, from the lowest level up."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from governance.logging import formatter


@contextmanager
def log() -> Iterator[StringIO]:
    """Everything that is logged meanwhile, at any level."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
