"""Reading the catalogue as a visitor does."""

import re
from typing import Any

from django.test import Client

from tests.markup import flat


def titles(html: str) -> list[str]:
    """The titles of the listed datasets, in order."""
    return re.findall(r"<h3><a href=\"/datasets/[^\"]+\">([^<]+)</a></h3>", flat(html))


def show(client: Client, **query: Any) -> str:
    """The catalogue's page for a query, without the layout of its template."""
    answer = client.get("/datasets/", query)
    assert answer.status_code == 200
    return flat(answer.content.decode())
