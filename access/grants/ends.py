"""Who ends a grant, or suspends it: its committee, its applicant, and each person for their own part."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.committees.benches import bench_for, refuse_the_recused
from access.domain.states import GRANT, Party, require
from access.grants import services as grants
from access.grants.judgement import CouldNotJudge, Judged, judgement_of
from access.models import Grant
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.models import User


@transaction.atomic
def revoke_grant(*, grant: Grant, note: str, by: User, now: datetime) -> Grant:
    """End a grant as its committee, with the reason; its visas end everywhere."""
    locked = _for_committee(grant, "revoke", by, now)
    return grants.end_grant(grant=locked, reason=Grant.End.REVOKED, note=note, by=by, now=now)


def _for_committee(grant: Grant, action: str, by: User, now: datetime) -> Grant:
    """The locked grant, once the table allows the action to this person of its committee."""
    bench = bench_for(grant.line.case, by, now)
    refuse_the_recused(bench, by)
    locked = grants.locked(grant)
    require(GRANT, locked.state, action, bench.parties(by))
    return locked


@transaction.atomic
def suspend_grant(*, grant: Grant, note: str, by: User, now: datetime) -> Grant:
    """Suspend a grant as its committee, with the reason: its visas end everywhere, and the committee alone lets it go on."""
    locked = _for_committee(grant, "suspend", by, now)
    if not note.strip():
        raise Invalid("say why the grant is suspended", {"note": _("Write a sentence that the applicant can read.")})
    return grants.suspend(grant=locked, note=note, by=by, now=now)


@transaction.atomic
def resume_grant(*, grant: Grant, by: User, now: datetime) -> Grant:
    """Let a suspended grant go on as its committee. Raises `Conflict` while something must be met first."""
    locked = _for_committee(grant, "resume", by, now)
    match judgement_of(lambda: grants.outstanding(locked, now), let_through=()):
        case Judged(unmet):
            pass
        case CouldNotJudge(cause):
            raise Conflict(
                _("This grant cannot be judged now, so it stays suspended. Your operator can see why.")
            ) from cause
    if unmet:
        raise Conflict(_("Something must be met first: %(terms)s.") % {"terms": ", ".join(unmet)})
    return grants.resume(grant=locked, by=by, now=now)


@transaction.atomic
def close_grant(*, grant: Grant, note: str, by: User, now: datetime) -> Grant:
    """End a grant as its applicant, who needs it no longer."""
    if grant.line.case.request.applicant_id != by.pk:
        raise NotAllowed(_("only the applicant closes a grant; you can end your own part"))
    locked = grants.locked(grant)
    require(GRANT, locked.state, "close", {Party.APPLICANT})
    return grants.end_grant(grant=locked, reason=Grant.End.CLOSED, note=note, by=by, now=now)


@transaction.atomic
def leave_grant(*, grant: Grant, by: User, now: datetime) -> None:
    """End one's own part in a grant; the others keep theirs."""
    if not grant.people.filter(person=by, ended_at__isnull=True).exists():
        raise Conflict(_("you have no part in this grant that could end"))
    grants.end_person(grant=grant, person=by, note="ended by the person", by=by, now=now)
