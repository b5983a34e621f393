"""What becomes of a grant's obligations: its people show how they met one, its committee accepts or answers otherwise.

Each act locks the grant, asks the state table, changes the row and records one event that covers it, in one transaction.
"""

import logging
from datetime import date, datetime
from urllib.parse import urlsplit

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from access import seals
from access.committees.benches import bench_of, refuse_the_recused
from access.domain.obligations import at_its_end
from access.domain.states import OBLIGATION, Party, require
from access.grants import obligation_selectors as selectors
from access.grants import services as grants
from access.grants.evaluation import FOLLOW_ONE
from access.models import Evidence, Grant, Obligation
from governance.domain.actors import system
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.domain.events import Kind, Subject
from governance.files import services as files
from governance.models import User
from governance.record import audit
from governance.record.actors import By
from governance.record.outbox import publish

logger = logging.getLogger(__name__)
LONGEST_WORDS, LONGEST_LINK, LONGEST_NOTE = 2000, 500, 300
MOST_EVIDENCE = 20
AT_ONCE = 500


@transaction.atomic
def offer(
    *, obligation: Obligation, words: str, link: str, by: User, now: datetime, file: "File[bytes] | None" = None
) -> Evidence:
    """Show how an obligation was met, in words, by a link, with a file; the committee looks at it."""
    found, state = _opened(obligation, "offer", by, now)
    words, link = words.strip(), link.strip()
    if not words and not link and not file:
        raise Invalid("show something", {"words": _("Say how it was met, or give a link or a file.")})
    if len(words) > LONGEST_WORDS:
        raise Invalid("too many words", {"words": _("Use at most 2,000 characters.")})
    if link and not _is_link(link):
        raise Invalid("no link", {"link": _("Give an address that begins with https://.")})
    if found.evidence.count() >= MOST_EVIDENCE:
        raise Conflict(_("So much was shown for this already that nothing more is taken."))
    stored = files.store(file=file, by=by, now=now) if file else None
    shown = Evidence.objects.create(obligation=found, words=words, link=link, file=stored, by=by, at=now)
    _move(found, "offer", state, by=by, now=now, shown=shown)
    return shown


@transaction.atomic
def accept(*, obligation: Obligation, by: User, now: datetime) -> Obligation:
    """Take what was shown as meeting the obligation."""
    found, state = _opened(obligation, "accept", by, now)
    found.due, found.note = None, ""
    return _move(found, "accept", state, by=by, now=now)


@transaction.atomic
def send_back(*, obligation: Obligation, note: str, by: User, now: datetime) -> Obligation:
    """Say what is missing in what was shown; the obligation stands as it was promised."""
    found, state = _opened(obligation, "send back", by, now)
    found.note = _written(note, _("Write what is missing."))
    return _move(found, "send back", state, by=by, now=now)


@transaction.atomic
def waive(*, obligation: Obligation, note: str, by: User, now: datetime) -> Obligation:
    """Let an obligation go, with the reason, which those whom it binds and the participants' side can read."""
    found, state = _opened(obligation, "waive", by, now)
    found.note = _written(note, _("Write why it need not be met."))
    return _move(found, "waive", state, by=by, now=now)


@transaction.atomic
def postpone(*, obligation: Obligation, due: date | None, by: User, now: datetime) -> Obligation:
    """Name a later day by which an obligation is to be met."""
    found, state = _opened(obligation, "postpone", by, now)
    if due is None or due <= max(found.due or date.min, found.grant.line.case.committee.day(now)):
        raise Invalid("the day is not later", {"due": _("Give a day after today, and after the one that stood.")})
    found.due = due
    return _move(found, "postpone", state, by=by, now=now)


