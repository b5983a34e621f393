"""Mails of the pages of accounts (confirm an address, set a new password): written in the request, sent by a worker.

So no page waits for a mail server, and how long it takes says nothing of whether an address is known. What is to be sent
lies wrapped in a row of its own, never in the outbox, whose messages are kept.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from governance import keys
from governance.models import Letter
from governance.record import outbox
from governance.record.deliveries import GIVE_UP_AFTER

SENT = "letter.mail"


class Postbox(BaseEmailBackend):
    """What a mail is given to that a worker is to send."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Put them on their way; how many."""
        for mail in email_messages:
            send(mail=mail, now=timezone.now())
        return len(email_messages)


@transaction.atomic
def send(*, mail: EmailMessage, now: datetime) -> Letter:
    """Have a worker send this mail; it is kept, wrapped, until the mail server has it."""
    words = {"to": list(mail.to), "sender": mail.from_email, "subject": str(mail.subject), "body": str(mail.body)}
    letter = Letter.objects.create(sealed=keys.wrap(json.dumps(words).encode()), created_at=now)
    outbox.publish(SENT, {"letter": letter.pk}, now=now)
    return letter


def on_letter(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: send a letter, and delete it. What the mail server refuses is raised, and tried again with the delivery."""
    letter = Letter.objects.filter(pk=payload["letter"]).first()
    if letter is None:
        return
    words = json.loads(keys.unwrap(letter.sealed))
    EmailMessage(words["subject"], words["body"], words["sender"], words["to"]).send()
    letter.delete()


def forget_old(now: datetime) -> int:
    """Delete letters that nobody could send for as long as it is tried: their links are over. Returns how many."""
    return Letter.objects.filter(created_at__lt=now - GIVE_UP_AFTER).delete()[0]
