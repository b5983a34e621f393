"""The beginning of a real installation: what must stand before the first person can sign in."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance.domain.actors import system
from governance.domain.errors import Conflict
from governance.domain.roles import Role
from governance.models import Installation, Organisation, User
from governance.services import keys, organisations, people, roles


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first organisation, and the administrator, who has no password yet."""

    organisation: Organisation
    administrator: User


@transaction.atomic
def begin(
    *, organisation: str, slug: str, domain: str, country: str, kind: str, email: str, now: datetime
) -> Beginning:
    """Make signing keys, the first organisation and the first administrator. Refused where an installation stands."""
    if Installation.objects.exists():
        raise Conflict("this installation has begun already: its administrator gives roles to others")
    Installation.objects.create(demo=False, made_at=now)
    keys.ensure(by=system("start"), now=now)
    first = organisations.create_organisation(
        slug=slug, name=organisation, domain=domain, country=country, kind=kind, by=system("start"), now=now
    )
    administrator = people.create_person(username="administrator", email=email, name="", by=system("start"), now=now)
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=administrator, by=system("start"), now=now)
    return Beginning(first, administrator)
