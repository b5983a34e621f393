"""A worker in a process of its own, with one handler that waits until it is told to go on, so that it can be killed in it.

`python -m tests.governance.worker_process FOLDER`: says `ready`; in the handler it writes FOLDER/claimed and waits for
FOLDER/go.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django

from tests.acting import DRILL

KIND = "drill.waits"


def main(folder: Path) -> None:
    """Carry out messages until killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    from django.db import transaction  # noqa: PLC0415  settings are read only now

    from governance.domain.events import Kind, Subject  # noqa: PLC0415
    from governance.record import audit, outbox  # noqa: PLC0415  models are loaded only now
    from governance.record.worker import run_until  # noqa: PLC0415

    @transaction.atomic
    def waits(payload: dict[str, Any], now: datetime) -> None:
        audit.record(Kind.PERSON_CREATED, by=DRILL, about=Subject("drill", payload["name"]), now=now)
        (folder / "claimed").touch()
        while not (folder / "go").exists():
            time.sleep(0.02)

    outbox.subscribe(KIND, waits)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run_until(lambda: False, 0.1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
