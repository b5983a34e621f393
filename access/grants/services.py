"""Grants: made by an approved line, alive while their basis stands, ended everywhere at once.

Every change of a grant goes through `_changed`: its row, one audit event and one row for the hosts' feed, in one
transaction.
"""

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access import seals
from access.domain.days import begins, months_later
from access.domain.states import GRANT, Party, require
from access.grants import obligation_selectors as obligations
from access.grants import selectors
from access.grants.acknowledgements import must_follow
from access.models import Grant, GrantChange, GrantPerson, Line, Obligation
from access.purposes import selectors as purposes
from access.visas.revocation import revoke_visas
from consent.domain.cohorts import UNMET
from consent.selectors import cohorts
from consent.services.sealer import seal
from governance.domain.actors import system
from governance.domain.errors import Conflict, Invalid
from governance.domain.events import Kind, Subject
from governance.duo.decision import Decision
from governance.duo.ontology import Ontologies
from governance.models import User
from governance.record import audit
from governance.record.actors import By
from governance.selectors.ontology import active_ontologies

logger = logging.getLogger(__name__)


def _changed(grant: Grant, kind: Kind, *, by: By, now: datetime, **detail: Any) -> None:
    grant.changed_at = now
    grant.save()
    GrantChange.objects.create(grant=grant, kind=kind.value, at=now)
    detail = {"grant": grant.pk, "seal": seals.of_grant(grant), **detail}
    audit.record(kind, by=by, about=Subject("grant", grant.number), now=now, detail=detail)


def _move(grant: Grant, action: str, parties: Sequence[Party]) -> None:
    grant.state = Grant.State(require(GRANT, grant.state, action, parties).next)
    grant.suspended_because = grant.suspended_note = ""


def locked(grant: Grant) -> Grant:
    """The grant, locked for change until the transaction ends."""
    return selectors.with_basis().select_for_update(of=("self",), no_key=True).get(pk=grant.pk)


def _end_after(months: int, line: Line, now: datetime) -> datetime:
    """When the last of so many months is over where the committee is."""
    committee = line.case.committee
    return begins(months_later(committee.day(now), months), committee.zone)


def label_decision(grant: Grant, now: datetime, ontologies: Ontologies | None = None) -> Decision:
    """The matcher's answer on the dataset's label today, for the purpose that was decided on.

    Raises whatever a purpose or a label that cannot be read does: whoever must not stop for it asks by `judgement_of`.
    """
    dataset, purpose = grant.line.dataset_version.dataset, selectors.purpose_of(grant)
    return purposes.match_label(dataset, purpose, selectors.day_of(grant, now), ontologies)


@transaction.atomic
def make_grant(
    *,
    line: Line,
    months: int,
    judged_rules: Sequence[str],
    by: User,
    now: datetime,
    ends_at: datetime | None = None,
    follows: Grant | None = None,
) -> Grant:
    """Make the grant of an approved line, naming the applicant and the collaborators whom the judged version named.

    The epoch is the dataset's newest position: the committee records the cohort as it stands now. Obligations are the union
    over the label and the cohort's profiles at the epoch. Ends after `months`, when the last day is over
    where the committee is, or at `ends_at` where that is sooner. `follows` is the grant that it comes after, of its applicant
    on the same dataset, which ends as it would have.
    """
    if months < 1:
        raise Invalid("a grant lasts at least one month", {"months": "give a number from 1"})
    dataset = line.dataset_version.dataset
    until = _end_after(months, line, now)
    earlier = _followed(follows, line) if follows else None
    grant = Grant.objects.create(
        number=f"new-{secrets.token_hex(6)}",
        line=line,
        submission=line.case.request.submissions.get(version=line.snapshot["request_version"]),
        follows=earlier,
        decided_at=now,
        ends_at=min(until, ends_at) if ends_at else until,
        judged_rules=list(judged_rules),
        epoch=seal(dataset.pk),
        changed_at=now,
    )
    grant.number = f"G-{grant.pk:04d}"
    grant.judged_position = grant.epoch
    grant.ethics_due = selectors.ethics_end(grant)
    read = selectors.cohort_basis(grant, now)
    grant.shut_out = {str(profile): grant.epoch for profile in sorted(read.denied)}
    if dataset.has_members:
        grant.judged_under = selectors.judged_under(dataset, active_ontologies(), selectors.day_of(grant, now))
        _leave_out_the_others(grant, read, now)
    grant.obligations = _obligations(grant, read, now)
    _begin_obligations(grant)
    people = selectors.named_in_submission(line.case.request)
    GrantPerson.objects.bulk_create(GrantPerson(grant=grant, person=person, since=now) for person in people)
    named = sorted(person.subject for person in people)
    told = {"follows": earlier.number} if earlier else {}
    _changed(grant, Kind.GRANT_MADE, by=by, now=now, epoch=grant.epoch, cohort=grant.cohort_size, people=named, **told)
    return activate_if_ready(grant=grant, now=now)


