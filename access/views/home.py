"""The first page: a sentence for visitors, and each person's own beginning for those who have signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from access.demo.guard import is_demo_world
from consent.models import Participant
from governance import policies
from governance.domain.roles import SEATS, Role

# The first of these that fits is where a person begins.
BEGINNINGS = (
    (lambda person, roles: Participant.objects.filter(account=person).exists(), "my_data"),
    (lambda person, roles: bool(roles & SEATS), "queue"),
    (lambda person, roles: Role.HOST_OPERATOR in roles, "hosts"),
    (lambda person, roles: person.affiliations.exists(), "requests"),
)


def home(request: HttpRequest) -> HttpResponse:
    """Visitors read what Duologue is; people are led to where their work waits."""
    if request.user.is_authenticated:
        roles = policies.roles_of(request.user)
        for fits, name in BEGINNINGS:
            if fits(request.user, roles):
                try:
                    return redirect(reverse(name))
                except NoReverseMatch:
                    continue
    return render(request, "access/home.html", {"demo": is_demo_world()})
