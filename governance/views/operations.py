"""Health of the process and of what it needs."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from governance import alarms
from governance.record import append_only, outbox


def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> JsonResponse:
    """The database answers and its append-only triggers stand; says how much work waits, and what a person has to mend."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        unguarded = append_only.unguarded()
        counts = {"outbox_waiting": outbox.waiting(timezone.now()), "outbox_given_up": outbox.given_up()}
        counts |= alarms.counts()
    except DatabaseError:
        return JsonResponse({"ready": False, "because": "the database does not answer"}, status=503)
    if unguarded:
        return JsonResponse({"ready": False, "because": "append-only triggers do not stand: run migrate"}, status=503)
    return JsonResponse({"ready": True, **counts})
