"""What of an audit event is hashed: the canonical JSON of its stored columns, with the version of this encoding. PURE.

Version 1 are the columns of the table as they stood when the log began. A column that is added later joins a new version, in
which the events from then on are sealed; those before keep theirs. A random uuid is among the columns, so that nobody who has
the hash can try out what the event might say.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from governance.duo.canonical_json import canonical_text

VERSION = 1
COLUMNS = ("id", "uuid", "at", "kind", "actor", "subject_kind", "subject_id", "detail")


def content(version: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """The event as it is hashed, shown and handed out: JSON values under the names of its columns."""
    return _CONTENTS[version](row)


def encoded(content: Mapping[str, Any]) -> bytes:
    """The bytes of a leaf (RFC 8785). Also what never was a text, such as half a character, has bytes."""
    return canonical_text(content).encode("utf-8", "surrogatepass")


def _first(row: Mapping[str, Any]) -> dict[str, Any]:
    at = row["at"]
    assert isinstance(at, datetime)
    plain = {"v": 1, "uuid": str(row["uuid"]), "at": at.astimezone(UTC).isoformat(timespec="microseconds")}
    return plain | {name: row[name] for name in ("id", "kind", "actor", "subject_kind", "subject_id", "detail")}


_CONTENTS: Mapping[int, Callable[[Mapping[str, Any]], dict[str, Any]]] = {1: _first}
