"""The DRS server as a WSGI application: objects, their authorisations, and addresses of their data that end soon."""

import hashlib
import json
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from access.clearinghouse import Clearinghouse, CohortReference, Refused
from access.reference_host import vcf
from access.reference_host.answers import HttpAnswer, bulk, etag_of, file, in_json, refusal
from access.reference_host.config import HostConfig, ServedObject
from access.reference_host.copy import CohortCopies

PREFIX = "/ga4gh/drs/v1"
ACCESS_ID = "vcf"
BODY_LIMIT = 2 * 2**20
MOST_AT_ONCE = 20
# An address is used within a minute, and a broken download goes on under it for ten.
USED_WITHIN, RESUMED_WITHIN = 60, 600
Start = Callable[[str, list[tuple[str, str]]], object]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a passport opens: all samples of an object (None), or these, as the host's copies stand."""

    samples: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Denied:
    """Why it opens nothing: an HTTP status and a sentence with the clearinghouse's reason code."""

    status: HTTPStatus
    message: str


@dataclass(frozen=True, slots=True)
class DataLink:
    """An address of data, for who holds it; the passport is judged again at each use. `etag` is of what was first sent."""

    served: ServedObject
    passports: tuple[str, ...]
    ends: float
    etag: str = ""


class DrsHost:
    """The application. `copies` is None for a host that does not enforce cohorts."""

    def __init__(self, config: HostConfig, house: Clearinghouse, copies: CohortCopies | None) -> None:
        self._config = config
        self._house = house
        self._copies = copies
        self._links: dict[str, DataLink] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        try:
            answer = self._route(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), environ)
        except ValueError as wrong:
            answer = refusal(HTTPStatus.BAD_REQUEST, str(wrong))
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # No scheme of HTTP carries passports; the name is the one by which DRS lists this way in.
            headers.append(("WWW-Authenticate", f'PassportAuth realm="{self._config.audience}"'))
        start(f"{answer.status.value} {answer.status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _route(self, method: str, path: str, environ: Mapping[str, Any]) -> HttpAnswer:
        if path == "/health/live":
            return in_json(HTTPStatus.OK, {"live": True})
        if path.startswith("/data/"):
            return self._data(path.removeprefix("/data/"), environ) if _reads(method) else _not_allowed("GET, HEAD")
        if path == f"{PREFIX}/service-info":
            return in_json(HTTPStatus.OK, self._service_info()) if _reads(method) else _not_allowed("GET, HEAD")
        if path in (f"{PREFIX}/objects", f"{PREFIX}/objects/access"):
            return self._many(method, path.endswith("access"), environ)
        parts = path.removeprefix(f"{PREFIX}/objects/").split("/") if path.startswith(f"{PREFIX}/objects/") else []
        served = self._config.object(parts[0]) if parts else None
        if served is None:
            return refusal(HTTPStatus.NOT_FOUND, "there is no such object")
        return self._one(method, served, parts[1:], environ)

    def _one(self, method: str, served: ServedObject, below: list[str], environ: Mapping[str, Any]) -> HttpAnswer:
        if below not in ([], ["access", ACCESS_ID]):
            return refusal(HTTPStatus.NOT_FOUND, "there is no such address")
        if method == "OPTIONS" and not below:
            return in_json(HTTPStatus.OK, self._authorizations())
        if _reads(method):
            return refusal(
                HTTPStatus.UNAUTHORIZED, 'send a GA4GH Passport: POST this address with {"passports": [...]}'
            )
        if method != "POST":
            return _not_allowed("GET, HEAD, POST" if below else "GET, HEAD, POST, OPTIONS")
        found = (self._access if below else self._object)(served, _passports(_body(environ)))
        if isinstance(found, Denied):
            waits = [("Retry-After", "2")] if found.status == HTTPStatus.ACCEPTED else []
            return refusal(found.status, found.message, *waits)
        return in_json(HTTPStatus.OK, found)

    def _many(self, method: str, access: bool, environ: Mapping[str, Any]) -> HttpAnswer:
        """Several objects, their authorisations, or their addresses at once, each judged by itself (DRS 1.5)."""
        if method != "POST" and (method != "OPTIONS" or access):
            return _not_allowed("POST" if access else "POST, OPTIONS")
        body = _body(environ)
        wanted = _bulk_accesses(body) if access else [(name, "") for name in _texts(body, "bulk_object_ids")]
        if len(wanted) > MOST_AT_ONCE:
            return refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"ask for at most {MOST_AT_ONCE} objects at once")
        passports = () if method == "OPTIONS" else _passports(body)
        resolved: list[dict[str, Any]] = []
        unresolved: dict[HTTPStatus, list[str]] = defaultdict(list)
        for name, access_id in wanted:
            found = self._of_many(name, access_id, passports, authorizations=method == "OPTIONS")
            if isinstance(found, Denied):
                unresolved[found.status].append(name)
            else:
                resolved.append(found)
        key = "resolved_drs_object_access_urls" if access else "resolved_drs_object"
        return bulk(len(wanted), key, resolved, unresolved)

    def _of_many(
        self, name: str, access_id: str, passports: tuple[str, ...], *, authorizations: bool
    ) -> dict[str, Any] | Denied:
        served = self._config.object(name)
        if served is None or access_id not in ("", ACCESS_ID):
            return Denied(HTTPStatus.NOT_FOUND, "there is no such object")
        if authorizations:
            return {"drs_object_id": name, **self._authorizations()}
        if not access_id:
            return self._object(served, passports)
        found = self._access(served, passports)
        return found if isinstance(found, Denied) else {"drs_object_id": name, "drs_access_id": access_id, **found}

    def _service_info(self) -> dict[str, Any]:
        at_once = {"maxBulkRequestLength": MOST_AT_ONCE}
        return {
            "id": f"{_reversed_domain(self._config)}.drs",
            "name": self._config.name,
            "type": {"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"},
            "organization": {"name": self._config.name, "url": self._config.base_url},
            "version": "1.0.0",
            **at_once,
            "drs": {**at_once, "objectCount": len(self._config.objects)},
        }

    def _authorizations(self) -> dict[str, Any]:
        return {"supported_types": ["PassportAuth"], "passport_auth_issuers": [self._config.issuer]}

    def _object(self, served: ServedObject, passports: tuple[str, ...]) -> dict[str, Any] | Denied:
        judged = self._judge(served, passports)
        if isinstance(judged, Denied):
            return judged
        content = self._content(served, judged)
        return {
            "id": served.id,
            "name": served.name,
            "self_uri": f"drs://{self._config.base_url.partition('://')[2]}/{served.id}",
            "size": len(content),
            "created_time": datetime.fromtimestamp(served.path.stat().st_mtime, UTC).isoformat(),
            "checksums": [{"type": "sha-256", "checksum": hashlib.sha256(content).hexdigest()}],
            "mime_type": "text/x-vcf",
            "access_methods": [
                {"type": "https", "access_id": ACCESS_ID, "available": True, "authorizations": self._authorizations()}
            ],
        }

    def _access(self, served: ServedObject, passports: tuple[str, ...]) -> dict[str, Any] | Denied:
        judged = self._judge(served, passports)
        if isinstance(judged, Denied):
            return judged
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._links = {key: link for key, link in self._links.items() if link.ends > now}
            self._links[token] = DataLink(served, passports, now + USED_WITHIN)
        return {"url": f"{self._config.base_url}/data/{token}"}

    def _data(self, token: str, environ: Mapping[str, Any]) -> HttpAnswer:
        with self._lock:
            link = self._links.get(token)
        if link is None or link.ends < time.monotonic():
            return refusal(HTTPStatus.FORBIDDEN, "this address has ended: ask for access again")
        judged = self._judge(link.served, link.passports)
        if isinstance(judged, Denied):
            return refusal(judged.status, judged.message)
        content = self._content(link.served, judged)
        etag = etag_of(content)
        if not link.etag:
            link = replace(link, etag=etag, ends=time.monotonic() + RESUMED_WITHIN)
            with self._lock:
                self._links[token] = link
        # Who goes on with a download must get the rest of the same file: of another one the whole is sent.
        asked = environ.get("HTTP_RANGE", "") if link.etag == etag else ""
        return file(content, f"{link.served.id}.vcf", etag, asked, environ.get("HTTP_IF_RANGE", ""))

    def _content(self, served: ServedObject, allowed: Allowed) -> bytes:
        samples = vcf.samples_of(served.path) if allowed.samples is None else allowed.samples
        return "".join(vcf.only_samples(served.path, samples)).encode()

    def _judge(self, served: ServedObject, passports: tuple[str, ...]) -> Allowed | Denied:
        """What the passports open together."""
        if not passports:
            return Denied(HTTPStatus.UNAUTHORIZED, "no passport was sent")
        found = self._house.authorise_passports(passports, self._config.audience, [served.value])
        decision = found[served.value]
        if isinstance(decision, Refused):
            return Denied(HTTPStatus.FORBIDDEN, f"{decision.reason.value}: {decision.message}")
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
            return Denied(HTTPStatus.ACCEPTED, "this host is still reading the newest cohort: try again")
        return Denied(HTTPStatus.FORBIDDEN, "cohort-empty: nobody's records may be served under this visa")


