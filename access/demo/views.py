"""The demo's own pages: who can be become with one click, and the rehearsal that `manage.py journey` plays."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from access.demo import rehearsal
from access.demo.guard import require_demo
from access.demo.people import NAMES, PEOPLE
from governance.domain.errors import NotThere
from governance.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody in the demo world, each with a button."""
    require_demo(request)
    participants = [person for person in PEOPLE if person.personal]
    others = [person for person in PEOPLE if not person.personal]
    return render(request, "access/demo/people.html", {"participants": participants, "others": others})


@require_POST
def become(request: HttpRequest, username: str) -> HttpResponse:
    """One click becomes anyone of the demo, or someone whom a rehearsal made; it counts as a second factor."""
    require_demo(request)
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None or not (username in NAMES or rehearsal.is_rehearsal_name(username)):
        raise NotThere("nobody of this name lives in the demo")
    login(request, person, backend=BACKEND)
    return redirect("home")


@require_POST
def begin_rehearsal(request: HttpRequest) -> JsonResponse:
    """Make new people for one rehearsal; answers who they are and the codes that invite them."""
    require_demo(request)
    return JsonResponse(rehearsal.begin(now=timezone.now()).to_json())


@require_POST
def end_rehearsal(request: HttpRequest, run: str) -> JsonResponse:
    """Let the people of a rehearsal leave and close what they opened."""
    require_demo(request)
    rehearsal.end(run=run, now=timezone.now())
    return JsonResponse({"ended": run})
