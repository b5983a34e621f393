"""`manage.py worker`: carries out the outbox and the schedule until it is stopped."""

import signal
import threading
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from governance.celery import app
from governance.record.outbox import has_broker, replay
from governance.record.worker import run_until, schedule_until, work
from governance.start import check_start


class Command(BaseCommand):
    """It looks for due work by itself; a broker wakes it sooner, and may be away without anything being lost."""

    help = "carry out the outbox and scheduled work until stopped"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--replay", action="store_true", help="try once more what was given up after 75 hours, and end"
        )

    def handle(self, *args: object, **options: object) -> None:
        check_start()
        if options["replay"]:
            self.stdout.write(f"{replay(now=timezone.now())} messages are due again")
            return
        stop = threading.Event()
        schedule = threading.Thread(target=schedule_until, args=(stop.is_set,), name="schedule")
        schedule.start()
        try:
            (self._beside_a_broker if has_broker() else self._alone)(stop)
        finally:
            stop.set()
            schedule.join()

    def _alone(self, stop: threading.Event) -> None:
        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        self._say_ready()
        run_until(stop.is_set, settings.OUTBOX_POLL_SECONDS, work)

    def _beside_a_broker(self, stop: threading.Event) -> None:
        """Celery has the main thread, since it handles the signals; the sweep has another."""
        sweep = threading.Thread(target=run_until, args=(stop.is_set, settings.OUTBOX_POLL_SECONDS, work), name="sweep")
        sweep.start()
        self._say_ready()
        try:
            app.worker_main(["worker", "--concurrency=1", "--pool=solo", "--without-mingle", "-l", "WARNING"])
        finally:
            stop.set()
            sweep.join()

    def _say_ready(self) -> None:
        self.stdout.write("worker ready")
        self.stdout.flush()