def _followed(follows: Grant, line: Line) -> Grant:
    """The earlier grant, locked, once it is clear that the line may come after it."""
    earlier = locked(follows)
    same = earlier.line.dataset_version.dataset_id == line.dataset_version.dataset_id
    if not same or earlier.line.case.request.applicant_id != line.case.request.applicant_id:
        raise Invalid("a grant follows one of the same applicant on the same dataset", {"follows": earlier.number})
    if Grant.objects.filter(follows=earlier).exists():
        raise Conflict(_("another grant follows %(number)s already") % {"number": earlier.number})
    return earlier


def _leave_out_the_others(grant: Grant, read: cohorts.CohortBasis, now: datetime) -> None:
    """Where members stay out from the beginning, a host that cannot filter gets no visa before it left them out.

    INVARIANT: nobody's records are opened against their own deny, at a host that does not enforce cohorts either.
    """
    grant.cohort_size = cohorts.size(read, grant.epoch)
    if not cohorts.outside(read):
        return
    grant.shrunk_at_position = grant.epoch
    for host in selectors.hosts_of(grant):
        if not host.enforces_cohorts:
            must_follow(host=host, grant=grant, position=grant.epoch, now=now)


def _obligations(grant: Grant, read: cohorts.CohortBasis, now: datetime) -> list[dict[str, Any]]:
    dataset = grant.line.dataset_version.dataset
    found = {(o.term, str(o.parameter)): o for o in label_decision(grant, now).obligations}
    profiles = cohorts.joining_profiles(read)
    for answer in cohorts.answers(
        dataset, selectors.purpose_of(grant), selectors.day_of(grant, now), profiles
    ).values():
        found.update({(o.term, str(o.parameter)): o for o in answer.obligations})
    return [
        {
            "term": one.term,
            "parameter": list(one.parameter) if isinstance(one.parameter, tuple) else one.parameter,
            "status": one.status.value,
            "needs": one.needs,
        }
        for _key, one in sorted(found.items())
    ]


def _begin_obligations(grant: Grant) -> None:
    """Write each obligation in the state that the decision shows; the event of the grant covers them."""
    rows = [Obligation(grant=grant, place=place, **one) for place, one in enumerate(obligations.begun(grant), 1)]
    Obligation.objects.bulk_create(rows)


@transaction.atomic
def activate_if_ready(*, grant: Grant, now: datetime) -> Grant:
    """Open a waiting grant, or one that was suspended for an obligation, once nothing that must be met first is outstanding."""
    grant = locked(grant)
    if grant.state != Grant.State.WAITING and grant.suspended_because != Grant.Suspension.OBLIGATION:
        return grant
    if outstanding(grant, now):
        return grant
    resumed = grant.state == Grant.State.SUSPENDED
    _move(grant, "resume" if resumed else "activate", [Party.SYSTEM])
    grant.starts_at = grant.starts_at or now
    _changed(grant, Kind.GRANT_RESUMED if resumed else Kind.GRANT_ACTIVATED, by=system("grants"), now=now)
    return grant


_ENDS: dict[str, tuple[str, Sequence[Party]]] = {
    Grant.End.EXPIRED: ("expire", [Party.SYSTEM]),
    Grant.End.CONSENT_GONE: ("lose basis", [Party.SYSTEM]),
    Grant.End.REVOKED: ("revoke", [Party.CHAIR, Party.DEPUTY]),
    Grant.End.CLOSED: ("close", [Party.APPLICANT]),
}


@transaction.atomic
def end_grant(*, grant: Grant, reason: str, note: str, by: By, now: datetime) -> Grant:
    """End a grant for one of the reasons of `Grant.End`; its visas end everywhere. Ending an ended grant changes nothing.

    Who may do it is the caller's to judge (`access.grants.ends`, by the state table); nobody ends one without a note.
    """
    grant = locked(grant)
    if grant.state == Grant.State.ENDED:
        return grant
    if not note.strip():
        raise Invalid("say why the grant ends", {"note": _("Write a sentence that the applicant can read.")})
    action, parties = _ENDS[reason]
    _move(grant, action, parties)
    grant.end_reason, grant.end_note, grant.ended_at = reason, note.strip()[:300], now
    _changed(grant, Kind.GRANT_ENDED, by=by, now=now, reason=reason)
    revoke_visas(grant=grant, because=reason, now=now)
    return grant


@transaction.atomic
def suspend(*, grant: Grant, note: str, by: By, now: datetime) -> Grant:
    """Suspend an active grant: no visa while it lasts, and those that stand are revoked.

    What the committee suspends goes on by `resume` alone, and what the platform does for an obligation once that is met.
    Who may do it is the caller's to judge (`access.grants.ends`). The log holds no words of a person.
    """
    grant = locked(grant)
    if grant.state != Grant.State.ACTIVE:
        return grant
    by_committee = isinstance(by, User)
    _move(grant, "suspend", [Party.CHAIR, Party.DEPUTY] if by_committee else [Party.SYSTEM])
    grant.suspended_because = Grant.Suspension.COMMITTEE if by_committee else Grant.Suspension.OBLIGATION
    grant.suspended_note = note.strip()[:300]
    told = {} if by_committee else {"note": grant.suspended_note}
    _changed(grant, Kind.GRANT_SUSPENDED, by=by, now=now, because=grant.suspended_because, **told)
    revoke_visas(grant=grant, because="suspended", now=now)
    return grant


