"""What an account is called that somebody makes for themselves."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """As allauth does it, but for the user name: one that says nothing of the address, which others may not read."""

    def populate_username(self, request: HttpRequest | None, user: Any) -> None:
        user.username = f"person-{secrets.token_hex(5)}"
