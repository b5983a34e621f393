"""Who may be named as `by=`: rows of the tables of people and hosts, or an actor without a row."""

from governance.domain.actors import Actor, ActorKind
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
    raise TypeError(f"{type(by).__name__} does not act: give a person, a data host or an Actor")
