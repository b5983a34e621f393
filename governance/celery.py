"""The broker's side of the outbox: a task is only a wake-up, the truth stands in the table."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
app = Celery("duologue")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="duologue.wake")  # type: ignore[untyped-decorator]
def wake() -> int:
    """Carry out what is due in the outbox; what remains, the worker's next turn does."""
    from governance.record.outbox import drain  # noqa: PLC0415  models are loaded only when a task runs

    return drain()
