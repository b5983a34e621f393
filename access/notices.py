"""Of what people are told on this side: one table, read at start. What a mail says names no dataset, purpose or person."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from access.models import Collaborator, Grant
from access.requests.collaborator_selectors import accounts_named
from governance.domain.events import Kind
from governance.notices.kinds import NoticeKind, add
from governance.notices.services import tell
from governance.record.outbox import Queue, subscribe

INVITED, STOPPED, ENDED = "request.invited", "grant.suspended", "grant.ended"
KINDS = (
    NoticeKind(
        INVITED,
        title=_("You are asked to work on a request"),
        text=_("Somebody wants to ask for data together with you. Request:"),
        mail=_("A request asks for you"),
        step=_("See who asks"),
        address=lambda number: reverse("request_invitation", args=[number]),
        # The invitation itself is a mail already, to whoever has the name.
        mailed=False,
        may_be_off=True,
    ),
    NoticeKind(
        STOPPED,
        title=_("Your access is suspended"),
        text=_("Visas for it are given out no more until it goes on. Grant:"),
        mail=_("Access of yours is suspended"),
        step=_("See why"),
        address=lambda number: reverse("grant", args=[number]),
    ),
    NoticeKind(
        ENDED,
        title=_("Your access has ended"),
        text=_("No visa opens these data any more. Grant:"),
        mail=_("Access of yours has ended"),
        step=_("See why"),
        address=lambda number: reverse("grant", args=[number]),
    ),
)


def connect() -> None:
    """Declare the kinds, and listen to what they tell of."""
    for kind in KINDS:
        add(kind)
    subscribe(Kind.COLLABORATOR_ASKED, on_asked, name="telling", queue=Queue.MAIL)
    subscribe(Kind.GRANT_SUSPENDED, on_suspended, name="telling", queue=Queue.MAIL)
    subscribe(Kind.GRANT_ENDED, on_ended, name="telling", queue=Queue.MAIL)


def on_asked(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: tell whoever has the name that was asked, as long as they have not answered."""
    waiting = Collaborator.objects.filter(pk=payload["collaborator"], confirmed_at__isnull=True)
    for asked in waiting.select_related("request"):
        for person in accounts_named(asked):
            tell(person=person, kind=INVITED, about=asked.request.number, cause=str(asked.pk), now=now)


def on_suspended(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: tell everybody whom the grant still names, once until it goes on and is suspended again."""
    grant = Grant.objects.filter(number=payload["subject"], state=Grant.State.SUSPENDED).first()
    if grant is not None:
        since = grant.changes.filter(kind=Kind.GRANT_SUSPENDED).latest("pk")
        _tell_all(grant, STOPPED, cause=f"{grant.number} {since.pk}", now=now)


def on_ended(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: tell everybody whom the grant named when it ended."""
    grant = Grant.objects.filter(number=payload["subject"], state=Grant.State.ENDED).first()
    if grant is not None:
        _tell_all(grant, ENDED, cause=grant.number, now=now)


def _tell_all(grant: Grant, kind: str, *, cause: str, now: datetime) -> None:
    # Whose own part ended with the grant has it ended at the same moment; whose ended before was told then.
    for row in grant.people.select_related("person"):
        if row.ended_at is None or row.ended_at == grant.ended_at:
            tell(person=row.person, kind=kind, about=grant.number, cause=cause, now=now)
