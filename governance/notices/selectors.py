"""The inbox as it is read: newest first, each notice with its words and where it leads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.models import Notice, NoticeChoice, User
from governance.notices import kinds
from governance.notices.kinds import NoticeKind

PAGE = 30
# A mail is sent within seconds; what waits longer the mail server has refused so far.
SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One line of the inbox. `about`: the thing by its name.

    `undelivered`: its mail was sent to an address of the person's, and does not get there.
    """

    notice: Notice
    kind: NoticeKind
    about: str
    href: str
    undelivered: bool


@dataclass(frozen=True, slots=True)
class WaysOffered:
    """A kind with how the person hears of it, and the ways that are offered."""

    kind: NoticeKind
    way: str
    ways: tuple[str, ...]


def inbox(person: User, now: datetime, before: int | None = None) -> tuple[list[InboxLine], int | None]:
    """A page of what the person was told, and where the next one begins."""
    rows = Notice.objects.filter(person=person)
    page = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    known = [(notice, kind) for notice in page[:PAGE] if (kind := kinds.find(notice.kind))]
    names = _names(known)
    told = [
        InboxLine(
            notice,
            kind,
            names.get((kind.name, notice.about), notice.about),
            kind.address(notice.about),
            _undelivered(notice, now),
        )
        for notice, kind in known
    ]
    return told, page[PAGE - 1].pk if len(page) > PAGE else None


def _names(known: list[tuple[Notice, NoticeKind]]) -> dict[tuple[str, str], str]:
    """What people call the things, by kind and `about`, of the kinds that say so; one query for each of these."""
    abouts: dict[str, set[str]] = {}
    for notice, kind in known:
        abouts.setdefault(kind.name, set()).add(notice.about)
    naming = {kind.name: kind.names for _notice, kind in known if kind.names is not None}
    return {(name, about): said for name, names in naming.items() for about, said in names(abouts[name]).items()}


def concerning(person: User) -> list[NoticeKind]:
    """The kinds of which this person may hear: by what they are and take part in, or because they were told of one before."""
    told = set(Notice.objects.filter(person=person).order_by().values_list("kind", flat=True).distinct())
    found = {rule: rule(person) for rule in {kind.concerns for kind in kinds.every()}}
    return [kind for kind in kinds.every() if found[kind.concerns] or kind.name in told]


def choices(person: User) -> list[WaysOffered]:
    """Every kind of which the person may hear, as they hear of it."""
    chosen = dict(NoticeChoice.objects.filter(person=person).values_list("kind", "way"))
    way = NoticeChoice.Way
    return [
        WaysOffered(
            kind,
            chosen.get(kind.name, way.MAIL.value if kind.mailed else way.INBOX.value),
            (way.MAIL.value, way.INBOX.value, *([way.OFF.value] if kind.may_be_off else [])),
        )
        for kind in concerning(person)
    ]


def _undelivered(notice: Notice, now: datetime) -> bool:
    # Who has confirmed no address was sent nothing (`Mail.UNDELIVERED`): the page says so once, where ways are chosen.
    return notice.mail == Notice.Mail.WAITING and now - notice.created_at > SOON