@transaction.atomic
def resume(*, grant: Grant, by: User, now: datetime) -> Grant:
    """Let a suspended grant go on as its committee, once nothing that must be met first is outstanding."""
    grant = locked(grant)
    if grant.state != Grant.State.SUSPENDED:
        return grant
    _move(grant, "resume", [Party.CHAIR, Party.DEPUTY])
    _changed(grant, Kind.GRANT_RESUMED, by=by, now=now)
    return grant


def outstanding(grant: Grant, now: datetime) -> list[str]:
    """The terms of a grant that must be met first and are not."""
    return [one.term for one in label_decision(grant, now).obligations if one.status in UNMET]


@transaction.atomic
def set_aside(*, grant: Grant, error: str, by: By, now: datetime) -> Grant:
    """Suspend a grant that cannot be judged: what nobody can judge opens nothing. `error` names the kind of failure.

    It goes on by `judged_again`; what the committee suspended, or is set aside already, stays as it is.
    """
    grant = locked(grant)
    if grant.state == Grant.State.ENDED or grant.suspended_because not in ("", Grant.Suspension.OBLIGATION):
        return grant
    _move(grant, "set aside", [Party.SYSTEM])
    grant.suspended_because = Grant.Suspension.UNJUDGED
    note = f"it could not be judged: {error}"[:300]
    _changed(grant, Kind.GRANT_SUSPENDED, by=by, now=now, because=grant.suspended_because, note=note)
    revoke_visas(grant=grant, because="unjudged", now=now)
    return grant


@transaction.atomic
def judged_again(*, grant: Grant, now: datetime) -> Grant:
    """A grant that was set aside was judged: it opens again unless an obligation is outstanding."""
    grant = locked(grant)
    if grant.suspended_because != Grant.Suspension.UNJUDGED:
        return grant
    grant.suspended_because = Grant.Suspension.OBLIGATION
    if outstanding(grant, now):
        _changed(grant, Kind.GRANT_SUSPENDED, by=system("grants"), now=now, because=grant.suspended_because)
        return grant
    grant.save(update_fields=["suspended_because"])
    return activate_if_ready(grant=grant, now=now)


@transaction.atomic
def end_person(*, grant: Grant, person: User, note: str, by: By, now: datetime) -> None:
    """End one person's part in a grant; the others keep theirs."""
    grant = locked(grant)
    row = grant.people.select_for_update(no_key=True).filter(person=person, ended_at__isnull=True).first()
    if row is None:
        return
    row.ended_at, row.end_note = now, note[:300]
    row.save(update_fields=["ended_at", "end_note"])
    _changed(grant, Kind.GRANT_PERSON_ENDED, by=by, now=now, person=person.subject)
    revoke_visas(grant=grant, because="person_ended", now=now, people=[person])


def record_shrink(grant: Grant, *, by: By, now: datetime, left: int) -> None:
    """Record that members left the grant's cohort; called by the evaluation that found it, in its transaction."""
    _changed(grant, Kind.GRANT_SHRUNK, by=by, now=now, left=left, position=grant.shrunk_at_position)


def record_together(kind: Kind, told: Sequence[tuple[Grant, dict[str, Any]]], *, by: By, now: datetime) -> None:
    """Record one kind of change of many grants, whose rows were written and are locked, each with its detail."""
    GrantChange.objects.bulk_create(GrantChange(grant=grant, kind=kind.value, at=now) for grant, _detail in told)
    events = [
        (Subject("grant", grant.number), {"grant": grant.pk, "seal": seals.of_grant(grant), **detail})
        for grant, detail in told
    ]
    audit.record_each(kind, events, by=by, now=now)


def record_joined(grant: Grant, *, by: By, now: datetime, joined: int) -> None:
    """Record that people joined the dataset who are not in the grant's cohort; called like `record_shrink`."""
    _changed(grant, Kind.GRANT_JOINED, by=by, now=now, joined=joined, position=grant.shrunk_at_position)


def expire(now: datetime) -> int:
    """End every grant whose time is over; scheduled each minute, and visas never outlive it in between.

    One that cannot be ended now is told in the log, and stops no other. Returns how many were ended.
    """
    ended = 0
    for grant in selectors.ended_before(now)[:500]:
        try:
            end_grant(grant=grant, reason=Grant.End.EXPIRED, note="its time is over", by=system("clock"), now=now)
            ended += 1
        except Exception as error:  # noqa: BLE001  whatever it is, the others' time is over too
            logger.error("grant %s was not ended: %s", grant.number, type(error).__name__)
    return ended
