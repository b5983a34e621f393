"""Fetching key documents and status lists: https only, no redirects, bounded in size and time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

JSON_DOCUMENT, STATUS_LIST = "application/json", "application/statuslist+jwt"
_CHUNK = 65_536


class FetchError(Exception):
    """The document could not be had; the text says why, without the document's content."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and for how many seconds its server lets a copy serve (None: it did not say)."""

    body: bytes = field(repr=False)
    max_age: int | None = None


class Fetcher(Protocol):
    """Anything that can get a document by its address; raises FetchError."""

    def fetch(self, url: str, accept: str) -> Fetched:
        """Return the document at the address."""
        ...


class HttpFetcher:
    """The fetcher for real hosts. Addresses come from the configuration or lie under a prefix named there.

    `plain_http` lists `host:port` that may be reached without TLS (a demo on one machine); everything else is
    https with certificate checks. Proxies and credentials of the environment are not used.
    """

    def __init__(
        self, *, plain_http: frozenset[str] = frozenset(), max_bytes: int = 1_048_576, seconds: float = 5.0
    ) -> None:
        self._plain_http = plain_http
        self._max_bytes = max_bytes
        self._seconds = seconds

    def fetch(self, url: str, accept: str) -> Fetched:
        """Return the document; raise FetchError on any answer but a plain 200 within the limits."""
        self._check_address(url)
        deadline = time.monotonic() + self._seconds
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "duologue-clearinghouse"}
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.get(
                    url, headers=headers, timeout=self._seconds, allow_redirects=False, stream=True
                ) as answer:
                    return self._read(answer, deadline)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise FetchError(f"{url:.255} cannot be reached ({type(error).__name__})") from None

    def _check_address(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise FetchError("the address is not a URL") from None
        if parts.username is not None or parts.password is not None:
            raise FetchError("the address holds credentials")
        if parts.scheme == "https" and parts.hostname:
            return
        if parts.scheme == "http" and f"{parts.hostname}:{port or 80}" in self._plain_http:
            return
        raise FetchError(f"{url:.255} is not https; add host:port to plain_http if that is meant")

    def _read(self, answer: requests.Response, deadline: float) -> Fetched:
        if answer.status_code != 200:
            raise FetchError(f"the server answered {answer.status_code}")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise FetchError("the server sent a content encoding that was not asked for")
        body = bytearray()
        # read1 returns what has arrived, so a server that drips cannot hold the reader beyond the deadline.
        while chunk := answer.raw.read1(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise FetchError(f"the document is larger than {self._max_bytes} bytes")
            if time.monotonic() > deadline:
                raise FetchError(f"the document did not arrive within {self._seconds:g} seconds")
        return Fetched(bytes(body), _max_age(answer.headers))


def _max_age(headers: Mapping[str, str]) -> int | None:
    """Read `max-age` of Cache-Control; `no-store` and `no-cache` count as 0 (RFC 9111 section 5.2)."""
    for directive in headers.get("Cache-Control", "").lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in ("no-store", "no-cache"):
            return 0
        if name == "max-age" and value.isdecimal() and len(value) < 10:
            return int(value)
    return None
