"""The ledger: the one door through which anything happens to a participant's consent.

Every call appends one event to the participant's chain and, in the same transaction, writes what follows from
it: the state, the shared profile, each membership's profile, one change for each dataset, the count steps and
the audit events. INVARIANT: events are only ever added; no audit, no effect. The participant's row is locked
first, always.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from consent import vault
from consent.domain.chain import event_hash
from consent.domain.events import (
    DECIDING,
    Affirmed,
    Answered,
    Capacity,
    Event,
    ReJoined,
    Source,
    Verified,
    Withdrawn,
)
from consent.domain.forms import Axis
from consent.domain.forms import Form as FormText
from consent.models import ConsentEvent, ConsentState, FormVersion, Member, Participant
from consent.selectors.forms import form_of
from consent.selectors.ledger import content_of, folded, forms_of, rows_of
from consent.services import declared, states
from consent.services.cohorts import Move, record_moves
from consent.services.programmes import require_coordinator
from consent.services.said import commitments_of, read_said
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.domain.events import Kind, Subject
from governance.models import User
from governance.record import audit
from governance.record.actors import By, actor_of

SELF_ROLE = "participant"


@dataclass(frozen=True, slots=True)
class _Place:
    """A locked participant and what stands before the event that is about to be appended."""

    participant: Participant
    state: ConsentState


@transaction.atomic
def record_answers(
    *,
    participant: Participant,
    answers: Mapping[str, Any],
    form_version: FormVersion,
    by: By,
    capacity: str,
    source: str,
    now: datetime,
    holds_from: datetime | None = None,
    evidence_sha256: str = "",
    narrowing: bool = False,
) -> ConsentEvent:
    """Record answers (`{item: answer}` as a page or the API gives them; None takes one back to blank).

    By who decides it is an affirmation and holds whole. By anyone else it is unverified: a no and a narrowing
    hold at once, and nothing opens until the participant affirms it or a second person verifies it. Items
    left out stay as they are, and what others wrote down for them goes on waiting.

    INVARIANT: a no can always be said. On a version that is no longer in force, or with `narrowing`, who
    decides takes back what stands: it holds at once, and is refused where it would open anything.
    """
    decides = _require_capacity(participant, by, Capacity(capacity))
    place = _locked(participant)
    _require_published(form_version, place.participant)
    form = form_of(form_version)
    changes, words = read_said(form, answers, decides)
    declared.refuse_malformed_evidence(evidence_sha256)
    if holds_from is not None:
        declared.refuse_impossible_day(form_version, place.participant, holds_from)
    barred = _barred(form_version, form, place.participant, now) if decides else ""
    certified = decides and not narrowing and not barred
    said: dict[str, Any] = {
        **_frame(place, by, capacity, source, now, holds_from, evidence_sha256),
        "form": form.id,
        "decider": SELF_ROLE,
        "verified": certified,
        "answers": changes,
        "facts": _facts(place.participant),
        "commitments": commitments_of(words),
    }
    # It certifies itself alone: an affirmation without targets would take in whatever others wrote down.
    event = Affirmed(**said, targets=(said["id"],)) if certified else Answered(**said)
    row = _append(place, event, form_version, by, now)
    if decides and not certified:
        _refuse_unless_narrower(place.participant, barred, row)
    vault.keep_words(participant=place.participant, words={digest: one for _item, digest, one in words}, now=now)
    return row


@transaction.atomic
def affirm(
    *,
    participant: Participant,
    form_version: FormVersion,
    by: User,
    now: datetime,
    targets: tuple[str, ...] = (),
) -> ConsentEvent:
    """The participant certifies what others recorded for them: the events in `targets`, or all of them."""
    _require_capacity(participant, by, Capacity.SELF)
    place = _locked(participant)
    _require_in_force(form_version, place.participant)
    declared.refuse_unlawful_age(form_of(form_version), place.participant, now)
    event = Affirmed(
        **_frame(place, by, Capacity.SELF, Source.PORTAL, now),
        form=form_of(form_version).id,
        decider=SELF_ROLE,
        verified=True,
        facts=_facts(place.participant),
        targets=targets,
    )
    return _append(place, event, form_version, by, now)


@transaction.atomic
def verify_record(
    *, participant: Participant, targets: tuple[str, ...], evidence_sha256: str, by: User, now: datetime
) -> ConsentEvent:
    """A second person has compared recorded events with the evidence; refused for who recorded one of them."""
    require_coordinator(by, participant.programme)
    place = _locked(participant)
    rows = [row for row in rows_of(place.participant) if str(row.uuid) in targets]
    if len(rows) != len(set(targets)) or not rows:
        raise NotThere("there is no such event of this participant")
    if any(row.actor == str(actor_of(by)) for row in rows):
        raise NotAllowed("you recorded this yourself: a second person must compare it with the evidence")
    if not evidence_sha256:
        raise Invalid("name the evidence", {"evidence": "give the SHA-256 of the scan or source record"})
    declared.refuse_malformed_evidence(evidence_sha256)
    declared.refuse_other_evidence(rows, evidence_sha256)
    declared.refuse_unlawful_records(rows, place.participant)
    event = Verified(
        **_frame(place, by, Capacity.COORDINATOR, Source.PAPER, now, None, evidence_sha256),
        verified=True,
        targets=targets,
    )
    return _append(place, event, None, by, now)


@transaction.atomic
def withdraw(
    *,
    participant: Participant,
    axis: str | tuple[str, ...],
    by: By,
    capacity: str,
    now: datetime,
    source: str = Source.PORTAL,
) -> ConsentEvent:
    """Withdraw on one or more of the three axes: no_contact, no_collection, no_use.

    Holds at once, however recorded. No reason is asked for. Only an explicit re-joining undoes it.
    """
    _require_capacity(participant, by, Capacity(capacity))
    place = _locked(participant)
    axes = _axes((axis,) if isinstance(axis, str) else axis)
    event = Withdrawn(**_frame(place, by, capacity, source, now), axes=axes)
    return _append(place, event, None, by, now)


@transaction.atomic
def rejoin(
    *,
    participant: Participant,
    answers: Mapping[str, Any],
    form_version: FormVersion,
    by: By,
    capacity: str,
    now: datetime,
    axes: tuple[str, ...] = (Axis.NO_CONTACT, Axis.NO_COLLECTION, Axis.NO_USE),
    source: str = Source.PORTAL,
) -> ConsentEvent:
    """Join again on a form version in force, undoing these axes.

    After no_use it begins anew with these answers alone.
    """
    if not _require_capacity(participant, by, Capacity(capacity)):
        raise NotAllowed("only who decides may join again: ask the participant")
    place = _locked(participant)
    _require_in_force(form_version, place.participant)
    closed = place.state.closed_axes
    undone = tuple(axis for axis in _axes(axes) if axis in closed)
    if not undone:
        raise Conflict("nothing was withdrawn that this would undo: change single answers instead")
    form = form_of(form_version)
    declared.refuse_unlawful_age(form, place.participant, now)
    changes, words = read_said(form, answers, True)
    event = ReJoined(
        **_frame(place, by, capacity, source, now),
        form=form.id,
        decider=SELF_ROLE,
        verified=True,
        answers=changes,
        facts=_facts(place.participant),
        commitments=commitments_of(words),
        axes=undone,
    )
    row = _append(place, event, form_version, by, now)
    vault.keep_words(participant=place.participant, words={digest: one for _item, digest, one in words}, now=now)
    return row


# --- Who may, and on what -----------------------------------------------------------------------------------
def _locked(participant: Participant) -> _Place:
    # Two queries, not one: a join read while waiting for the lock would still show the state from before it.
    locked = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    return _Place(locked, ConsentState.objects.get(participant=locked))


def _require_capacity(participant: Participant, by: By, capacity: Capacity) -> bool:
    """Whether who acts decides.

    `self` is the participant's own account; others who record are the programme's people.
    """
    if capacity is Capacity.SELF:
        if not isinstance(by, User) or participant.account_id != by.pk:
            raise NotThere("there is no such participant")
        return True
    if capacity in DECIDING:
        raise NotAllowed(f"nobody is recorded as {capacity.value} of this participant: register them first")
    require_coordinator(by, participant.programme)
    return False


def _require_published(version: FormVersion, participant: Participant) -> None:
    """The version is the programme's own, and was published: paper may be older than the one in force."""
    if version.form.programme_id != participant.programme_id:
        raise NotThere("there is no such form in this programme")
    if not version.sha256:
        raise Conflict("this form is a draft: nobody can sign it before it is published")


