"""One running demo for all tests that want the whole product: web server, worker, data hosts, over real HTTP.

Ask for the fixture `demo`. It is started when first asked for, in a folder of its own on SQLite and free ports, and ended with
the test session. Whoever kills a part of it starts that part again.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings

from access.demo import places
from access.demo.processes import DemoProcesses
from access.demo.rehearsal import HOSTS
from access.journey.steps import Stage
from tests.processes import answers, eventually, free_port

LONGEST_START = 300.0


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcesses]:
    """A demo that runs; `demo.base` is its address, `demo.folder` its data."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DATABASE_URL", raising=False)
        processes = DemoProcesses(folder=tmp_path_factory.mktemp("demo"), port=_free_ports(), say=lambda _text: None)
    try:
        processes.start(LONGEST_START, lambda: False)
        yield processes
    finally:
        processes.stop()


def _free_ports() -> int:
    """The first of as many free ports in a row as a demo needs."""
    offsets = range(max(row["offset"] for row in places.HOSTS.values()) + 1)
    while True:
        first = free_port()
        if first < 60_000 and not any(answers(first + offset) for offset in offsets):
            return first


def stage_on(demo: DemoProcesses) -> Stage:
    """The stage of `manage.py journey`, on this demo."""
    hosts = {
        slug: {
            "drs": f"http://127.0.0.1:{demo.port + places.HOSTS[slug]['offset']}/ga4gh/drs/v1",
            "audience": f"https://{slug}.demo.example",
        }
        for slug in HOSTS
    }
    return Stage(demo.base, hosts)


def restarted(demo: DemoProcesses, name: str) -> None:
    """Start a killed part again and wait until it answers (the worker says so by its work alone)."""
    demo.restart(name)
    if name in places.HOSTS:
        url = f"http://127.0.0.1:{demo.port + places.HOSTS[name]['offset']}/health/live"
        eventually(lambda: _is_up(url), f"{name} answers again")


def _is_up(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def environment_of(demo: DemoProcesses) -> dict[str, str]:
    """What a command needs to work on the demo's own database."""
    return {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "DUOLOGUE_DATA": str(demo.folder),
        "DUOLOGUE_BASE_URL": demo.base,
        "PYTHONPATH": str(Path(settings.BASE_DIR)),
    }
