"""Everything that was answered and what it changes; then the signature.

What it changes for projects is known to the access app alone, which shows this page and gives `beside`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent.domain.answers import Given
from consent.domain.forms import Item
from consent.models import Participant
from consent.selectors.answering import Answering, answering
from consent.selectors.forms import published_version
from consent.selectors.participants import deciding
from consent.selectors.preview import Preview, previewed
from consent.services import drafts
from consent.texts import AnswerText, answer_text, effects, picture_of, texts_for_reader, without_effect
from consent.views.questions import address, context_of
from governance.domain.errors import Conflict, Invalid
from governance.face.forms import Form
from governance.views.signed_in import SignedIn

Beside = Callable[[Participant, Mapping[str, Any], datetime], Mapping[str, Any]]
"""What a page shows of the projects of a participant, if their profile became this one (`{data_use, outlets}`)."""

FORGET = "forget"


class SignForm(Form):
    """The signature: one box to tick, and the hash of the form that was read."""

    ok = forms.BooleanField()
    sha256 = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ok"].label = label
        self.fields["ok"].error_messages["required"] = _("Tick this box to sign.")


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One question of the review: its answer, what stood before where it changes, and where to change it.

    `silent` says why the answer stays without effect, "" where it has one; `wider` that it would open something
    which cannot be signed here.
    """

    item: Item
    question: str
    name: str
    answer: AnswerText
    before: AnswerText | None
    term: str
    href: str
    missing: bool
    silent: str
    wider: bool


def review_lines(standing: Answering, opening: tuple[str, ...] = ()) -> list[ReviewLine]:
    """Every asked question with its answer as it would stand."""
    texts = texts_for_reader(standing.form).texts
    found = []
    for item in standing.asked:
        value, was = standing.answer(item.key), standing.standing.get(item.key)
        given = standing.drafted.get(item.key, Given(None))
        changed = item.key in standing.drafted and value != was
        found.append(
            ReviewLine(
                item=item,
                question=texts.items[item.key].question,
                name=texts.items[item.key].name,
                answer=answer_text(standing.form, item, value, dict(given.fields)),
                before=answer_text(standing.form, item, was) if changed else None,
                term=picture_of(item, value),
                href=address(standing, item),
                missing=item in standing.open_items and (standing.in_force or not standing.signed),
                silent=without_effect(standing.without_effect.get(item.key, ())),
                wider=item.key in opening,
            )
        )
    return found


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedIn, participant: str, *, beside: Beside, signed: bool = False) -> HttpResponse:
    """Read everything that was answered and what it changes; then sign, or forget what was not signed."""
    standing = answering(deciding(request.user, participant), signed=signed)
    if request.method == "POST" and request.POST.get("then") == FORGET:
        drafts.forget(participant=standing.participant, by=request.user, now=timezone.now(), signed=signed)
        messages.success(request, _("Forgotten. Nothing has changed."))
        return redirect("my_data_of", participant)
    if standing.must_choose:
        return redirect("consent_rejoin", participant)
    form = SignForm(
        request.POST if request.method == "POST" else None,
        label=_("I have read this form, and these are my own answers."),
        initial={"sha256": standing.version.sha256},
    )
    if request.method == "POST" and form.is_valid():
        answer = _sign(request, standing, form)
        if answer is not None:
            return answer
    page = _review_page(standing, form, timezone.now(), beside)
    return render(request, "consent/review.html", page)


def _sign(request: SignedIn, standing: Answering, form: SignForm) -> HttpResponse | None:
    """Where to go once it is signed; None where the service refused it and the form says why."""
    try:
        event = drafts.sign(
            participant=standing.participant,
            version_sha256=form.cleaned_data["sha256"],
            by=request.user,
            now=timezone.now(),
            signed=standing.signed,
        )
    except (Invalid, Conflict) as refused:
        form.add_error(None, refused.message)
        return None
    silent = standing.without_effect
    messages.success(
        request,
        _("Thank you. You signed. Some answers have no effect yet: the receipt says which, and why.")
        if silent
        else _("Thank you. You signed, and your answers hold from now on."),
    )
    return redirect("consent_receipt", standing.decider.participant_id, event.uuid)


def _review_page(standing: Answering, form: SignForm, now: datetime, beside: Beside) -> dict[str, Any]:
    preview = previewed(standing, now)
    lines = review_lines(standing, preview.opening)
    profile = standing.state.profile
    before = {"data_use": profile.data_use, "outlets": profile.outlets}
    asked = standing.asked
    began = standing.began or bool(standing.rejoin)
    anew = not standing.state.effective["form"] or "no_use" in standing.rejoin
    return {
        **context_of(standing),
        **(beside(standing.participant, preview.profile, now) if began else {}),
        "form": form,
        "lines": lines,
        "changed": [line for line in lines if line.before is not None],
        "others": [line for line in lines if line.before is None],
        "silent": [line for line in lines if line.silent],
        "wider": [line for line in lines if line.wider],
        "effects": effects(before, preview.profile),
        "signable": began and _signable(standing, preview),
        "began": began,
        "missing": [line for line in lines if line.missing],
        "anew": anew,
        "first_time": not standing.state.effective["form"],
        "out_of_force": not standing.in_force,
        "newer": published_version(standing.participant.programme) if not standing.in_force else None,
        "back": address(standing, asked[-1] if asked else None),
        "back_number": len(asked),
    }


def _signable(standing: Answering, preview: Preview) -> bool:
    """As the service judges it: everything is answered, or what is answered takes back something and opens nothing."""
    if standing.certifies:
        return True
    return not standing.rejoin and bool(standing.changes) and not preview.opening
