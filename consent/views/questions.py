"""The questions, one at a time.

Each page stands before the form in force, and under `signed/` before the form that the participant signed
last: there a no can be said whatever was published or retired since.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consent.domain.forms import Item
from consent.models import Decider
from consent.selectors.answering import Answering, answering
from consent.selectors.participants import deciding
from consent.services import drafts
from consent.texts import answer_text, sign_of, term_words, texts_for_reader
from consent.views.question_forms import QuestionForm
from consent.views.whom import whom
from governance.domain.errors import Invalid, NotThere
from governance.views.signed_in import SignedIn

LATER = "later"


def context_of(standing: Answering) -> dict[str, Any]:
    """What every page of a form shows beside it."""
    return {
        **whom(standing.decider),
        "version": standing.version,
        "words": texts_for_reader(standing.form),
    }


@login_required
@never_cache
@require_safe
def start(request: SignedIn, participant: str) -> HttpResponse:
    """What to know before the first question, and where to go on."""
    standing = answering(deciding(request.user, participant))
    upcoming = standing.following("") if standing.asked else None
    page = {
        **context_of(standing),
        "began": standing.began,
        "signed": bool(standing.state.effective["form"]) and not standing.rejoin,
        "stopped": standing.must_choose,
        "nobody_joins": "no_use" in standing.state.closed_axes and not standing.in_force,
        "rejoining": "no_use" in standing.rejoin,
        "continue_at": address(standing, upcoming),
        "first_at": address(standing, standing.asked[0] if standing.asked else None),
        "review_at": address(standing, None),
        "total": len(standing.ahead),
    }
    return render(request, "consent/start.html", page)


def address(standing: Answering, item: Item | None) -> str:
    """Where a question is asked, or the review."""
    name = "consent_signed" if standing.signed else "consent"
    participant = standing.decider.participant_id
    if item is None:
        return reverse(f"{name}_review", args=[participant])
    return reverse(f"{name}_question", args=[participant, item.key])


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SignedIn, participant: str, item: str, signed: bool = False) -> HttpResponse:
    """One question: read it, answer it, go on, or come back later."""
    decider = deciding(request.user, participant)
    standing = answering(decider, signed=signed)
    if standing.must_choose:
        return redirect("consent_rejoin", participant)
    asked = next((one for one in standing.asked if one.key == item), None)
    if asked is None and not signed and _stands(decider, item):
        return redirect("consent_signed_question", participant, item)
    if asked is None:
        raise NotThere("this question is not asked")
    words = texts_for_reader(standing.form).texts.items[item]
    given = standing.given.get(item)
    form = QuestionForm(asked, words, request.POST if request.method == "POST" else None, given=given, auto_id="q_%s")
    if request.method == "POST":
        if request.POST.get("then") == LATER and not form.has_changed():
            return redirect("my_data_of", participant)
        if form.is_valid():
            answer = _save(request, standing, asked, form)
            if answer is not None:
                return answer
    return render(request, "consent/question.html", _question_page(standing, asked, form))


def _stands(decider: Decider, item: str) -> bool:
    """Whether a question that the form in force does not ask was asked and answered on the one that was signed."""
    before = answering(decider, signed=True) if decider.participant.state.effective["form"] else None
    return before is not None and item in before.standing and item in {one.key for one in before.asked}


def _save(request: SignedIn, standing: Answering, asked: Item, form: QuestionForm) -> HttpResponse | None:
    """Where to go once the answer is saved; None where the service refused it and the form says why."""
    try:
        after = drafts.save_answer(
            participant=standing.participant,
            item=asked.key,
            answer=form.answered,
            by=request.user,
            now=timezone.now(),
            signed=standing.signed,
        )
    except Invalid as wrong:
        form.mark(wrong.fields)
        return None
    if request.POST.get("then") == LATER:
        messages.success(request, _("Your answers are saved. Nothing counts until you sign."))
        return redirect("my_data_of", standing.participant.pk)
    # A no to what stands leads straight to the signature: nothing else has to be answered first.
    return redirect(address(after, None if after.signed and not after.in_force else after.following(asked.key)))


def _question_page(standing: Answering, asked: Item, form: QuestionForm) -> dict[str, Any]:
    keys = [one.key for one in standing.ahead]
    place = keys.index(asked.key)
    before = [one for one in standing.asked if keys.index(one.key) < place]
    last = standing.standing.get(asked.key)
    term = asked.picture or sign_of(asked)
    return {
        **context_of(standing),
        "item": asked,
        "text": form.words,
        "form": form,
        "number": place + 1,
        "total": len(keys),
        "certain": len(keys) == len(standing.asked),
        "back": _back(standing, before),
        "back_number": place if before and not standing.signed else 0,
        "signed_before": standing.signed,
        "term": term,
        "term_words": term_words(term) if term else "",
        "last": answer_text(standing.form, asked, last).short if last is not None else "",
    }


def _back(standing: Answering, before: list[Item]) -> str:
    return address(standing, before[-1]) if before else reverse("consent_start", args=[standing.decider.participant_id])
