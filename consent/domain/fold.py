"""The fold: from a participant's events to what stands on a day, as known on a day. Pure, without clock.

The rules, in the order of consent.md:

- A wider permission counts only after it was affirmed or confirmed; a no, a narrowing and a withdrawal hold
  at once, however recorded. So the profile is the meet of what was confirmed with what each later record
  would make of it.
- The three axes of withdrawal are independent; only a re-joining on a form version in force undoes one. What
  stood before a withdrawal of use, a correction or an expiry never comes back by itself.
- Everyone is judged by the version that they signed last. An answer given on another version counts there
  only while the item is the same in both: question, options and rules.
- A pause, also that after coming of age, folds to excluded. So does death, unless the form's own item for it
  was answered otherwise.

This is the fold of opt-in programmes: nothing given is excluded. Opt-out programmes rest on a legal basis and
are another type, with events and a fold of their own; nothing here reads them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from consent.domain.answers import AnswerKey
from consent.domain.conditions import Value
from consent.domain.counted import ENROLMENT, MAJORITY, Context
from consent.domain.effective import EffectiveConsent, StandingAnswer, Withdrawal
from consent.domain.effects import NOTHING, Effect, meet_all, not_wider
from consent.domain.evaluate import evaluate
from consent.domain.events import (
    Affirmed,
    Ageing,
    CameOfAge,
    Died,
    Event,
    Expired,
    GuardianChanged,
    Paused,
    ReJoined,
    Resumed,
    Speaking,
    Withdrawn,
)
from consent.domain.forms import Axis, FormText, TermRole
from consent.domain.profile import EXCLUDED, Profile, profile_of
from consent.domain.timeline import ADULT, Timeline, TimelineEntry, read
from governance.duo.reading import InvalidUse


@dataclass(frozen=True, slots=True)
class Published:
    """A form version and when it was in force; `until` None: it still is."""

    form: FormText
    since: datetime
    until: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether people could join on this version at that moment."""
        return self.since <= at and (self.until is None or at < self.until)


Forms = Mapping[str, Published]
"""Form versions by the id that events name."""

Stand = dict[AnswerKey, tuple[Value, TimelineEntry]]
"""What stands answered, and the entry that said so."""

_BAND = "band"


def fold(events: Iterable[Event], forms: Forms, on: datetime, known: datetime) -> EffectiveConsent:
    """What stood on `on`, as known on `known`. The same events give the same value, in whatever order they come.

    Raises Invalid where an event names a form version that is not among `forms`.
    """
    return settle(read(events, on, known), forms)


def settle(timeline: Timeline, forms: Forms) -> EffectiveConsent:
    """What a timeline comes to. Raises Invalid where an event names a form version that is not among `forms`."""
    _check_forms(timeline, forms)
    signed, subject = _signed(timeline)
    flags = list(timeline.flags)
    axes = _axes(timeline, forms, flags)
    confirmed = _stand(timeline, None)
    pendings = [entry for entry in timeline.counting if entry.pending]
    judge = _Judge(forms, signed, subject, timeline)
    effect = meet_all(
        judge.effect(_stand(timeline, entry), entry, deciders)
        for entry in (None, *pendings)
        for deciders in _deciders(timeline)
    )
    paused = pauses(timeline)
    died = next((entry.event for entry in timeline.entries if isinstance(entry.event, Died)), None)
    stands = (_stand(timeline, entry) for entry in (None, *pendings))
    if died and not all(_stands_after_death(judge.form, stand) for stand in stands):
        paused = (*paused, "died")
    standing, waiting = _states(timeline, judge, confirmed, pendings)
    last = max((entry.event for entry in timeline.entries), key=lambda event: event.sequence, default=None)
    closed = {withdrawal.axis for withdrawal in axes} | ({Axis.NO_CONTACT} if died else set())
    return EffectiveConsent(
        participant=last.participant if last else "",
        form=signed,
        subject=subject,
        standing=standing,
        waiting=waiting,
        axes=axes,
        paused=paused,
        died=died.holds_from if died else None,
        profile=_profile(effect, axes, paused),
        preferences=tuple(one for one in effect.preferences if not _closes(judge.form, one.term, closed, paused)),
        flags=tuple(sorted({*flags, *effect.flags})),
        last=last.sequence if last else 0,
    )


def _check_forms(timeline: Timeline, forms: Forms) -> None:
    for entry in timeline.entries:
        if entry.event.form and entry.event.form not in forms:
            raise InvalidUse(
                "form", f"event {entry.event.sequence} names {entry.event.form}, which is not among the forms"
            )


def _signed(timeline: Timeline) -> tuple[str, str]:
    """The form version that was signed last, and who the participant is on it."""
    signed, subject = "", ""
    for entry in timeline.counting:
        if isinstance(entry.event, Speaking) and signs(entry):
            signed, subject = entry.event.form, entry.event.subject
    return signed, subject


