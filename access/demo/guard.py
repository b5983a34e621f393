"""Whether this is a demo world: the only place where demo routes, one-click sign-in and printed passwords exist."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from governance.domain.errors import NotThere
from governance.selectors.installation import is_demo_world

LOOPBACK = ("127.0.0.1", "::1")


def require_demo(request: HttpRequest) -> None:
    """Elsewhere the routes do not exist: a demo world, no production settings, and a caller on this machine."""
    if settings.PRODUCTION or request.META.get("REMOTE_ADDR") not in LOOPBACK or not is_demo_world():
        raise NotThere("there is no such page")


def refuse_demo_in_production() -> None:
    """Called when web and worker start."""
    if settings.PRODUCTION and is_demo_world():
        raise ImproperlyConfigured(
            "this database holds a demo world, where anybody can become anyone: use an empty database"
        )
