"""Logs: one JSON object a line, about what the program did and never about people.

Requests are logged by route, without address, account, query or browser. An exception is logged by its type and the places
that it passed through: its message may quote what somebody typed or a row of the database.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
FRAMES = 12


def exception_without_words(_logger: Any, _name: str, event: Event) -> Event:
    """Replace an exception by its type and where it came from."""
    given = event.pop("exc_info", None)
    if isinstance(given, BaseException):
        given = (type(given), given, given.__traceback__)
    if given is True:
        given = sys.exc_info()
    if given and given[0] is not None:
        event["exception"] = given[0].__name__
        frames = traceback.extract_tb(given[2])[-FRAMES:]
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _common() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exception_without_words,
    ]


def formatter() -> logging.Formatter:
    """The formatter of every handler, for records of the standard library and of structlog alike."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_common(),
        processors=[
            exception_without_words,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
    )


def configure_structlog() -> None:
    """Send what structlog is given through the standard library, where levels and handlers are set."""
    structlog.configure(
        processors=[*_common(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