def signs(entry: TimelineEntry) -> bool:
    """Whether a form version was signed by it."""
    event = entry.event
    return bool(event.form) and isinstance(event, Speaking) and (entry.whole or bool(entry.confirmed))


def _axes(timeline: Timeline, forms: Forms, flags: list[str]) -> tuple[Withdrawal, ...]:
    found: dict[Axis, Withdrawal] = {}
    for entry in timeline.entries:
        event = entry.event
        if isinstance(event, Withdrawn):
            for axis in event.axes:
                found.setdefault(axis, Withdrawal(axis, event.holds_from, event.capacity, event.sequence))
        elif isinstance(event, ReJoined) and entry.whole:
            if joins(event, forms):
                for axis in event.axes:
                    found.pop(axis, None)
            else:
                flags.append(f"event {event.sequence} joins again on no form version in force and undoes nothing")
    return tuple(found[axis] for axis in Axis if axis in found)


def joins(event: ReJoined, forms: Forms) -> bool:
    """Whether it joins again on a form version that was in force then: it undoes nothing else."""
    return bool(event.form) and forms[event.form].in_force(event.holds_from)


def _stand(timeline: Timeline, upto: TimelineEntry | None) -> Stand:
    """The answers by key, the newest for each: what is confirmed, and what is pending up to and including `upto`."""
    stand: Stand = {}
    pending = upto is not None
    for entry in timeline.counting:
        if isinstance(entry.event, Expired):
            for key in [key for key in stand if key.item in entry.event.items]:
                del stand[key]
        for key, value in entry.changes.items():
            if not (entry.whole or key in entry.confirmed or pending):
                continue
            if value is None:
                stand.pop(key, None)
            else:
                stand[key] = (value, entry)
        if entry is upto:
            pending = False
    return stand


def _deciders(timeline: Timeline) -> tuple[GuardianChanged | None, ...]:
    """Who decides: the last confirmed change of guardians, and every unconfirmed one after it."""
    found: tuple[GuardianChanged | None, ...] = (None,)
    for entry in timeline.entries:
        if isinstance(entry.event, CameOfAge):
            found = (None,)
        if isinstance(entry.event, GuardianChanged):
            found = (entry.event,) if entry.whole else (*found, entry.event)
    return found


class _Judge:
    """What answers come to under the form version that was signed."""

    def __init__(self, forms: Forms, signed: str, subject: str, timeline: Timeline) -> None:
        self.signed = signed
        self.form = forms[signed].form if signed else None
        self.forms = forms
        self.subject = subject
        self.timeline = timeline

    def effect(self, stand: Stand, upto: TimelineEntry | None, change: GuardianChanged | None) -> Effect:
        """What these answers come to; NOTHING where no form version was signed."""
        if self.form is None:
            return NOTHING
        answers = {key: value for key, (value, entry) in stand.items() if self._counts(key, value, entry)}
        for new, former in change.stands_for if change else ():
            for key in [key for key in answers if key.decider == former]:
                answers.setdefault(key._replace(decider=new), answers[key])
        facts = self._facts(upto)
        context = Context(
            subject=self.subject,
            stage=self._stage(),
            facts=tuple(sorted((name, values) for name, values in facts.items() if name in self.form.facts)),
            band="".join(facts.get(_BAND, ())[:1]),
            deciders=change.deciders if change else (),
        )
        return _evaluated(self.form, tuple(sorted(answers.items(), key=lambda pair: pair[0])), context)

    def _counts(self, key: AnswerKey, value: Value, entry: TimelineEntry) -> bool:
        """Whether an answer can be read under the signed version.

        A confirmed answer from another version counts while the item is the same. A pending one can only
        narrow, so it counts wherever the item still has that option.
        """
        item = self.form.by_key.get(key.item) if self.form else None
        if item is None or self.form is None:
            return False
        other = entry.event.form
        if not other or other == self.signed:
            return True
        if entry.whole or key in entry.confirmed:
            return self.forms[other].form.substance.get(key.item) == self.form.substance[key.item]
        return not isinstance(value, str) or not item.options or value in item.option_values

    def _facts(self, upto: TimelineEntry | None) -> dict[str, tuple[str, ...]]:
        """The facts of the record: the confirmed ones, and those recorded up to `upto`."""
        facts: dict[str, tuple[str, ...]] = {}
        pending = upto is not None
        for entry in self.timeline.entries:
            if entry.whole or entry.confirmed or pending:
                facts |= dict(entry.facts)
            if upto is not None and entry.event is upto.event:
                pending = False
        return facts

    def _stage(self) -> str:
        adult = self.timeline.came_of_age is not None and self.timeline.adult_answered
        has = self.form is not None and any(item.stage == MAJORITY for item in self.form.items)
        return MAJORITY if adult and has else ENROLMENT


@lru_cache(maxsize=65536)
def _evaluated(form: FormText, answers: tuple[tuple[AnswerKey, Value], ...], context: Context) -> Effect:
    """`evaluate`, once for each distinct set of answers: costs grow with those, not with participants."""
    return evaluate(form, dict(answers), context)


