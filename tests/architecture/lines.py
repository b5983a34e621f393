"""`python -m tests.architecture.lines`: templates and stylesheets can be read, and reviewed, line by line.

No line is longer than `LONGEST` characters, but for the drawing in a path of an SVG; and the lines that are not empty
are shorter than `MEAN` on average, so that nobody folds a page up again within the first limit.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 120
MEAN = 60
KINDS = ("templates/**/*.html", "*/templates/**/*.html", "*/static/**/*.css")
DRAWING = re.compile(r'<path\b[^>]*\bd="[^"]*"')


def files() -> dict[str, list[Path]]:
    """The files that are held to the limits, by their ending."""
    found = [path for kind in KINDS for path in sorted(ROOT.glob(kind)) if ".venv" not in path.parts]
    return {end: [path for path in found if path.suffix == end] for end in (".html", ".css")}


def too_long(paths: Iterable[Path]) -> list[str]:
    """Each line above the limit as `file:line: what is wrong`."""
    return [
        f"{path}:{number}: {len(line)} characters, {LONGEST} at most: break it between attributes, tags or words"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(DRAWING.sub("", line)) > LONGEST
    ]


def mean(paths: Iterable[Path]) -> float:
    """The mean length of the lines that are not empty, in characters; 0 without lines."""
    lengths = [len(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return sum(lengths) / len(lengths) if lengths else 0.0


def findings() -> list[str]:
    """All that breaks a limit, a line each."""
    found = []
    for end, paths in files().items():
        found += too_long(paths)
        if (average := mean(paths)) >= MEAN:
            found.append(f"*{end}: {average:.1f} characters a line on average, less than {MEAN} wanted")
    return found


if __name__ == "__main__":
    wrong = findings()
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    sys.exit(1 if wrong else 0)
