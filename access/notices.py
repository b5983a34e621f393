"""Of what people are told on this side: one table, read at start. What a mail says names no dataset, purpose or person."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Max, Min
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from access.cases import opening
from access.cases import services as cases
from access.cases.selectors import turn_began
from access.committees.benches import bench_of
from access.grants import selectors as grants
from access.models import Collaborator, Grant, Line, Request
from access.requests import selectors as requests
from access.requests.collaborator_selectors import accounts_named, invitations
from governance import policies
from governance.domain.events import Kind
from governance.domain.roles import VOTING, Role
from governance.models import Committee, DataHost, Notice, Organisation, User
from governance.notices.kinds import NoticeKind, add
from governance.notices.services import tell
from governance.record.outbox import Queue, subscribe

VOTE, CHANGES = "case.turn", "request.turn"
INVITED, APPROVED, REFUSED = "request.invited", "line.approved", "line.refused"
STOPPED, ENDED, REVOKED = "grant.suspended", "grant.ended", "grant.revoked"
LATE = "host.late"


def asks_for_data(person: User) -> bool:
    """Whether a person works with data or asks for them: somebody at an institution, or named by a request or a grant."""
    belongs = person.affiliations.filter(ended_at__isnull=True)
    named = (requests.visible_to(person), invitations(person), person.grants.all())
    return belongs.exists() or any(rows.exists() for rows in named)


def votes(person: User) -> bool:
    """Whether a person votes on a committee."""
    return policies.held_any(person, VOTING, Committee).exists()


def runs_hosts(person: User) -> bool:
    """Whether a person runs data hosts."""
    return policies.held(person, Role.HOST_OPERATOR, Organisation).exists()


def names_of_hosts(slugs: Collection[str]) -> dict[str, str]:
    """The names of data hosts, by their short ones."""
    return dict(DataHost.objects.filter(slug__in=slugs).values_list("slug", "name"))


KINDS = (
    NoticeKind(
        VOTE,
        title=_("A case waits for your vote"),
        text=_("It is in review. Case:"),
        mail=_("A case waits for your vote"),
        step=_("Read it and vote"),
        address=lambda number: reverse("case", args=[number]),
        concerns=votes,
    ),
    NoticeKind(
        CHANGES,
        title=_("A request waits for your changes"),
        text=_("A committee gave it back and says what should change. Request:"),
        mail=_("A request waits for your changes"),
        step=_("See what should change"),
        address=lambda number: reverse("request", args=[number]),
        concerns=asks_for_data,
    ),
    NoticeKind(
        INVITED,
        title=_("You are asked to work on a request"),
        text=_("Somebody wants to ask for data together with you. Request:"),
        mail=_("A request asks for you"),
        step=_("See who asks"),
        address=lambda number: reverse("request_invitation", args=[number]),
        concerns=asks_for_data,
        # The invitation itself is a mail already, to whoever has the name.
        mailed=False,
        may_be_off=True,
    ),
    NoticeKind(
        APPROVED,
        title=_("A committee approved what you asked for"),
        text=_("Visas are given out once nothing is outstanding any more. Request:"),
        mail=_("A committee approved a request of yours"),
        step=_("See what it decided"),
        address=lambda number: reverse("request", args=[number]),
        concerns=asks_for_data,
    ),
    NoticeKind(
        REFUSED,
        title=_("A committee refused what you asked for"),
        text=_("It says which term stands against it, and why. Request:"),
        mail=_("A committee refused a request of yours"),
        step=_("See why"),
        address=lambda number: reverse("request", args=[number]),
        concerns=asks_for_data,
    ),
    NoticeKind(
        STOPPED,
        title=_("Your access is suspended"),
        text=_("Visas for it are given out no more until it goes on. Grant:"),
        mail=_("Access of yours is suspended"),
        step=_("See why"),
        address=lambda number: reverse("grant", args=[number]),
        concerns=asks_for_data,
    ),
    NoticeKind(
        ENDED,
        title=_("Your access has ended"),
        text=_("No visa opens these data any more. Grant:"),
        mail=_("Access of yours has ended"),
        step=_("See why"),
        address=lambda number: reverse("grant", args=[number]),
        concerns=asks_for_data,
    ),
    NoticeKind(
        REVOKED,
        title=_("Your access was revoked"),
        text=_("The committee took it back. Stop working with the data, and with copies of them. Grant:"),
        mail=_("Access of yours was revoked"),
        step=_("See who revoked it, why, and what becomes of copies"),
        address=lambda number: reverse("grant", args=[number]),
        concerns=asks_for_data,
    ),
    NoticeKind(
        LATE,
        title=_("A data host has not confirmed in time"),
        text=_("People left a cohort, and it has not said that it leaves them out. Host:"),
        mail=_("A data host has not confirmed in time"),
        step=_("See what it has to follow"),
        address=lambda slug: reverse("host", args=[slug]),
        concerns=runs_hosts,
        names=names_of_hosts,
    ),
)


def connect() -> None:
    """Declare the kinds, and listen to what they tell of."""
    for kind in KINDS:
        add(kind)
    subscribe(opening.REVIEWED, on_reviewed, name="telling", queue=Queue.MAIL)
    subscribe(cases.RETURNED, on_returned, name="telling", queue=Queue.MAIL)
    subscribe(cases.DECIDED, on_decided, name="telling", queue=Queue.MAIL)
    subscribe(Kind.COLLABORATOR_ASKED, on_asked, name="telling", queue=Queue.MAIL)
    subscribe(Kind.GRANT_SUSPENDED, on_suspended, name="telling", queue=Queue.MAIL)
    subscribe(Kind.GRANT_ENDED, on_ended, name="telling", queue=Queue.MAIL)


def on_reviewed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: tell those who may vote on a case, where it became their turn with this line."""
    line = Line.objects.select_related("case__committee", "case__request__applicant").get(pk=payload["line"])
    lines = list(Line.objects.filter(case=line.case_id).prefetch_related("votes"))
    for seat in bench_of(line.case, now).judges:
        began = turn_began(lines, seat.person)
        if began is not None and began.pk == line.pk:
            cause = f"{line.pk} {began.snapshot['request_version']}"
            tell(person=seat.person, kind=VOTE, about=line.case.number, cause=cause, now=now)


