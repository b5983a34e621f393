"""`manage.py demo`: everything at once on one machine, in a demo world that is made the first time."""

import signal
import threading
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.demo import places
from access.demo.people import PEOPLE
from access.demo.processes import DemoFailed, DemoProcesses

LONGEST_START = 120.0


class Command(BaseCommand):
    """Database, world, web server, worker and data hosts; `ready URL` when all answer; ends cleanly on a signal."""

    help = "run the demo: database, world, web server, worker and data hosts"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data", type=Path, default=settings.BASE_DIR / "var" / "demo")

    def handle(self, *args: object, **options: object) -> None:
        if settings.PRODUCTION:
            raise CommandError("the demo never runs under production settings")
        port, folder = int(str(options["port"])), Path(str(options["data"])).resolve()
        stopped = threading.Event()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            stopped.set()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        processes = DemoProcesses(folder=folder, port=port, say=self._say)
        try:
            processes.start(LONGEST_START, stopped.is_set)
            if not stopped.is_set():
                self._greet(processes)
            while not stopped.wait(0.5):
                ended = processes.ended()
                if ended:
                    raise CommandError(f"{ended} ended by itself: see {folder / 'logs'}")
        except DemoFailed as failed:
            raise CommandError(str(failed)) from failed
        finally:
            processes.stop()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _greet(self, processes: DemoProcesses) -> None:
        self._say("\nOne click becomes anyone: " + processes.base + "demo/")
        for person in PEOPLE:
            self._say(f"  {person.username:7} {person.name} {person.does}")
        self._say(f"Everybody's password: {processes.password()}")
        for slug, row in places.HOSTS.items():
            if (processes.folder / "hosts" / slug).is_dir():
                self._say(f"Data host {row['name']}: http://127.0.0.1:{processes.port + row['offset']}/ga4gh/drs/v1")
        self._say("Try the main job: .venv/bin/python manage.py journey --base " + processes.base)
        self._say(f"ready {processes.base}")
