"""What is done on a request's page: withdraw, take back a dataset, ask or leave out a colleague, write.

Each refusal shows the page again, with what was typed and the reason at its field; what cannot be undone is asked first.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access.cases import services as cases
from access.cases.forms import MessageForm
from access.domain.states import LINE, REQUEST, check
from access.face.carrying import carried_out
from access.face.confirming import Confirmation, confirm_page
from access.models import Case, Line, Request
from access.requests import collaborator_services as collaborators
from access.requests import selectors
from access.requests import services as requests
from access.requests.forms import InviteForm
from access.requests.pages import request_page
from governance.domain.errors import Conflict, NotThere
from governance.face.forms import Form
from governance.views.signed_in import SignedIn


@require_http_methods(["GET", "POST"])
@login_required
def act(http: SignedIn, number: str, action: str) -> HttpResponse:
    """One act on a request. Opened again by a browser, it asks or leads back to the request."""
    request = selectors.find(http.user, number)
    if action not in _ACTS:
        raise NotThere(f"a request has no action {action}")
    return _ACTS[action](http, request)


def _withdraw(http: SignedIn, request: Request) -> HttpResponse:
    asked = Confirmation(
        title=_("Withdraw this request?"),
        lead=_("Everything that is not decided is taken back from every committee, and nobody writes on in it."),
        act=_("Withdraw this request"),
        action=reverse("request_act", args=[request.number, "withdraw"]),
        back=reverse("request", args=[request.number]),
        kicker=request.title or request.number,
        lines=[
            _("What was written stays to be read, here and by the committees that had it before them."),
            _("Grants that were made stay; each is ended on its own page."),
        ],
    )
    actors = selectors.parties_on(request, http.user)
    if http.method == "GET" and not check(REQUEST, request.state, "withdraw", actors).allowed:
        return _back(request, "")
    return _asked(http, asked, request, lambda: requests.withdraw(request=request, by=http.user, now=timezone.now()))


def _take_back(http: SignedIn, request: Request) -> HttpResponse:
    if http.method == "GET" and "line" not in http.GET:
        return _back(request, "")
    line = _line(request, (http.POST or http.GET).get("line"))
    dataset = line.dataset_version.dataset
    asked = Confirmation(
        title=_("Take %(title)s back?") % {"title": dataset.title},
        lead=_("%(committee)s stops judging it. The other datasets of the request go on.")
        % {"committee": line.case.committee.name},
        act=_("Take it back"),
        action=reverse("request_act", args=[request.number, "take-back"]),
        back=reverse("request", args=[request.number]),
        kicker=request.title or request.number,
        lines=[_("To ask for it again you start a new request.")],
        hidden={"line": str(line.pk)},
    )
    actors = selectors.parties_on(request, http.user)
    if http.method == "GET" and not check(LINE, line.state, "withdraw", actors).allowed:
        return _back(request, "")
    return _asked(http, asked, request, lambda: requests.withdraw_line(line=line, by=http.user, now=timezone.now()))


def _leave_out_dataset(http: SignedIn, request: Request) -> HttpResponse:
    """A dataset that a committee has before it: leaving it out of a returned request takes it back."""
    if http.method == "GET" and "dataset" not in http.GET:
        return _back(request, "")
    version = request.datasets.select_related("dataset").filter(accession=_given(http, "dataset")).first()
    if version is None:
        raise NotThere("there is no such dataset in this request")
    back = reverse("request_purpose", args=[request.number]) + "#datasets"
    asked = Confirmation(
        title=_("Leave %(title)s out?") % {"title": version.dataset.title},
        lead=_("A committee has it before it: leaving it out takes it back at once, before you submit again."),
        act=_("Leave it out"),
        action=reverse("request_act", args=[request.number, "leave-out-dataset"]),
        back=back,
        kicker=request.title or request.number,
        lines=[_("To ask for it again you start a new request.")],
        hidden={"dataset": version.accession},
    )
    if http.method == "GET":
        return confirm_page(http, asked)
    form = Form(http.POST)
    given: dict[str, Any] = {"request": request, "version": version, "by": http.user, "now": timezone.now()}
    if carried_out(form, lambda: requests.remove_dataset(**given)):
        return redirect(back)
    return confirm_page(http, asked, form)


def _asked(http: SignedIn, asked: Confirmation, request: Request, do: Callable[[], object]) -> HttpResponse:
    """Ask first; then do it, or say on the same page why not."""
    if http.method == "GET":
        return confirm_page(http, asked)
    form = Form(http.POST)
    if carried_out(form, do):
        messages.success(http, _("It is taken back."))
        return redirect("request", request.number)
    return confirm_page(http, asked, form)


def _invite(http: SignedIn, request: Request) -> HttpResponse:
    if http.method == "GET":
        return _back(request, "#people")
    form = InviteForm(http.POST)
    if carried_out(
        form,
        lambda: collaborators.ask(request=request, name=form.cleaned_data["account"], by=http.user, now=timezone.now()),
    ):
        messages.success(http, _("If there is an account of this name or address, it is asked."))
        return _back(request, "#people")
    return request_page(http, request, invite_form=form)


def _leave(http: SignedIn, request: Request) -> HttpResponse:
    row = request.collaborators.select_related("person").filter(pk=_whole(_given(http, "person"))).first()
    if http.method == "GET" or row is None:
        return _back(request, "#people")
    try:
        collaborators.leave_out(request=request, row=row, by=http.user, now=timezone.now())
    except Conflict as moved:
        messages.error(http, moved.message)
        return _back(request, "#people")
    return redirect("requests") if row.person == http.user else _back(request, "#people")


def _write(http: SignedIn, request: Request) -> HttpResponse:
    if http.method == "GET":
        return _back(request, "")
    case = _case(request, http.POST.get("case"))
    form = MessageForm(http.POST, auto_id=f"text-{case.pk}-%s")
    given: dict[str, Any] = {"case": case, "by": http.user, "now": timezone.now()}
    if carried_out(form, lambda: cases.write_to_committee(text=form.cleaned_data["text"], **given)):
        messages.success(http, _("Your message is sent."))
        return _back(request, f"#{case.number}")
    return request_page(http, request, message_forms={case.pk: form})


_ACTS: dict[str, Callable[[SignedIn, Request], HttpResponse]] = {
    "withdraw": _withdraw,
    "take-back": _take_back,
    "leave-out-dataset": _leave_out_dataset,
    "invite": _invite,
    "leave": _leave,
    "write": _write,
}


def _back(request: Request, where: str) -> HttpResponse:
    return redirect(reverse("request", args=[request.number]) + where)


def _given(http: SignedIn, name: str) -> str:
    return (http.POST if http.method == "POST" else http.GET).get(name, "")


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def _line(request: Request, pk: str | None) -> Line:
    rows = Line.objects.select_related("case__request", "case__committee", "dataset_version__dataset")
    found = rows.filter(case__request=request, pk=_whole(pk)).first()
    if found is None:
        raise NotThere("there is no such dataset in this request")
    return found


def _case(request: Request, number: str | None) -> Case:
    found: Case | None = request.cases.filter(number=number or "").select_related("request").first()
    if found is None:
        raise NotThere("there is no such case in this request")
    return found
