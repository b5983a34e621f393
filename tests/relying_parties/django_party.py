"""What the two Django parties have in common: one small site on a database in memory, served until it is ended."""

import sys
from collections.abc import Callable, Sequence
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

Urls = Callable[[], Sequence[Any]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: codes stand in the addresses."""


def serve(port: int, urls: Urls, *, apps: Sequence[str], backends: Sequence[str], **more: Any) -> None:
    """Make the site and serve it. `urls` is called once Django is set up."""
    settings.configure(
        DEBUG=True,
        SECRET_KEY="a test party",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=type("Urls", (), {"urlpatterns": []}),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", *apps],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        AUTHENTICATION_BACKENDS=list(backends),
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        SESSION_COOKIE_NAME=f"party{port}",
        LOGIN_REDIRECT_URL="/me",
        USE_TZ=True,
        **more,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    settings.ROOT_URLCONF.urlpatterns = urls()
    with make_server("127.0.0.1", port, get_wsgi_application(), handler_class=_Quiet) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()