@transaction.atomic
def erase_file(*, evidence: Evidence, by: User, now: datetime) -> None:
    """Erase the file of a piece of evidence for good: who showed it, or the committee. That it was shown stays on record."""
    found = _locked(evidence.obligation)
    parties = selectors.parties_on(found.grant, by, now)
    if evidence.file is None or not parties:
        raise NotThere(f"there is no file of {found} to erase")
    if not selectors.may_erase(evidence, by, parties):
        raise NotAllowed(_("only who showed it, the chair or a deputy erases a file"))
    if Evidence.objects.filter(file=evidence.file).exclude(by=evidence.by).exists():
        raise Conflict(_("Somebody else shows this very file too: it stays."))
    files.erase(file=evidence.file, because="evidence", by=by, now=now)


def follow_days(now: datetime) -> int:
    """Whatever was due by a day that has passed is overdue, or over; scheduled each hour. Returns how many.

    The grant of what is overdue is judged again by the worker: it is suspended where an obligation must be met first.
    One that cannot be followed now is told in the log, and stops no other.
    """
    over = [
        one for one in selectors.due(now).order_by("due", "pk")[:AT_ONCE] if one.due and one.due < _day(one.grant, now)
    ]
    followed = 0
    for one in over:
        try:
            followed += _follow(one, now)
        except Exception as error:  # noqa: BLE001  whatever it is, the others' days are over too
            logger.error("obligation %s was not followed: %s", one, type(error).__name__)
    return followed


@transaction.atomic
def _follow(obligation: Obligation, now: datetime) -> int:
    found = _locked(obligation)
    action = at_its_end(found.term)
    if found.due is None or found.due >= _day(found.grant, now) or OBLIGATION.row(found.state, action) is None:
        return 0
    state = require(OBLIGATION, found.state, action, {Party.SYSTEM}).next
    _move(found, action, state, by=system("clock"), now=now)
    if found.state == Obligation.State.OVERDUE:
        publish(FOLLOW_ONE, {"grant": found.grant_id}, now=now)
    return 1


def _day(grant: Grant, now: datetime) -> date:
    return grant.line.case.committee.day(now)


def _locked(obligation: Obligation) -> Obligation:
    """The obligation as it stands, under the lock of its grant."""
    grant = grants.locked(obligation.grant)
    found = Obligation.objects.get(pk=obligation.pk)
    found.grant = grant
    return found


def _opened(obligation: Obligation, action: str, by: User, now: datetime) -> tuple[Obligation, str]:
    """The obligation under its grant's lock and the state that the action leads to, once the table allows it to this person."""
    found = _locked(obligation)
    case = found.grant.line.case
    parties = selectors.parties_on(found.grant, by, now)
    if not parties:
        refuse_the_recused(bench_of(case, now), by)
        raise NotThere(f"there is no grant {found.grant.number}")
    return found, require(OBLIGATION, found.state, action, parties).next


def _move(
    found: Obligation, action: str, state: str, *, by: By, now: datetime, shown: Evidence | None = None
) -> Obligation:
    found.state = Obligation.State(state)
    found.save()
    detail = {
        "grant": found.grant_id, "term": found.term, "action": action, "state": state,
        "due": found.due.isoformat() if found.due else "", "seal": seals.of_obligation(found),
    }  # fmt: skip
    if shown is not None:
        detail |= {"evidence": shown.pk, "shown": seals.of_evidence(shown)}
    audit.record(Kind.OBLIGATION_MOVED, by=by, about=about(found), now=now, detail=detail)
    return found


def about(obligation: Obligation) -> Subject:
    """What audit events call an obligation."""
    return Subject("obligation", str(obligation))


def _written(note: str, message: str) -> str:
    note = note.strip()
    if not note:
        raise Invalid("say why", {"note": message})
    return note[:LONGEST_NOTE]


def _is_link(link: str) -> bool:
    try:
        read = urlsplit(link)
    except ValueError:
        return False
    return (
        read.scheme == "https" and bool(read.hostname) and len(link) <= LONGEST_LINK and not set(link) & set(" <>'\"")
    )
