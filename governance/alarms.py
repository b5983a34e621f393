"""What a person has to mend, counted for `/health/ready`: upper apps add theirs by name, read at start."""

from collections.abc import Callable

_watched: dict[str, Callable[[], int]] = {}


def watch(name: str, count: Callable[[], int]) -> None:
    """Let `/health/ready` say how many there are; an alarm stands while it is above 0. Called in `AppConfig.ready()`."""
    _watched[name] = count


def counts() -> dict[str, int]:
    """Each alarm and its count, by name."""
    return {name: count() for name, count in sorted(_watched.items())}
