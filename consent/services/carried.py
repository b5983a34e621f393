"""What is kept beside a participant's state so that one more event is folded without reading the whole ledger again.

It is held by a hash over itself and the hash of the newest event. Where it does not fit, is of another version, or is not
enough to tell (`consent.domain.carrying`), the whole ledger is read, whose chain is checked first. `manage.py verify` makes it
anew from the ledger and compares.

INVARIANT: to a ledger that is not whole nothing is added but a withdrawal, which then stands alone: nothing else is believed.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from consent.domain.carrying import Carried, carried_from, carry, resume
from consent.domain.chain import check_chain
from consent.domain.effective import EffectiveConsent, Withdrawal
from consent.domain.events import Capacity, Event, Withdrawn
from consent.domain.fold import Forms, Published, settle
from consent.domain.forms import Axis
from consent.domain.profile import EXCLUDED
from consent.domain.timeline import Timeline, read
from consent.models import ConsentState, FormVersion, Participant
from consent.selectors.forms import form_of, frozen_form
from consent.selectors.ledger import event_of, published, rows_of, versions_of
from governance.domain.errors import NotNow
from governance.duo.canonical_json import canonical_bytes
from governance.duo.reading import InvalidUse

# Another number wherever what is kept, or the fold, changes: what was kept before is then made anew from the ledger.
VERSION = 1
_ALWAYS_IN_FORCE = datetime.min.replace(tzinfo=UTC)

Known = dict[str, tuple[int, str]]
"""The form versions that are named, by the id that events name: key of the row, and hash of the text."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What stands with one event more, and what is kept for the next; `kept` is empty where that is the whole ledger.

    `whole` is False where the event stands alone, because the ledger before it is not whole.
    """

    effective: EffectiveConsent
    kept: dict[str, Any]
    whole: bool = True


class NotWhole(NotNow):
    """A participant's ledger is not whole: what stands of it cannot be told."""


def advance(participant: Participant, state: ConsentState, event: Event, version: FormVersion | None) -> Advanced:
    """Fold one event more, which is stored already, onto what was kept, or with the whole ledger."""
    return resume_from(state, event, version) or from_the_ledger(participant, event.recorded_at)


def resume_from(state: ConsentState, event: Event, version: FormVersion | None) -> Advanced | None:
    """One event more on what was kept; None where the whole ledger must be read."""
    if fits(state):
        known: Known = {form: (pk, sha256) for form, (pk, sha256) in state.carried["forms"].items()}
        # What is kept joined again on a version that was in force then (`carry` keeps nothing else).
        forms = {form: Published(frozen_form(*one), _ALWAYS_IN_FORCE) for form, one in known.items()}
        if version is not None:
            named = form_of(version).id
            known |= known_of({named: version})
            forms |= published({named: version})
        timeline = resume(carried_from(state.carried["history"]), event)
        if timeline is not None:
            return _settled(timeline, forms, known)
    return None


def alone(state: ConsentState, event: Withdrawn) -> Advanced:
    """What stands where the ledger is not whole: this withdrawal, beside what was withdrawn before. All else counts as no."""
    said = settle(read([event], event.recorded_at, event.recorded_at), {})
    before = {one["axis"]: one for one in state.effective["axes"]}
    found = {one.axis: one for one in said.axes} | {Axis(axis): _withdrawal(one) for axis, one in before.items()}
    axes = tuple(found[axis] for axis in Axis if axis in found)
    return Advanced(replace(said, axes=axes, profile=EXCLUDED), {}, whole=False)


def _withdrawal(stored: Mapping[str, Any]) -> Withdrawal:
    since = datetime.fromisoformat(stored["since"])
    return Withdrawal(Axis(stored["axis"]), since, Capacity(stored["capacity"]), stored["sequence"])


def fits(state: ConsentState) -> bool:
    """Whether what is kept can be carried on: of this version, and unchanged since it was kept at this state's head."""
    unchanged = hmac.compare_digest(state.carried_sha256, seal(state.last_hash, state.carried))
    return state.carried.get("version") == VERSION and unchanged


def seal(head: str, kept: Mapping[str, Any]) -> str:
    """The hash that holds what is kept to the newest event; "" where nothing is."""
    return hashlib.sha256(canonical_bytes([head, kept])).hexdigest() if kept else ""


def kept_of(timeline: Timeline, effective: EffectiveConsent, forms: Forms, known: Known) -> dict[str, Any]:
    """What is kept of a timeline, as it is stored."""
    carried: Carried | None = carry(timeline, effective, forms)
    if carried is None:
        return {}
    named = {form: list(known[form]) for form in sorted(carried.forms)}
    return {"version": VERSION, "history": carried.to_json(), "forms": named}


def known_of(versions: Mapping[str, FormVersion]) -> Known:
    """Form versions as what is kept names them."""
    return {form: (version.pk, version.sha256) for form, version in versions.items()}


def _settled(timeline: Timeline, forms: Forms, known: Known) -> Advanced:
    effective = settle(timeline, forms)
    return Advanced(effective, kept_of(timeline, effective, forms, known))


def from_the_ledger(participant: Participant, at: datetime, head: str = "") -> Advanced:
    """What the whole ledger comes to, `head` being the hash of its newest event where that is known.

    Raises NotWhole where an event is missing, was changed or cannot be read.
    """
    try:
        events = [event_of(row) for row in rows_of(participant)]
        return whole(events, versions_of(participant.programme_id), at, head)
    except InvalidUse as unreadable:
        raise broken() from unreadable


def whole(events: Sequence[Event], versions: Mapping[str, FormVersion], at: datetime, head: str = "") -> Advanced:
    """The same of a ledger that was read already; raises NotWhole where its chain does not fit."""
    if not check_chain(events, head).whole:
        raise broken()
    return _settled(read(events, at, at), published(versions), known_of(versions))


def broken() -> NotWhole:
    """Why nothing was added; for whoever signs as well as for who records."""
    return NotWhole(
        _(
            "What is on record of these answers is not whole, so that nothing was changed. Stopping the use of the data "
            "works all the same. For everything else an operator must look first."
        )
    )
