"""`python -m access.reference_host CONFIG`: serve until stopped."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from access.clearinghouse import Clearinghouse, ClearinghouseConfig, duologue_issuer
from access.reference_host.app import DrsHost
from access.reference_host.config import HostConfig, read_config
from access.reference_host.copy import CohortCopies, FeedListener, Platform


class _Served(BaseApplication):
    """The application in gunicorn: HTTP/1.1, connections kept, and no log of addresses, which open data for a while."""

    def __init__(self, config: HostConfig) -> None:
        self._host = config
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._host.port}",
            # One process holds the copies and the addresses that it gave out.
            "workers": 1,
            "worker_class": "gthread",
            "threads": 8,
            "keepalive": 15,
            "graceful_timeout": 3,
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": lambda _server: self._say_ready(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> DrsHost:
        app, listener = build(self._host)
        listener.start()
        return app

    def _say_ready(self) -> None:
        sys.stdout.write(f"{self._host.name} ready {self._host.base_url}\n")
        sys.stdout.flush()


def build(config: HostConfig) -> tuple[DrsHost, FeedListener]:
    """The application and the listener that keeps its copies."""
    copies = CohortCopies(config, Platform(config)) if config.enforces_cohorts else None
    house = Clearinghouse(
        ClearinghouseConfig(
            issuers=(duologue_issuer(config.issuer),),
            audiences=frozenset({config.audience}),
            enforces_cohorts=config.enforces_cohorts,
            plain_http=config.plain_http,
        ),
        on_demand="missing",
        label_only=copies.is_label_only if copies else None,
    )
    rounds: list[Callable[[], object]] = [house.refresh] if copies is None else [copies.listen, house.refresh]
    return DrsHost(config, house, copies), FeedListener(rounds, config.poll_seconds)


def main(arguments: list[str]) -> int:
    """Serve on loopback until SIGINT or SIGTERM."""
    if len(arguments) != 1:
        sys.stderr.write("give the configuration file: python -m access.reference_host CONFIG\n")
        return 2
    _Served(read_config(Path(arguments[0]))).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
