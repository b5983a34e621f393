"""Rate limits of the product's own: how often somebody may try what tells something, or costs something.

`settings.RATE_LIMITS` is the table of them. The counter is allauth's, which also limits signing in and up: its counts stand
in the shared cache, so that they hold for all web processes together and outlive a restart.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from governance.domain.errors import TooMany

View = Callable[..., HttpResponse]
WAIT_SECONDS = 60


def within(request: HttpRequest, action: str, *, key: str | None = None) -> bool:
    """Count one try of an action, whatever its method; False where there were too many."""
    return _counted(request, action, key, dry_run=False)


def exhausted(request: HttpRequest, action: str, *, key: str | None = None) -> bool:
    """Whether the next try of an action would be one too many; nothing is counted."""
    return not _counted(request, action, key, dry_run=True)


def _counted(request: HttpRequest, action: str, key: str | None, *, dry_run: bool) -> bool:
    config = {action: settings.RATE_LIMITS[action]}
    counted = ratelimit.consume(
        request, app="duologue", action=action, config=config, key=key, dry_run=dry_run, limit_get=True
    )
    return counted is not None


def limited(action: str) -> Callable[[View], View]:
    """Let a view answer 429 beyond the limit of an action. For people who are signed in.

    Not where people save what they wrote: nothing that was typed is lost to a limit.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not within(request, action):
                raise TooMany(_("This was asked too often in a short time. Wait a minute, then try again."))
            return view(request, *args, **kwargs)

        return answered

    return decorate
