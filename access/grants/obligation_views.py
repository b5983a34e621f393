"""One obligation of a grant: how it stands, what was shown for it, and what the reader may do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from access.domain.states import OBLIGATION, Party, open_to
from access.face.carrying import carried_out
from access.face.confirming import Confirmation, confirm_page
from access.grants import obligation_selectors, selectors
from access.grants import obligation_services as services
from access.grants.forms import AcceptForm, OfferForm, PostponeForm, SendBackForm, WaiveForm
from access.grants.pages import duty
from access.models import Obligation
from governance.domain.errors import NotThere
from governance.face.look import Words
from governance.face.words import isolated
from governance.files.delivery import attachment
from governance.views.signed_in import SignedIn


@dataclass(frozen=True, slots=True)
class _Act:
    """The table's action with its form and service, what its button says, what it means, and what is said when it is done."""

    action: str
    form: type[Any]
    do: Callable[..., object]
    says: Words
    means: Words
    done: Words


# By their names in addresses.
_ACTS: dict[str, _Act] = {
    "offer": _Act(
        "offer", OfferForm, services.offer, _("Show how it was met"),
        _("The committee reads it, and accepts it or says what is missing."), _("The committee looks at it."),
    ),
    "accept": _Act(
        "accept", AcceptForm, services.accept, _("Accept what was shown"),
        _("The obligation is met then, and nothing more is asked for it."), _("The obligation is met."),
    ),
    "send-back": _Act(
        "send back", SendBackForm, services.send_back, _("Send it back"),
        _("The people of the grant read what is missing, and can show more. The day stays as it is."),
        _("It stands as promised."),
    ),
    "postpone": _Act(
        "postpone", PostponeForm, services.postpone, _("Put it off"),
        _("It is due later, and is not overdue until then."), _("A later day stands."),
    ),
    "waive": _Act(
        "waive", WaiveForm, services.waive, _("Waive it"),
        _("Where it need not be met. You say why."), _("It need not be met."),
    ),
}  # fmt: skip


@require_GET
@login_required
def show(http: SignedIn, number: str, place: int) -> HttpResponse:
    """How it stands, and what was shown."""
    return _page(http, _find(http, number, place))


@require_http_methods(["GET", "POST"])
@login_required
def act(http: SignedIn, number: str, place: int, action: str) -> HttpResponse:
    """Do one thing about it."""
    found = _find(http, number, place)
    if action not in _ACTS:
        raise NotThere(f"nobody does {action} with an obligation")
    if http.method == "GET":
        may = action == "waive" and action in _open(found, _parties(http, found))
        return confirm_page(http, _waiving(found), WaiveForm()) if may else redirect("obligation", number, place)
    chosen = _ACTS[action]
    form = chosen.form(http.POST, http.FILES, auto_id=f"{action}_%s")
    if carried_out(form, lambda: chosen.do(obligation=found, by=http.user, now=timezone.now(), **form.cleaned_data)):
        messages.success(http, str(chosen.done))
        return redirect("obligation", number, place)
    if action == "waive":
        return confirm_page(http, _waiving(found), form)
    return _page(http, _find(http, number, place), status=422, tried={action: form})


def _parties(http: SignedIn, found: Obligation) -> frozenset[Party]:
    """Who the reader is for this obligation now."""
    return obligation_selectors.parties_on(found.grant, http.user, timezone.now())


def _open(found: Obligation, parties: frozenset[Party]) -> set[str]:
    """The actions that the table lets these parties do now."""
    return {row.action for row in open_to(OBLIGATION, found.state, parties)}


def _waiving(found: Obligation) -> Confirmation:
    number = found.grant.number
    return Confirmation(
        title=_("Waive this obligation?"),
        lead=_("Nobody has to meet it any more, and its people read why."),
        act=_("Waive it"),
        action=reverse("obligation_act", args=[number, found.place, "waive"]),
        back=reverse("obligation", args=[number, found.place]),
        kicker=number,
        lines=[duty(found, found.grant).words],
    )


@require_GET
@login_required
def evidence_file(http: SignedIn, number: str, place: int, evidence: int) -> HttpResponse:
    """The file of a piece of evidence, to be kept."""
    shown = obligation_selectors.find_evidence(_find(http, number, place), evidence)
    assert shown.file is not None
    return attachment(shown.file, f"{number}-{place}-{shown.pk}")


@require_http_methods(["GET", "POST"])
@login_required
def erase_file(http: SignedIn, number: str, place: int, evidence: int) -> HttpResponse:
    """Erase the file of a piece of evidence, once it is asked."""
    found = _find(http, number, place)
    shown = obligation_selectors.find_evidence(found, evidence)
    asked = Confirmation(
        title=_("Erase this file?"),
        lead=_("Nobody can read it any more. That it was shown, by whom and when, stays on record."),
        act=_("Erase it"),
        action=reverse("evidence_erase", args=[number, place, evidence]),
        back=reverse("obligation", args=[number, place]),
        kicker=number,
        lines=[line for line in (duty(found, found.grant).words, shown.words) if line],
    )
    if http.method == "GET":
        return confirm_page(http, asked)
    form = AcceptForm(http.POST)
    if carried_out(form, lambda: services.erase_file(evidence=shown, by=http.user, now=timezone.now())):
        messages.success(http, _("The file is erased."))
        return redirect("obligation", number, place)
    return confirm_page(http, asked, form)


def _find(http: SignedIn, number: str, place: int) -> Obligation:
    grant = selectors.visible_to(http.user).filter(number=number).first()
    if grant is None:
        raise NotThere(f"there is no grant {number}")
    return obligation_selectors.find(grant, place)


def _page(http: SignedIn, found: Obligation, status: int = 200, tried: dict[str, Any] | None = None) -> HttpResponse:
    grant = found.grant
    parties = _parties(http, found)
    may = _open(found, parties)
    context = {
        "grant": grant,
        "named": {
            "grant": isolated(grant.number),
            "dataset": isolated(grant.line.dataset_version.dataset.title),
        },
        "obligation": found,
        "duty": duty(found, grant),
        "shown": [
            (one, obligation_selectors.may_erase(one, http.user, parties))
            for one in found.evidence.select_related("by", "file").defer("file__sealed")
        ],
        "acts": [
            (name, (tried or {}).get(name) or one.form(auto_id=f"{name}_%s"), one)
            for name, one in _ACTS.items()
            if one.action in may
        ],
    }
    with timezone.override(grant.line.case.committee.zone):
        return render(http, "access/grants/obligation.html", context, status=status)