def _require_in_force(version: FormVersion, participant: Participant) -> None:
    """Who certifies or joins again does it on the version in force."""
    _require_published(version, participant)
    if version.state != FormVersion.State.PUBLISHED:
        raise Conflict("this form is no longer in force: open the newest one and sign that")


def _barred(version: FormVersion, form: FormText, participant: Participant, now: datetime) -> str:
    """Why nobody can certify this version for this person now, "" where they can."""
    if version.state != FormVersion.State.PUBLISHED:
        return "this form is no longer in force"
    return declared.unlawful_age(form, participant, now)


def _refuse_unless_narrower(participant: Participant, barred: str, row: ConsentEvent) -> None:
    """Refuse what who decides said without certifying it, where the fold lets some of it wait: it would open."""
    waiting = ConsentState.objects.get(participant=participant).effective["waiting"]
    opening = sorted(one["item"] for one in waiting if one["sequence"] == row.sequence)
    if opening:
        raise Conflict(
            f"{barred + '; ' if barred else ''}{', '.join(opening)} would allow more than what stands: "
            "sign the form in force for that, with every question answered"
        )


def _axes(names: tuple[str, ...]) -> tuple[Axis, ...]:
    try:
        chosen = {Axis(name) for name in names}
    except ValueError:
        raise Invalid("there is no such way to withdraw", {"axis": "choose among " + ", ".join(Axis)}) from None
    if not chosen:
        raise Invalid("nothing is chosen", {"axis": "choose what should stop"})
    return tuple(axis for axis in Axis if axis in chosen)


