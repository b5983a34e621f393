"""The participants of a large world: a few who sign through the services, and any number who are copied from them.

What is folded from an event is the same for everybody who said the same, but for their id, the event's id and its hash. So one
of each distinct consent is recorded for real, and copied with these filled in: chain, state and audit events come out as if
each had signed. A copy has no account and nothing in the vault.
"""

import json
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from django.db import transaction

from consent.domain.events import Affirmed, Corrected, Verified
from consent.models import ConsentEvent, ConsentState, Participant
from consent.selectors.ledger import event_of
from consent.services import membership_import
from consent.services.appending import entered, told_of
from consent.services.carried import seal
from governance.bulk import enter
from governance.domain.events import Kind
from governance.models import AuditEvent, Dataset

AT_ONCE = 5_000


def answers() -> Iterator[dict[str, Any]]:
    """Changes to an answer that leaves nothing out, each giving another profile."""
    yes_no = ("yes", "no")
    for scope, commercial, repository, summary in product(("any", "health"), yes_no, yes_no, yes_no):
        said: dict[str, Any] = {"commercial_use": commercial, "repository": repository, "open_summary": summary}
        yield said | {"research_scope": scope} | ({} if scope == "any" else {"ancestry_research": None})


@dataclass(frozen=True, slots=True)
class Signed:
    """A participant who signed for real: their one event and what it was folded to."""

    participant: Participant
    event: ConsentEvent
    state: ConsentState
    enrolled: AuditEvent
    recorded: AuditEvent


def signed(participant: Participant) -> Signed:
    """Read back what the services wrote."""
    told = AuditEvent.objects.filter(subject_kind="participant", subject_id=participant.pk)
    return Signed(
        participant,
        ConsentEvent.objects.select_related("form_version").get(participant=participant),
        ConsentState.objects.get(participant=participant),
        told.get(kind=Kind.PARTICIPANT_ENROLLED),
        told.get(kind=Kind.CONSENT_RECORDED),
    )


def copied(models: Sequence[Signed], many: int, drawn: random.Random) -> Iterator[str]:
    """So many participants, each like one of the models; a transaction for each few thousand. Gives their ids."""
    for start in range(0, many, AT_ONCE):
        made = [_copy(drawn.choice(models), drawn) for _ in range(min(AT_ONCE, many - start))]
        with transaction.atomic():
            enter([one for one, _event, _state, _told in made], keyed=False)
            enter([event for _one, event, _state, _told in made], keyed=False)
            enter([state for _one, _event, state, _told in made], keyed=False)
            enter([told for *_rows, both in made for told in both], keyed=False)
        yield from (one.pk for one, *_rows in made)


def _copy(of: Signed, drawn: random.Random) -> tuple[Participant, ConsentEvent, ConsentState, list[AuditEvent]]:
    key, event_id = f"{drawn.getrandbits(128):032x}", str(uuid.UUID(int=drawn.getrandbits(128), version=4))
    template = event_of(of.event)
    said = replace(template, id=event_id, participant=key)
    if isinstance(said, Affirmed | Corrected | Verified):
        said = replace(said, targets=tuple(event_id if one == template.id else one for one in said.targets))
    event = entered(said, of.event.form_version)
    filled = json.dumps([of.state.effective, of.state.carried])
    for old, new in ((template.id, event_id), (of.participant.pk, key), (of.event.hash, event.hash)):
        filled = filled.replace(old, new)
    effective, carried = json.loads(filled)
    participant = Participant(
        id=key,
        programme_id=of.participant.programme_id,
        record_condition=of.participant.record_condition,
        enrolled_at=of.participant.enrolled_at,
    )
    state = ConsentState(
        participant_id=key,
        profile_id=of.state.profile_id,
        effective=effective,
        events=1,
        last_hash=event.hash,
        changed_at=of.state.changed_at,
        carried=carried,
        carried_sha256=seal(event.hash, carried),
    )
    told = told_of(event)
    enrolled = of.enrolled.detail | {"account": ""}
    audit = [_told(of.enrolled, key, enrolled), _told(of.recorded, key, dict(told.detail))]
    return participant, event, state, audit


def _told(like: AuditEvent, subject: str, detail: dict[str, Any]) -> AuditEvent:
    return AuditEvent(
        at=like.at, kind=like.kind, actor=like.actor, subject_kind=like.subject_kind, subject_id=subject, detail=detail
    )


def join(people: Sequence[str], datasets: Sequence[Dataset], **how: Any) -> Iterator[int]:
    """Each participant's data in two datasets, through the import of memberships, a dataset after the other. Gives how many
    lines each had.
    """
    many = len(datasets)
    for place, dataset in enumerate(datasets):
        there = [one for number, one in enumerate(people) if place in (number % many, (number * 7 + 3) % many)]
        accession = dataset.versions.get().accession
        lines = [
            membership_import.FileLine(number=number, participant_id=one, dataset=accession)
            for number, one in enumerate(there, start=2)
        ]
        membership_import.import_memberships(lines=lines, **how)
        yield len(lines)
