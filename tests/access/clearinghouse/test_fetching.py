"""The fetcher against real servers: plain 200 answers within its limits, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from access.clearinghouse import Fetched, FetchError, HttpFetcher
from access.clearinghouse.fetching import JSON_DOCUMENT


def fetcher_for(server: HTTPServer, **settings: float) -> HttpFetcher:
    limits = {"max_bytes": 1000, "seconds": 2.0, **settings}
    return HttpFetcher(
        plain_http=frozenset({f"{server.host}:{server.port}"}),
        max_bytes=int(limits["max_bytes"]),
        seconds=limits["seconds"],
    )


@pytest.mark.parametrize(
    ("cache_control", "max_age"),
    [
        ("max-age=300", 300),
        ("public, Max-Age=60", 60),
        ("no-store", 0),
        ("no-cache, max-age=9", 0),
        ("max-age=soon", None),
        ("", None),
    ],
)
def test_a_document_is_had_with_the_time_that_its_copy_may_serve(
    httpserver: HTTPServer, cache_control: str, max_age: int | None
) -> None:
    httpserver.expect_request("/keys").respond_with_data(b"{}", headers={"Cache-Control": cache_control})

    fetched = fetcher_for(httpserver).fetch(httpserver.url_for("/keys"), JSON_DOCUMENT)

    assert fetched == Fetched(b"{}", max_age)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response(b"", 302, {"Location": "https://evil.example/"}), "answered 302"),
        (Response(b"", 404), "answered 404"),
        (Response(b"", 500), "answered 500"),
        (Response(b"", 204), "answered 204"),
        (Response(b"x" * 1001, 200), "larger than 1000 bytes"),
        (Response(b"\x1f\x8b", 200, {"Content-Encoding": "gzip"}), "content encoding"),
    ],
)
def test_any_other_answer_is_an_error(httpserver: HTTPServer, answer: Response, message: str) -> None:
    httpserver.expect_request("/keys").respond_with_response(answer)

    with pytest.raises(FetchError, match=message):
        fetcher_for(httpserver).fetch(httpserver.url_for("/keys"), JSON_DOCUMENT)

    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://duologue.example/keys", "not https"),
        ("http://127.0.0.1:1/keys", "not https"),
        ("file:///etc/passwd", "not https"),
        ("ftp://duologue.example/keys", "not https"),
        ("https:///keys", "not https"),
        ("https://user:word@duologue.example/keys", "credentials"),
        ("https://duologue.example:port/keys", "not a URL"),
        ("https://[::1/keys", "not a URL"),
    ],
)
def test_an_address_that_is_not_meant_is_never_called(url: str, message: str) -> None:
    with pytest.raises(FetchError, match=message):
        HttpFetcher().fetch(url, JSON_DOCUMENT)


@pytest.fixture
def dripping_server() -> Iterator[int]:
    """A server that sends one byte every tenth of a second and never ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while not stop.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    stop.set()
    listener.close()
    thread.join(5)


def test_a_server_that_drips_cannot_hold_the_reader(dripping_server: int) -> None:
    fetcher = HttpFetcher(plain_http=frozenset({f"127.0.0.1:{dripping_server}"}), seconds=0.5)
    began = time.monotonic()

    with pytest.raises(FetchError, match=r"within 0\.5 seconds"):
        fetcher.fetch(f"http://127.0.0.1:{dripping_server}/", JSON_DOCUMENT)

    assert time.monotonic() - began < 5


def test_a_server_that_is_not_there_is_an_error_without_its_details() -> None:
    fetcher = HttpFetcher(plain_http=frozenset({"127.0.0.1:9"}), seconds=1.0)

    with pytest.raises(FetchError, match=r"cannot be reached \(ConnectionError\)"):
        fetcher.fetch("http://127.0.0.1:9/", JSON_DOCUMENT)
