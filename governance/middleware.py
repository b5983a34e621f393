"""One place where errors of services become answers: the same for every page and endpoint."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from governance import policies
from governance.domain.errors import Conflict, DuologueError, Invalid, NotAllowed, NotNow, NotThere, TooMany
from governance.selectors.second_factor import has_second_factor
from governance.selectors.standing import standing_of
from governance.services import people
from governance.views.errors import TEXTS, error_page, for_program

logger = logging.getLogger(__name__)
# The database ended a transaction that met another crosswise, or does not answer: nothing was changed.
BUSY = (OperationalError, InterfaceError)
BUSY_SECONDS = 1
STATUS: dict[type[DuologueError], int] = {
    Invalid: 400,
    NotAllowed: 403,
    NotThere: 404,
    Conflict: 409,
    TooMany: 429,
    NotNow: 503,
}


def status_of(error: DuologueError) -> int:
    """The HTTP status that an error answers with."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)


def as_json(error: DuologueError) -> JsonResponse:
    """The error as every endpoint answers it: what is wrong and, where known, at which field."""
    body: dict[str, object] = {"error": error.message}
    if isinstance(error, Invalid) and error.fields:
        body["fields"] = error.fields
    return JsonResponse(body, status=status_of(error))


class DemandSecondFactor:
    """Lets people whose role demands a second factor go nowhere before they have set one up.

    allauth asks for it at every sign-in once it is there. In a demo world one click counts as one.
    """

    KEPT = "second_factor_stands"
    # Where a second factor can be taken away again: whether it stands is asked anew afterwards. Not below `2fa/` alone, since
    # a removal that had to wait for the password is carried out at the address where that is asked for.
    CHANGED_AT = "/accounts/"
    OPEN_TO_ALL = ("/accounts/", "/static/", "/i18n/", "/theme/", "/health/", "/api/", "/oauth/", "/.well-known/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.path.startswith(self.CHANGED_AT):
            request.session.pop(self.KEPT, None)
            if request.method == "POST":
                with people.second_factor_followed(person=request.user, now=timezone.now()):
                    return self.get_response(request)
        if not request.user.is_authenticated or request.path.startswith(self.OPEN_TO_ALL):
            return self.get_response(request)
        standing = standing_of(request.user)
        request.standing = standing  # type: ignore[attr-defined]
        # That it stands is kept for the session until the roles change.
        kept = sorted(role.value for role in standing.roles)
        if request.session.get(self.KEPT) != kept:
            if policies.needs_second_factor(standing.roles) and not has_second_factor(request.user):
                messages.info(request, _("Your role asks for a second factor. Set one up first."))
                return redirect("mfa_activate_totp")
            request.session[self.KEPT] = kept
        return self.get_response(request)


class KeepNothingPersonal:
    """Forbids browsers and caches to keep what was answered to somebody: a page of a session, or an answer to a token.

    Pages of accounts count too before anybody is signed in: they show what was typed. What says itself how long it may
    be kept, as public documents do, says so for everybody alike.
    """

    ACCOUNTS = "/accounts/"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        of_somebody = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        if (of_somebody or request.path.startswith(self.ACCOUNTS)) and "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response


class OneCopyForAll:
    """Public documents are the same for everybody: no cookie and no language divides the copies of shared caches."""

    SAME_FOR_ALL = {"cookie", "accept-language"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Cache-Control", "").startswith("public") and "Vary" in response:
            names = [name.strip() for name in response["Vary"].split(",")]
            left = [name for name in names if name.lower() not in self.SAME_FOR_ALL]
            del response["Vary"]
            if left:
                response["Vary"] = ", ".join(left)
        return response


class RefuseNul:
    """Answers 400 to a text with a NUL, in the address or in a form: PostgreSQL takes none, and fails by an error of ours."""

    NUL = "\x00"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        sent = [request.path, *_texts(request.GET)]
        if not request.path.startswith("/api/"):
            sent += _texts(request.POST)
        if any(self.NUL in text for text in sent):
            raise BadRequest("a text holds a NUL")


def _texts(query: QueryDict) -> list[str]:
    return [text for name, values in query.lists() for text in (name, *values)]


class AnswerErrors:
    """Turn a `DuologueError` that a view let through into a page, or into JSON for the API.

    An address that takes only what a page sends answers with a page too, where a browser asks.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if not isinstance(answer, HttpResponseNotAllowed) or "text/html" not in request.headers.get("Accept", ""):
            return answer
        page = error_page(request, answer.status_code)
        page["Allow"] = answer["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, BUSY):
            logger.warning("%s was answered by 503: %s", request.method, type(exception).__name__)
            exception = NotNow("the database had no time for this, and nothing was changed: try again in a moment")
        if not isinstance(exception, DuologueError):
            return None
        answer = self._answer(request, exception)
        if answer.status_code == 503:
            answer["Retry-After"] = str(BUSY_SECONDS)
        return answer

    def _answer(self, request: HttpRequest, exception: DuologueError) -> HttpResponse:
        if for_program(request):
            return as_json(exception)
        status = status_of(exception)
        # Not there and not yours look the same: a 404 never says which.
        says = "" if isinstance(exception, NotThere) else exception.message
        answer = error_page(request, status if status in TEXTS else 400, says=says)
        answer.status_code = status
        return answer
