"""The page of somebody who was asked to work on a request."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access.requests import collaborator_selectors as selectors
from access.requests import collaborator_services as collaborators
from governance.domain.errors import NotThere
from governance.views.signed_in import SignedIn


@require_http_methods(["GET", "POST"])
@login_required
def invitation(http: SignedIn, number: str) -> HttpResponse:
    """Who asks, and for which request: yes or no. Whoever was asked reads no more of it before a yes."""
    asked = selectors.waiting_for(http.user).filter(request__number=number).first()
    if asked is None:
        raise NotThere(f"there is no request {number}")
    if http.POST.get("answer") == "yes":
        collaborators.join(request=asked.request, by=http.user, now=timezone.now())
        return redirect("request", number)
    if http.POST.get("answer") == "no":
        collaborators.decline(request=asked.request, by=http.user, now=timezone.now())
        messages.success(http, _("You said no. The request is not yours to see."))
        return redirect("requests")
    return render(http, "access/requests/invitation.html", {"request_": asked.request})
