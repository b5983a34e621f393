"""Who listens to which kind of message: filled at start by the apps, in one table each (`access.subscriptions`)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

Payload = dict[str, Any]
Handler = Callable[[Payload, datetime], None]


class Queue(StrEnum):
    """What kind of work it is: workers may be told to do some kinds only, and no kind waits behind another."""

    DELIVERIES = "deliveries"
    JUDGEMENTS = "judgements"
    MAIL = "mail"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Listener:
    """Whose `handler(payload, now)` carries out its part of the messages of a kind; its name is kept in the rows.

    `about` names the key of the payload that says what a message is about: those that wait and say the same are one piece of
    work. With `each`, there is one delivery for every name that it gives, and the handler finds that name under `to`.
    """

    kind: str
    name: str
    handler: Handler
    queue: Queue = Queue.DELIVERIES
    about: str = ""
    each: Callable[[Payload], Iterable[str]] | None = None

    def targets(self, payload: Payload) -> list[str]:
        """For whom there is a delivery: nobody in particular, or those whom `each` names."""
        return [""] if self.each is None else sorted(set(self.each(payload)))

    def piece(self, payload: Mapping[str, Any]) -> str:
        """What a message is about, as one text; empty where each message is a piece of work by itself."""
        return f"{self.kind} {payload[self.about]}" if self.about in payload else ""


_listeners: dict[str, dict[str, Listener]] = {}


def listen(listener: Listener) -> None:
    """Add a listener; one of the same kind and name takes the place of the earlier. Called in `AppConfig.ready()`."""
    _listeners.setdefault(listener.kind, {})[listener.name] = listener


def of(kind: str) -> tuple[Listener, ...]:
    """Who listens to a kind."""
    return tuple(_listeners.get(kind, {}).values())


def find(kind: str, name: str) -> Listener | None:
    """The listener that a delivery names; none where another version of the product wrote it."""
    return _listeners.get(kind, {}).get(name)


def kinds() -> list[str]:
    """Every kind that somebody listens to."""
    return sorted(_listeners)
