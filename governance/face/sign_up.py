"""Accounts as allauth's pages make them: what somebody is called who makes one, and how its mails are sent."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMessage
from django.http import HttpRequest

from governance.notices.letters import Postbox


class Adapter(DefaultAccountAdapter):
    """As allauth does it, but for user names, which say nothing of the address, and mails, which a worker sends."""

    def populate_username(self, request: HttpRequest | None, user: Any) -> None:
        user.username = f"person-{secrets.token_hex(5)}"

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        mail: EmailMessage = super().render_mail(*args, **kwargs)
        mail.connection = Postbox()
        return mail
