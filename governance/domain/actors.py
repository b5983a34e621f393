"""Who acted: a person, a data host, a client or the platform itself, as one value with one written form.

The audit log, jobs and the ledger store the written form: a person's opaque subject as it is, everybody else with their kind in
front (`host:harbour`, `system:clock`). It never holds a person's name.
"""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Which sort of actor."""

    PERSON = "person"
    HOST = "host"
    CLIENT = "client"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor: `name` is a person's subject, a host's short name, a client's id, or what of the platform acted."""

    kind: ActorKind
    name: str

    def __post_init__(self) -> None:
        if not self.name or (self.kind is ActorKind.PERSON and ":" in self.name):
            raise ValueError(f"{self.name!r} names no {self.kind}")

    def __str__(self) -> str:
        return self.name if self.kind is ActorKind.PERSON else f"{self.kind}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> "Actor":
        """Read the written form back. Raises ValueError for text that names nobody, or a kind that there is not."""
        kind, colon, name = text.partition(":")
        if not colon:
            return cls(ActorKind.PERSON, text)
        found = ActorKind(kind)
        if found is ActorKind.PERSON:
            raise ValueError(f"{text!r} names no actor: a person is written without a kind")
        return cls(found, name)


def system(what: str) -> Actor:
    """What of the platform acted: `clock`, `evaluation`, a command."""
    return Actor(ActorKind.SYSTEM, what)
