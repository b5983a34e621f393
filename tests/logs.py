"""What the product would write to its log while a test runs, as its own formatter writes it, from the lowest level up."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from governance.logging import formatter


@contextmanager
def log() -> Iterator[StringIO]:
    """Everything that is logged meanwhile, at the lowest levels that an operator can set."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    loggers = [root, logging.getLogger("django_structlog")]
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    loggers[1].setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
