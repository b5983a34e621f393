"""Accounts of people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction

from governance import policies
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.locks import lock_person
from governance.models import User
from governance.record import audit
from governance.record.actors import By
from governance.services.sessions import end_sessions


@transaction.atomic
def create_person(*, username: str, email: str, name: str, by: By, now: datetime, password: str | None = None) -> User:
    """Make an account. Without a password it can only be opened by a reset or another sign-in."""
    if User.objects.filter(username=username).exists():
        raise Conflict(f"the user name {username} is taken: choose another")
    person = User(username=username, email=email, name=name, date_joined=now)
    person.set_password(password)
    person.save()
    audit.record(Kind.PERSON_CREATED, by=by, about=Subject("person", person.subject), now=now)
    return person


@transaction.atomic
def close_account(*, person: User, because: str, by: By, now: datetime) -> User:
    """Close an account for good: nobody signs in with it any more, its sessions end at once, and so do its visas and tokens.

    What it wrote and decided stays. `because` is a code of the operator's, such as `left` or `stolen`, and names nobody.
    Closing a closed account changes nothing.
    """
    if isinstance(by, User) and not policies.is_administrator(by):
        raise NotAllowed("only an administrator closes an account: ask one of them")
    if isinstance(by, User) and by.pk == person.pk:
        raise NotAllowed("nobody closes their own account here: ask another administrator")
    if not because.isidentifier():
        raise Invalid("the reason is not a code", {"because": "give one word, such as left or stolen"})
    locked = lock_person(person)
    if not locked.is_active:
        return locked
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    end_sessions(of=locked)
    audit.record(
        Kind.ACCOUNT_CLOSED,
        by=by,
        about=Subject("person", locked.subject),
        now=now,
        detail={"because": because},
    )
    return locked


@contextmanager
def second_factor_followed(*, person: User, now: datetime) -> Iterator[None]:
    """What is done inside may take the person's second factor away: then that is on record, and announced, with it.

    The person is locked at the end, so that no mail is waited for meanwhile: a visa that was recorded before is known then,
    and one that is recorded after finds no second factor.
    """
    with transaction.atomic():
        stood = is_mfa_enabled(person)
        yield
        if not stood:
            return
        lock_person(person)
        if not is_mfa_enabled(person):
            audit.record(Kind.SECOND_FACTOR_REMOVED, by=person, about=Subject("person", person.subject), now=now)
