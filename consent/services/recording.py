"""Answers as they are recorded, one participant at a time (`ledger`) or many (`batches`): the rules of both doors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.domain.answers import SELF_ROLE
from consent.domain.effective import EffectiveConsent
from consent.domain.events import DECIDING, Affirmed, Answered, Capacity
from consent.domain.forms import FormText
from consent.models import FormVersion, Participant
from consent.selectors.forms import form_of
from consent.services import declared
from consent.services.appending import LedgerPlace, facts_of, frame
from consent.services.said import Words, commitments_of, read_said
from governance.domain.errors import Conflict, NotAllowed, NotThere
from governance.record.actors import By


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What was answered on a form version (`{item: answer}`; None takes one back to blank), since when, by which evidence.

    With `narrowing` who decides takes back what stands, and certifies nothing.
    """

    answers: Mapping[str, Any]
    form_version: FormVersion
    holds_from: datetime | None = None
    evidence_sha256: str = ""
    narrowing: bool = False


@dataclass(frozen=True, slots=True)
class SaidEvent:
    """The event to append, and the words typed beside it. Not `certified`: only what opens nothing holds; `barred` says why."""

    event: Affirmed | Answered
    words: Words
    decides: bool
    certified: bool
    barred: str

    def refuse_wider(self, effective: EffectiveConsent) -> None:
        """Refuse what who decides said without certifying it, where the fold lets some of it wait: it would open."""
        if not self.decides or self.certified:
            return
        opening = sorted(one.key.item for one in effective.waiting if one.sequence == self.event.sequence)
        if opening:
            raise Conflict(
                f"{self.barred + '; ' if self.barred else ''}{', '.join(opening)} would allow more than what stands: "
                "sign the form in force for that, with every question answered"
            )


def say(place: LedgerPlace, saying: Saying, *, by: By, capacity: Capacity, source: str, now: datetime) -> SaidEvent:
    """Judge what was answered at a participant's place, and make the event of it; nothing is written."""
    version, decides = saying.form_version, capacity in DECIDING
    require_published(version, place.participant)
    form = form_of(version)
    decider = place.decider if decides else SELF_ROLE
    changes, words = read_said(form, saying.answers, decider, complete=decides)
    if words and place.wrapped is None:
        raise NotThere(f"participant {place.participant.pk} has no key in the vault: their identity was erased")
    declared.refuse_malformed_evidence(saying.evidence_sha256)
    if saying.holds_from is not None:
        declared.refuse_impossible_day(version, place.person, saying.holds_from)
    barred = _barred(version, form, place, now) if decides else ""
    certified = decides and not saying.narrowing and not barred
    said: dict[str, Any] = {
        **frame(place, by, capacity, source, now, saying.holds_from, saying.evidence_sha256),
        "form": form.id,
        "decider": decider,
        "verified": certified,
        "answers": changes,
        "facts": facts_of(place.participant),
        "commitments": commitments_of(words),
    }
    # It certifies itself alone: an affirmation without targets would take in whatever others wrote down.
    event = Affirmed(**said, targets=(said["id"],)) if certified else Answered(**said)
    return SaidEvent(event, words, decides, certified, barred)


def require_decider(place: LedgerPlace, capacity: Capacity) -> None:
    """Raise unless who acts stands as decider of the participant, in this very capacity."""
    if place.decides == capacity:
        return
    if capacity is Capacity.SELF:
        raise NotThere("there is no such participant")
    raise NotAllowed(f"you are not recorded as {capacity.value} of this participant: register first")


def require_published(version: FormVersion, participant: Participant) -> None:
    """The version is the programme's own, and was published: paper may be older than the one in force."""
    if version.form.programme_id != participant.programme_id:
        raise NotThere("there is no such form in this programme")
    if not version.sha256:
        raise Conflict("this form is a draft: nobody can sign it before it is published")


def _barred(version: FormVersion, form: FormText, place: LedgerPlace, now: datetime) -> str:
    """Why nobody can certify this version for this person now, "" where they can."""
    if version.state != FormVersion.State.PUBLISHED:
        return "this form is no longer in force"
    return declared.unlawful_age(form, place.person, now)
