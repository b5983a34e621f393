"""Hashes with which an audit event covers the rows that it is about, so that `manage.py verify` finds one that was changed.

The log holds no text and no purpose, and a hash of a few words can be guessed. Where a row holds such things its hash is
keyed with a random salt that stands beside it, in a table that no reader of the log alone has: one for each request.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import models

from governance.duo.canonical_json import canonical_bytes


def new_salt() -> str:
    """A random salt of 32 hex characters."""
    return secrets.token_hex(16)


def seal(row: models.Model, *, without: Collection[str] = (), salt: str = "", **beside: Any) -> str:
    """The SHA-256 of a row's canonical JSON, in hex: its table, every column but `without`, and values kept `beside` it.

    Keyed with the salt (HMAC, RFC 2104) where there is one. A row read back gives the hash that it was written with.
    """
    columns = [field.attname for field in row._meta.concrete_fields if field.attname not in without]
    values = {column: _plain(getattr(row, column)) for column in columns}
    content = canonical_bytes({"table": row._meta.db_table, "row": values, **beside})
    if salt:
        return hmac.new(salt.encode(), content, hashlib.sha256).hexdigest()
    return hashlib.sha256(content).hexdigest()


def root(lines: Iterable[str]) -> str:
    """One SHA-256 over a set of lines, in whatever order they come: many rows that one event is about."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