def _reads(method: str) -> bool:
    return method in ("GET", "HEAD")


def _not_allowed(methods: str) -> HttpAnswer:
    return refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"this address takes {methods}", ("Allow", methods))


def _reversed_domain(config: HostConfig) -> str:
    """The host's domain the other way round, as service-info wants ids; of its audience, or where that is no address,
    of where it is served.
    """
    domain = urlsplit(config.audience).hostname or urlsplit(config.base_url).hostname or "localhost"
    return ".".join(reversed(domain.split("."))) if not domain[0].isdigit() else "localhost"


def _body(environ: Mapping[str, Any]) -> dict[str, Any]:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise ValueError(f"the body must be JSON of at most {BODY_LIMIT} bytes")
    try:
        body = json.loads(environ["wsgi.input"].read(int(length)) or b"null")
    except (ValueError, RecursionError):
        raise ValueError('the body must be JSON: {"passports": ["<JWT>"]}') from None
    if not isinstance(body, dict):
        raise ValueError('the body must be a JSON object: {"passports": ["<JWT>"]}')
    return body


def _passports(body: dict[str, Any]) -> tuple[str, ...]:
    passports = body.get("passports")
    if not isinstance(passports, list) or not all(isinstance(one, str) for one in passports) or len(passports) > 10:
        raise ValueError('the body must name at most 10 passports: {"passports": ["<JWT>"]}')
    return tuple(passports)


def _texts(holder: dict[str, Any], name: str) -> list[str]:
    found = holder.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, str) for one in found):
        raise ValueError(f"{name} must be a list of texts with at least one: this host registers no objects")
    return found


def _bulk_accesses(body: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = body.get("bulk_object_access_ids")
    if not isinstance(pairs, list) or not pairs or not all(isinstance(one, dict) for one in pairs):
        raise ValueError(
            'name objects: {"bulk_object_access_ids": [{"bulk_object_id": "…", "bulk_access_ids": ["…"]}]}'
        )
    return [(str(one.get("bulk_object_id")), access) for one in pairs for access in _texts(one, "bulk_access_ids")]
