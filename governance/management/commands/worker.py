"""`manage.py worker`: carries out deliveries, jobs and the schedule until it is stopped."""

import signal
import threading
from argparse import ArgumentTypeError
from functools import partial
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from governance import celery
from governance.record import worker
from governance.record.listeners import Queue
from governance.record.outbox import has_broker, replay
from governance.start import check_start


class Command(BaseCommand):
    """Any number of them run side by side. A broker brings them their work, and may be away without anything being lost."""

    help = "carry out deliveries, jobs and scheduled work until stopped; start as many as you like, on any machine"

    def add_arguments(self, parser: CommandParser) -> None:
        known = ",".join(one.value for one in Queue)
        parser.add_argument(
            "--queues", type=_queues, default=frozenset(Queue), metavar="NAME,…",
            help=f"only these kinds of work, of {known}: some worker must do each of them",
        )  # fmt: skip
        parser.add_argument(
            "--replay", action="store_true", help="try once more what was given up after 75 hours, and end"
        )

    def handle(self, *args: object, **options: object) -> None:
        check_start()
        if options["replay"]:
            self.stdout.write(f"{replay(now=timezone.now())} messages are due again")
            return
        queues = options["queues"]
        assert isinstance(queues, frozenset)
        stop = threading.Event()
        schedule = threading.Thread(target=worker.schedule_until, args=(stop.is_set,), name="schedule")
        schedule.start()
        try:
            (self._beside_a_broker if has_broker() else self._alone)(stop, queues)
        finally:
            stop.set()
            schedule.join()

    def _alone(self, stop: threading.Event, queues: frozenset[Queue]) -> None:
        def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        self._say_ready()
        worker.run_until(stop.is_set, settings.OUTBOX_POLL_SECONDS, partial(worker.work, queues))

    def _beside_a_broker(self, stop: threading.Event, queues: frozenset[Queue]) -> None:
        """Celery has the main thread, since it handles the signals; the sweep has another."""
        turn = partial(celery.sweep, partial(worker.work, queues))
        sweep = threading.Thread(
            target=worker.run_until, args=(stop.is_set, settings.OUTBOX_POLL_SECONDS, turn), name="sweep"
        )
        sweep.start()
        self._say_ready()
        try:
            celery.work(queues)
        finally:
            stop.set()
            sweep.join()

    def _say_ready(self) -> None:
        self.stdout.write("worker ready")
        self.stdout.flush()


def _queues(text: str) -> frozenset[Queue]:
    try:
        return frozenset(Queue(name) for name in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"choose among {', '.join(one.value for one in Queue)}, parted by commas") from None
