"""What is on record: the history, a receipt of each event, and the form as it was signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consent import vault
from consent.domain.events import to_json
from consent.domain.silenced import silenced
from consent.models import ConsentEvent, FormVersion, Participant
from consent.selectors.forms import form_of
from consent.selectors.ledger import effective_at, event_of
from consent.selectors.overview import moments
from consent.selectors.participants import deciding, history_of, own_event
from consent.texts import AXES, AnswerText, answer_text, as_value, texts_for_reader, without_effect
from consent.views.leaving import REJOIN_WORDS
from consent.views.whom import whom
from governance.domain.errors import NotThere
from governance.views.signed_in import SignedIn

Beside = Callable[[Participant, ConsentEvent, datetime], Mapping[str, Any]]
"""What a receipt shows of the projects that the event took the participant's data out of."""


Others = Callable[[Participant, datetime], Mapping[str, Any]]
"""Under `others`: what happened outside the ledger, such as a project's start."""


@login_required
@never_cache
@require_safe
def history(request: SignedIn, participant: str, beside: Others) -> HttpResponse:
    """Every change, the newest first."""
    decider = deciding(request.user, participant)
    rows = list(history_of(decider))
    with timezone.override(decider.participant.programme.time_zone):
        found = [*moments(decider, rows), *beside(decider.participant, timezone.now())["others"]]
        page = {
            **whom(decider),
            "moments": sorted(found, key=lambda one: one.at, reverse=True),
        }
    return render(request, "consent/history.html", page)


@login_required
@never_cache
@require_safe
def receipt(request: SignedIn, participant: str, uuid: str, beside: Beside) -> HttpResponse:
    """The receipt of one event: what was said, when, on which form, and the hashes that prove it."""
    decider = deciding(request.user, participant)
    row = own_event(decider, uuid)
    rows = list(history_of(decider))
    [moment] = [one for one in moments(decider, rows) if one.row == row]
    page = {
        **beside(decider.participant, row, timezone.now()),
        **whom(decider),
        "row": row,
        "moment": moment,
        "answers": _answers(decider.participant, row),
        "axes": [AXES[axis][:2] for axis in row.content.get("axes", ()) if row.kind == "withdrawn"],
        "taken_up": [REJOIN_WORDS[axis][0] for axis in row.content.get("axes", ()) if row.kind == "re_joined"],
    }
    return render(request, "consent/receipt.html", page)


@login_required
@never_cache
@require_safe
def receipt_file(request: SignedIn, participant: str, uuid: str) -> HttpResponse:
    """The receipt as a file to keep: the event as it was hashed, its hash, the form's, and the answers in words.

    Whoever keeps it can show later that the record still says the same: the event's canonical bytes give its hash.
    """
    decider = deciding(request.user, participant)
    row = own_event(decider, uuid)
    held = {
        "programme": decider.participant.programme.name,
        "event": to_json(event_of(row)),
        "sha256": row.hash,
        "form_sha256": row.form_version.sha256 if row.form_version else None,
        "answers": [
            {"question": line.question, "answer": line.answer.short, "note": line.silent}
            for line in _answers(decider.participant, row)
        ],
    }
    answer = JsonResponse(held, json_dumps_params={"indent": 1, "ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="receipt-{row.sequence}.json"'
    return answer


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One answer of an event; `silent` says why it had no effect when it was given, "" where it had one."""

    question: str
    answer: AnswerText
    silent: str


def _answers(participant: Participant, row: ConsentEvent) -> list[ReceiptLine]:
    if row.form_version is None:
        return []
    form = form_of(row.form_version)
    texts = texts_for_reader(form).texts
    kept = {} if vault.is_erased(participant) else vault.read(participant).words
    typed = {item: kept[digest].fields for item, digest in row.content.get("commitments", ()) if digest in kept}
    said = {item: as_value(value) for item, _subject, _decider, value in row.content.get("answers", ())}
    closed = {one.axis for one in effective_at(participant, on=row.recorded_at, known=row.recorded_at).axes}
    without = silenced(form, {item: value for item, value in said.items() if value is not None}, closed)
    return [
        ReceiptLine(
            texts.items[item.key].question,
            answer_text(form, item, said[item.key], typed.get(item.key)),
            without_effect(without.get(item.key, ())),
        )
        for item in form.items
        if item.key in said
    ]


@login_required
@never_cache
@require_safe
def form_text(request: SignedIn, participant: str, key: str, number: int) -> HttpResponse:
    """A form version whole: the one in force, or one that the participant signed."""
    decider = deciding(request.user, participant)
    version = (
        FormVersion.objects.filter(form__programme=decider.participant.programme, form__key=key, number=number)
        .exclude(sha256="")
        .select_related("form")
        .first()
    )
    signed = history_of(decider).filter(form_version=version, kind__in=("affirmed", "re_joined")).first()
    if version is None or (version.state != FormVersion.State.PUBLISHED and signed is None):
        raise NotThere("there is no such form among yours")
    form = form_of(version)
    words = texts_for_reader(form)
    page = {
        **whom(decider),
        "version": version,
        "words": words,
        "signed": signed,
        "items": [words.texts.items[item.key] for item in form.items],
    }
    return render(request, "consent/form_text.html", page)
