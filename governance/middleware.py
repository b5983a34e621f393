"""One place where errors of services become answers: the same for every page and endpoint."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from governance.domain.errors import Conflict, DuologueError, Invalid, NotAllowed, NotNow, NotThere
from governance.views.errors import TEXTS, error_page

STATUS: dict[type[DuologueError], int] = {Invalid: 400, NotAllowed: 403, NotThere: 404, Conflict: 409, NotNow: 503}


def status_of(error: DuologueError) -> int:
    """The HTTP status that an error answers with."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 400)


def as_json(error: DuologueError) -> JsonResponse:
    """The error as every endpoint answers it: what is wrong and, where known, at which field."""
    body: dict[str, object] = {"error": error.message}
    if isinstance(error, Invalid) and error.fields:
        body["fields"] = error.fields
    return JsonResponse(body, status=status_of(error))


class AnswerErrors:
    """Turn a `DuologueError` that a view let through into a page, or into JSON for the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DuologueError):
            return None
        if request.path.startswith(("/api/", "/.well-known/", "/status/")):
            return as_json(exception)
        status = status_of(exception)
        # Not there and not yours look the same: a 404 never says which.
        says = "" if isinstance(exception, NotThere) else exception.message
        answer = error_page(request, status if status in TEXTS else 400, says=says)
        answer.status_code = status
        return answer
