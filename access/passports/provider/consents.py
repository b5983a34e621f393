"""The page on which people see which clients need not ask them again, and take that back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from access.models import RememberedConsent
from access.passports import client_services as clients
from access.passports.scopes import ClientScopes
from governance.views.signed_in import SignedIn


@login_required
@require_GET
def consents(request: SignedIn) -> HttpResponse:
    """Every remembered choice of the person who looks, newest first."""
    words = ClientScopes().get_all_scopes()
    rows = (
        RememberedConsent.objects.filter(person=request.user).select_related("client__host").order_by("-remembered_at")
    )
    shown = [(row, [words[scope] for scope in words if scope in row.scopes]) for row in rows]
    return render(request, "access/provider/consents.html", {"consents": shown})


@login_required
@require_POST
def forget(request: SignedIn, consent_id: int) -> HttpResponse:
    """Take one back."""
    clients.forget_consent(person=request.user, consent_id=consent_id, now=timezone.now())
    messages.success(request, _("It will ask you again. Tokens that it already has end within an hour."))
    return HttpResponseRedirect(reverse("oauth2_provider:consents"))
