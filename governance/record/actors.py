"""Who may be named as `by=`: rows of the tables of people and hosts, or an actor without a row."""

from typing import Any

from governance.domain.actors import Actor, ActorKind, system
from governance.models import DataHost, User

By = User | DataHost | Actor


def actor_of(by: By) -> Actor:
    """The actor behind a `by=`. Raises TypeError for what is none."""
    if isinstance(by, Actor):
        return by
    if isinstance(by, User):
        return Actor(ActorKind.PERSON, by.subject)
    if isinstance(by, DataHost):
        return Actor(ActorKind.HOST, by.slug)
    return _untyped(by)


def _untyped(by: Any) -> Actor:
    """Scripts that no type checker reads may name what acted by a bare word."""
    if isinstance(by, str):
        return system(by)
    raise TypeError(f"{type(by).__name__} does not act: give a person, a data host or an Actor")
