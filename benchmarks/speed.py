"""What single acts cost, beside an earlier commit (`AGAINST=ca498d7`) and beside floors measured in the same run.

Each figure is one function in `benchmarks/figures`. Both commits run at once and are asked in turn.
"""

import os
from contextlib import ExitStack
from typing import Any

from benchmarks import _figures
from benchmarks._databases import server
from benchmarks._measuring import Cost, middle, spread
from benchmarks._side import SEED
from benchmarks._sides import Commit

ROUNDS = {"small": 1, "full": 3}
HEADS = ["what", "statements", "ms (Python + database)", "before", "ratio", "goal", "floor", "to floor"]


def run(size: str = "small") -> dict[str, Any]:
    """Measure every figure, or those that `FIGURES` names, on both sides."""
    against, only = os.environ.get("AGAINST", ""), os.environ.get("FIGURES", "").split()
    wanted = [one for one in _figures.load().values() if not only or one.name in only]
    with ExitStack() as held:
        url = held.enter_context(server())
        now = held.enter_context(Commit("", size, url))
        then = held.enter_context(Commit(against, size, url)) if against else None
        found = [_measured(one, now, then, ROUNDS[size]) for one in wanted]
    return {
        "name": "speed",
        "size": size,
        "seed": SEED,
        "commit": now.revision + ("+" if now.dirty else ""),
        "against": then.revision if then else None,
        "database": "sqlite" if url == "sqlite" else "postgresql",
        "figures": found,
    }


def _measured(one: _figures.Figure, now: Commit, then: Commit | None, rounds: int) -> dict[str, Any]:
    sides: dict[str, list[dict[str, Any]]] = {"now": [], "then": []}
    for number in range(rounds):
        sides["now"].append(now.measure(one.name, floors=number == rounds - 1))
        if then is not None:
            sides["then"].append(then.measure(one.name))
    row: dict[str, Any] = {"name": one.name, "what": one.what, "goal_ms": one.ms, "goal_queries": one.queries}
    for side, answers in sides.items():
        wrong = next((answer["error"] for answer in answers if "error" in answer), None)
        costs = [Cost(**cost) for answer in answers for cost in answer.get("costs", ())]
        row[side] = (
            {"error": wrong} if wrong else {**middle(costs).as_json(), "spread": spread(costs)} if costs else None
        )
    row["floors"] = sides["now"][-1].get("floors", {})
    return row


def _ms(side: dict[str, Any] | None) -> float | None:
    return None if not side or "error" in side else side["python"] + side["database"]


def _ratio(above: float | None, below: float | None) -> str:
    return f"{above / below:.1f}" if above and below else "–"


def _row(one: dict[str, Any]) -> list[str]:
    now, then = one["now"], one["then"]
    floor = sum(part["python"] + part["database"] for part in one["floors"].values())

    def cost(side: dict[str, Any] | None) -> str:
        if not side or "error" in side:
            return side["error"][:60] if side else "–"
        return f"{side['python']:.1f} + {side['database']:.1f} (±{side['spread']:.0%})"

    goal = [
        f"{one['goal_ms']:g} ms" if one["goal_ms"] else "",
        f"{one['goal_queries']} q" if one["goal_queries"] else "",
    ]
    before = f"{cost(then)}, {then['queries']} q" if _ms(then) else cost(then)
    return [
        one["what"],
        str(now.get("queries", "–")) if now else "–",
        cost(now),
        before,
        _ratio(_ms(then), _ms(now)),
        ", ".join(filter(None, goal)) or "–",
        f"{floor:.1f}" if floor else "–",
        _ratio(_ms(now), floor),
    ]


def line(found: dict[str, Any]) -> str:
    """The row of the short table."""
    against = f" beside {found['against']}" if found["against"] else ""
    data = f"{len(found['figures'])} figures on {found['database']}, seed {found['seed']}"
    met = sum(1 for one in found["figures"] if one["goal_ms"] and (_ms(one["now"]) or 1e9) <= one["goal_ms"])
    asked = sum(1 for one in found["figures"] if one["goal_ms"])
    return f"| speed of {found['commit']}{against} | {data} | {met} of {asked} goals in ms reached |"


def table(found: dict[str, Any]) -> str:
    """Every figure, a row each; a share after ± is how far the middle half of the measurements reaches."""
    rows = [HEADS, ["---"] * len(HEADS), *map(_row, found["figures"])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
