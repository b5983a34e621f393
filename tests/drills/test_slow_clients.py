"""Clients that send their requests a byte at a time, as long as they like, keep nobody else out."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from django.conf import settings

from access.demo.processes import DemoProcesses
from tests.processes import answers, eventually, free_port, leave_out

NGINX = Path(settings.BASE_DIR) / "deploy" / "nginx"
# Behind the proxy there may be many more of them than there are threads.
BEHIND_PROXY = 90 if os.environ.get("SIZE") == "full" else 60
LONGEST_ANSWER = 5.0
SECONDS = 20 if os.environ.get("SIZE") == "full" else 6
PAGES = ("/health/live", "/accounts/login/")


@contextmanager
def dripping(port: int, clients: int) -> Iterator[None]:
    """So many clients that send the body of a form one byte each half second."""
    head = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n"
    stopped = threading.Event()
    open_ = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(clients)]

    def drip() -> None:
        while not stopped.wait(0.5):
            for one in open_:
                try:
                    one.sendall(b"a")
                except OSError:
                    stopped.set()

    for one in open_:
        one.sendall(head)
    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield
        assert not stopped.is_set(), "a slow client was sent away: it kept nobody out, and showed nothing"
    finally:
        stopped.set()
        thread.join()
        for one in open_:
            one.close()


@contextmanager
def proxy(port: int, upstream: int, folder: Path) -> Iterator[None]:
    """The proxy as the documentation sets it up, on another port and without TLS."""
    conf = folder / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf.write_text(
        f"daemon off; master_process off; pid {folder / 'pid'}; error_log stderr crit; events {{}}\n"
        f"http {{ access_log off; {temporary} include {NGINX / 'limits.conf'};\n"
        f"upstream duologue {{ server 127.0.0.1:{upstream}; }}\n"
        f"server {{ listen 127.0.0.1:{port}; include {NGINX / 'proxy.conf'}; }} }}\n",
        encoding="utf-8",
    )
    with subprocess.Popen([str(shutil.which("nginx")), "-p", str(folder), "-c", str(conf)]) as server:
        try:
            eventually(lambda: answers(port), "the proxy answers")
            yield
        finally:
            server.terminate()


def slowest(port: int) -> float:
    """The longest that a page took while everybody else dripped, in seconds."""
    took = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for page in PAGES:
            began = time.monotonic()
            assert requests.get(f"http://127.0.0.1:{port}{page}", timeout=LONGEST_ANSWER).status_code == 200
            took.append(time.monotonic() - began)
    return max(took)


def test_eight_slow_clients_leave_health_and_sign_in_answering(demo: DemoProcesses) -> None:
    with dripping(demo.port, 8):
        assert slowest(demo.port) < LONGEST_ANSWER


def test_behind_the_proxy_slow_clients_take_no_thread_at_all(demo: DemoProcesses, tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        leave_out("no nginx on this machine")
    port = free_port()
    with proxy(port, demo.port, tmp_path), dripping(port, BEHIND_PROXY):
        assert slowest(port) < LONGEST_ANSWER
