"""`python -m tests.drills.drilled_worker FOLDER [--hold SQL] WORKER-ARGUMENTS…`: `manage.py worker`, made to be struck.

A message of the kind `drill.counted` leaves one audit event. With `--hold`, the first statement that begins so writes
FOLDER/held and never ends, so that the process can be killed in the middle of what it does. It keeps no schedule, so that
nothing but the work itself finds what a killed worker left. Unless SIZE=full, claims and leases are short.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

from tests.acting import DRILL

KIND = "drill.counted"
SHORT = timedelta(seconds=3)


def main(folder: Path, hold: str, arguments: list[str]) -> None:
    """Be a worker until killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  settings are read only now
    from django.db import transaction  # noqa: PLC0415
    from django.db.backends.signals import connection_created  # noqa: PLC0415

    from governance.domain.events import Kind, Subject  # noqa: PLC0415  models are loaded only now
    from governance.record import audit, deliveries, jobs, outbox, worker  # noqa: PLC0415

    if os.environ.get("SIZE") != "full":
        deliveries.CLAIM = jobs.LEASE = SHORT
        deliveries.SENT_FOR = SHORT
    worker._schedule.clear()

    @transaction.atomic
    def count(payload: dict[str, Any], now: datetime) -> None:
        audit.record(Kind.PERSON_CREATED, by=DRILL, about=Subject("drill", payload["name"]), now=now)

    def held(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        if sql.startswith(hold):
            (folder / "held").touch()
            while True:
                time.sleep(1)
        return execute(sql, params, many, context)

    def hold_in(connection: Any, **_kwargs: object) -> None:
        if held not in connection.execute_wrappers:
            connection.execute_wrappers.append(held)

    outbox.subscribe(KIND, count)
    if hold:
        connection_created.connect(hold_in)
    call_command("worker", *arguments)


if __name__ == "__main__":
    place, *rest = sys.argv[1:]
    wanted = rest.pop(1) if rest[:1] == ["--hold"] else ""
    main(Path(place), wanted, rest[1:] if wanted else rest)
