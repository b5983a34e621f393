"""Answers on their way: saved question by question, sealed, counting for nothing until they are signed."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from consent import vault
from consent.domain.answers import check_answer, check_complete
from consent.domain.events import Capacity, Source
from consent.models import ConsentDraft, ConsentEvent, Participant
from consent.selectors.answering import Answering, answering
from consent.services import ledger
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.duo.reading import Invalid as InvalidAnswer
from governance.models import User


def _own(participant: Participant, by: User) -> Participant:
    if participant.account_id != by.pk:
        raise NotThere("there is no such participant")
    return Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)


def _keep(before: Answering, now: datetime) -> None:
    ConsentDraft.objects.update_or_create(
        participant=before.participant,
        defaults={
            "form_version": before.version,
            "sealed": vault.seal(before.participant, {"answers": dict(before.given), "rejoin": list(before.rejoin)}),
            "changed_at": now,
        },
    )


@transaction.atomic
def save_answer(*, participant: Participant, item: str, answer: Any, by: User, now: datetime) -> Answering:
    """Keep one answer, or None for a question left blank; returns where the participant stands then."""
    before = answering(_own(participant, by))
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
    return answering(before.participant)


@transaction.atomic
def discard(*, participant: Participant, by: User) -> None:
    """Forget the answers that were not signed."""
    ConsentDraft.objects.filter(participant=_own(participant, by)).delete()


@transaction.atomic
def sign(*, participant: Participant, version_sha256: str, by: User, now: datetime) -> ConsentEvent:
    """Sign what was answered: one event, after which the draft is gone.

    `version_sha256` is the form that was read.
    """
    own = _own(participant, by)
    before = answering(own)
    if before.version.sha256 != version_sha256:
        raise Conflict("the form has changed since you read it: look through your answers again")
    if before.open_items:
        missing = {item.key: "this question needs an answer" for item in before.open_items}
        raise Invalid("some questions have no answer yet", missing)
    signed: dict[str, Any] = {
        "participant": own,
        "answers": before.changes,
        "form_version": before.version,
        "by": by,
        "capacity": Capacity.SELF,
        "source": Source.PORTAL,
        "now": now,
    }
    if before.rejoin:
        event = ledger.rejoin(**signed, axes=before.rejoin)
    elif before.began:
        event = ledger.record_answers(**signed)
    else:
        raise Conflict("nothing has changed since you signed: there is nothing to sign")
    ConsentDraft.objects.filter(participant=own).delete()
    return event
