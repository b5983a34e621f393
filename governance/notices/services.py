"""Telling people: a notice in the inbox, and by mail where they want it. What is told twice is told once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from governance.domain.errors import Invalid
from governance.models import Notice, NoticeChoice, User
from governance.notices import kinds
from governance.notices.kinds import NoticeKind
from governance.record import outbox

MAIL = "notice.mail"
Mail, Way = Notice.Mail, NoticeChoice.Way


@transaction.atomic
def tell(*, person: User, kind: str, about: str, cause: str, now: datetime) -> Notice | None:
    """Tell a person of something, once for each cause; None where they want to hear of no such thing."""
    way = way_of(person, _known(kind))
    if way == Way.OFF:
        return None
    mail = Mail.WAITING if way == Way.MAIL else Mail.NONE
    notice, new = Notice.objects.get_or_create(
        person=person, kind=kind, cause=cause, defaults={"about": about, "created_at": now, "mail": mail}
    )
    if new:
        User.objects.filter(pk=person.pk).update(unread_notices=F("unread_notices") + 1)
        if mail == Mail.WAITING:
            outbox.publish(MAIL, {"notice": notice.pk}, now=now)
    return notice


@transaction.atomic
def read_all(*, person: User, now: datetime) -> None:
    """Everything in the inbox counts as read."""
    Notice.objects.filter(person=person, read_at__isnull=True).update(read_at=now)
    User.objects.filter(pk=person.pk).update(unread_notices=0)


@transaction.atomic
def choose(*, person: User, ways: Mapping[str, str]) -> None:
    """How the person wants to hear of each of these kinds from now on."""
    for name, way in ways.items():
        allowed = {Way.MAIL, Way.INBOX} | ({Way.OFF} if _known(name).may_be_off else set())
        if way not in allowed:
            raise Invalid("this kind cannot be chosen so", {name: _("Choose one of the ways that are offered.")})
        NoticeChoice.objects.update_or_create(person=person, kind=name, defaults={"way": way})


def way_of(person: User, kind: NoticeKind) -> str:
    """How a person hears of a kind: as they chose, else as it begins."""
    chosen = NoticeChoice.objects.filter(person=person, kind=kind.name).values_list("way", flat=True).first()
    return chosen or (Way.MAIL if kind.mailed else Way.INBOX)


def on_mail(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: send the mail of a notice to the person's confirmed address; without one it stands as undelivered.

    What the mail server refuses is raised, and tried again with the delivery.
    """
    notice = Notice.objects.select_related("person").filter(pk=payload["notice"], mail=Mail.WAITING).first()
    kind = kinds.find(notice.kind) if notice else None
    if notice is None or kind is None or not notice.person.is_active:
        return
    address = confirmed_address(notice.person)
    if address:
        with translation.override(notice.person.language):
            link = settings.BASE_URL.rstrip("/") + kind.address(notice.about)
            send_mail(
                str(kind.mail), "\n\n".join([f"{kind.mail}.", f"{kind.step}:", link, _how_to_stop()]), None, [address]
            )
    Notice.objects.filter(pk=notice.pk).update(mail=Mail.SENT if address else Mail.UNDELIVERED)


def confirmed_address(person: User) -> str:
    """The address that the person confirmed, the primary one first; empty where there is none."""
    confirmed = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary", "pk")
    return str(confirmed.values_list("email", flat=True).first() or "")


def _how_to_stop() -> str:
    return _("In your inbox you choose what comes by mail.")


def _known(name: str) -> NoticeKind:
    kind = kinds.find(name)
    if kind is None:
        raise Invalid("there is no such kind of notice", {name: _("Choose a kind that is on the page.")})
    return kind
