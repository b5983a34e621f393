"""The host's own copy of its cohorts, kept by listening: it asks every two seconds, applies, and confirms."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from access.reference_host.config import HostConfig

logger = logging.getLogger(__name__)
TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class CohortCopy:
    """Whose records one grant opens here, as of a position."""

    position: int
    ids: frozenset[str]


class Platform:
    """The platform's API as this host uses it: client credentials, then plain requests. Not for several threads."""

    def __init__(self, config: HostConfig) -> None:
        self._config = config
        self._session = requests.Session()
        self._session.trust_env = False
        self._token = ""
        self._token_ends = 0.0

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """One answer of the API."""
        answer = self._session.get(
            self._config.issuer + path, params=query, headers=self._headers(), timeout=TIMEOUT, allow_redirects=False
        )
        answer.raise_for_status()
        return dict(answer.json())

    def post(self, path: str, body: Mapping[str, object]) -> None:
        """Tell the platform something."""
        answer = self._session.post(
            self._config.issuer + path, json=body, headers=self._headers(), timeout=TIMEOUT, allow_redirects=False
        )
        answer.raise_for_status()

    def _headers(self) -> dict[str, str]:
        if time.monotonic() > self._token_ends - 30:
            discovery = self._session.get(f"{self._config.issuer}.well-known/openid-configuration", timeout=TIMEOUT)
            discovery.raise_for_status()
            answer = self._session.post(
                discovery.json()["token_endpoint"],
                data={"grant_type": "client_credentials", "scope": "host"},
                auth=(self._config.client_id, self._config.client_secret),
                timeout=TIMEOUT,
            )
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
            self._token_ends = time.monotonic() + float(answer.json()["expires_in"])
        return {"Authorization": f"Bearer {self._token}"}


class CohortCopies:
    """Every cohort that this host enforces. Reading is safe for many threads; `listen` is called by one."""

    def __init__(self, config: HostConfig, platform: Platform) -> None:
        self._config = config
        self._platform = platform
        self._lock = threading.Lock()
        self._copies: dict[str, CohortCopy] = {}
        self._label_only: set[str] = set()
        self._cursor = 0

    def of(self, grant: str) -> CohortCopy | None:
        """The copy for a grant; None while the host has none."""
        with self._lock:
            return self._copies.get(grant)

    def is_label_only(self, value: str) -> bool:
        """Whether the feed says of a dataset that it has no members; one that was not read about is not known to have none."""
        with self._lock:
            return value in self._label_only

    def listen(self) -> None:
        """One round: which grants changed, then what left each cohort; confirm every position that moved."""
        self._read_grants()
        with self._lock:
            standing = list(self._copies.items())
        for grant, copy in standing:
            self._follow(grant, copy)

    def _read_grants(self) -> None:
        served = {served.accession for served in self._config.objects}
        while True:
            page = self._platform.get("api/v1/hosts/grants", since=self._cursor)
            for row in page["grants"]:
                active = row["dataset"] in served and row["state"] == "active"
                self._note_members(row["value"], bool(row["cohort"]))
                if active and row["cohort"]:
                    self._put(row["grant"], self._read_whole(row["grant"]))
                    self._confirm(row["grant"])
                else:
                    self._drop(row["grant"])
            self._cursor = page["cursor"]
            if not page["more"]:
                return

    def _read_whole(self, grant: str) -> CohortCopy:
        ids: set[str] = set()
        after = 0
        first: int | None = None
        while True:
            page = self._platform.get(f"api/v1/hosts/cohorts/{grant}", after=after)
            # Pages read one after another: what changed in between is in the delta since the first page's position.
            first = page["position"] if first is None else first
            ids.update(page["ids"])
            if page["next_member"] is None:
                return CohortCopy(first, frozenset(ids))
            after = page["next_member"]

    def _follow(self, grant: str, copy: CohortCopy) -> None:
        page = self._platform.get(f"api/v1/hosts/cohorts/{grant}", since=copy.position)
        if page["state"] != "active":
            self._drop(grant)
        elif page["reset"]:
            self._put(grant, self._read_whole(grant))
            self._confirm(grant)
        elif page["position"] > copy.position:
            self._put(grant, CohortCopy(page["position"], copy.ids - set(page["removed"])))
            self._confirm(grant)

    def _confirm(self, grant: str) -> None:
        copy = self.of(grant)
        if copy is not None:
            self._platform.post(f"api/v1/hosts/cohorts/{grant}/confirm", {"position": copy.position})

    def _note_members(self, value: str, members: bool) -> None:
        with self._lock:
            (self._label_only.discard if members else self._label_only.add)(value)

    def _put(self, grant: str, copy: CohortCopy) -> None:
        with self._lock:
            self._copies[grant] = copy

    def _drop(self, grant: str) -> None:
        with self._lock:
            self._copies.pop(grant, None)


class FeedListener:
    """Runs rounds in a thread of its own until it is stopped; a failing round is logged and tried again."""

    def __init__(self, rounds: list[Callable[[], object]], seconds: float) -> None:
        self._rounds = rounds
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin listening."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the round that runs."""
        self._stop.set()
        self._thread.join(timeout=2 * TIMEOUT)

    def _run(self) -> None:
        while not self._stop.is_set():
            for one in self._rounds:
                try:
                    one()
                except (requests.RequestException, ValueError, KeyError) as error:
                    logger.warning("listening failed (%s); the copies stay as they are", type(error).__name__)
            self._stop.wait(self._seconds)
