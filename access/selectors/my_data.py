"""What a participant sees of projects: which use their data and why, and which hosts have confirmed that they left.

It joins consent with grants, so it lives here. It reads the participant's own places in datasets only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from access.domain.acknowledgement import Standing
from access.models import Grant, HostAcknowledgement
from access.selectors.grants import acknowledgement, cohort_basis, day_of, hosts_of, submission_of, with_basis
from consent.domain.cohorts import Answer, Step, was_in
from consent.models import CohortChange, Member, Participant
from consent.selectors.cohorts import CohortBasis, answers, is_in
from governance.duo.decision import Reason
from governance.models import Affiliation, DataHost, Organisation

SHOWN = (Grant.State.ACTIVE, Grant.State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Use:
    """One project and one dataset of mine: whether my data are in, and every reason.

    `late` says that my answers would fit, but came after the committee had recorded who is in.
    """

    grant: Grant
    member: Member
    is_in: bool
    late: bool
    reasons: tuple[Reason, ...]
    title: str
    summary: str
    purpose: dict[str, Any]
    institution: Organisation | None

    @property
    def company(self) -> bool:
        return self.purpose.get("organisation_type") == "for-profit"


@dataclass(frozen=True, slots=True)
class HostStanding:
    """How far one host has followed my leaving. `seconds` is how long it took, once it is confirmed."""

    host: DataHost
    standing: Standing
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """One change that took my data out of projects: when, of which projects, and who has confirmed it."""

    at: datetime
    projects: tuple[str, ...]
    hosts: tuple[HostStanding, ...]


def uses_of(participant: Participant, now: datetime) -> list[Use]:
    """The running projects on datasets that the participant's data are in, those with my data first."""
    members = {one.dataset_id: one for one in _members(participant) if one.profile_id is not None}
    grants = with_basis().filter(state__in=SHOWN, line__dataset_version__dataset__in=members)
    found = [_use(grant, members[grant.line.dataset_version.dataset_id], now) for grant in grants]
    return sorted(found, key=lambda use: (not use.is_in, use.grant.ends_at))


def _members(participant: Participant) -> list[Member]:
    return list(Member.objects.filter(participant=participant).select_related("dataset", "profile"))


def _use(grant: Grant, member: Member, now: datetime) -> Use:
    submission = submission_of(grant)
    read = cohort_basis(grant, now)
    profile = member.profile
    found = answers(member.dataset, submission.purpose, day_of(grant, now), [profile])
    answer: Answer | None = found.get(profile.pk)
    inside = is_in(read, member)
    return Use(
        grant=grant,
        member=member,
        is_in=inside,
        late=not inside and read.permitted.get(profile.pk, False),
        reasons=answer.reasons if answer else (),
        title=submission.title,
        summary=submission.lay_summary,
        purpose=submission.purpose,
        institution=_institution(grant, submission.submitted_at),
    )


def _institution(grant: Grant, at: datetime) -> Organisation | None:
    applicant = grant.line.case.request.applicant
    affiliation = Affiliation.objects.filter(person=applicant, since__lte=at).select_related("organisation").first()
    return affiliation.organisation if affiliation else None


def leaving_of(participant: Participant, now: datetime) -> Leaving | None:
    """The participant's last change that took their data out of a project, with each host's standing."""
    newest: list[tuple[CohortChange, Grant]] = []
    for member in _members(participant):
        steps = list(CohortChange.objects.filter(member=member).order_by("id"))
        grants = with_basis().filter(line__dataset_version__dataset=member.dataset).exclude(starts_at=None)
        newest += [(change, grant) for grant in grants if (change := _left(grant, steps, now)) is not None]
    if not newest:
        return None
    at = max(change.at for change, _grant in newest)
    left = [(change, grant) for change, grant in newest if change.at == at]
    return Leaving(
        at=at,
        projects=tuple(dict.fromkeys(submission_of(grant).title for _change, grant in left)),
        hosts=tuple(_standings((grant for _change, grant in left), at, now)),
    )


def _left(grant: Grant, steps: list[CohortChange], now: datetime) -> CohortChange | None:
    """The change with which a member left a grant's cohort, None where they never were in it or still are."""
    read = cohort_basis(grant, now)
    after_epoch = [one for one in steps if one.position is None or one.position > grant.epoch]
    for number, change in enumerate(after_epoch):
        if change.after_id is not None and read.permitted.get(change.after_id, False):
            continue
        ended = grant.ended_at is not None and grant.ended_at < change.at
        return None if ended or not _was_in(read, change, after_epoch[:number]) else change
    return None


def _was_in(read: CohortBasis, change: CohortChange, before: list[CohortChange]) -> bool:
    taken = [Step(one.before_id, one.after_id, one.position) for one in before]
    return was_in(current=change.before_id, steps=taken, epoch=read.epoch, at=None, permitted=read.permitted)


def _standings(grants: Iterable[Grant], at: datetime, now: datetime) -> list[HostStanding]:
    """One line for each host: the slowest of its grants."""
    found: dict[int, HostStanding] = {}
    for grant in grants:
        rows = {row.host_id: row for row in HostAcknowledgement.objects.filter(grant=grant)}
        for host in hosts_of(grant):
            one = _standing(host, rows.get(host.pk), at, now)
            other = found.get(host.pk)
            if other is None or _ORDER.index(one.standing) > _ORDER.index(other.standing):
                found[host.pk] = one
    return sorted(found.values(), key=lambda one: (_ORDER.index(one.standing), one.host.name))


_ORDER = (Standing.CONFIRMED, Standing.TOLD, Standing.WAITING, Standing.LATE, Standing.DEAF)


def _standing(host: DataHost, row: HostAcknowledgement | None, at: datetime, now: datetime) -> HostStanding:
    if row is None or row.changed_at < at:
        # The change has not reached the worker yet: the host is told next.
        return HostStanding(host, Standing.WAITING, None)
    standing = acknowledgement(row).standing(now)
    confirmed = standing is Standing.CONFIRMED and row.confirmed_at is not None
    seconds = max((row.confirmed_at - at).total_seconds(), 0) if confirmed else None
    return HostStanding(host, standing, seconds)
