"""`make bench`: run every bench of this folder, print one table, write one file for machines. `SIZE=full` for all figures.

A bench is a module here with `run(size) -> dict` (its `name`, `size` and `seed`, then figures; `<figure>_goal` beside a
figure is what the product promises) and `line(found) -> str`, its row of the table; `table(found) -> str`, where it has one of
its own. `AGAINST=COMMIT` measures the figures of `benchmarks/figures` at an earlier commit beside this one.
"""

import argparse
import json
import os
import platform
import time
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import django

HERE = Path(__file__).resolve().parent
SIZES = ("small", "full")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {
        "processors": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def benches(only: list[str]) -> list[ModuleType]:
    """The benches of this folder, in the order of their names; some only, where some are named."""
    names = [one.name for one in iter_modules([str(HERE)]) if not one.ispkg and not one.name.startswith("_")]
    unknown = set(only) - set(names)
    if unknown:
        raise SystemExit(f"there is no bench {', '.join(sorted(unknown))}: choose among {', '.join(names)}")
    modules = [import_module(f"benchmarks.{name}") for name in names if not only or name in only]
    return [module for module in modules if hasattr(module, "run")]


def measure(size: str, only: list[str]) -> dict[str, Any]:
    """Run them one after the other."""
    figures = []
    for module in benches(only):
        began = time.perf_counter()
        found = module.run(size)
        told = {"row": module.line(found), "table": module.table(found) if hasattr(module, "table") else ""}
        figures.append({**found, **told, "took_seconds": round(time.perf_counter() - began, 1)})
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": size,
        "machine": machine(),
        "benches": figures,
    }


def table(found: dict[str, Any]) -> str:
    """The whole as one table, under a line that says where it was measured."""
    of = found["machine"]
    where = f"{of['processors']} processors, {of['memory_gib']} GiB, {of['system']}, Python {of['python']}"
    rows = [bench["row"] for bench in found["benches"]]
    more = [f"\n{bench['table']}" for bench in found["benches"] if bench["table"]]
    return "\n".join(
        [
            f"size {found['size']}, {found['measured_at']}: {where}",
            "",
            "| what | data | reached |",
            "|---|---|---|",
            *rows,
            *more,
        ]
    )


def main() -> None:
    """Read the arguments, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="measure what is promised")
    parser.add_argument("bench", nargs="*", help="only these benches")
    parser.add_argument("--size", choices=SIZES, default=os.environ.get("SIZE") or "small")
    parser.add_argument("--out", type=Path, default=HERE.parent / "var" / "benchmarks.json")
    parser.add_argument("--against", default="", metavar="COMMIT", help="measure an earlier commit in the same run")
    options = parser.parse_args()
    os.environ["AGAINST"] = options.against
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    found = measure(options.size, options.bench)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table(found))
    print(f"\nwritten to {options.out}")


if __name__ == "__main__":
    main()
