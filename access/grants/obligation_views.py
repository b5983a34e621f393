"""One obligation of a grant: how it stands, what was shown for it, and what the reader may do about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from access.domain.states import OBLIGATION, open_to
from access.face.carrying import carried_out
from access.grants import obligation_selectors, selectors
from access.grants import obligation_services as services
from access.grants.forms import AcceptForm, OfferForm, PostponeForm, SendBackForm, WaiveForm
from access.grants.pages import duty
from access.models import Obligation
from governance.domain.errors import NotThere
from governance.face.look import Words

# Each act by its name in addresses: the table's action, form, service, what the button says and what is said when it is done.
_ACTS: dict[str, tuple[str, type[Any], Callable[..., object], Words, Words]] = {
    "offer": ("offer", OfferForm, services.offer, _("Show how it was met"), _("The committee looks at it.")),
    "accept": ("accept", AcceptForm, services.accept, _("Accept what was shown"), _("The obligation is met.")),
    "send-back": ("send back", SendBackForm, services.send_back, _("Send it back"), _("It stands as promised.")),
    "postpone": ("postpone", PostponeForm, services.postpone, _("Put it off"), _("A later day stands.")),
    "waive": ("waive", WaiveForm, services.waive, _("Waive it"), _("It need not be met.")),
}


@require_GET
@login_required
def show(http: HttpRequest, number: str, place: int) -> HttpResponse:
    """How it stands, and what was shown."""
    return _page(http, _find(http, number, place))


@require_http_methods(["GET", "POST"])
@login_required
def act(http: HttpRequest, number: str, place: int, action: str) -> HttpResponse:
    """Do one thing about it."""
    found = _find(http, number, place)
    if action not in _ACTS:
        raise NotThere(f"nobody does {action} with an obligation")
    if http.method == "GET":
        return redirect("obligation", number, place)
    _action, form_class, do, _says, done = _ACTS[action]
    form = form_class(http.POST, auto_id=f"{action}_%s")
    if carried_out(form, lambda: do(obligation=found, by=http.user, now=timezone.now(), **form.cleaned_data)):
        messages.success(http, done)
        return redirect("obligation", number, place)
    return _page(http, _find(http, number, place), status=422, tried={action: form})


def _find(http: HttpRequest, number: str, place: int) -> Obligation:
    grant = selectors.visible_to(http.user).filter(number=number).first()
    if grant is None:
        raise NotThere(f"there is no grant {number}")
    return obligation_selectors.find(grant, place)


def _page(http: HttpRequest, found: Obligation, status: int = 200, tried: dict[str, Any] | None = None) -> HttpResponse:
    grant = found.grant
    actors = obligation_selectors.actors_on(grant, http.user, timezone.now())
    may = {row.action for row in open_to(OBLIGATION, found.state, actors)}
    context = {
        "grant": grant,
        "dataset": grant.line.dataset_version.dataset,
        "obligation": found,
        "duty": duty(found, grant),
        "shown": list(found.evidence.select_related("by")),
        "acts": [
            (name, (tried or {}).get(name) or form(auto_id=f"{name}_%s"), says)
            for name, (action, form, _do, says, _done) in _ACTS.items()
            if action in may
        ],
    }
    with timezone.override(grant.line.case.committee.zone):
        return render(http, "access/grants/obligation.html", context, status=status)
