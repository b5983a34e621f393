"""Answers on their way: saved question by question, sealed, counting for nothing until they are signed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from consent import vault
from consent.domain.answers import check_answer, check_complete
from consent.domain.events import Source
from consent.models import ConsentDraft, ConsentEvent, Decider, Participant
from consent.selectors.answering import Answering, Unsigned, answering, signed_version, unsigned_of
from consent.selectors.forms import published_version
from consent.services import ledger
from consent.services.deciders import decider_of
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.duo.reading import InvalidUse as InvalidAnswer
from governance.models import User


def _own(participant: Participant, by: User) -> Decider:
    """The row by which somebody decides for the participant, who is locked."""
    locked = Participant.objects.select_for_update(no_key=True).select_related("programme").get(pk=participant.pk)
    decider = decider_of(locked, by)
    decider.participant = locked
    return decider


def _keep(before: Answering, now: datetime) -> None:
    """Write the draft of this version beside the one of the other version that the participant can be before."""
    _write(before, {before.version.pk: Unsigned(before.given, before.rejoin)}, now)


def _write(before: Answering, changed: dict[int, Unsigned | None], now: datetime) -> None:
    participant = before.participant
    possible = {one.pk for one in (published_version(participant.programme), signed_version(before.state)) if one}
    parts = {**unsigned_of(before.decider), **changed}
    kept = {
        str(pk): {"answers": dict(part.answers), "rejoin": list(part.rejoin)}
        for pk, part in parts.items()
        if part is not None and pk in possible
    }
    if not kept:
        ConsentDraft.objects.filter(decider=before.decider).delete()
        return
    ConsentDraft.objects.update_or_create(
        decider=before.decider,
        defaults={
            "form_version": before.version,
            "sealed": vault.seal(participant, {"versions": kept}),
            "changed_at": now,
        },
    )


@transaction.atomic
def save_answer(
    *, participant: Participant, item: str, answer: Any, by: User, now: datetime, signed: bool = False
) -> Answering:
    """Keep one answer, or None for a question left blank; returns where the participant stands then.

    `signed`: on the form that they signed last, whatever is in force.
    """
    before = answering(_own(participant, by), signed=signed)
    if before.must_choose:
        raise Conflict("the use of the data was stopped: choose first what to take up again")
    if item not in {one.key for one in before.asked}:
        raise NotThere("this question is not asked")
    asked = before.form.by_key[item]
    try:
        given = check_answer(asked, answer)
        check_complete(asked, given)
    except InvalidAnswer as wrong:
        raise Invalid(wrong.message, {wrong.field.removeprefix(f"{item}."): wrong.message}) from wrong
    if given.value is None and asked.must_answer:
        raise Invalid("choose an answer", {item: "choose an answer"})
    after = replace(before, given={**before.given, item: answer})
    _keep(after, now)
    return after


@transaction.atomic
def begin_rejoining(*, participant: Participant, axes: tuple[str, ...], by: User, now: datetime) -> Answering:
    """Begin to join again on these axes; it counts when it is signed."""
    before = answering(_own(participant, by))
    after = replace(before, rejoin=axes)
    _keep(after, now)
    return answering(before.decider)


@transaction.atomic
def discard(*, participant: Participant, by: User) -> None:
    """Forget the answers that were not signed."""
    ConsentDraft.objects.filter(decider=_own(participant, by)).delete()


@transaction.atomic
def forget(*, participant: Participant, by: User, now: datetime, signed: bool = False) -> None:
    """Forget the answers of one form version that were not signed; `signed` as in `save_answer`."""
    before = answering(_own(participant, by), signed=signed)
    _write(before, {before.version.pk: None}, now)


@transaction.atomic
def sign(
    *, participant: Participant, version_sha256: str, by: User, now: datetime, signed: bool = False
) -> ConsentEvent:
    """Sign what was answered: one event, after which the draft is gone.

    `version_sha256` is the form that was read; `signed` as in `save_answer`. A no never waits: where questions
    are still open, or the form is no longer in force, what takes back something holds at once, and only what
    would open something is refused.
    """
    own = _own(participant, by)
    before = answering(own, signed=signed)
    if before.version.sha256 != version_sha256:
        raise Conflict("the form has changed since you read it: look through your answers again")
    if before.must_choose:
        raise Conflict("the use of the data was stopped: choose first what to take up again")
    said: dict[str, Any] = {
        "participant": own.participant,
        "answers": before.changes,
        "form_version": before.version,
        "by": by,
        "capacity": own.capacity,
        "source": Source.PORTAL,
        "now": now,
    }
    event = _certified(before, said) if before.certifies else _narrowed(before, said)
    _write(before, {before.version.pk: None}, now)
    return event


def _certified(before: Answering, said: dict[str, Any]) -> ConsentEvent:
    if before.rejoin:
        return ledger.rejoin(**said, axes=before.rejoin)
    if not before.began:
        raise Conflict("nothing has changed since you signed: there is nothing to sign")
    return ledger.record_answers(**said)


def _narrowed(before: Answering, said: dict[str, Any]) -> ConsentEvent:
    missing = {item.key: "this question needs an answer" for item in before.open_items}
    if missing and (before.rejoin or not said["answers"]):
        raise Invalid("some questions have no answer yet", missing)
    if not said["answers"]:
        raise Conflict("nothing has changed since you signed: there is nothing to sign")
    try:
        return ledger.record_answers(**said, narrowing=True)
    except Conflict as wider:
        if missing:
            raise Invalid("some questions have no answer yet", missing) from wider
        raise
