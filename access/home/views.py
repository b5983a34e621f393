"""The first page: what Duologue is for visitors, and each person's own beginning for those who have signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from access.home import selectors as beginnings
from consent.selectors.participants import deciding_for
from governance import policies
from governance.domain.roles import SEATS, Role
from governance.models import User
from governance.selectors.installation import is_demo_world

# The first of these that fits is where a person begins; whom none fits gets a page that says what they can do.
BEGINNINGS: tuple[tuple[Callable[[User, frozenset[Role]], bool], str], ...] = (
    (lambda person, roles: deciding_for(person).exists(), "my_data"),
    (lambda person, roles: bool(roles & SEATS), "queue"),
    (lambda person, roles: Role.HOST_OPERATOR in roles, "hosts"),
    (lambda person, roles: not roles and _belongs(person), "requests"),
)


def home(request: HttpRequest) -> HttpResponse:
    """Visitors read what Duologue is; people are led to where their work waits, or told what they can do now."""
    if not request.user.is_authenticated:
        return render(request, "access/home.html", {"demo": is_demo_world()})
    person: User = request.user
    roles = policies.roles_of(person)
    for fits, name in BEGINNINGS:
        if fits(person, roles):
            return redirect(name)
    return render(request, "access/beginning.html", _beginning(person, roles))


def _belongs(person: User) -> bool:
    return person.affiliations.filter(ended_at__isnull=True).exists()


def _beginning(person: User, roles: frozenset[Role]) -> dict[str, object]:
    return {
        "name": person.shown_name,
        "roles": roles,
        "administers": Role.ADMINISTRATOR in roles,
        "vouches": beginnings.vouched(person) if Role.SIGNING_OFFICIAL in roles else None,
        "describes": beginnings.described(person) if Role.STEWARD in roles else None,
        "coordinates": beginnings.coordinated(person) if Role.COORDINATOR in roles else None,
        "belongs": _belongs(person),
    }
