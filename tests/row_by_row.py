"""A request that loads a relation row by row (N+1) fails its test, however few rows the test has.

Watched by django-zeal inside of every request; the product itself knows nothing of it.
"""

from django.conf import settings
from zeal.constants import initialize_app_registry
from zeal.patch import patch

MIDDLEWARE = "zeal.middleware.zeal_middleware"
# One row asked for by its name, again: acts lock a row and then judge it as it stands, the provider's library looks for a code
# or a client at each of its steps. How many statements a page sends in all, the pages' own tests say.
ALLOWED = [
    {"model": "*", "field": "get()"},
    # Who works on a request: the act asks under its lock, and the page that shows why it was refused asks once more.
    {"model": "access.Request", "field": "collaborators"},
]


def fails() -> None:
    """Watch every request of this run."""
    settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]
    settings.ZEAL_ALLOWLIST = ALLOWED
    initialize_app_registry()
    patch()
