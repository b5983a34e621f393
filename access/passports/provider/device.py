"""The two sides of the device flow: where a program begins, and the page on which a person answers."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from oauth2_provider.oauth2_backends import get_oauthlib_core

from access.models import Client
from access.passports import device_services as devices
from access.passports.client_services import DEVICE_CODE
from access.passports.provider import release
from access.passports.provider.answers import in_json, not_authenticated, not_kept, oauthlib_request, refuse, too_often
from access.passports.provider.told import told
from access.passports.scopes import ALWAYS, OPENID, PASSPORT, ClientScopes, narrowed
from governance import limits
from governance.domain.errors import NotThere
from governance.selectors.second_factor import has_second_factor
from governance.views.signed_in import SignedIn


@csrf_exempt
@require_POST
@in_json
def begin(request: HttpRequest) -> HttpResponse:
    """Device authorization (RFC 8628 section 3.1), for clients that were registered for it."""
    if not limits.within(request, "device_begun"):
        return too_often()
    client = _client(request)
    if client is None:
        return not_authenticated(request, "send the client's id, and its secret where it has one")
    if not client.allows_grant_type(DEVICE_CODE):
        return refuse("unauthorized_client", "this client is not registered for the device flow")
    scopes = narrowed(request.POST.get("scope", OPENID).split(), ClientScopes().get_available_scopes(client))
    if OPENID not in scopes:
        return refuse("invalid_scope", "ask for openid and for scopes that this client was registered with")
    started = devices.start(client=client, scopes=scopes, now=timezone.now())
    page = f"{settings.BASE_URL}device"
    answer = {
        "device_code": started.device_code,
        "user_code": started.user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?code={started.user_code}",
        "expires_in": started.expires_in,
        "interval": started.interval,
    }
    return not_kept(JsonResponse(answer))


def _client(request: HttpRequest) -> Client | None:
    """The client: a confidential one proves itself, a public one names itself (RFC 8628 section 3.1)."""
    asked, validator = oauthlib_request(request), get_oauthlib_core().server.request_validator
    if validator.authenticate_client(asked):
        return asked.client
    asked = oauthlib_request(request)
    return asked.client if validator.authenticate_client_id(asked.client_id, asked) else None


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def answer(request: SignedIn) -> HttpResponse:
    """The person types the code that the program shows, sees what it asks for, and answers."""
    code, now = request.POST.get("code", request.GET.get("code", "")).strip()[:20], timezone.now()
    if not code:
        return _page(request, {})
    if limits.exhausted(request, "device_code_wrong"):
        return _page(request, {"wrong": _("Too many wrong codes. Wait ten minutes, then try again.")}, 429)
    try:
        client, asked = devices.waiting(user_code=code, now=now)
    except NotThere:
        limits.within(request, "device_code_wrong")
        return _page(request, {"wrong": _("No program waits with this code. It may have ended."), "code": code}, 400)
    if PASSPORT in asked and not has_second_factor(request.user):
        here = {"client": client, "next": request.get_full_path()}
        return render(request, "access/provider/second_factor.html", here, status=403)
    shown, warns = release.facts(asked), False
    if request.method == "POST" and "allow" in request.POST:
        allow = request.POST["allow"] == "true"
        chosen = [scope for scope in asked if scope in {*request.POST.getlist("chosen"), *ALWAYS}]
        warns = allow and release.to_be_asked_again(asked, chosen, request.POST)
        if not warns:
            devices.answer(user_code=code, allow=allow, scopes=chosen, by=request.user, now=now)
            return _page(request, {"done": True, "allowed": allow})
        shown = release.facts(asked, chosen)
    lines = told(person=request.user, client=client, now=now) if PASSPORT in asked else None
    return _page(request, {"client": client, "asked": shown, "told": lines, "code": code, "warns": warns})


def _page(request: SignedIn, context: dict[str, object], status: int = 200) -> HttpResponse:
    return render(request, "access/provider/device.html", context, status=status)