def on_returned(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: tell everybody who can change a request that it was given back, once for each version of it."""
    request = Request.objects.filter(pk=payload["request"], state=Request.State.RETURNED).first()
    if request is not None:
        _tell_authors(request, CHANGES, cause=f"{request.number} {request.version}", now=now)


def on_decided(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: tell everybody who works on a request what was decided of one dataset."""
    kinds = {Line.State.APPROVED.value: APPROVED, Line.State.REFUSED.value: REFUSED}
    line = Line.objects.select_related("case__request").get(pk=payload["line"])
    _tell_authors(line.case.request, kinds[line.state], cause=str(line.pk), now=now)


def _tell_authors(request: Request, kind: str, *, cause: str, now: datetime) -> None:
    for person in requests.authors(request):
        tell(person=person, kind=kind, about=request.number, cause=cause, now=now)


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
    """Outbox: tell everybody whom the grant named when it ended that it did, or that it was revoked."""
    grant = Grant.objects.filter(number=payload["subject"], state=Grant.State.ENDED).first()
    if grant is not None:
        kind = REVOKED if grant.end_reason == Grant.End.REVOKED else ENDED
        _tell_all(grant, kind, cause=grant.number, now=now)


def tell_of_late_hosts(now: datetime) -> int:
    """Tell the operators of each host that has not confirmed in time, once until it caught up with all it was told late for.

    Scheduled each minute. Returns how many hosts.
    """
    late = grants.late(now).filter(host__closed_at__isnull=True).order_by().values_list("host")
    since = dict(late.annotate(Min("changed_at")))
    hosts = {host.slug: host for host in DataHost.objects.filter(pk__in=since).select_related("organisation")}
    told = Notice.objects.filter(kind=LATE, about__in=hosts).order_by().values_list("about")
    last = dict(told.annotate(Max("created_at")))
    found = [host for slug, host in sorted(hosts.items()) if slug not in last or since[host.pk] > last[slug]]
    for host in found:
        for person in policies.holders(Role.HOST_OPERATOR, host.organisation):
            tell(person=person, kind=LATE, about=host.slug, cause=f"{host.slug} {since[host.pk].isoformat()}", now=now)
    return len(found)


def _tell_all(grant: Grant, kind: str, *, cause: str, now: datetime) -> None:
    # Whose own part ended with the grant has it ended at the same moment; whose ended before was told then.
    for row in grant.people.select_related("person"):
        if row.ended_at is None or row.ended_at == grant.ended_at:
            tell(person=row.person, kind=kind, about=grant.number, cause=cause, now=now)
