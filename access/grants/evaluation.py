"""Grants follow consent: each change below a grant is judged against it, with nothing lost when a process dies.

The cause (a withdrawal, a narrowed consent, a changed label) wrote an outbox row in its own transaction. The worker
judges the grants that it touches: those of a dataset in sets (`access.grants.judging`), each in a transaction of its own,
and what a set leaves alone. One that cannot be judged is set aside and stops no other. A visa is never minted before
whatever stands after the grant's last judged position was judged too.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from access.grants import selectors
from access.grants import services as grants
from access.grants.acknowledgements import must_follow
from access.grants.judgement import TRANSIENT, CouldNotJudge, Judged, judgement_of
from access.grants.judging import basis_gone, judge_together, unmet_of
from access.grants.selectors import Held
from access.models import Grant
from access.visas.revocation import revoke_visas
from consent.selectors import cohorts
from consent.selectors.positions import behind as positions_behind
from consent.services.cohorts import record_shut_out
from consent.services.sealer import followed, seal, seal_all
from governance.domain.actors import system
from governance.domain.events import Kind
from governance.duo.decision import Decision
from governance.record.outbox import publish
from governance.selectors.affiliations import current_affiliations
from governance.selectors.ontology import active_ontologies

logger = logging.getLogger(__name__)
UNJUDGED = Grant.Suspension.UNJUDGED
# How many grants one message follows, and one set holds.
AT_ONCE = 100
FOLLOW_ON, FOLLOW_ONE = "grants.follow", "grant.follow"
# No time zone is further ahead of UTC.
_EASTERNMOST = timedelta(hours=14)


def judge_grant(grant: Grant, now: datetime) -> Judged[Grant] | CouldNotJudge:
    """Judge one live grant against everything that changed since it was last judged. Doing it twice changes nothing.

    What could not be judged has changed nothing either.
    """
    return judgement_of(lambda: _judge_alone(grant, now))


def _judge_alone(grant: Grant, now: datetime) -> Grant:
    # In transactions of their own where there is none: a dataset's lock is never held while a grant's is waited for.
    dataset_id = grant.line.dataset_version.dataset_id
    newest = seal(dataset_id)
    if newest <= grant.judged_position and _shuts_out(grant, now):
        record_shut_out(dataset_id=dataset_id, by=system("evaluation"), now=now)
        newest = seal(dataset_id)
    return _judge(grant, newest, now)


def _shuts_out(grant: Grant, now: datetime) -> bool:
    """Whether members are denied now who did not move: hosts follow positions, so that a dataset has to count it."""
    if not grant.line.dataset_version.dataset.has_members or grant.state == Grant.State.ENDED:
        return False
    read = selectors.cohort_basis(grant, now)
    if read.denied == read.shut_out:
        return False
    decision = grants.label_decision(grant, now)
    # Where the label itself says no, or waits, the grant ends or waits with everybody in it.
    if basis_gone(grant, decision) or unmet_of(decision):
        return False
    return bool(cohorts.shut_out_since(read, grant.judged_position))


@transaction.atomic
def _judge(grant: Grant, newest: int, now: datetime) -> Grant:
    grant = grants.locked(grant)
    if grant.state == Grant.State.ENDED:
        return grant
    decision = grants.label_decision(grant, now)
    gone = basis_gone(grant, decision)
    if gone:
        return grants.end_grant(grant=grant, reason=Grant.End.CONSENT_GONE, note=gone, by=system("evaluation"), now=now)
    grant = _follow_obligations(grant, decision, now)
    if not unmet_of(decision):
        grant = _note_what_it_rests_on(_follow_members(grant, newest, now), now)
    return grants.judged_again(grant=grant, now=now) if grant.suspended_because == UNJUDGED else grant


def unjudged(named: Sequence[Held], now: datetime) -> list[Grant]:
    """Of these grants those that must be judged before a visa of theirs: their dataset changed, or their label says no.

    Decides nothing and changes nothing; the caller keeps them locked, so that the others stay as they are.
    """
    active = [one for one in named if one.grant.state == Grant.State.ACTIVE]
    ontologies = active_ontologies() if active else None

    def stands(grant: Grant) -> bool:
        match judgement_of(lambda: grants.label_decision(grant, now, ontologies)):
            case Judged(decision):
                return not basis_gone(grant, decision) and not unmet_of(decision)
            case CouldNotJudge():
                # Judging it sets it aside.
                return False

    return [one.grant for one in active if one.behind or not stands(one.grant)]


def _follow_obligations(grant: Grant, decision: Decision, now: datetime) -> Grant:
    unmet = unmet_of(decision)
    if unmet and grant.state == Grant.State.ACTIVE:
        return grants.suspend(grant=grant, note=f"outstanding: {', '.join(unmet)}", by=system("evaluation"), now=now)
    if not unmet and grant.state in (Grant.State.WAITING, Grant.State.SUSPENDED):
        return grants.activate_if_ready(grant=grant, now=now)
    return grant


def _follow_members(grant: Grant, newest: int, now: datetime) -> Grant:
    if newest <= grant.judged_position or not grant.line.dataset_version.dataset.has_members:
        return grant
    read = selectors.cohort_basis(grant, now)
    shut_out = cohorts.shut_out_since(read, grant.judged_position)
    left = cohorts.left_between(read, grant.judged_position, newest) + shut_out
    joined = selectors.joined_between(grant, read, grant.judged_position, newest)
    first = grant.cohort_size is None
    grant.judged_position = newest
    if not left and not joined and not first:
        grant.save(update_fields=["judged_position"])
        return grant
    grant.shut_out |= {str(profile): newest for profile in sorted(read.denied - read.shut_out)}
    if left or joined:
        grant.shrunk_at_position = newest
    if shut_out:
        grant.narrowed_at_position = newest
    grant.cohort_size = cohorts.size(read, newest)
    if left:
        grants.record_shrink(grant, by=system("evaluation"), now=now, left=len(left))
    if joined or first:
        grants.record_joined(grant, by=system("evaluation"), now=now, joined=len(joined))
    for host in selectors.hosts_of(grant):
        # Who joins is in no copy of the cohort, so that a host that keeps one has nothing to follow.
        if left or (joined and not host.enforces_cohorts):
            must_follow(host=host, grant=grant, position=newest, now=now)
        # The visas from before the first members name no cohort, at whatever host.
        if first or not host.enforces_cohorts:
            revoke_visas(grant=grant, because="shrunk" if left else "joined", now=now, hosts=[host])
    if left and grant.cohort_size == 0:
        return grants.end_grant(
            grant=grant,
            reason=Grant.End.CONSENT_GONE,
            note="nobody is left in its cohort",
            by=system("evaluation"),
            now=now,
        )
    return grant


def _note_what_it_rests_on(grant: Grant, now: datetime) -> Grant:
    dataset = grant.line.dataset_version.dataset
    under = selectors.judged_under(dataset, active_ontologies(), selectors.day_of(grant, now))
    if dataset.has_members and grant.judged_under != under:
        grant.judged_under = under
        grant.save(update_fields=["judged_under"])
    return grant


def follow(found: Iterable[Grant], now: datetime) -> list[Grant]:
    """Judge each grant in transactions of its own: one that cannot be judged is set aside, and the others are followed.

    Returns those for which the database had no time (a deadlock, a lost connection): they are to be tried again.
    """
    busy = []
    for grant in found:
        try:
            judge_or_set_aside(grant, now)
        except TRANSIENT as error:
            logger.warning("grant %s was not judged now: %s", grant.number, type(error).__name__)
            busy.append(grant)
    return busy


def follow_together(found: Iterable[Grant], now: datetime) -> list[Grant]:
    """Judge grants in sets, each of one dataset and in a transaction of its own; what a set leaves is judged alone.

    A set that fails changes nothing and stops nobody: each of its grants is judged alone. Returns those for which the
    database had no time.
    """
    busy = []
    for dataset, named in _by_dataset(found).items():
        for start in range(0, len(named), AT_ONCE):
            chunk = named[start : start + AT_ONCE]
            try:
                alone = set(judge_together(dataset, [grant.pk for grant in chunk], now))
            except Exception as error:  # noqa: BLE001  whatever it is: who caused it is found by judging each alone
                logger.warning("grants of dataset %s are judged one by one: %s", dataset, type(error).__name__)
                alone = {grant.pk for grant in chunk}
            busy += follow([grant for grant in chunk if grant.pk in alone], now)
    return busy


def _by_dataset(found: Iterable[Grant]) -> dict[int, list[Grant]]:
    named: dict[int, list[Grant]] = {}
    for grant in found:
        named.setdefault(grant.line.dataset_version.dataset_id, []).append(grant)
    return named


def judge_or_set_aside(grant: Grant, now: datetime) -> Grant:
    """Judge a grant; where that fails suspend it, since nobody knows any more whether it may go on (fail closed)."""
    match judge_grant(grant, now):
        case Judged(judged):
            return judged
        case CouldNotJudge() as failed:
            # Only the kind of error: its text may hold words of the purpose. `manage.py judge` shows all of it.
            logger.error("grant %s cannot be judged and is set aside: %s", grant.number, failed.reason)
            return grants.set_aside(grant=grant, error=failed.reason, by=system("evaluation"), now=now)


def _follow_in_turn(now: datetime, *, dataset: int | None = None, after: int = 0) -> None:
    """Follow the next live grants, by key; the rest is a message of its own, so that nothing else waits for all of them."""
    live = Grant.objects.select_related("line__dataset_version").filter(state__in=selectors.LIVE, pk__gt=after)
    if dataset is not None:
        live = live.filter(line__dataset_version__dataset_id=dataset)
    found = list(live.order_by("pk")[:AT_ONCE])
    for grant in follow_together(found, now):
        publish(FOLLOW_ONE, {"grant": grant.pk}, now=now)
    if len(found) == AT_ONCE:
        publish(FOLLOW_ON, {"dataset": dataset, "after": found[-1].pk}, now=now)


def on_dataset(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: members or label of a dataset changed."""
    _follow_in_turn(now, dataset=int(payload["dataset"]))


