"""The questions, one at a time; the review; the signature."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consent.domain.answers import Given
from consent.domain.forms import Item
from consent.models import Participant
from consent.selectors.answering import Answering, answering
from consent.selectors.participants import own_participant
from consent.selectors.preview import previewed
from consent.services import drafts
from consent.texts import (
    AnswerText,
    answer_text,
    effects,
    sign_of,
    term_of,
    term_words,
    texts_for_reader,
)
from consent.views.question_form import QuestionForm
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.forms import Form

LATER = "later"


def context_of(standing: Answering) -> dict[str, Any]:
    """What every page of a form shows beside it."""
    return {
        "participant": standing.participant,
        "programme": standing.participant.programme,
        "version": standing.version,
        "words": texts_for_reader(standing.form),
    }


@login_required
@never_cache
@require_safe
def start(request: HttpRequest, programme: str) -> HttpResponse:
    """What to know before the first question, and where to go on."""
    standing = answering(own_participant(request.user, programme))
    upcoming = standing.following("") if standing.asked else None
    page = {
        **context_of(standing),
        "began": standing.began,
        "signed": bool(standing.state.effective["form"]) and not standing.rejoin,
        "rejoining": "no_use" in standing.rejoin,
        "continue_at": _address(programme, upcoming),
        "first_at": _address(programme, standing.asked[0] if standing.asked else None),
        "total": len(standing.ahead),
    }
    return render(request, "consent/start.html", page)


def _address(programme: str, item: Item | None) -> str:
    if item is None:
        return reverse("consent_review", args=[programme])
    return reverse("consent_question", args=[programme, item.key])


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, programme: str, item: str) -> HttpResponse:
    """One question: read it, answer it, go on, or come back later."""
    participant = own_participant(request.user, programme)
    standing = answering(participant)
    asked = next((one for one in standing.asked if one.key == item), None)
    if asked is None:
        raise NotThere("this question is not asked")
    words = texts_for_reader(standing.form).texts.items[item]
    given = standing.given.get(item)
    form = QuestionForm(asked, words, request.POST if request.method == "POST" else None, given=given, auto_id="q_%s")
    if request.method == "POST":
        if request.POST.get("then") == LATER and not form.has_changed():
            return redirect("my_data")
        if form.is_valid():
            answer = _save(request, participant, asked, form)
            if answer is not None:
                return answer
    return render(request, "consent/question.html", _question_page(standing, asked, form))


def _save(request: HttpRequest, participant: Participant, asked: Item, form: QuestionForm) -> HttpResponse | None:
    """Where to go once the answer is saved; None where the service refused it and the form says why."""
    try:
        after = drafts.save_answer(
            participant=participant, item=asked.key, answer=form.answered, by=request.user, now=timezone.now()
        )
    except Invalid as wrong:
        form.mark(wrong.fields)
        return None
    if request.POST.get("then") == LATER:
        messages.success(request, _("Your answers are saved. Nothing counts until you sign."))
        return redirect("my_data")
    return redirect(_address(participant.programme.slug, after.following(asked.key)))


def _question_page(standing: Answering, asked: Item, form: QuestionForm) -> dict[str, Any]:
    keys = [one.key for one in standing.ahead]
    place = keys.index(asked.key)
    before = [one for one in standing.asked if keys.index(one.key) < place]
    slug = standing.participant.programme.slug
    last = standing.standing.get(asked.key)
    term = asked.picture or sign_of(asked)
    return {
        **context_of(standing),
        "item": asked,
        "text": form.words,
        "form": form,
        "number": place + 1,
        "total": len(keys),
        "back": _address(slug, before[-1]) if before else reverse("consent_start", args=[slug]),
        "back_number": place if before else 0,
        "term": term,
        "term_words": term_words(term) if term else "",
        "last": answer_text(standing.form, asked, last).short if last is not None else "",
    }


# --- Review and signature -----------------------------------------------------------------------------------
class SignForm(Form):
    """The signature: one box to tick, and the hash of the form that was read."""

    ok = forms.BooleanField()
    sha256 = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ok"].label = label
        self.fields["ok"].error_messages["required"] = _("Tick this box to sign.")


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the review: its answer, what stood before where it changes, and where to change it."""

    item: Item
    question: str
    answer: AnswerText
    before: AnswerText | None
    term: str
    href: str
    missing: bool


def review_lines(standing: Answering) -> list[Line]:
    """Every asked question with its answer as it would stand."""
    texts = texts_for_reader(standing.form).texts
    found = []
    for item in standing.asked:
        value, was = standing.answer(item.key), standing.standing.get(item.key)
        given = standing.drafted.get(item.key, Given(None))
        changed = item.key in standing.drafted and value != was
        found.append(
            Line(
                item=item,
                question=texts.items[item.key].question,
                answer=answer_text(standing.form, item, value, dict(given.fields)),
                before=answer_text(standing.form, item, was) if changed else None,
                term=item.picture or term_of(item, value),
                href=_address(standing.participant.programme.slug, item),
                missing=item in standing.open_items,
            )
        )
    return found


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, programme: str) -> HttpResponse:
    """Everything that was answered and what it changes; then the signature."""
    participant = own_participant(request.user, programme)
    standing = answering(participant)
    label = _("I have read this form, and these are my own answers.")
    form = SignForm(
        request.POST if request.method == "POST" else None,
        label=label,
        initial={"sha256": standing.version.sha256},
    )
    if request.method == "POST" and form.is_valid():
        try:
            event = drafts.sign(
                participant=participant,
                version_sha256=form.cleaned_data["sha256"],
                by=request.user,
                now=timezone.now(),
            )
        except (Invalid, Conflict) as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Thank you. You signed, and your answers hold from now on."))
            return redirect("consent_receipt", programme, event.uuid)
    return render(request, "consent/review.html", _review_page(standing, form))


def _review_page(standing: Answering, form: SignForm) -> dict[str, Any]:
    lines = review_lines(standing)
    profile = standing.state.profile
    before = {"data_use": profile.data_use, "outlets": profile.outlets}
    asked = standing.asked
    return {
        **context_of(standing),
        "form": form,
        "lines": lines,
        "changed": [line for line in lines if line.before is not None],
        "effects": effects(before, previewed(standing, timezone.now())),
        "signable": (standing.began or bool(standing.rejoin)) and not standing.open_items,
        "began": standing.began,
        "missing": [line for line in lines if line.missing],
        "first_time": not standing.state.effective["form"],
        "rejoining": bool(standing.rejoin),
        "back": _address(standing.participant.programme.slug, asked[-1] if asked else None),
        "back_number": len(asked),
    }
