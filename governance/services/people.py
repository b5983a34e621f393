"""Accounts of people."""

from datetime import datetime

from django.db import transaction

from governance import audit
from governance.domain.errors import Conflict
from governance.domain.events import Kind, Subject
from governance.models import User


@transaction.atomic
def create_person(
    *, username: str, email: str, name: str, by: User | str, now: datetime, password: str | None = None
) -> User:
    """Make an account. Without a password it can only be opened by a reset or another sign-in."""
    if User.objects.filter(username=username).exists():
        raise Conflict(f"the user name {username} is taken: choose another")
    person = User(username=username, email=email, name=name, date_joined=now)
    person.set_password(password)
    person.save()
    audit.record(Kind.PERSON_CREATED, by=by, about=Subject("person", person.subject), now=now)
    return person
