"""What an address asks of the database.

The statements of the limit on asking are not counted: they go to the shared cache, which is a table only where nothing better
is there.
"""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

_LIMIT = ("shared_cache", "SAVEPOINT")


def statements(client: Client, address: str) -> list[str]:
    """What the page sends."""
    with CaptureQueriesContext(connection) as sent:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in sent if not any(word in query["sql"] for word in _LIMIT)]
