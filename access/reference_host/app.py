"""The DRS server as a WSGI application: objects, their authorisations, and one-time addresses of their data."""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from access.clearinghouse import Clearinghouse, CohortReference, Refused
from access.reference_host import vcf
from access.reference_host.config import HostConfig, ServedObject
from access.reference_host.copy import CohortCopies

PREFIX = "/ga4gh/drs/v1"
BODY_LIMIT = 2 * 2**20
DATA_LINK_SECONDS = 60
Start = Callable[[str, list[tuple[str, str]]], object]
Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a passport opens: all samples of an object (None), or these, as the host's copies stand."""

    samples: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Denied:
    """Why it opens nothing: an HTTP status and a sentence with the clearinghouse's reason code."""

    status: str
    message: str
    retry: bool = False


@dataclass(frozen=True, slots=True)
class DataLink:
    """A one-time address of data; the passport is judged again when it is used."""

    served: ServedObject
    passports: tuple[str, ...]
    ends: float


class DrsHost:
    """The application. `copies` is None for a host that does not enforce cohorts."""

    def __init__(self, config: HostConfig, house: Clearinghouse, copies: CohortCopies | None) -> None:
        self._config = config
        self._house = house
        self._copies = copies
        self._links: dict[str, DataLink] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        try:
            status, headers, body = self._route(environ)
        except ValueError as wrong:
            status, headers, body = _json("400 Bad Request", {"status_code": 400, "msg": str(wrong)})
        start(status, headers)
        return body

    def _route(self, environ: dict[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
        if path == "/health/live":
            return _json("200 OK", {"live": True})
        if path.startswith("/data/") and method == "GET":
            return self._data(path.removeprefix("/data/"))
        if path == f"{PREFIX}/service-info" and method == "GET":
            return _json("200 OK", self._service_info())
        parts = path.removeprefix(f"{PREFIX}/objects/").split("/") if path.startswith(f"{PREFIX}/objects/") else []
        served = self._config.object(parts[0]) if parts else None
        if served is None:
            return _failure(404, "there is no such object")
        match (method, parts[1:]):
            case ("OPTIONS", []):
                return _json("200 OK", self._authorizations())
            case ("GET", []) | ("GET", ["access", _]):
                return _failure(401, 'send a GA4GH Passport: POST this address with {"passports": [...]}')
            case ("POST", []):
                return self._object(served, _passports(environ))
            case ("POST", ["access", "vcf"]):
                return self._access(served, _passports(environ))
        return _failure(404, "there is no such address")

    def _service_info(self) -> dict[str, Any]:
        return {
            "id": f"org.duologue.reference-host.{self._config.audience}",
            "name": self._config.name,
            "type": {"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"},
            "organization": {"name": self._config.name, "url": self._config.base_url},
            "version": "1.0.0",
            "maxBulkRequestLength": 1,
        }

    def _authorizations(self) -> dict[str, Any]:
        return {"supported_types": ["PassportAuth"], "passport_auth_issuers": [self._config.issuer]}

    def _object(self, served: ServedObject, passports: tuple[str, ...]) -> Answer:
        judged = self._judge(served, passports)
        if isinstance(judged, Denied):
            return _denied(judged)
        content = "".join(self._content(served, judged)).encode()
        return _json(
            "200 OK",
            {
                "id": served.id,
                "name": served.name,
                "self_uri": f"drs://{self._config.base_url.partition('://')[2]}/{served.id}",
                "size": len(content),
                "created_time": datetime.fromtimestamp(served.path.stat().st_mtime, UTC).isoformat(),
                "checksums": [{"type": "sha-256", "checksum": hashlib.sha256(content).hexdigest()}],
                "mime_type": "text/x-vcf",
                "access_methods": [
                    {"type": "https", "access_id": "vcf", "available": True, "authorizations": self._authorizations()}
                ],
            },
        )

    def _access(self, served: ServedObject, passports: tuple[str, ...]) -> Answer:
        judged = self._judge(served, passports)
        if isinstance(judged, Denied):
            return _denied(judged)
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._links = {key: link for key, link in self._links.items() if link.ends > now}
            self._links[token] = DataLink(served, passports, now + DATA_LINK_SECONDS)
        return _json("200 OK", {"url": f"{self._config.base_url}/data/{token}"})

    def _data(self, token: str) -> Answer:
        with self._lock:
            link = self._links.pop(token, None)
        if link is None or link.ends < time.monotonic():
            return _failure(403, "this address was used or has ended: ask for access again")
        judged = self._judge(link.served, link.passports)
        if isinstance(judged, Denied):
            return _denied(judged)
        headers = [
            ("Content-Type", "text/x-vcf"),
            ("Content-Disposition", f'attachment; filename="{link.served.id}.vcf"'),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return "200 OK", headers, (line.encode() for line in self._content(link.served, judged))

    def _content(self, served: ServedObject, allowed: Allowed) -> Iterator[str]:
        samples = vcf.samples_of(served.path) if allowed.samples is None else allowed.samples
        return vcf.only_samples(served.path, samples)

    def _judge(self, served: ServedObject, passports: tuple[str, ...]) -> Allowed | Denied:
        """What the passports open together."""
        if not passports:
            return Denied("401 Unauthorized", "no passport was sent")
        found = self._house.authorise_passports(passports, self._config.audience, [served.value])
        decision = found[served.value]
        if isinstance(decision, Refused):
            return Denied("403 Forbidden", f"{decision.reason.value}: {decision.message}")
        return self._filtered(decision.cohorts)

    def _filtered(self, cohorts: Sequence[CohortReference]) -> Allowed | Denied:
        """The records of these cohorts, as the host's copies stand; all of them where nothing is limited.

        The clearinghouse lets no visa through that this host cannot serve as it says: one with a cohort only where copies
        are kept, one without only for a dataset that has no members.
        """
        if not cohorts:
            return Allowed(None)
        copies = {cohort: self._copies.of(cohort.grant) if self._copies else None for cohort in cohorts}
        ready = [copy.ids for cohort, copy in copies.items() if copy is not None and copy.position >= cohort.position]
        opened = frozenset[str]().union(*ready)
        if opened:
            return Allowed(opened)
        if len(ready) < len(copies):
            return Denied("202 Accepted", "this host is still reading the newest cohort: try again", retry=True)
        return Denied("403 Forbidden", "cohort-empty: nobody's records may be served under this visa")


def _passports(environ: dict[str, Any]) -> tuple[str, ...]:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise ValueError(f"the body must be JSON of at most {BODY_LIMIT} bytes")
    try:
        body = json.loads(environ["wsgi.input"].read(int(length)) or b"null")
    except (ValueError, RecursionError):
        raise ValueError('the body must be JSON: {"passports": ["<JWT>"]}') from None
    passports = body.get("passports") if isinstance(body, dict) else None
    if not isinstance(passports, list) or not all(isinstance(one, str) for one in passports) or len(passports) > 10:
        raise ValueError('the body must name at most 10 passports: {"passports": ["<JWT>"]}')
    return tuple(passports)


def _json(status: str, body: object) -> Answer:
    content = json.dumps(body).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
    ]
    return status, headers, [content]


_PHRASES = {401: "401 Unauthorized", 403: "403 Forbidden", 404: "404 Not Found"}


def _failure(code: int, message: str) -> Answer:
    return _json(_PHRASES[code], {"status_code": code, "msg": message})


def _denied(denied: Denied) -> Answer:
    status, headers, body = _json(denied.status, {"status_code": int(denied.status[:3]), "msg": denied.message})
    return status, [*headers, ("Retry-After", "2")] if denied.retry else headers, body
