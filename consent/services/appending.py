"""How an event enters a participant's chain, and what is written with it. The doors are in `consent.services.ledger`.

INVARIANT: the participant's row is locked first; the event, the state, the members' profile, the changes with their count
steps, the audit events and what is announced are one transaction. The number of queries grows neither with the history nor
with the datasets.
"""

import logging
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypedDict, cast
from zoneinfo import ZoneInfo

from django.db import DatabaseError
from django.db.models import Max

from consent import vault
from consent.domain.chain import event_hash
from consent.domain.effective import EffectiveConsent
from consent.domain.events import Capacity, Event, Source, Withdrawn
from consent.models import ConsentEvent, ConsentState, FormVersion, Member, Participant, Programme
from consent.selectors.ledger import content_of
from consent.services import carried, states
from consent.services.cohorts import Move, enter_moves
from consent.services.declared import KnownPerson
from governance.annotated import With
from governance.domain.errors import Invalid
from governance.domain.events import Kind, Subject
from governance.models import User
from governance.record import audit
from governance.record.actors import By, actor_of
from governance.returning import update_returning

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """A locked participant and what stands before the event that is about to be appended.

    `newest` is the number of the newest event; `whole` is False where that is not the one that the state was left at.
    `decides` is the capacity in which who acts decides for the participant, `decider` the role; both "" where they do not.
    """

    participant: Participant
    state: ConsentState
    wrapped: str | None
    sealed: str | None
    newest: int
    whole: bool
    decides: str
    decider: str

    @property
    def person(self) -> KnownPerson:
        """What a programme knows of them that decides on what they may certify."""
        born = vault.born_of(self.participant, wrapped=self.wrapped, sealed=self.sealed)
        return KnownPerson(born, ZoneInfo(self.participant.programme.time_zone))


# Written out, since building it from querysets costs several times what the database needs for it.
_STANDING = """
SELECT s.*, k.wrapped AS vault_wrapped, r.sealed AS vault_sealed, d.capacity AS decides, d.role AS decider,
  (SELECT e.hash FROM consent_consentevent e WHERE e.participant_id = s.participant_id ORDER BY e.sequence DESC LIMIT 1) AS head
FROM consent_consentstate s
LEFT JOIN consent_vaultkey k ON k.participant_id = s.participant_id
LEFT JOIN consent_vaultrecord r ON r.participant_id = s.participant_id
LEFT JOIN consent_decider d ON d.participant_id = s.participant_id AND d.account_id = %s AND d.until IS NULL
WHERE s.participant_id IN ({participants})
"""


class _Beside(TypedDict):
    head: str | None
    vault_wrapped: str | None
    vault_sealed: str | None
    decides: str | None
    decider: str | None


_Kept = With[ConsentState, _Beside]


def take_place(participant: Participant, by: By, *, anyway: bool = False) -> LedgerPlace:
    """Lock a participant and read what stands.

    Raises NotWhole where that is not what the newest event left, unless `anyway`: a withdrawal is taken whatever stands.
    """
    # Two queries, not one: a join read while waiting for the lock would still show the state from before it.
    locked = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    if "programme" in participant._state.fields_cache:
        locked.programme = participant.programme
    [state] = _standing([locked.pk], by)
    place = _place(locked, state)
    if place.whole:
        return place
    if not anyway:
        raise carried.broken()
    last = ConsentEvent.objects.filter(participant=locked).aggregate(last=Max("sequence"))["last"] or 0
    return replace(place, newest=max(last, state.events))


def take_places(programme: Programme, participants: Collection[str], by: By) -> dict[str, LedgerPlace]:
    """Lock these participants of a programme and read what stands, in two statements: those who are there, by id.

    Nothing may be appended to a place that is not whole.
    """
    people = Participant.objects.filter(programme=programme, pk__in=participants)
    locked = {one.pk: one for one in people.order_by("pk").select_for_update(no_key=True)}
    for one in locked.values():
        one.programme = programme
    states = _standing(list(locked), by) if locked else []
    return {state.participant_id: _place(locked[state.participant_id], state) for state in states}


def _standing(participants: list[str], by: By) -> list[_Kept]:
    sql = _STANDING.format(participants=", ".join(["%s"] * len(participants)))
    rows = ConsentState.objects.raw(sql, [by.pk if isinstance(by, User) else None, *participants])
    return [cast(_Kept, row) for row in rows]  # no type of Django knows what else raw SQL reads


def _place(locked: Participant, state: _Kept) -> LedgerPlace:
    return LedgerPlace(
        participant=locked,
        state=state,
        wrapped=state.vault_wrapped,
        sealed=state.vault_sealed,
        newest=state.events,
        whole=(state.head or "") == state.last_hash,
        decides=state.decides or "",
        decider=state.decider or "",
    )


