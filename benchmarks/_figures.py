"""The figures of `make bench`: one small function each, in the modules of `benchmarks/figures`.

    @figure("UserInfo, 10 grants", world=researcher, ms=40, queries=14, floors=(same_writes, empty_view))
    def userinfo(world: Researcher) -> Iterator[Call]:
        while True:
            forget_what_was_minted(world)   # arranged, not measured
            yield lambda: world.asks("/userinfo")

`world` makes the data, in an empty database with all tables, from a size ("small" or "full"): through the services and the
builders of the tests as they are at the commit that is measured, so that the same code serves several commits. What moved
between them is found by `moved`. Figures of one world are measured one after the other in the same database.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from benchmarks._measuring import Call

Floor = Callable[[Any, Call], Call]


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `ms` and `queries` are what is promised; `floors` are added up."""

    name: str
    what: str
    world: Callable[[str], Any]
    calls: Callable[[Any], Iterator[Call]]
    ms: float | None
    queries: int | None
    floors: tuple[Floor, ...]
    times: int


FIGURES: dict[str, Figure] = {}
Calls = Callable[[Any], Iterator[Call]]


def figure(
    what: str,
    *,
    world: Callable[[str], Any],
    ms: float | None = None,
    queries: int | None = None,
    floors: tuple[Floor, ...] = (),
    times: int = 7,
) -> Callable[[Calls], Calls]:
    """Declare a figure: its name is the function's, `times` how many calls are measured in each round."""

    def declare(calls: Calls) -> Calls:
        name = calls.__name__
        if name in FIGURES:
            raise ValueError(f"two figures are called {name}")
        FIGURES[name] = Figure(name, what, world, calls, ms, queries, floors, times)
        return calls

    return declare


def load() -> dict[str, Figure]:
    """All figures, those of one world together."""
    package = import_module("benchmarks.figures")
    for one in iter_modules(package.__path__):
        try:
            import_module(f"benchmarks.figures.{one.name}")
        except ImportError:
            # At an earlier commit what they measure may not be there yet.
            if "DUOLOGUE_BENCH_EARLIER" not in os.environ:
                raise
    worlds = list(dict.fromkeys(one.world for one in FIGURES.values()))
    ordered = sorted(FIGURES.values(), key=lambda one: worlds.index(one.world))
    return {one.name: one for one in ordered}


def moved(*places: str) -> Any:
    """The first of these modules that there is at this commit: the newest place first."""
    for place in places:
        try:
            return import_module(place)
        except ModuleNotFoundError as missing:
            if not place.startswith(str(missing.name)):
                raise
    raise ModuleNotFoundError(f"none of {', '.join(places)} is here: name where it went")


def platform(name: str) -> Any:
    """Who acts in a world that is made: a part of the platform, which was a text once."""
    try:
        return moved("governance.domain.actors").system(name)
    except ModuleNotFoundError:
        return name
