"""Ledgers that were not whole when somebody withdrew: an alarm while they are not, and read again once they are mended.

The withdrawal stands alone meanwhile (`consent.services.carried.alone`). Who mends puts back what was taken out or changed,
from a copy that nobody here can write to; the platform then finds the chain whole by itself.
"""

import logging
from datetime import datetime

from django.db import transaction

from consent.models import ConsentState, Participant
from consent.services import carried, states
from consent.services.appending import move_members
from governance.domain.actors import system
from governance.domain.events import Kind, Subject
from governance.models import AuditEvent
from governance.record import audit

logger = logging.getLogger(__name__)


def not_whole() -> list[str]:
    """The participants whose ledger was not whole when they withdrew and has not been found whole since."""
    told = AuditEvent.objects.filter(kind__in=(Kind.LEDGER_NOT_WHOLE, Kind.LEDGER_WHOLE)).order_by("id")
    newest = dict(told.values_list("subject_id", "kind"))
    return sorted(participant for participant, kind in newest.items() if kind == Kind.LEDGER_NOT_WHOLE)


def read_again(now: datetime) -> int:
    """Read those ledgers again, each in a transaction of its own; returns how many are whole now.

    One that cannot be read is told in the log, and stops no other.
    """
    whole = 0
    for participant in not_whole():
        try:
            whole += _read_again(participant, now)
        except Exception as error:  # noqa: BLE001  whatever it is, the others may be mended
            logger.error("a ledger that was not whole cannot be read: %s", type(error).__name__)
    return whole


@transaction.atomic
def _read_again(participant_id: str, now: datetime) -> bool:
    participant = Participant.objects.select_for_update(no_key=True).get(pk=participant_id)
    state = ConsentState.objects.get(participant=participant)
    try:
        found = carried.from_the_ledger(participant, state.changed_at, state.last_hash)
    except carried.NotWhole:
        return False
    profile = states.keep(
        participant=participant,
        effective=found.effective,
        last_hash=state.last_hash,
        now=state.changed_at,
        kept=found.kept,
    )
    about = Subject("participant", participant.pk)
    told = [audit.Told(Kind.LEDGER_WHOLE, about, {"sequence": found.effective.last})]
    if profile != state.profile_id:
        told += move_members(participant, state.profile_id, profile, now)
    audit.record_all(told, by=system("mending"), now=now)
    return True
