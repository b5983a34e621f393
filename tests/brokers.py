"""Brokers for workers in processes of their own: none, Redis or RabbitMQ, each behind a line that can be cut."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from kombu import Connection

from governance.record.listeners import Queue
from tests.processes import answers, eventually, free_port, leave_out

RABBITMQ = 5672
NONE, REDIS, RABBIT = "no broker", "redis", "rabbitmq"


class Line:
    """A line to a port of this machine, which can be cut and mended; what is connected when it is cut is broken off."""

    def __init__(self, to: int) -> None:
        self._to, self.port = to, free_port()
        self._open: list[socket.socket] = []
        self._listening: socket.socket | None = None

    def mend(self) -> None:
        """Let connections through."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """Refuse new connections and break off the others."""
        for one in [self._listening, *self._open]:
            if one is not None:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        self._listening, self._open = None, []

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                here, _address = listening.accept()
                there = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._open += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)


@dataclass
class Broker:
    """One broker as workers are told of it, and the line that leads to it."""

    environment: dict[str, str] = field(default_factory=dict)
    line: Line | None = None

    @property
    def url(self) -> str:
        """Its address; empty where there is none."""
        return self.environment.get("CELERY_BROKER_URL", "")

    def queue(self, kind: Queue) -> str:
        """The name of a kind's queue."""
        return f"{self.environment['DUOLOGUE_QUEUE']}.{kind.value}"


@contextmanager
def broker(name: str, folder: Path) -> Iterator[Broker]:
    """The broker of this name, with queues that nobody else uses; says aloud what this machine has not."""
    if name == NONE:
        yield Broker({"CELERY_BROKER_URL": ""})
    elif name == REDIS:
        with redis(folder) as port, _behind(port, "redis://127.0.0.1:{}/0") as found:
            yield found
    else:
        if not answers(RABBITMQ):
            leave_out("no RabbitMQ answers on this machine")
        with _behind(RABBITMQ, "amqp://guest:guest@127.0.0.1:{}//") as found:
            try:
                yield found
            finally:
                with Connection(f"amqp://guest:guest@127.0.0.1:{RABBITMQ}//") as opened:
                    for kind in Queue:
                        opened.default_channel.queue_delete(found.queue(kind))
                        opened.default_channel.exchange_delete(found.queue(kind))


@contextmanager
def redis(folder: Path) -> Iterator[int]:
    """A Redis of our own that keeps nothing on disk; its port."""
    if shutil.which("redis-server") is None:
        leave_out("no redis-server on this machine")
    port = free_port()
    arguments = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            eventually(lambda: answers(port), "redis answers")
            yield port
        finally:
            server.kill()


@contextmanager
def _behind(port: int, address: str) -> Iterator[Broker]:
    line = Line(port)
    line.mend()
    try:
        yield Broker({"CELERY_BROKER_URL": address.format(line.port), "DUOLOGUE_QUEUE": f"test-{uuid4().hex}"}, line)
    finally:
        line.cut()
