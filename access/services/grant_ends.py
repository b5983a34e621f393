"""Who ends a grant: its committee, its applicant, and each person for their own part."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access.domain.states import GRANT, Actor, require
from access.models import Grant
from access.services import grants
from access.services.cases import bench_for, refuse_the_recused
from governance.domain.errors import Conflict, NotAllowed
from governance.models import User


@transaction.atomic
def revoke_grant(*, grant: Grant, note: str, by: User, now: datetime) -> Grant:
    """End a grant as its committee, with the reason; its visas end everywhere."""
    case = grant.line.case
    bench = bench_for(case, by, now)
    refuse_the_recused(bench, by)
    locked = grants.locked(grant)
    require(GRANT, locked.state, "revoke", bench.actors(by))
    return grants.end_grant(grant=locked, reason=Grant.End.REVOKED, note=note, by=by, now=now)


@transaction.atomic
def close_grant(*, grant: Grant, note: str, by: User, now: datetime) -> Grant:
    """End a grant as its applicant, who needs it no longer."""
    if grant.line.case.request.applicant_id != by.pk:
        raise NotAllowed(_("only the applicant closes a grant; you can end your own part"))
    locked = grants.locked(grant)
    require(GRANT, locked.state, "close", {Actor.APPLICANT})
    return grants.end_grant(grant=locked, reason=Grant.End.CLOSED, note=note, by=by, now=now)


@transaction.atomic
def leave_grant(*, grant: Grant, by: User, now: datetime) -> None:
    """End one's own part in a grant; the others keep theirs."""
    if not grant.people.filter(person=by, ended_at__isnull=True).exists():
        raise Conflict(_("you have no part in this grant that could end"))
    grants.end_person(grant=grant, person=by, note="ended by the person", by=by, now=now)
