"""`python -m access.reference_host CONFIG`: serve until stopped."""

import signal
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from types import FrameType
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from access.clearinghouse import Clearinghouse, ClearinghouseConfig, duologue_issuer
from access.reference_host.app import DrsHost
from access.reference_host.config import HostConfig, read_config
from access.reference_host.copy import CohortCopies, Listener, Platform


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: request lines can hold one-time addresses."""


def build(config: HostConfig) -> tuple[DrsHost, Listener]:
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
    rounds = [house.refresh] if copies is None else [copies.listen, house.refresh]
    return DrsHost(config, house, copies), Listener(rounds, config.poll_seconds)


def main(arguments: list[str]) -> int:
    """Serve on loopback until SIGINT or SIGTERM."""
    if len(arguments) != 1:
        sys.stderr.write("give the configuration file: python -m access.reference_host CONFIG\n")
        return 2
    config = read_config(Path(arguments[0]))
    app, listener = build(config)
    with make_server("127.0.0.1", config.port, app, server_class=_Server, handler_class=_Quiet) as server:  # type: ignore[arg-type]

        def stop(_signal: int, _frame: FrameType | None) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        listener.start()
        sys.stdout.write(f"{config.name} ready {config.base_url}\n")
        sys.stdout.flush()
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            listener.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
