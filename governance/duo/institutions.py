"""Institutions by ROR id: bare or as web address, they are the same."""

import re

_ROR = re.compile(r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?", re.IGNORECASE)


def ror(identifier: str) -> str:
    """The bare ROR id in lower case; an id of another kind comes back trimmed, as it was written."""
    written = _ROR.fullmatch(identifier.strip())
    return written[1].lower() if written else identifier.strip()
