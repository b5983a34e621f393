"""Erasing a person's identity: further use is closed, and their key is destroyed. The ledger stays whole."""

from datetime import datetime

from django.db import transaction

from consent import vault
from consent.domain.events import Capacity
from consent.domain.forms import Axis
from consent.models import Invitation, Participant
from consent.services.coordinators import require_coordinator
from consent.services.deciders import end_all
from consent.services.ledger import withdraw
from governance.domain.errors import Conflict
from governance.domain.events import Kind, Subject
from governance.models import User
from governance.record import audit


@transaction.atomic
def erase_identity(*, participant: Participant, by: User, now: datetime) -> None:
    """Erase who a participant is, at their request: withdraw further use, then destroy key, record and hashes.

    Host ids are pseudonyms outside the vault; they go once each host has confirmed the removal.
    """
    require_coordinator(by, participant.programme)
    if vault.is_erased(participant):
        raise Conflict("this identity was erased already")
    withdraw(
        participant=participant,
        axis=Axis.NO_USE,
        by=by,
        capacity=Capacity.COORDINATOR,
        source="clinic",
        now=now,
    )
    Invitation.objects.filter(participant=participant).update(fact_hash="")
    Invitation.objects.filter(participant=participant, used_at__isnull=True).update(expires_at=now)
    end_all(participant=participant, by=by, now=now)
    vault.erase(participant=participant, now=now)
    audit.record(Kind.IDENTITY_ERASED, by=by, about=Subject("participant", participant.pk), now=now)
