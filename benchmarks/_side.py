"""One side of a comparison: the commit of this folder, measured figure by figure as the other end of a pipe asks.

`python -m benchmarks._side SIZE FOLDER` reads names of figures, a line each, and answers each with a line of JSON. Both sides
run at once and are asked in turn, so that whatever else the machine does falls on both alike.
"""

import json
import logging
import os
import random
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import time_machine

SEED = 7


class Side:
    """The world that stands now, and the figures that were begun in it."""

    def __init__(self, size: str, folder: Path) -> None:
        from benchmarks import _databases, _figures  # noqa: PLC0415  once Django is set up

        self._size, self._figures = size, _figures.load()
        self._databases = _databases.Databases(folder)
        self._made: Any = None
        self._world: Any = None
        self._begun: dict[str, tuple[Any, Iterator[Any]]] = {}

    def measure(self, name: str, *, floors: bool) -> dict[str, Any]:
        """One round of a figure."""
        from benchmarks import _measuring  # noqa: PLC0415  once Django is set up

        if name not in self._figures:
            return {"error": "nothing like it at that commit"}
        one = self._figures[name]
        if one.world is not self._made:
            self._databases.fresh()
            random.seed(SEED)
            self._world, self._made, self._begun = one.world(self._size), one.world, {}
        if name not in self._begun:
            calls = one.calls(self._world)
            # The first call warms up what every later one finds.
            next(calls)()
            self._begun[name] = (one, calls)
        calls = self._begun[name][1]
        costs = _measuring.several(calls, one.times)
        found: dict[str, Any] = {"costs": [cost.as_json() for cost in costs]}
        if floors:
            found["floors"] = {}
            for floor in one.floors:
                again = floor(self._world, next(calls))
                again()
                name_of = getattr(floor, "__qualname__", "floor").split(".")[0]
                found["floors"][name_of] = _measuring.middle(_measuring.once(again) for _ in range(one.times)).as_json()
        return found

    def end(self) -> None:
        self._databases.drop()


def main() -> None:
    size, folder = sys.argv[1], Path(sys.argv[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    logging.disable(logging.ERROR)
    from benchmarks import _clock  # noqa: PLC0415  once Django is set up

    answers = os.fdopen(os.dup(1), "w")
    # Whatever else prints goes where it disturbs nobody.
    os.dup2(2, 1)
    side = Side(size, folder)
    try:
        with time_machine.travel(_clock.now(), tick=True):
            for line in sys.stdin:
                name, floors = line.split()
                try:
                    found = side.measure(name, floors=floors == "floors")
                except Exception as error:  # noqa: BLE001  the table says that this figure is not there
                    traceback.print_exc()
                    found = {"error": f"{type(error).__name__}: {error}"[:200]}
                answers.write(json.dumps(found) + "\n")
                answers.flush()
    finally:
        side.end()


if __name__ == "__main__":
    main()
