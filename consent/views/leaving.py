"""Stopping, confirming what others wrote down, and joining again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent.models import ConsentState, Decider
from consent.selectors.forms import form_of, published_version
from consent.selectors.overview import overview_of, waiting_lines
from consent.selectors.participants import deciding
from consent.services import drafts, ledger
from consent.texts import AXES, texts_for_reader
from consent.views.review import Beside
from consent.views.whom import whom
from governance.domain.errors import NotThere
from governance.face.forms import Choice, Form, offer
from governance.views.signed_in import SignedIn

EXCLUDED: dict[str, Any] = {"data_use": None, "outlets": []}
REJOIN_WORDS = {
    "no_use": (lazy("Let my data be used again"), lazy("You answer the questions again, and sign.")),
    "no_collection": (
        lazy("Let new things be collected again"),
        lazy("New samples and entries are allowed again."),
    ),
    "no_contact": (lazy("Let people write to me again"), lazy("You hear from your programme again.")),
}


class AxesForm(Form):
    """One or more of the three ways to stop; nothing is ticked beforehand."""

    axes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": lazy("Choose at least one.")}
    )

    def __init__(self, *args: Any, words: dict[str, tuple[Any, Any]], label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["axes"].label = label
        offer(self, "axes", [(axis, Choice(*pair)) for axis, pair in words.items()])


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: SignedIn, participant: str, beside: Beside) -> HttpResponse:
    """Withdraw: tick what should stop, press once. No reason is asked for."""
    decider = deciding(request.user, participant)
    closed = decider.participant.state.closed_axes
    words = {axis: pair[:2] for axis, pair in AXES.items() if axis not in closed}
    form = AxesForm(request.POST if request.method == "POST" else None, words=words, label=_("What should stop?"))
    if request.method == "POST" and form.is_valid():
        event = ledger.withdraw(
            participant=decider.participant,
            axis=tuple(form.cleaned_data["axes"]),
            by=request.user,
            capacity=decider.capacity,
            now=timezone.now(),
        )
        drafts.discard(participant=decider.participant, by=request.user)
        messages.success(request, _("It is done. It holds from this moment."))
        return redirect("consent_receipt", participant, event.uuid)
    page = {
        **(beside(decider.participant, EXCLUDED, timezone.now()) if "no_use" in words else {}),
        **whom(decider),
        "form": form,
        "closed": [AXES[axis][2] for axis in AXES if axis in closed],
        "all_closed": not words,
        "notes": _withdrawal_notes(decider),
    }
    return render(request, "consent/stop.html", page)


def _withdrawal_notes(decider: Decider) -> list[str]:
    """What the signed form says about stopping, each sentence once."""
    signed = overview_of(decider).version or published_version(decider.participant.programme)
    if signed is None:
        return []
    texts = texts_for_reader(form_of(signed)).texts
    return list(dict.fromkeys(item.withdrawal_note for item in texts.items.values() if item.withdrawal_note))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rejoin(request: SignedIn, participant: str) -> HttpResponse:
    """Join again: contact and collection at once, the use of data after answering and signing anew."""
    decider = deciding(request.user, participant)
    closed = decider.participant.state.closed_axes
    if not closed:
        raise NotThere("nothing was stopped")
    in_force = published_version(decider.participant.programme)
    words = {axis: pair for axis, pair in REJOIN_WORDS.items() if axis in closed}
    form = AxesForm(
        request.POST if request.method == "POST" else None,
        words=words,
        label=_("What do you want to take up again?"),
    )
    if request.method == "POST" and in_force and form.is_valid():
        axes = tuple(form.cleaned_data["axes"])
        if "no_use" in axes:
            drafts.begin_rejoining(participant=decider.participant, axes=axes, by=request.user, now=timezone.now())
            return redirect("consent_start", participant)
        event = ledger.rejoin(
            participant=decider.participant,
            answers={},
            form_version=in_force,
            by=request.user,
            capacity=decider.capacity,
            now=timezone.now(),
            axes=axes,
        )
        messages.success(request, _("It is done. It holds from this moment."))
        return redirect("consent_receipt", participant, event.uuid)
    page = {
        **whom(decider),
        "form": form,
        "in_force": in_force,
        "stays": [AXES[axis][2] for axis in AXES if axis in closed],
    }
    return render(request, "consent/rejoin.html", page)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: SignedIn, participant: str) -> HttpResponse:
    """Answers that others wrote down and that would open something: they wait for the participant's own yes."""
    decider = deciding(request.user, participant)
    waiting = waiting_lines(decider)
    if not waiting:
        raise NotThere("nothing waits for you")
    in_force = published_version(decider.participant.programme)
    events = sorted({line.event for line in waiting})
    # Only what stood on the page that was read is certified: more may have been written down since.
    seen = tuple(event for event in events if event in request.POST.getlist("seen"))
    if seen and in_force:
        event = ledger.affirm(
            participant=decider.participant,
            form_version=in_force,
            by=request.user,
            now=timezone.now(),
            targets=seen,
        )
        messages.success(request, _confirmed(decider, [line.item for line in waiting if line.event in seen]))
        return redirect("consent_receipt", participant, event.uuid)
    page = {
        **whom(decider),
        "lines": waiting,
        "events": events,
        "in_force": in_force,
    }
    return render(request, "consent/confirm.html", page)


def _confirmed(decider: Decider, items: list[str]) -> str:
    """That the answers hold, unless some of them stay without effect: then it is said which, on My data."""
    held = {line.item for line in overview_of(decider).agreed if not line.silent}
    if held.issuperset(items) and "no_use" not in ConsentState.objects.get(participant=decider.participant).closed_axes:
        return _("Thank you. These answers hold from now on.")
    return _("Thank you. Some of these answers have no effect yet: My data says which, and why.")
