"""How often visas were handed out, and whether they may be: counted on the intent that recorded them, in the same statement."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from access.models import Client, Grant, PassportIntent, Visa
from governance.models import SigningKey, User
from governance.prepared import Parameter, Prepared
from governance.selectors.affiliations import current_affiliations
from governance.selectors.second_factor import second_factor_of

MINUTE = timedelta(minutes=1)


def of_last_minute(person: User, client: Client | None, now: datetime) -> Subquery:
    """How often a client was told of a person by UserInfo in the last minute, as an expression; null is never."""
    recent = PassportIntent.objects.filter(person=person, client=client, asked_since__gt=now - MINUTE)
    return Subquery(recent.order_by().values("person").annotate(times=Sum("asked")).values("times"))


def delivered(intent: PassportIntent, now: datetime) -> bool:
    """Record that all visas of an intent are handed out for the first time; False where one of them may not be."""
    return bool(_standing(intent.person, now).filter(pk=intent.pk).update(delivered_at=now, given=1))


def given_again(intent: PassportIntent, person: User, *, most: int, now: datetime) -> bool:
    """Count that all visas of an intent are handed out once more; False where one may not be, or that is too often."""
    changed = _GIVEN_AGAIN.change(intent=intent.pk, person=person.pk, client=intent.client_id, most=most, now=now)
    return bool(changed)


def fallen_visas(now: datetime) -> QuerySet[Visa]:
    """Visas that may not be handed out: revoked or over, or what they rest on is (a grant, a host, a key)."""
    revoked = SigningKey.objects.filter(state=SigningKey.State.REVOKED, kid=OuterRef("kid"))
    return Visa.objects.filter(
        Q(revoked_at__isnull=False)
        | Q(exp__lte=now)
        | Q(grant__isnull=False) & ~Q(grant__state=Grant.State.ACTIVE)
        | Q(host__closed_at__isnull=False)
        | Exists(revoked)
    )


def _standing(person: User, now: datetime) -> QuerySet[PassportIntent]:
    """Intents of which every visa stands, under active grants and keys not revoked, of a person who may have some."""
    fallen = fallen_visas(now).filter(intent=OuterRef("pk"))
    current = current_affiliations(now).filter(person=person)
    return PassportIntent.objects.filter(
        ~Exists(fallen), Exists(current), second_factor_of(person), person=person, person__is_active=True
    )


def _to_give_again() -> QuerySet[PassportIntent]:
    asked = Coalesce(of_last_minute(_PERSON, _CLIENT, _NOW), Value(0))
    rows = _standing(_PERSON, _NOW).filter(pk=Parameter("intent", UUIDField()), delivered_at__isnull=False)
    return rows.alias(times=asked).filter(times__lt=Parameter("most", IntegerField()))


# Sent at each request of a host: written once, since its text is always the same.
_PERSON: Any = Parameter("person", IntegerField())
_CLIENT: Any = Parameter("client", IntegerField())
_NOW: Any = Parameter("now", DateTimeField())
_GIVEN_AGAIN = Prepared(
    _to_give_again,
    given=F("given") + 1,
    asked=Case(When(asked_since__gt=_NOW - MINUTE, then=F("asked") + 1), default=Value(1)),
    asked_since=Case(When(asked_since__gt=_NOW - MINUTE, then=F("asked_since")), default=_NOW),
)
