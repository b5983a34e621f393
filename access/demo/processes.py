"""The processes of a demo: web server, worker and data hosts, started together and stopped together."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import requests
from django.conf import settings

from access.demo import places


class DemoFailed(Exception):
    """A part of the demo did not start; the message says which, and where its log is."""


class DemoProcesses:
    """One demo in a folder. Everything that it starts it also ends, the data hosts first and the web server last."""

    def __init__(self, *, folder: Path, port: int, say: Callable[[str], None]) -> None:
        self.folder, self.port, self._say = folder, port, say
        self.base = f"http://127.0.0.1:{port}/"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started_with: dict[str, list[str]] = {}
        self._environment = {
            **os.environ,
            "DUOLOGUE_DATA": str(folder),
            "DUOLOGUE_BASE_URL": self.base,
            "DUOLOGUE_CONTACT": "help@demo.example",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(settings.BASE_DIR),
        }

    def password(self) -> str:
        """Everybody's password in this world."""
        return str(json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))["password"])

    def start(self, seconds: float, stopped: Callable[[], bool]) -> None:
        """Make the world if there is none, start all parts, return when each answers."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self._prepare()
        served = ["-m", "gunicorn", "-c", str(settings.BASE_DIR / "deploy" / "gunicorn.conf.py")]
        here = ["--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--graceful-timeout", "3"]
        self._spawn("web", [*served, *here])
        self._spawn("worker", ["manage.py", "worker"])
        for slug in places.HOSTS:
            config = self.folder / "hosts" / slug / "host.json"
            if config.exists():
                self._spawn(slug, ["-m", "access.reference_host", str(config)])
        self._wait(time.monotonic() + seconds, stopped)

    def _prepare(self) -> None:
        self._say("preparing the database")
        self._manage("migrate", "--verbosity", "0")
        if not (self.folder / "demo.json").exists():
            self._say("making the demo world: people, consents, committees, a request, a grant (about half a minute)")
            self._manage("seed_demo", "--port", str(self.port), "--data", str(self.folder))

    def _manage(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  our own command line
            [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
            env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise DemoFailed(f"manage.py {arguments[0]} failed: {(done.stderr or done.stdout).strip()[-600:]}")

    def _spawn(self, name: str, arguments: list[str]) -> None:
        self._started_with[name] = arguments
        log = (self.folder / "logs" / f"{name}.log").open("ab")
        self._running[name] = subprocess.Popen(  # noqa: S603  our own programs
            [sys.executable, *arguments], env=self._environment, cwd=settings.BASE_DIR, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip

    def _wait(self, deadline: float, stopped: Callable[[], bool]) -> None:
        addresses = {"web": f"{self.base}health/ready"}
        for slug, row in places.HOSTS.items():
            if slug in self._running:
                addresses[slug] = f"http://127.0.0.1:{self.port + row['offset']}/health/live"
        while addresses and not stopped():
            ended = self.ended()
            if ended:
                raise DemoFailed(f"{ended} did not start: see {self.folder / 'logs' / ended}.log")
            if time.monotonic() > deadline:
                raise DemoFailed(f"{', '.join(addresses)} does not answer: see {self.folder / 'logs'}")
            addresses = {name: url for name, url in addresses.items() if not _answers(url)}
            time.sleep(0.2)

    def ended(self) -> str | None:
        """The name of a part that has ended by itself."""
        return next((name for name, process in self._running.items() if process.poll() is not None), None)

    def kill(self, name: str) -> None:
        """End one part at once with all its processes, as a crash of the machine would; for drills."""
        ended = self._running.pop(name)
        # Each part leads a session of its own, so that its number is its group's too.
        os.killpg(ended.pid, signal.SIGKILL)
        ended.wait()

    def restart(self, name: str) -> None:
        """Start a part again after `kill`; for drills."""
        self._spawn(name, self._started_with[name])

    def stop(self) -> None:
        """End every part and wait for it."""
        for process in reversed(self._running.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
