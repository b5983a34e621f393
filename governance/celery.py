"""The broker's side of the outbox: a task is only a wake-up, the truth stands in the table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
app = Celery("duologue")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="duologue.wake")  # type: ignore[untyped-decorator]
def wake() -> int:
    """Carry out what is due in the outbox."""
    from governance.outbox import drain  # noqa: PLC0415  models are loaded only when a task runs

    return drain()


@app.task(name="duologue.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """What each turn of the worker does without a broker: due schedules, then the outbox."""
    from governance.worker import turn  # noqa: PLC0415

    turn()
