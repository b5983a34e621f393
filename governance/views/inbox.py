"""The inbox: what I was told, and how I want to hear of things."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from governance.face.look import Words
from governance.notices import kinds, selectors, services

WAYS: dict[str, Words] = {
    "mail": gettext_lazy("Also by mail"),
    "inbox": gettext_lazy("Only here"),
    "off": gettext_lazy("Not at all"),
}


@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first."""
    person: Any = request.user
    before = request.GET.get("before", "")
    told, older = selectors.inbox(
        person, timezone.now(), int(before) if before.isdecimal() and len(before) < 18 else None
    )
    context = {
        "told": told,
        "older": f"?before={older}" if older else "",
        "unread": person.unread_notices,
        "address": services.confirmed_address(person),
        "choices": [
            (choice, [(way, WAYS[way], way == choice.way) for way in choice.ways])
            for choice in selectors.choices(person)
        ],
    }
    return render(request, "notices/inbox.html", context)


@require_POST
@login_required
def read(request: HttpRequest) -> HttpResponse:
    """Everything counts as read."""
    person: Any = request.user
    services.read_all(person=person, now=timezone.now())
    return redirect("inbox")


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """How I want to hear of each kind."""
    person: Any = request.user
    names = [kind.name for kind in kinds.every()]
    services.choose(person=person, ways={name: request.POST[name] for name in names if name in request.POST})
    messages.success(request, _("Your choices are kept."))
    return redirect("inbox")
