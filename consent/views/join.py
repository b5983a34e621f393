"""The way in: a code from the programme and the date of birth link an account to its participant."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent.services import invitations
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.face.forms import DayField, Form


class JoinForm(Form):
    """A code and a date of birth."""

    code = forms.CharField(
        label=lazy("Code"),
        max_length=40,
        help_text=lazy("16 letters, from the letter or mail of your programme. Capital or small, dashes or none."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    date_of_birth = DayField(
        label=lazy("Date of birth"),
        help_text=lazy("As your programme knows it. The code works only together with it."),
        widget=DayField.widget(attrs={"autocomplete": "bday"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Join with a code; who has no account or is not signed in does that first."""
    if not request.user.is_authenticated:
        return render(request, "consent/join.html", {"form": None})
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            participant = invitations.redeem(
                code=form.cleaned_data["code"],
                date_of_birth=form.cleaned_data["date_of_birth"],
                by=request.user,
                now=timezone.now(),
            )
        except (Invalid, NotAllowed, Conflict) as refused:
            form.add_error(None, _said(refused))
        else:
            messages.success(
                request,
                _("This account now belongs to your place in %(name)s.") % {"name": participant.programme.name},
            )
            return redirect("consent_start", participant.pk)
    return render(request, "consent/join.html", {"form": form})


def _said(refused: Invalid | NotAllowed | Conflict) -> str:
    if isinstance(refused, Invalid):
        return _("Code and date of birth do not belong together. Check both, or ask your programme for a new code.")
    if isinstance(refused, NotAllowed):
        return _("Too many wrong codes. Wait an hour, or ask your programme for help.")
    return _("This account already takes part in this programme. Sign in with another account.")