# --- Making an event ----------------------------------------------------------------------------------------
def _frame(
    place: _Place,
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
        "sequence": place.state.events + 1,
        "holds_from": holds_from.astimezone(UTC) if holds_from else recorded_at,
        "recorded_at": recorded_at,
        "actor": str(actor_of(by)),
        "capacity": Capacity(capacity),
        "source": Source(source),
        "evidence_sha256": evidence_sha256,
        "previous_hash": place.state.last_hash,
    }


def _facts(participant: Participant) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("condition", (participant.record_condition,)),) if participant.record_condition else ()


# --- Writing it, and what follows ---------------------------------------------------------------------------
def _append(place: _Place, event: Event, form_version: FormVersion | None, by: By, now: datetime) -> ConsentEvent:
    """Append the event and everything that follows from it.

    The number of queries grows with datasets, not with history.
    """
    participant, at = place.participant, event.recorded_at
    row = ConsentEvent.objects.create(
        uuid=uuid.UUID(event.id),
        participant=participant,
        sequence=event.sequence,
        kind=event.kind,
        holds_from=event.holds_from,
        recorded_at=at,
        actor=event.actor,
        capacity=event.capacity.value,
        source=event.source.value,
        evidence_sha256=event.evidence_sha256,
        form_version=form_version,
        content=content_of(event),
        previous_hash=event.previous_hash,
        hash=event_hash(event),
    )
    effective = folded(rows_of(participant), forms_of(participant.programme_id), on=at, known=at)
    profile = states.intern(effective.profile, now)
    states.keep(participant=participant, effective=effective, profile=profile, last_hash=row.hash, now=at)
    _audit(row, by, now)
    if place.state.profile_id != profile.pk:
        _move(participant, profile.pk, by, now)
    return row


def _audit(row: ConsentEvent, by: By, now: datetime) -> None:
    withdrawn = row.kind == Withdrawn.kind
    detail: dict[str, Any] = {
        "event": str(row.uuid),
        "kind": row.kind,
        "capacity": row.capacity,
        "hash": row.hash,
    }
    if withdrawn:
        detail["axes"] = row.content["axes"]
    audit.record(
        Kind.CONSENT_WITHDRAWN if withdrawn else Kind.CONSENT_RECORDED,
        by=by,
        about=Subject("participant", row.participant_id),
        now=now,
        detail=detail,
    )


def _move(participant: Participant, profile_id: int, by: By, now: datetime) -> None:
    """Give every standing membership the new profile, and append each change."""
    members = list(Member.objects.filter(participant=participant, profile__isnull=False).order_by("dataset_id"))
    Member.objects.filter(pk__in=[member.pk for member in members]).update(profile_id=profile_id)
    record_moves(moves=[Move(member, member.profile_id, profile_id) for member in members], by=by, now=now)
