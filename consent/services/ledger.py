"""The ledger: the one door through which anything happens to a participant's consent.

Every call appends one event to the participant's chain and, in the same transaction, writes what follows from
it: the state, the shared profile, each membership's profile, one change for each dataset, the count steps and
the audit events. INVARIANT: events are only ever added; no audit, no effect. The participant's row is locked
first, always.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from consent import vault
from consent.domain.events import (
    DECIDING,
    Affirmed,
    Capacity,
    ReJoined,
    Source,
    Verified,
    Withdrawn,
)
from consent.domain.forms import Axis
from consent.models import ConsentEvent, FormVersion, Participant
from consent.selectors.forms import form_of
from consent.selectors.ledger import rows_of
from consent.services import declared
from consent.services.appending import LedgerPlace, append, facts_of, frame, take_place
from consent.services.coordinators import require_coordinator
from consent.services.recording import Saying, require_decider, require_published, say
from consent.services.said import commitments_of, read_said
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.models import User
from governance.record.actors import By, actor_of


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
    place = take_place(participant, by)
    _require_capacity(place, by, Capacity(capacity))
    saying = Saying(
        answers=answers,
        form_version=form_version,
        holds_from=holds_from,
        evidence_sha256=evidence_sha256,
        narrowing=narrowing,
    )
    said = say(place, saying, by=by, capacity=Capacity(capacity), source=source, now=now)
    row, effective = append(place, said.event, form_version, by, now)
    said.refuse_wider(effective)
    vault.keep_words(participant=place.participant, words={digest: one for _item, digest, one in said.words}, now=now)
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
    """Who decides certifies what others recorded: the events in `targets`, or all of them."""
    place = take_place(participant, by)
    if not place.decides:
        raise NotThere("there is no such participant")
    _require_in_force(form_version, place.participant)
    declared.refuse_unlawful_age(form_of(form_version), place.person, now)
    event = Affirmed(
        **frame(place, by, place.decides, Source.PORTAL, now),
        form=form_of(form_version).id,
        decider=place.decider,
        verified=True,
        facts=facts_of(place.participant),
        targets=targets,
    )
    return append(place, event, form_version, by, now)[0]


@transaction.atomic
def verify_record(
    *, participant: Participant, targets: tuple[str, ...], evidence_sha256: str, by: User, now: datetime
) -> ConsentEvent:
    """A second person has compared recorded events with the evidence; refused for who recorded one of them."""
    place = take_place(participant, by)
    require_coordinator(by, place.participant.programme)
    rows = [row for row in rows_of(place.participant) if str(row.uuid) in targets]
    if len(rows) != len(set(targets)) or not rows:
        raise NotThere("there is no such event of this participant")
    if any(row.actor == str(actor_of(by)) for row in rows):
        raise NotAllowed("you recorded this yourself: a second person must compare it with the evidence")
    if not evidence_sha256:
        raise Invalid("name the evidence", {"evidence": "give the SHA-256 of the scan or source record"})
    declared.refuse_malformed_evidence(evidence_sha256)
    declared.refuse_other_evidence(rows, evidence_sha256)
    declared.refuse_unlawful_records(rows, place.person)
    event = Verified(
        **frame(place, by, Capacity.COORDINATOR, Source.PAPER, now, None, evidence_sha256),
        verified=True,
        targets=targets,
    )
    return append(place, event, None, by, now)[0]


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

    INVARIANT: a no can always be said. Where the ledger is not whole, so that nobody can tell what else stands, it holds
    all the same, and the participant's data leave every cohort until the ledger is mended.
    """
    place = take_place(participant, by, anyway=True)
    _require_capacity(place, by, Capacity(capacity))
    axes = _axes((axis,) if isinstance(axis, str) else axis)
    event = Withdrawn(**frame(place, by, capacity, source, now), axes=axes)
    return append(place, event, None, by, now)[0]


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
    place = take_place(participant, by)
    if not _require_capacity(place, by, Capacity(capacity)):
        raise NotAllowed("only who decides may join again: ask the participant")
    _require_in_force(form_version, place.participant)
    closed = place.state.closed_axes
    undone = tuple(axis for axis in _axes(axes) if axis in closed)
    if not undone:
        raise Conflict("nothing was withdrawn that this would undo: change single answers instead")
    form = form_of(form_version)
    declared.refuse_unlawful_age(form, place.person, now)
    changes, words = read_said(form, answers, place.decider, complete=True)
    event = ReJoined(
        **frame(place, by, capacity, source, now),
        form=form.id,
        decider=place.decider,
        verified=True,
        answers=changes,
        facts=facts_of(place.participant),
        commitments=commitments_of(words),
        axes=undone,
    )
    row, _effective = append(place, event, form_version, by, now)
    vault.keep_words(participant=place.participant, words={digest: one for _item, digest, one in words}, now=now)
    return row


# --- Who may, and on what -----------------------------------------------------------------------------------
def _require_capacity(place: LedgerPlace, by: By, capacity: Capacity) -> bool:
    """Whether who acts decides. Others who record are the programme's people."""
    if capacity in DECIDING:
        require_decider(place, capacity)
        return True
    require_coordinator(by, place.participant.programme)
    return False


def _require_in_force(version: FormVersion, participant: Participant) -> None:
    """Who certifies or joins again does it on the version in force."""
    require_published(version, participant)
    if version.state != FormVersion.State.PUBLISHED:
        raise Conflict("this form is no longer in force: open the newest one and sign that")


def _axes(names: tuple[str, ...]) -> tuple[Axis, ...]:
    try:
        chosen = {Axis(name) for name in names}
    except ValueError:
        raise Invalid("there is no such way to withdraw", {"axis": "choose among " + ", ".join(Axis)}) from None
    if not chosen:
        raise Invalid("nothing is chosen", {"axis": "choose what should stop"})
    return tuple(axis for axis in Axis if axis in chosen)
