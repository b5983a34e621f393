"""`make bench` runs every bench and writes what it found, with the machine and the seed that made the data."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_every_bench_says_what_it_measured_on_which_data(tmp_path: Path) -> None:
    out = tmp_path / "benchmarks.json"

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--size", "small", "--out", str(out)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DUOLOGUE_BENCH_DATABASE": "sqlite", "FIGURES": "status_list"},
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(out.read_text(encoding="utf-8"))
    assert set(found["machine"]) == {"processors", "memory_gib", "system", "python"}
    for bench in found["benches"]:
        assert {"name", "size", "seed", "row", "took_seconds"} <= set(bench)
        assert bench["row"] in done.stdout
    speed = next(bench for bench in found["benches"] if bench["name"] == "speed")
    for figure in speed["figures"]:
        assert figure["now"].get("error") is None
        assert figure["now"]["python"] > sum(floor["python"] for floor in figure["floors"].values()) > 0
        assert figure["what"] in done.stdout
    modules = (Path(settings.BASE_DIR) / "benchmarks").glob("[!_]*.py")
    # The others make a large world, or measure the one that stands in a database.
    benches = {path.stem for path in modules if "\ndef run(" in path.read_text(encoding="utf-8")}
    assert {bench["name"] for bench in found["benches"]} == benches
