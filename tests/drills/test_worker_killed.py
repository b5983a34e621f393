"""The worker is killed between a withdrawal and what follows from it: nothing is lost, and no visa slips through."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings

from access.demo.processes import DemoProcesses
from access.journey.passports import ask_host
from access.journey.people import DATASET
from tests.demo import environment_of, restarted, stage_on

# How long the worker is away after the withdrawal: at once, within a turn, longer than its sweep.
WAITS = (0.0, 0.3, 1.0, 3.0, 12.0) if os.environ.get("SIZE") == "full" else (0.3,)


@pytest.mark.parametrize("away", WAITS)
def test_a_withdrawal_reaches_the_hosts_though_the_worker_was_killed(demo: DemoProcesses, away: float) -> None:
    stage = stage_on(demo)
    for step in (stage.begin, stage.consents, stage.request, stage.match, stage.decision, stage.visa, stage.serves):
        step()

    demo.kill("worker")
    stage.withdrawal()
    # Without a worker the visa at the host that does not enforce cohorts still stands: there is something to lose.
    still_served = ask_host(stage.hosts["arkiv"]["drs"], DATASET, stage.passports["arkiv"]).status
    time.sleep(away)
    restarted(demo, "worker")

    assert still_served == 200
    assert "still serves the other" in stage.shrinks()
    assert "refuses all" in stage.closes()
    stage.end()
    assert verified(demo) == (0, "everything fits")


def verified(demo: DemoProcesses) -> tuple[int, str]:
    """What `manage.py verify` says of the demo's database."""
    done = subprocess.run(
        [sys.executable, "manage.py", "verify"],
        cwd=settings.BASE_DIR,
        env=environment_of(demo),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.strip().rpartition(": ")[2] or done.stderr[-400:]
