"""The record: the audit log as administrators read it, each event as a sentence, newest first."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance import policies
from governance.domain.errors import NotThere
from governance.face.events import sentence, who
from governance.selectors.audit import page_of
from governance.views.signed_in import SignedIn

_PAGE = 50


@require_safe
@login_required
def log(request: SignedIn) -> HttpResponse:
    """A page of the log; `?about=kind:id` narrows it to one subject, `?before=` goes back in it."""
    if not policies.is_administrator(request.user):
        raise NotThere("there is no such page")
    about, before = request.GET.get("about", ""), request.GET.get("before", "")
    found = page_of(about, int(before) if before.isdecimal() and len(before) < 18 else None, _PAGE + 1)
    shown = [(event, sentence(event), who(event)) for event in found[:_PAGE]]
    older = shown[-1][0].pk if len(found) > _PAGE else None
    return render(request, "record/list.html", {"events": shown, "older": older, "about": about})
