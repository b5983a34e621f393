"""Canonical JSON (RFC 8785) and the hashes made from it.

The kernel writes strings, whole numbers below 2^53, booleans, null, lists and objects; for these, sorted
keys and Python's own encoder are what the standard asks. Keys are sorted by UTF-16 code units there and by
code points here: the two agree for every key that the kernel writes, which are ASCII.
"""

import hashlib
import json
from typing import Any

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_text(value: Any) -> str:
    """The canonical JSON text of a value."""
    return _ENCODER.encode(value)


def canonical_bytes(value: Any) -> bytes:
    return canonical_text(value).encode()


def digest(text: str) -> str:
    """`sha256:…` of a canonical text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
