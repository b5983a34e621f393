"""Who was asked to a request, and who works on it."""

from django.db.models import Q, QuerySet

from access.models import Collaborator, Request
from governance.models import User

# Several accounts may share an address, as a lab's; more than a handful is no address of a colleague.
_AT_MOST = 5


def names_of(person: User) -> set[str]:
    """The names under which a person may have been asked: as `access.requests.collaborator_services` keeps them."""
    return {person.username, person.email.casefold()} - {""}


def invitations(person: User) -> QuerySet[Collaborator]:
    """What this person was asked and has not answered, oldest first.

    A user name counts only where the account was there when it was asked: nobody takes a name to be let in.
    """
    named = Q(asked_as=person.username, invited_at__gte=person.date_joined)
    if person.email:
        named |= Q(asked_as=person.email.casefold())
    return (
        Collaborator.objects.filter(named, confirmed_at__isnull=True)
        .select_related("request__applicant")
        .order_by("pk")
    )


def waiting_for(person: User) -> QuerySet[Collaborator]:
    """The invitations that this person may answer now: the request is still being written."""
    return invitations(person).filter(request__state__in=(Request.State.DRAFT, Request.State.RETURNED))


def accounts_named(row: Collaborator) -> list[User]:
    """The accounts that an invitation reaches: at most one by user name, and those of the address."""
    named = Q(username=row.asked_as, date_joined__lte=row.invited_at)
    if "@" in row.asked_as:
        named |= Q(email__iexact=row.asked_as)
    return list(User.objects.filter(named, is_active=True).order_by("pk")[:_AT_MOST])
