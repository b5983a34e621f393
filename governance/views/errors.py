"""What a reader sees when a page cannot be shown: what happened, and what to do now."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from governance.face.look import Words

# Where programs ask and no browser does: they are answered in JSON, whatever breaks.
PROGRAMS = (
    "/api/v1/",
    "/api/schema/",
    "/.well-known/",
    "/status/",
    "/service-info",
    "/userinfo",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/device",
)


@dataclass(frozen=True, slots=True)
class ErrorText:
    """The words of one error page."""

    title: Words
    lead: Words
    lines: tuple[Words, ...] = ()


TEXTS: dict[int, ErrorText] = {
    400: ErrorText(
        _("We could not read what was sent"),
        _("Nothing was changed."),
        (_("Go back, load the page again and try once more."),),
    ),
    403: ErrorText(
        _("This is not open to you"),
        _("Nothing was changed."),
        (
            _("If the page was open for a long time, go back, load it again and send it once more."),
            _("If you think that you should see it, ask whoever sent you the link."),
        ),
    ),
    404: ErrorText(
        _("We have no page here"),
        _("It may have moved, or it is not yours to see; both look the same on purpose."),
        (_("Check the address, or begin at the start."),),
    ),
    405: ErrorText(
        _("This address only takes what a page sends"),
        _("Nothing was changed."),
        (_("Go back to the page that you came from, or begin at the start."),),
    ),
    409: ErrorText(
        _("It has changed since you opened the page"),
        _("Nothing was changed by you. What you sent was meant for how things stood before."),
        (_("Go back and load the page again: it shows how things stand now, and what you can do."),),
    ),
    429: ErrorText(
        _("That was too often"),
        _("Nothing was changed."),
        (_("Wait a minute, then go back and try once more."),),
    ),
    500: ErrorText(
        _("Something broke on our side"),
        _("It is not your fault. What you had saved before is kept."),
        (_("Try again in a few minutes."),),
    ),
    503: ErrorText(
        _("We are closed for a moment"),
        _("The service is being cared for and comes back soon."),
        (_("Data hosts go on refusing what was refused; nothing opens while we are away."),),
    ),
}


def error_page(request: HttpRequest | None, status: int, reference: str = "", says: str = "") -> HttpResponse:
    """The page for a status. Without a request (when context cannot be trusted) the frame is left bare.

    `says` is the reason that a service gave, where there is one that the reader may know.
    """
    text = TEXTS[status]
    context: dict[str, Any] = {
        "code": str(status),
        "title": text.title,
        "lead": text.lead,
        "lines": text.lines,
        "says": says,
        "reference": reference,
    }
    return HttpResponse(render_to_string(f"errors/{status}.html", context, request), status=status)


def for_program(request: HttpRequest) -> bool:
    """Whether a program asks here, and not a browser."""
    return request.path.startswith(PROGRAMS)


def _in_json(status: int, error: str, description: str) -> JsonResponse:
    """As OAuth words its errors (RFC 6749 section 5.2), which has the `error` that the API answers with too."""
    return JsonResponse({"error": error, "error_description": description}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400; bare, because the request itself may be what is broken."""
    if for_program(request):
        return _in_json(400, "invalid_request", "the request cannot be read: send fewer parameters, and no NUL in them")
    return error_page(None, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: the page was open too long, or was sent from elsewhere."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404."""
    return error_page(request, 404)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler429, which allauth's limits answer with."""
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500; bare, because the database may be what is broken."""
    if for_program(request):
        return _in_json(500, "server_error", "something broke on our side: try again in a few minutes")
    return error_page(None, 500, reference=request.headers.get("X-Request-ID", ""))


def unavailable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page of planned absence."""
    return error_page(None, 503)
