"""`manage.py worker`: carries out the outbox and the schedule until it is stopped."""

import signal
import sys
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand

from governance.append_only import refuse_to_start_without_triggers
from governance.celery import app
from governance.outbox import has_broker
from governance.worker import run_until


class Command(BaseCommand):
    """Without a broker it polls the outbox each second; with one it is woken, and sweeps every five seconds besides."""

    help = "carry out the outbox and scheduled work until stopped"

    def handle(self, *args: object, **options: object) -> None:
        refuse_to_start_without_triggers()
        if has_broker():
            app.conf.beat_schedule = {"sweep": {"task": "duologue.sweep", "schedule": 5.0}}
            beat_file = settings.DATA_DIR / "celerybeat-schedule"
            app.worker_main(["worker", "--beat", f"--schedule={beat_file}", "--concurrency=1", "--pool=solo", "-l", "WARNING"])
            return
        stop = {"now": False}

        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop["now"] = True

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        self.stdout.write("worker ready")
        self.stdout.flush()
        run_until(lambda: stop["now"], settings.OUTBOX_POLL_SECONDS)
        sys.stdout.flush()
