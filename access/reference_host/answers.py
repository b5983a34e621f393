"""What the DRS server sends: JSON, refusals, and files that a broken download goes on with."""

import hashlib
import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

NO_STORE = ("Cache-Control", "no-store")


class HttpAnswer(NamedTuple):
    """A status, headers and a whole body, so that `Content-Length` is always right."""

    status: HTTPStatus
    headers: list[tuple[str, str]]
    body: bytes


def in_json(status: HTTPStatus, body: object, *headers: tuple[str, str]) -> HttpAnswer:
    """A JSON document."""
    return HttpAnswer(status, [("Content-Type", "application/json"), NO_STORE, *headers], json.dumps(body).encode())


def refusal(status: HTTPStatus, message: str, *headers: tuple[str, str]) -> HttpAnswer:
    """An error as DRS writes it."""
    return in_json(status, {"status_code": status.value, "msg": message}, *headers)


def bulk(requested: int, key: str, resolved: Sequence[Any], unresolved: dict[HTTPStatus, list[str]]) -> HttpAnswer:
    """The answer to many at once (DRS 1.5): what was found under `key`, and the others by their status."""
    failed = sum(len(names) for names in unresolved.values())
    document = {
        "summary": {"requested": requested, "resolved": len(resolved), "unresolved": failed},
        "unresolved_drs_objects": [
            {"error_code": status.value, "object_ids": names} for status, names in unresolved.items()
        ],
        key: list(resolved),
    }
    return in_json(HTTPStatus.OK, document)


def file(content: bytes, name: str, etag: str, asked: str, only_if: str) -> HttpAnswer:
    """A file or the part of it that `Range` asks for (RFC 9110 section 14); whole where `If-Range` names another one."""
    headers = [
        ("Content-Type", "text/x-vcf"),
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("Accept-Ranges", "bytes"),
        ("ETag", etag),
        ("X-Content-Type-Options", "nosniff"),
        NO_STORE,
    ]
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.strip())
    if found is None or found.group() == "bytes=-" or only_if not in ("", etag):
        return HttpAnswer(HTTPStatus.OK, headers, content)
    first, last = _bounds(found[1], found[2], len(content))
    if first > last:
        return HttpAnswer(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, [("Content-Range", f"bytes */{len(content)}")], b""
        )
    headers.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
    return HttpAnswer(HTTPStatus.PARTIAL_CONTENT, headers, content[first : last + 1])


def etag_of(content: bytes) -> str:
    """A strong validator: the same bytes, and only they, have it."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; without a first one the last so many bytes are meant."""
    if not first:
        return (max(size - int(last), 0), size - 1) if int(last) else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1
