"""Copies of fetched documents: one an address, shared by all threads, fetched by one of them at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from access.clearinghouse.fetching import Fetched, FetchError

T = TypeVar("T")


class OnDemand(StrEnum):
    """When a verification may fetch by itself.

    `stale`: whenever its copy is missing or too old. `missing`: only what was never fetched, so that a poller
    does the rest. `never`: the poller does everything, and a document that it has not seen yet is refused
    until its next round.
    """

    STALE = "stale"
    MISSING = "missing"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Copy(Generic[T]):
    """A document as read, when it was fetched, and until when its server lets it serve (None: it did not say)."""

    content: T
    fetched_at: int
    fresh_until: int | None


@dataclass(frozen=True, slots=True)
class NoCopy:
    """There is no copy young enough. `too_old` tells a stale copy from none; `message` says what went wrong."""

    too_old: bool
    message: str


class Copies(Generic[T]):
    """The copies of one kind of document. `load` fetches and reads one, and raises FetchError or ValueError."""

    def __init__(
        self,
        load: Callable[[str, int], tuple[T, Fetched]],
        *,
        on_demand: OnDemand,
        retry_pause: int,
        capacity: int = 1000,
    ) -> None:
        self._load = load
        self._on_demand = on_demand
        self._retry_pause = retry_pause
        self._capacity = capacity
        self._copies: dict[str, Copy[T]] = {}
        self._failures: dict[str, tuple[int, str]] = {}
        self._asked: dict[str, int] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, url: str, *, max_age: int, now: int) -> Copy[T] | NoCopy:
        """Return a copy fetched at most `max_age` seconds ago, fetching it when that is allowed."""
        with self._guard:
            self._asked[url] = now
            copy = self._copies.get(url)
        if copy and _serves(copy, max_age, now):
            return copy
        if self._may_fetch(copy):
            self._fetch(url, now, seen=copy)
            with self._guard:
                copy = self._copies.get(url)
            if copy and now - copy.fetched_at <= max_age:
                return copy
        # A copy past its server's max-age still serves up to the limit of this host: the poller may be on its way.
        if copy and 0 <= now - copy.fetched_at <= max_age:
            return copy
        with self._guard:
            message = self._failures.get(url, (0, "not fetched yet"))[1]
        return NoCopy(copy is not None, message)

    def again(self, url: str, *, now: int) -> None:
        """Fetch once more because the copy lacks something, at most once in each retry pause."""
        copy = self._copies.get(url)
        if self._on_demand is OnDemand.STALE and copy and now - copy.fetched_at >= self._retry_pause:
            self._fetch(url, now, seen=copy)

    def refresh(self, url: str, *, now: int) -> str | None:
        """Fetch whatever the age; return None, or the message of the failure. For the poller."""
        copy = self._copies.get(url)
        self._fetch(url, now, seen=copy, pause=False)
        with self._guard:
            failure = self._failures.get(url)
        return failure[1] if failure else None

    def age(self, url: str, *, now: int) -> int | None:
        """Return the age of the copy in seconds, or None without one."""
        with self._guard:
            copy = self._copies.get(url)
        return now - copy.fetched_at if copy else None

    def asked_since(self, moment: int) -> list[str]:
        """Return the addresses asked for since then, and forget all others."""
        with self._guard:
            for url in [url for url, asked in self._asked.items() if asked < moment]:
                for store in (self._asked, self._copies, self._failures, self._locks):
                    store.pop(url, None)
            return sorted(self._asked)

    def _may_fetch(self, copy: Copy[T] | None) -> bool:
        return self._on_demand is OnDemand.STALE or (self._on_demand is OnDemand.MISSING and copy is None)

    def _fetch(self, url: str, now: int, *, seen: Copy[T] | None, pause: bool = True) -> None:
        """Fetch under the address's own lock; a thread that waited finds the new copy, or the failure, and stops."""
        with self._guard:
            lock = self._locks.setdefault(url, threading.Lock())
        with lock:
            with self._guard:
                copy, failure = self._copies.get(url), self._failures.get(url)
            if copy is not None and copy is not seen:
                return
            if pause and failure and now - failure[0] < self._retry_pause:
                return
            try:
                content, fetched = self._load(url, now)
            except (FetchError, ValueError) as error:
                with self._guard:
                    self._failures[url] = (now, str(error))
                return
            fresh_until = None if fetched.max_age is None else now + fetched.max_age
            with self._guard:
                self._failures.pop(url, None)
                self._copies[url] = Copy(content, now, fresh_until)
                if len(self._copies) > self._capacity:
                    oldest = min(self._copies, key=lambda known: self._copies[known].fetched_at)
                    del self._copies[oldest]


def _serves(copy: Copy[T], max_age: int, now: int) -> bool:
    age = now - copy.fetched_at
    return 0 <= age <= max_age and (copy.fresh_until is None or now <= copy.fresh_until)
