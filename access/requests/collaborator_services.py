"""Colleagues on a request: asked by name, and there once they said yes.

Asking answers the same for every name, so that nobody learns who has an account: the name is kept as it was written, and
meets its account when somebody signed in reads their own invitations.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from access.models import Collaborator, Request
from access.requests import collaborator_selectors as selectors
from access.requests.services import about, locked, read_accounts, touch
from governance import policies
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere, TooMany
from governance.domain.events import Kind
from governance.domain.roles import SEATS
from governance.locks import lock_person
from governance.models import AuditEvent, Committee, User
from governance.record import audit

ASKED_AT_MOST, WITHIN = 20, timedelta(hours=1)
LONGEST_NAME = 254


@transaction.atomic
def ask(*, request: Request, name: str, by: User, now: datetime) -> Collaborator:
    """Ask a colleague, by user name or e-mail address, to join. Asking the same name twice changes nothing.

    Raises `Invalid` for no name or the applicant's own, `TooMany` beyond twenty names an hour; never for a name that
    nobody has.
    """
    # One person asks one name at a time, so that names asked at once are counted one after the other.
    lock_person(by)
    found = locked(request, by, "edit")
    wanted = _plain(name)
    if not wanted:
        raise Invalid("nobody is named", {"account": _("Write their user name or e-mail address.")})
    if wanted in selectors.names_of(found.applicant):
        raise Invalid("the applicant is named already", {"account": _("This is who wrote the request.")})
    row = Collaborator.objects.filter(request=found, asked_as=wanted).first()
    if row is not None:
        return row
    _refuse_beyond_limit(by, now)
    row = Collaborator.objects.create(request=found, asked_as=wanted, invited_at=now)
    audit.record(Kind.COLLABORATOR_ASKED, by=by, about=about(found), now=now, detail={"collaborator": row.pk})
    touch(found, by=by, now=now, asked=row.pk)
    return row


def _plain(name: str) -> str:
    # No account's name or address is longer. Addresses are compared without regard to letter case, user names with it.
    plain = name.replace("\0", "").strip()[:LONGEST_NAME]
    return plain.casefold() if "@" in plain else plain


def _refuse_beyond_limit(by: User, now: datetime) -> None:
    asked = AuditEvent.objects.filter(kind=Kind.COLLABORATOR_ASKED.value, actor=by.subject, at__gt=now - WITHIN)
    if asked.count() >= ASKED_AT_MOST:
        raise TooMany(_("You asked many people in a short time. Wait an hour, then ask on."))


@transaction.atomic
def join(*, request: Request, by: User, now: datetime) -> Collaborator:
    """Somebody who was asked joins: from now on they work on the request, and its purpose names them.

    Joining twice changes nothing. Raises `NotThere` for who was not asked, `Conflict` for who judges this request, whom
    an invitation must not take off their committee.
    """
    joined = Collaborator.objects.filter(request=request, person=by, confirmed_at__isnull=False).first()
    if joined is not None:
        return joined
    found = locked(request, by, "join")
    rows = list(selectors.invitations(by).filter(request=found).select_for_update(of=("self",), no_key=True))
    if not rows:
        raise NotThere(f"there is no request {request.number}")
    _refuse_a_judge(found, by)
    # Whoever was asked under two names joins once.
    row, *rest = rows
    Collaborator.objects.filter(pk__in=[one.pk for one in rest]).delete()
    row.person, row.confirmed_at = by, now
    row.save(update_fields=["person", "confirmed_at"])
    read_accounts(found, now)
    touch(found, by=by, now=now, confirmed=by.subject)
    return row


def _refuse_a_judge(request: Request, person: User) -> None:
    judged_by = request.cases.values("committee")
    if policies.held_any(person, SEATS, Committee).filter(pk__in=judged_by).exists():
        raise Conflict(_("You sit on a committee that has this request before it, so you cannot work on it."))


@transaction.atomic
def decline(*, request: Request, by: User, now: datetime) -> Request:
    """Somebody who was asked says no; the applicant sees the name no more."""
    found = locked(request, by, "decline")
    rows = list(selectors.invitations(by).filter(request=found).values_list("pk", flat=True))
    if rows:
        Collaborator.objects.filter(pk__in=rows).delete()
        touch(found, by=by, now=now, declined=len(rows))
    return found


@transaction.atomic
def leave_out(*, request: Request, row: Collaborator, by: User, now: datetime) -> Request:
    """Leave a colleague out, who was asked or has joined; a colleague may leave by themselves."""
    found = locked(request, by, "edit")
    if by.pk not in (found.applicant_id, row.person_id):
        raise NotAllowed("only the applicant leaves out somebody else")
    deleted, _rows = Collaborator.objects.filter(request=found, pk=row.pk).delete()
    if deleted:
        read_accounts(found, now)
        touch(found, by=by, now=now, left=row.person.subject if row.person else "", asked=row.pk)
    return found


def on_asked(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: write to whoever has the name that was asked, if anybody has. The mail names neither request nor purpose."""
    waiting = Collaborator.objects.filter(pk=payload["collaborator"], confirmed_at__isnull=True)
    for asked in waiting.select_related("request"):
        for person in selectors.accounts_named(asked):
            if person.email:
                _write_to(person, asked.request)


def _write_to(person: User, request: Request) -> None:
    with translation.override(person.language):
        address = settings.BASE_URL.rstrip("/") + reverse("request_invitation", args=[request.number])
        lines = [
            _("Somebody asks you to work on a request for data together with them."),
            _("Sign in to see who asks, and to say yes or no:"),
            address,
        ]
        send_mail(_("A request asks for you"), "\n\n".join(lines), None, [person.email])


HANDLERS = {Kind.COLLABORATOR_ASKED: on_asked}
