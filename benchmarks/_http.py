"""Asking the product over its own WSGI application, as a server would, without one: all middleware, no socket."""

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections


@cache
def _application() -> WSGIHandler:
    # The connection stays, as it does in a server for most requests: its backend's time is what is measured.
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    return WSGIHandler()


def ask(
    method: str, address: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", form: bool = False
) -> tuple[int, bytes]:
    """Status and body of an answer."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT_LANGUAGE": "en",
    }
    if form:
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
    setup_testing_defaults(environ)
    # Not a name in DNS: the settings let nobody else be asked.
    environ["HTTP_HOST"] = environ["SERVER_NAME"] = "127.0.0.1"
    answered: list[str] = []

    def start_response(status: str, _headers: list[tuple[str, str]], _info: Any = None, /) -> Callable[[bytes], object]:
        answered.append(status)
        return BytesIO().write  # the old way of WSGI to answer, which Django does not use

    response = _application()(environ, start_response)
    content = b"".join(response)
    response.close()
    return int(answered[0].split()[0]), content


def get(address: str, *, headers: Mapping[str, str] | None = None, expect: int = 200) -> bytes:
    """The body of an answer to GET, which has the status that is expected."""
    status, content = ask("GET", address, headers=headers)
    if status != expect:
        raise RuntimeError(f"{address} answered {status}: {content[:300]!r}")
    return content
