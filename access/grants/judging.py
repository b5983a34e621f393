"""The grants of one dataset judged in one set: its changes are read once, and what follows for many is written once.

A set takes what follows for nearly every grant: nothing, people who left, people who joined. Whatever else would follow
(an end, an obligation, the first members, people shut out by what is denied now) and whatever cannot be judged is left to
`access.grants.evaluation`, which judges that grant alone. Both give the same rows (`tests/access/test_judging_together.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from access.grants import selectors
from access.grants import services as grants
from access.grants.acknowledgements import must_follow_together
from access.grants.judgement import CouldNotJudge, Judged, judgement_of
from access.grants.judging_reading import DatasetReading
from access.models import Grant
from access.visas.revocation import Ending, revoke_together
from consent.domain.cohorts import UNMET
from consent.services.sealer import seal
from governance.domain.actors import system
from governance.domain.events import Kind
from governance.duo.decision import Decision, Verdict
from governance.models import DataHost


def judge_together(dataset: int, keys: Sequence[int], now: datetime) -> list[int]:
    """Judge these grants of one dataset in one transaction; returns the keys of those that must be judged alone.

    Raises what the database raises; nothing is changed then, and each may be judged alone.
    """
    newest = seal(dataset)
    with transaction.atomic():
        locked = selectors.with_basis().select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
        held = [grant for grant in locked.order_by("pk") if grant.state != Grant.State.ENDED]
        if not held:
            return []
        reading = DatasetReading(held, newest, now)
        found = [(grant, _outcome(reading, grant)) for grant in held]
        _write(reading, [outcome for _grant, outcome in found if outcome is not None])
    return [grant.pk for grant, outcome in found if outcome is None]


def basis_gone(grant: Grant, decision: Decision) -> str:
    """Why a grant has no basis any more, given the matcher's answer on the label; nothing where it has."""
    if decision.verdict is Verdict.DENY:
        return "the dataset's data use no longer allows this purpose"
    unjudged = [r for r in decision.reasons if r.verdict is Verdict.REVIEW and r.rule not in grant.judged_rules]
    if unjudged:
        return "the dataset's data use now asks for a judgement that the committee has not made"
    return ""


def unmet_of(decision: Decision) -> list[str]:
    """The terms that must be met first and are not."""
    return [one.term for one in decision.obligations if one.status in UNMET]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What follows for one grant: nothing (`followed` false: its members wait with it), or how many left and joined.

    `denied` are the profiles that are shut out with those who left.
    """

    grant: Grant
    followed: bool = True
    left: int = 0
    joined: int = 0
    denied: tuple[int, ...] = ()
    hosts: tuple[DataHost, ...] = ()


def _outcome(reading: DatasetReading, grant: Grant) -> _Outcome | None:
    """What follows for a grant; None where it has to be judged alone."""
    match judgement_of(lambda: _followed(reading, grant)):
        case Judged(outcome):
            return outcome
        case CouldNotJudge():
            # Judged alone, it is set aside.
            return None


def _followed(reading: DatasetReading, grant: Grant) -> _Outcome | None:
    decision = reading.decision(grant)
    unmet, because = bool(unmet_of(decision)), grant.suspended_because
    waits = grant.state == Grant.State.WAITING or because == Grant.Suspension.OBLIGATION
    opens_or_closes = waits if not unmet else grant.state == Grant.State.ACTIVE
    if basis_gone(grant, decision) or opens_or_closes or because == Grant.Suspension.UNJUDGED:
        return None
    if unmet or not reading.dataset.has_members:
        return _Outcome(grant, followed=False)
    denied = reading.denied(grant)
    if not reading.denied_before(grant, denied):
        return None
    if reading.newest <= grant.judged_position:
        return _Outcome(grant)
    if grant.cohort_size is None:
        return None
    left, joined = reading.left(grant), reading.joined(grant)
    if left and grant.cohort_size <= left:
        return None
    served = tuple(selectors.of_mode(reading.hosts, reading.purposes[grant.pk])) if left or joined else ()
    return _Outcome(grant, True, left, joined, tuple(sorted(denied)), served)


def _write(reading: DatasetReading, outcomes: Sequence[_Outcome]) -> None:
    """Write what follows for all of them, in a fixed number of statements."""
    followed = [one.grant for one in outcomes if one.followed]
    changed = [one for one in outcomes if one.left or one.joined]
    written = {one.grant.pk for one in changed}
    behind = [one.pk for one in followed if one.pk not in written and one.judged_position < reading.newest]
    if behind:
        Grant.objects.filter(pk__in=behind).update(judged_position=reading.newest)
    for under, keys in reading.under(followed).items():
        Grant.objects.filter(pk__in=keys).update(judged_under=under)
    if changed:
        _write_changes(changed, reading.newest, reading.now)
        _follow_at_hosts(changed, reading.newest, reading.now)


def _write_changes(changed: Sequence[_Outcome], newest: int, now: datetime) -> None:
    for one in changed:
        grant = one.grant
        grant.shrunk_at_position, grant.changed_at = newest, now
        grant.cohort_size = (grant.cohort_size or 0) - one.left
        grant.shut_out |= {str(profile): newest for profile in one.denied}
    Grant.objects.filter(pk__in=[one.grant.pk for one in changed]).update(
        judged_position=newest, shrunk_at_position=newest, changed_at=now
    )
    for name, rows in (
        ("cohort_size", [one.grant for one in changed if one.left]),
        ("shut_out", [one.grant for one in changed if one.denied]),
    ):
        Grant.objects.bulk_update(rows, [name])
    shrunk = [(one.grant, {"left": one.left, "position": newest}) for one in changed if one.left]
    came = [(one.grant, {"joined": one.joined, "position": newest}) for one in changed if one.joined]
    for kind, told in ((Kind.GRANT_SHRUNK, shrunk), (Kind.GRANT_JOINED, came)):
        if told:
            grants.record_together(kind, told, by=system("evaluation"), now=now)


def _follow_at_hosts(changed: Sequence[_Outcome], newest: int, now: datetime) -> None:
    # Who joins is in no copy of the cohort, so that a host that keeps one has nothing to follow.
    following = [(host, one.grant) for one in changed for host in one.hosts if one.left or not host.enforces_cohorts]
    must_follow_together(following=following, position=newest, now=now)
    endings = []
    for one in changed:
        blind = [host for host in one.hosts if not host.enforces_cohorts]
        if blind:
            endings.append(Ending(one.grant, blind, "shrunk" if one.left else "joined"))
    if endings:
        revoke_together(endings=endings, now=now)
