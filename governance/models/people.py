"""Accounts. Participants' names are never here: they stand in the consent vault."""

import secrets
from collections.abc import Iterator

from django.contrib.auth.models import AbstractUser
from django.db import models


def new_subject() -> str:
    """A random, opaque id of 32 hex characters: the `sub` of every token, and the actor of every audit event."""
    return secrets.token_hex(16)


class User(AbstractUser):
    """A person who can sign in. `subject` is what tokens and the audit log call them; it never changes."""

    PERSONAL = {"username", "first_name", "last_name", "email", "name"}

    subject = models.CharField(max_length=32, unique=True, default=new_subject, editable=False)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=10, default="en")
    sessions_ended = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="how often all sessions were ended; each session carries the number of its day",
    )
    unread_notices = models.PositiveIntegerField(
        default=0, editable=False, help_text="what the bar counts, so that no page asks for it"
    )

    class Meta:
        permissions = [("administrator", "Runs the installation")]

    def __str__(self) -> str:
        return self.subject

    def get_session_auth_hash(self) -> str:
        """What a session must carry to count: it ends with the password, and with `sessions_ended`."""
        return f"{super().get_session_auth_hash()}.{self.sessions_ended}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same under earlier secrets of the installation."""
        return (f"{one}.{self.sessions_ended}" for one in super().get_session_auth_fallback_hash())

    @property
    def shown_name(self) -> str:
        """What pages call this person: the name of the account, or the user name where none is kept."""
        return self.name or self.username
