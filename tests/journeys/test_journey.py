"""`manage.py journey` plays the main job against a running demo, and fails aloud where the demo is broken."""

import subprocess
import sys

from django.conf import settings

from access.demo.processes import DemoProcesses
from tests.demo import environment_of, restarted, stage_on
from tests.processes import free_port

STEPS = [
    "people",
    "consent",
    "request",
    "match",
    "decision",
    "visa",
    "only one host",
    "host serves",
    "withdrawal",
    "host refuses one",
    "host refuses all",
    "portal",
    "host confirms",
    "revocation",
    "all refuse",
    "journey",
]


def journey(base: str, demo: DemoProcesses) -> tuple[int, list[str], str]:
    """Exit status, the steps that were named, and all that was said."""
    done = subprocess.run(
        [sys.executable, "manage.py", "journey", "--base", base],
        cwd=settings.BASE_DIR,
        env=environment_of(demo),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    said = done.stdout + done.stderr
    return done.returncode, [line[:17].strip() for line in done.stdout.splitlines()], said


def test_every_step_of_the_main_job_does_what_it_should(demo: DemoProcesses) -> None:
    status, steps, said = journey(demo.base, demo)

    assert (status, steps) == (0, STEPS), said


def test_it_plays_beside_somebody_elses_who_are_still_to_come_with_their_codes(demo: DemoProcesses) -> None:
    other = stage_on(demo)
    other.begin()
    try:
        status, steps, said = journey(demo.base, demo)
    finally:
        other.end()

    assert (status, steps) == (0, STEPS), said
    assert members(demo) == 0


def members(demo: DemoProcesses) -> int:
    """How many people the stage's dataset has now."""
    count = "Member.objects.filter(dataset__slug='rehearsal-genomes', profile__isnull=False).count()"
    asked = [sys.executable, "manage.py", "shell", "-c", f"from consent.models import Member; print({count})"]
    done = subprocess.run(
        asked, cwd=settings.BASE_DIR, env=environment_of(demo), capture_output=True, text=True, timeout=100, check=True
    )
    return int(done.stdout.split()[-1])


def test_where_nobody_answers_it_fails_at_the_first_step(demo: DemoProcesses) -> None:
    status, steps, said = journey(f"http://127.0.0.1:{free_port()}/", demo)

    assert (status, steps) == (1, ["people", "journey"]), said
    assert "BROKEN" in said


def test_where_a_data_host_is_down_it_fails_at_the_host(demo: DemoProcesses) -> None:
    demo.kill("arkiv")
    try:
        status, steps, said = journey(demo.base, demo)
    finally:
        restarted(demo, "arkiv")

    assert (status, steps) == (1, [*STEPS[: STEPS.index("host serves") + 1], "journey"]), said
    assert "host serves       BROKEN" in said
