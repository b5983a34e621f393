"""How fast 1, 2 and 4 worker processes drain a backlog, without a broker and over each; `python -m benchmarks workers`.

A delivery revokes what a person without visas holds, a judgement judges one of 20 grants of a dataset with members: both
by the product's own handlers, in `manage.py worker` processes. All is published in one transaction, after the workers said
that they are ready. Wall time is what it is on a machine that others use too; processor time is the workers' own
and that of the database's backends. Small: no broker, two workers.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import _clock
from benchmarks._databases import Databases, server
from benchmarks._figures import moved

SEED = 0
RABBITMQ = 5672
AMOUNTS = {"small": (40, 10), "full": (2000, 500)}
WORKERS = {"small": (2,), "full": (1, 2, 4)}
GRANTS = {"small": 2, "full": 20}
PATIENCE = 1800
_TICK = os.sysconf("SC_CLK_TCK")


def run(size: str = "small") -> dict[str, Any]:
    """Drain the same backlog by so many workers over each broker that is here; in a process that knows its database."""
    with server() as url, tempfile.TemporaryDirectory() as folder:
        database = url if url != "sqlite" else f"sqlite:///{folder}/bench"
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.workers", size, folder],
            env={**os.environ, "DATABASE_URL": database, "DUOLOGUE_DATA": folder, "CELERY_BROKER_URL": ""},
            cwd=Path(__file__).resolve().parents[1],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    deliveries, judgements = AMOUNTS[size]
    return {
        "name": "workers",
        "size": size,
        "seed": SEED,
        "deliveries": deliveries,
        "judgements": judgements,
        "database": "sqlite" if url == "sqlite" else "postgresql",
        "drained": json.loads(done.stdout.splitlines()[-1]),
    }


def main(size: str, folder: Path) -> None:
    """Measure in this process, and print what was found as JSON."""
    with ExitStack() as held:
        databases = Databases(folder)
        held.callback(databases.drop)
        databases.fresh()
        with time_machine.travel(_clock.now(), tick=True):
            people, grants = _world(GRANTS[size])
        drained = [
            _drained(name, broker, workers, AMOUNTS[size], people, grants, folder)
            for name, broker in _brokers(held, size, folder).items()
            for workers in WORKERS[size]
        ]
    print(json.dumps(drained))


def line(found: dict[str, Any]) -> str:
    """The row of the table: the best of them."""
    best = min(found["drained"], key=lambda one: one["seconds"])
    amount = f"{found['deliveries']} deliveries, {found['judgements']} judgements"
    return f"| drain of a backlog | {amount} | {best['seconds']} s: {best['workers']} workers, {best['broker']} |"


def table(found: dict[str, Any]) -> str:
    """Each broker and number of workers."""
    heads = "| broker | workers | seconds | a second | CPU ms of workers, a piece | CPU ms of the database, a piece |"
    pieces = found["deliveries"] + found["judgements"]
    rows = [
        f"| {one['broker']} | {one['workers']} | {one['seconds']} | {pieces / one['seconds']:.0f} "
        f"| {one['python_ms']} | {one['database_ms']} |"
        for one in found["drained"]
    ]
    return "\n".join([heads, "|---|---|---|---|---|---|", *rows])


# --- The world and its backlog ----------------------------------------------------------------------------------------
def _world(grants: int) -> tuple[list[str], list[int]]:
    """People by subject, and grants by key."""
    tests = moved("tests.access.granted")
    of = tests.granted()
    made = [of.grant, *(tests.another_grant(of, f"colleague-{number}") for number in range(1, grants))]
    tests.propagate()
    return [one.people.get().person.subject for one in made], [one.pk for one in made]


@transaction.atomic
def _backlog(amounts: tuple[int, int], people: list[str], grants: list[int]) -> None:
    """Publish so many messages of each kind."""
    events, evaluation = moved("governance.domain.events"), moved("access.grants.evaluation")
    models, outbox = moved("governance.models"), moved("governance.record.outbox")
    now = timezone.now()
    deliveries, judgements = amounts
    told: list[tuple[str, dict[str, Any]]] = [
        (events.Kind.SECOND_FACTOR_REMOVED.value, {"subject": people[number % len(people)]})
        for number in range(deliveries)
    ]
    told += [(evaluation.FOLLOW_ONE, {"grant": grants[number % len(grants)]}) for number in range(judgements)]
    models.OutboxMessage.objects.bulk_create(
        models.OutboxMessage(kind=kind, payload=payload, created_at=now, due_at=now) for kind, payload in told
    )
    outbox.wake_after_commit()


def _drained(
    name: str,
    broker: str,
    workers: int,
    amounts: tuple[int, int],
    people: list[str],
    grants: list[int],
    folder: Path,
) -> dict[str, Any]:
    """One backlog, from its commit to its last delivery."""
    unfinished = moved("governance.record.outbox").unfinished
    with ExitStack() as held:
        pids = [held.enter_context(_worker(broker, folder)) for _ in range(workers)]
        python, database = _cpu(pids), Spent()
        database.look()
        began = time.monotonic()
        _backlog(amounts, people, grants)
        while unfinished().exists():
            if time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"{workers} workers over {name} did not end the backlog in {PATIENCE} s")
            database.look()
            time.sleep(0.1)
        seconds = time.monotonic() - began
        pieces = sum(amounts)
        spent = [(_cpu(pids) - python) / pieces, database.seconds() / pieces]
    return {
        "broker": name,
        "workers": workers,
        "seconds": round(seconds, 1),
        "python_ms": round(1000 * spent[0], 1),
        "database_ms": round(1000 * spent[1], 1) if connection.vendor == "postgresql" else None,
    }


# --- Processes --------------------------------------------------------------------------------------------------------
@contextmanager
def _worker(broker: str, folder: Path) -> Iterator[int]:
    """A worker that is ready; its process id."""
    database = moved("tests.processes").database_url()
    environment = {**os.environ, "DATABASE_URL": database, "DUOLOGUE_DATA": str(folder), "CELERY_BROKER_URL": broker}
    environment |= {"DUOLOGUE_QUEUE": f"bench-{folder.name}", "PYTHONUNBUFFERED": "1", "DUOLOGUE_LOG_LEVEL": "ERROR"}
    with subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            if not started.stdout.readline().startswith("worker ready"):
                raise RuntimeError("a worker did not start")
            # Its first turns, the schedule and the connection to the broker are no part of the figure.
            time.sleep(5 if broker else 2)
            yield started.pid
        finally:
            started.kill()


def _brokers(held: ExitStack, size: str, folder: Path) -> dict[str, str]:
    """The address of each broker that is here, by its name."""
    found = {"none": ""}
    if size != "full":
        return found
    if shutil.which("redis-server"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        arguments = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        server_ = held.enter_context(subprocess.Popen(arguments, stdout=subprocess.DEVNULL))
        held.callback(server_.kill)
        found["Redis"] = f"redis://127.0.0.1:{port}/0"
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", RABBITMQ)) == 0:
            found["RabbitMQ"] = f"amqp://guest:guest@127.0.0.1:{RABBITMQ}//"
    return found


class Spent:
    """Processor time of the database's backends since the first look, those too that came or went between two looks."""

    def __init__(self) -> None:
        self._first: dict[int, float] | None = None
        self._last: dict[int, float] = {}

    def look(self) -> None:
        """Note what each has had by now."""
        self._last |= {pid: _cpu([pid]) for pid in _backends()}
        if self._first is None:
            self._first = dict(self._last)

    def seconds(self) -> float:
        """What they have had in all."""
        first = self._first or {}
        return sum(had - first.get(pid, 0.0) for pid, had in self._last.items())


def _backends() -> list[int]:
    """The database's processes that serve somebody else than this one."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _cpu(pids: list[int]) -> float:
    """Seconds of processor time that these processes have had."""
    spent = 0.0
    for pid in pids:
        seen = Path(f"/proc/{pid}/stat")
        if seen.exists():
            user, system = seen.read_text().rpartition(")")[2].split()[11:13]
            spent += (int(user) + int(system)) / _TICK
    return spent


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    main(sys.argv[1], Path(sys.argv[2]))