def frame(
    place: LedgerPlace,
    by: By,
    capacity: str,
    source: str,
    now: datetime,
    holds_from: datetime | None = None,
    evidence_sha256: str = "",
) -> dict[str, Any]:
    """What every event holds; it is appended to the chain's newest."""
    if holds_from is not None and holds_from > now:
        raise Invalid("the consent holds from a day in the future", {"holds_from": "give today or an earlier day"})
    # A clock that was set back must not put an event before the one that it follows.
    recorded_at = (max(now, place.state.changed_at) if place.state.events else now).astimezone(UTC)
    return {
        "id": str(uuid.uuid4()),
        "participant": place.participant.pk,
        "sequence": place.newest + 1,
        "holds_from": holds_from.astimezone(UTC) if holds_from else recorded_at,
        "recorded_at": recorded_at,
        "actor": str(actor_of(by)),
        "capacity": Capacity(capacity),
        "source": Source(source),
        "evidence_sha256": evidence_sha256,
        "previous_hash": place.state.last_hash,
    }


def facts_of(participant: Participant) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("condition", (participant.record_condition,)),) if participant.record_condition else ()


def append(
    place: LedgerPlace, event: Event, form_version: FormVersion | None, by: By, now: datetime
) -> tuple[ConsentEvent, EffectiveConsent]:
    """Append the event and everything that follows from it; returns its row and what stands with it.

    Where the ledger is not whole a withdrawal still holds, and an alarm stands (`consent.services.mending`); raises NotWhole
    for any other event.
    """
    participant = place.participant
    row = entered(event, form_version)
    row.save(force_insert=True)
    advanced = _advance(place, event, form_version)
    profile = states.keep(
        participant=participant,
        effective=advanced.effective,
        last_hash=row.hash,
        now=event.recorded_at,
        kept=advanced.kept,
    )
    told = [told_of(row)]
    if not advanced.whole:
        about = Subject("participant", participant.pk)
        told.append(audit.Told(Kind.LEDGER_NOT_WHOLE, about, {"sequence": row.sequence}))
    if place.state.profile_id != profile:
        told += move_members(participant, place.state.profile_id, profile, now)
    audit.record_all(told, by=by, now=now)
    return row, advanced.effective


def _advance(place: LedgerPlace, event: Event, form_version: FormVersion | None) -> carried.Advanced:
    try:
        if not place.whole:
            raise carried.broken()
        return carried.advance(place.participant, place.state, event, form_version)
    except DatabaseError:
        raise
    except Exception as error:
        # Whatever keeps what stands from being told keeps nobody from saying no.
        if not isinstance(event, Withdrawn):
            raise
        logger.error("a withdrawal stands alone, the ledger before it cannot be read: %s", type(error).__name__)
        return carried.alone(place.state, event)


def entered(event: Event, form_version: FormVersion | None, batch: uuid.UUID | None = None) -> ConsentEvent:
    """The row of an event, alone or of a batch."""
    return ConsentEvent(
        uuid=uuid.UUID(event.id),
        participant_id=event.participant,
        sequence=event.sequence,
        kind=event.kind,
        holds_from=event.holds_from,
        recorded_at=event.recorded_at,
        actor=event.actor,
        capacity=event.capacity.value,
        source=event.source.value,
        evidence_sha256=event.evidence_sha256,
        form_version=form_version,
        batch=batch,
        content=content_of(event),
        previous_hash=event.previous_hash,
        hash=event_hash(event),
    )


def told_of(row: ConsentEvent) -> audit.Told:
    """What the audit log is told of an event."""
    detail: dict[str, Any] = {
        "event": str(row.uuid),
        "kind": row.kind,
        "capacity": row.capacity,
        "hash": row.hash,
    }
    withdrawn = row.kind == Withdrawn.kind
    if withdrawn:
        detail["axes"] = row.content["axes"]
    kind = Kind.CONSENT_WITHDRAWN if withdrawn else Kind.CONSENT_RECORDED
    return audit.Told(kind, Subject("participant", row.participant_id), detail)


def move_members(participant: Participant, before: int, profile: int, now: datetime) -> list[audit.Told]:
    """Give every standing membership of a locked participant the new profile, and append each change."""
    standing = Member.objects.filter(participant=participant, profile__isnull=False)
    moved = update_returning(standing, ["dataset", "id"], profile_id=profile)
    moves = [Move(member, dataset, before, profile) for dataset, member in sorted(moved)]
    return enter_moves(moves=moves, now=now)
