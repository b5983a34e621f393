"""Waking the worker through a broker: from a thread of its own, so that no commit ever waits for the broker."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Waker:
    """Calls `send` soon after `wake`, once for any number of wake-ups that came meanwhile.

    A wake-up that is lost, because the broker is away or the process ends, costs no more than the wait for the worker's next
    sweep.
    """

    def __init__(self, send: Callable[[], object]) -> None:
        self._send = send
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Ask for a wake-up and return at once."""
        self._asked.set()
        with self._lock:
            # A web server forks after this was made: threads do not come along, so each process starts its own.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="waker", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._asked.wait():
            self._asked.clear()
            try:
                self._send()
            except Exception as error:  # noqa: BLE001  whatever a broker's library raises, the sweep is there
                logger.warning(
                    "the broker was not reached (%s): the worker's sweep finds the work", type(error).__name__
                )