def on_everything(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: an ontology release was switched on, which may touch every live grant."""
    _follow_in_turn(now)


def on_rest(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: the grants after the last one that was followed."""
    _follow_in_turn(now, dataset=payload["dataset"], after=payload["after"])


def on_one(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: one grant, for which the database had no time or of which an obligation is overdue."""
    judge_or_set_aside(Grant.objects.get(pk=payload["grant"]), now)


def _naming(subject: str) -> QuerySet[Grant]:
    """The live grants in which a person has a part."""
    rows = Grant.objects.filter(state__in=selectors.LIVE)
    return rows.filter(people__person__subject=subject, people__ended_at__isnull=True).distinct().order_by("pk")


def on_affiliation_ended(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a person left an organisation. Their part in their grants ends; the others keep theirs."""
    for grant in _naming(payload["subject"]):
        person = grant.people.get(person__subject=payload["subject"]).person
        if not current_affiliations(now).filter(person=person).exists():
            grants.end_person(
                grant=grant, person=person, note="their affiliation ended", by=system("evaluation"), now=now
            )


def on_account_closed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: an account was closed. Its part in its grants ends, so that hosts with lists of their own drop it too."""
    for grant in _naming(payload["subject"]):
        person = grant.people.get(person__subject=payload["subject"]).person
        grants.end_person(grant=grant, person=person, note="their account was closed", by=system("evaluation"), now=now)


def on_terms_accepted(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a person accepted terms. Their waiting grants of that committee are judged, each on its own."""
    waiting = Grant.objects.filter(state=Grant.State.WAITING, line__case__committee__slug=payload["committee"])
    for grant in follow(waiting.filter(people__person__subject=payload["person"]).order_by("pk"), now):
        publish(FOLLOW_ONE, {"grant": grant.pk}, now=now)


HANDLERS = {
    Kind.COHORT_CHANGED: on_dataset,
    Kind.DATASET_LABELLED: on_dataset,
    Kind.ONTOLOGY_ACTIVATED: on_everything,
    Kind.AFFILIATION_ENDED: on_affiliation_ended,
    Kind.ACCOUNT_CLOSED: on_account_closed,
    Kind.TERMS_ACCEPTED: on_terms_accepted,
    FOLLOW_ON: on_rest,
    FOLLOW_ONE: on_one,
}
# Of many messages about one dataset its grants are judged once.
ABOUT: Mapping[str, str] = {Kind.COHORT_CHANGED: "dataset", Kind.DATASET_LABELLED: "dataset"}


def follow_ethics(now: datetime) -> int:
    """Judge every active grant whose ethics approval has ended: where the data use asks for one, it is suspended.

    Each is judged for it once, so that looking for those that are due reads no others.
    """
    # Somewhere it is a day later than here: which day it is, each grant's committee says.
    rows = selectors.with_basis().filter(state=Grant.State.ACTIVE, ethics_due__lt=(now + _EASTERNMOST).date())
    over = [grant for grant in rows.order_by("pk") if (grant.ethics_due or date.max) < selectors.day_of(grant, now)]
    busy = {grant.pk for grant in follow(over, now)}
    Grant.objects.filter(pk__in=[grant.pk for grant in over if grant.pk not in busy]).update(ethics_due=None)
    return len(over)


def sweep(now: datetime) -> int:
    """Judge every live grant that is behind its dataset: what a dead process left is found here, broker or not.

    Where everything was judged already one look-up says so, however many grants there are.
    """
    seal_all()
    found = 0
    for dataset, newest in positions_behind().items():
        grants_behind = selectors.judgeable().filter(line__dataset_version__dataset=dataset, judged_position__lt=newest)
        behind = list(grants_behind.order_by("pk"))
        found += len(behind)
        if not follow_together(behind, now):
            followed(dataset, newest)
    return found


def judge_set_aside_again(now: datetime) -> int:
    """Judge once more what could not be judged: what can be judged now goes on by itself."""
    # In any order, so that where there are many each has its turn.
    found = list(selectors.set_aside().order_by("?")[:AT_ONCE])
    follow(found, now)
    return len(found)
