"""`manage.py journey`: the main job over real HTTP, a line a step; exit status 0 only when each did what it should."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests
from django.core.management.base import BaseCommand, CommandParser

from access.demo import places
from access.demo.processes import DemoFailed, DemoProcesses
from access.demo.rehearsal import HOSTS
from access.journey.steps import Stage, steps
from access.journey.visitor import Stuck

OWN_PORT = 8400
LONGEST_START = 180.0


class Command(BaseCommand):
    """Against a running demo (`--base URL`), or one that it makes, starts and stops itself."""

    help = "play the main job from end to end over real HTTP"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base", help="base address of a running demo, such as http://127.0.0.1:8000/")
        parser.add_argument("--port", type=int, default=OWN_PORT, help="first port of a demo of its own")

    def handle(self, *args: object, **options: object) -> None:
        try:
            with self._demo(options) as base:
                failed = self._play(base)
        except DemoFailed as error:
            self._say("demo", f"BROKEN: {error}")
            failed = True
        if failed:
            sys.exit(1)

    @contextmanager
    def _demo(self, options: dict[str, object]) -> Iterator[str]:
        if options["base"]:
            yield str(options["base"]).rstrip("/") + "/"
            return
        with tempfile.TemporaryDirectory(prefix="duologue-journey-") as folder:
            processes = DemoProcesses(
                folder=Path(folder), port=int(str(options["port"])), say=lambda text: self._say("demo", text)
            )
            try:
                processes.start(LONGEST_START, lambda: False)
                yield processes.base
            finally:
                processes.stop()

    def _play(self, base: str) -> bool:
        parts = urlsplit(base)
        hosts = {
            slug: {
                "drs": f"http://{parts.hostname}:{(parts.port or 80) + places.HOSTS[slug]['offset']}/ga4gh/drs/v1",
                "audience": f"https://{slug}.demo.example",
            }
            for slug in HOSTS
        }
        stage = Stage(base, hosts)
        failed = False
        for name, step in steps(stage):
            try:
                self._say(name, step())
            except (Stuck, requests.RequestException, KeyError, AssertionError) as error:
                self._say(name, f"BROKEN: {error}")
                failed = True
                break
        try:
            stage.end()
        except (Stuck, requests.RequestException) as error:
            self._say("end", f"BROKEN: {error}")
            failed = True
        self._say("journey", "BROKEN" if failed else "every step did what it should")
        return failed

    def _say(self, name: str, text: str) -> None:
        self.stdout.write(f"{name:17} {text}")
        self.stdout.flush()
