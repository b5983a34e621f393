"""Errors that services raise and every shell (page, API, command) turns into the same answer."""

from collections.abc import Mapping


class DuologueError(Exception):
    """Something that a person can be told: `message` says what is wrong and what to do; nothing was changed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(DuologueError):
    """The input is wrong. `fields` maps a field's name to its message; 400 at the API, a marked field on a page."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class NotAllowed(DuologueError):
    """Visible, but not for this person to do: 403 with the reason."""


class NotThere(DuologueError):
    """Not there, or not this person's to know of: both look the same, 404."""


class Conflict(DuologueError):
    """The state has moved on: 409. The message says what it is now."""


class TooMany(DuologueError):
    """Tried too often in a short time: 429. Waiting a minute is right; nothing was changed."""


class NotNow(DuologueError):
    """A part that this needs does not answer (audit, key store): 503, nothing changed, trying again later is right."""