def pauses(timeline: Timeline) -> tuple[str, ...]:
    """Why nothing may be used for the time being."""
    found: dict[str, str] = {}
    for entry in timeline.entries:
        event = entry.event
        if isinstance(event, Paused):
            found[event.reason or "paused"] = event.until_form
        elif isinstance(event, CameOfAge) and event.until_answer is Ageing.PAUSES:
            found["came of age"] = ""
        elif isinstance(event, Resumed) and entry.whole:
            found = {reason: form for reason, form in found.items() if reason == "came of age"}
        elif isinstance(event, Affirmed | ReJoined) and entry.whole:
            found = {reason: form for reason, form in found.items() if not _lifts(event, reason, form)}
    return tuple(sorted(found))


def _lifts(event: Affirmed | ReJoined, reason: str, until_form: str) -> bool:
    if reason == "came of age":
        return event.decider in ADULT
    return not until_form or event.form == until_form


def _stands_after_death(form: FormText | None, stand: Stand) -> bool:
    """Whether the participant said that their consent stands after death; silence is no."""
    item, stands = form.after_death if form else ("", ())
    given = [value for key, (value, _) in stand.items() if key.item == item]
    return bool(item) and bool(given) and all(value in stands for value in given)


def _profile(effect: Effect, axes: tuple[Withdrawal, ...], paused: tuple[str, ...]) -> Profile:
    if paused or any(withdrawal.axis is Axis.NO_USE for withdrawal in axes):
        return EXCLUDED
    return profile_of(effect)


def _closes(form: FormText | None, term: str, axes: set[Axis], paused: tuple[str, ...]) -> bool:
    """Whether a withdrawal (or a pause, which closes collection and use alike) ends this preference."""
    declared = form.term_of.get(term) if form else None
    if declared is None or declared.role is TermRole.NOTE or declared.limits:
        return False
    closed = axes | ({Axis.NO_COLLECTION, Axis.NO_USE} if paused else set())
    return declared.closed_by in closed


def _states(
    timeline: Timeline, judge: _Judge, confirmed: Stand, pendings: list[TimelineEntry]
) -> tuple[tuple[StandingAnswer, ...], tuple[StandingAnswer, ...]]:
    """The answers that stand, and those that wait to be affirmed because they would open something.

    A pending answer waits when all that is recorded opens more with it than with what stood before it, a
    pending no included; else it stands from then on.
    """
    standing = {key: _standing(key, value, entry, True) for key, (value, entry) in confirmed.items()}
    waiting: dict[AnswerKey, StandingAnswer] = {}
    if pendings:
        newest, upto, change = _stand(timeline, pendings[-1]), pendings[-1], _deciders(timeline)[-1]
        for key, said in _unconfirmed(timeline).items():
            current = confirmed.get(key)
            for value, entry in said:
                if value is None:
                    current = None
                elif _opens(judge, _put(newest, key, (value, entry)), _put(newest, key, current), upto, change):
                    waiting[key] = _standing(key, value, entry, False)
                    continue
                else:
                    current = (value, entry)
                waiting.pop(key, None)
            standing.pop(key, None)
            if current is not None:
                standing[key] = _standing(key, *current, current == confirmed.get(key))
    return tuple(standing[key] for key in sorted(standing)), tuple(waiting[key] for key in sorted(waiting))


def _unconfirmed(timeline: Timeline) -> dict[AnswerKey, list[tuple[Value | None, TimelineEntry]]]:
    """What was recorded of each answer, in order, since it was last confirmed or ran out."""
    found: dict[AnswerKey, list[tuple[Value | None, TimelineEntry]]] = {}
    for entry in timeline.counting:
        if isinstance(entry.event, Expired):
            for key in [key for key in found if key.item in entry.event.items]:
                del found[key]
        for key, value in entry.changes.items():
            if entry.whole or key in entry.confirmed:
                found.pop(key, None)
            else:
                found.setdefault(key, []).append((value, entry))
    return found


def _put(stand: Stand, key: AnswerKey, answer: tuple[Value, TimelineEntry] | None) -> Stand:
    others = {other: stood for other, stood in stand.items() if other != key}
    return others if answer is None else {**others, key: answer}


def _opens(judge: _Judge, stand: Stand, before: Stand, upto: TimelineEntry, change: GuardianChanged | None) -> bool:
    """Whether these answers open anything that those before them do not, now or after death."""
    if judge.form is None or not not_wider(judge.effect(stand, upto, change), judge.effect(before, upto, change)):
        return True
    return _stands_after_death(judge.form, stand) and not _stands_after_death(judge.form, before)


def _standing(key: AnswerKey, value: Value, entry: TimelineEntry, confirmed: bool) -> StandingAnswer:
    event = entry.event
    return StandingAnswer(
        key,
        value,
        event.holds_from,
        event.actor,
        event.capacity,
        event.source,
        event.form,
        event.sequence,
        confirmed,
    )
