"""Builders of events for the tests of the fold: a participant's story, one line each."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.domain.answers import AnswerKey, Changes, parse_value
from consent.domain.chain import event_hash
from consent.domain.effective import EffectiveConsent
from consent.domain.events import (
    Affirmed,
    Answered,
    Capacity,
    Event,
    Imported,
    ReJoined,
    Source,
    Verified,
    Withdrawn,
)
from consent.domain.fold import Published, fold
from consent.domain.forms import Axis, FormText
from consent.domain.reading import parse_form
from consent.domain.shipped import FORMS, sample_forms

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
ADULT, CHILD, CLINIC = "model_adult_research", "model_paediatric", "model_clinical_addon"
PUBLISHED = {key: Published(form, BEGINNING - timedelta(days=365)) for key, form in sample_forms().items()}

HEALTH_NO_COMPANIES = {"permission": "DUO:0000006", "diseases": [], "modifiers": ["DUO:0000046"], "local": []}
HEALTH = {"permission": "DUO:0000006", "diseases": [], "modifiers": [], "local": []}
ANY_NO_LIMIT = {"permission": "DUO:0000042", "diseases": [], "modifiers": [], "local": []}
JOINS = {"take_part": "yes", "research_scope": "health", "commercial_use": "no", "repository": "yes"}
JOINS_WIDELY = {
    "take_part": "yes",
    "research_scope": "any",
    "ancestry_research": "yes",
    "commercial_use": "yes",
    "repository": "yes",
}


def day(number: int) -> datetime:
    """Noon of a day of the story."""
    return BEGINNING + timedelta(days=number, hours=12)


def changes(form: FormText, answers: dict[str, Any], decider: str = "", subject: str = "") -> Changes:
    """Answers as one event holds them; None takes one back to blank."""
    pairs = []
    for key, answer in answers.items():
        item = form.by_key[key]
        for whose, role in item.deciders:
            if not item.per_person or whose in answer:
                value = parse_value(item, answer[whose] if item.per_person else answer, key)
                pairs.append((AnswerKey(key, whose, decider or role), value))
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


def variant(base: str, version: str, **edits: Any) -> FormText:
    """Another version of a sample form; `edits` are an item's key and what changes in it."""
    obj = json.loads((FORMS / f"{base}.json").read_text("utf-8")) | {"version": version}
    for item in obj["items"]:
        item |= edits.get(item["key"], {})
    return parse_form(obj)


@dataclass
class Story:
    """The ledger of one participant, written line by line; each line is an event in the chain."""

    form: str = ADULT
    forms: dict[str, Published] = field(default_factory=lambda: dict(PUBLISHED))
    events: list[Event] = field(default_factory=list)

    def add(self, kind: type[Event], number: int, recorded: int | None = None, **more: Any) -> Event:
        """Add an event that holds from a day, recorded then or on another day."""
        values: dict[str, Any] = {
            "id": f"event-{len(self.events) + 1}",
            "participant": "p-1",
            "sequence": len(self.events) + 1,
            "holds_from": day(number),
            "recorded_at": day(number if recorded is None else recorded),
            "actor": "actor-1",
            "capacity": Capacity.SELF,
            "source": Source.PORTAL,
            "previous_hash": event_hash(self.events[-1]) if self.events else "",
        }
        event = kind(**(values | more))
        self.events.append(event)
        return event

    def affirms(self, number: int, answers: dict[str, Any] | None = None, **more: Any) -> Event:
        """Who decides answers and certifies."""
        return self._speaks(Affirmed, number, answers or {}, {"verified": True, "decider": "participant"} | more)

    def answers(self, number: int, answers: dict[str, Any], **more: Any) -> Event:
        """Somebody answers without certifying."""
        return self._speaks(Answered, number, answers, more)

    def imports(self, number: int, answers: dict[str, Any], **more: Any) -> Event:
        """A batch brings answers."""
        other = {"capacity": Capacity.IMPORT, "source": Source.FILE, "actor": "importer"}
        return self._speaks(Imported, number, answers, other | more)

    def rejoins(self, number: int, answers: dict[str, Any], *axes: Axis, **more: Any) -> Event:
        """Who decides joins again."""
        values = {"verified": True, "decider": "participant", "axes": axes or (Axis.NO_USE,)} | more
        return self._speaks(ReJoined, number, answers, values)

    def withdraws(self, number: int, *axes: Axis, **more: Any) -> Event:
        """A withdrawal, of use where no axis is named."""
        return self.add(Withdrawn, number, axes=axes or (Axis.NO_USE,), **more)

    def verifies(self, number: int, *targets: Event, actor: str = "second-person") -> Event:
        """A second person compared records with the evidence."""
        ids = tuple(target.id for target in targets)
        return self.add(Verified, number, targets=ids, actor=actor, capacity=Capacity.COORDINATOR)

    def _speaks(self, kind: type[Event], number: int, answers: dict[str, Any], more: dict[str, Any]) -> Event:
        form = more.pop("form", self.form)
        role = more.get("decider", "")
        said = changes(self.forms[form].form, answers, more.pop("key_decider", role))
        return self.add(kind, number, **({"form": form, "answers": said} | more))

    def on(self, number: int, known: int | None = None) -> EffectiveConsent:
        """What stood on a day, as known then or on another day."""
        return fold(self.events, self.forms, day(number), day(number if known is None else known))

    def data_use(self, number: int, known: int | None = None) -> dict[str, Any] | None:
        """The data use that stood on a day, as JSON."""
        data_use: dict[str, Any] | None = self.on(number, known).to_json()["profile"]["data_use"]
        return data_use
