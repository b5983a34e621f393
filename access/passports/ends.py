"""What else ends what a person was given: terms that they have not accepted, and their account.

Which grants they keep is judged by `access.grants.evaluation`, which visas a cause revokes by `access.visas.revocation`.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from access.grants import services as grants
from access.models import Grant
from access.passports import selectors as visa_selectors
from access.passports.client_services import end_tokens
from access.visas.revocation import revoke_visas
from governance.domain.events import Kind


def on_terms_published(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a committee published terms. Where they are asked for and not accepted yet, visas end."""
    for grant in Grant.objects.filter(
        state=Grant.State.ACTIVE, line__case__committee__slug=payload["committee"]
    ).iterator():
        with transaction.atomic():
            held = grants.locked(grant)
            named = [row.person for row in held.people.filter(ended_at__isnull=True).select_related("person")]
            lacking = [person for person in named if visa_selectors.lacking_terms(person, held)]
            if lacking:
                revoke_visas(grant=held, because="terms", now=now, people=lacking)


def on_account_closed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: an account was closed. No token, code or remembered choice of it stands."""
    end_tokens(subject=payload["subject"], now=now)


HANDLERS = {Kind.TERMS_PUBLISHED: on_terms_published, Kind.ACCOUNT_CLOSED: on_account_closed}
