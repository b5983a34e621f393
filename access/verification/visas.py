"""Whether visas stand under live grants, followed every shrink, and are those that the log covers. Part of `manage.py verify`.

What happened first is told by the keys of audit events, never by their moments: a grant's shrink and the visas under it are
recorded while its lock is held, and a moment is taken before the lock.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Prefetch
from django.db.models.fields.json import KT

from access import seals
from access.domain.visas import VisaType
from access.grants import selectors
from access.grants.judgement import CouldNotJudge, Judged, judgement_of
from access.grants.services import outstanding
from access.models import Grant, GrantPerson, PassportIntent, StatusList, Visa
from access.verification.records import REWRITTEN, gone
from governance.domain.events import Kind
from governance.domain.findings import Finding
from governance.models import AuditEvent, SigningKey
from governance.record import outbox
from governance.selectors.affiliations import current_affiliations
from governance.selectors.audit import each, pieces, streamed, subjects_of, trails


def findings(now: datetime) -> Iterator[Finding]:
    """Every visa that should not stand, and every one that differs from what was recorded of it."""
    return each(_live(now), _of_people(now), _passports(), _revocations(), _status_lists())


# --- Live visas -------------------------------------------------------------------------------------------------------
def _live(now: datetime) -> Iterator[Finding]:
    live = Visa.objects.filter(revoked_at__isnull=True, exp__gt=now)
    stolen = live.filter(kid__in=SigningKey.objects.filter(state=SigningKey.State.REVOKED).values("kid"))
    for jti in stolen.order_by("pk").values_list("jti", flat=True).iterator():
        yield Finding(2, f"visa {jti}", "its signing key is revoked and it is not on its status list")
    rows = live.filter(grant__isnull=False).select_related("intent", "host").order_by("grant_id", "pk")
    for piece in pieces(rows.iterator(chunk_size=500)):
        yield from _under_grants(piece, now)


def _under_grants(visas: list[Visa], now: datetime) -> Iterator[Finding]:
    found = selectors.with_basis().in_bulk({visa.grant_id for visa in visas})
    basis = {pk: tuple(_basis_missing(grant, now)) for pk, grant in found.items()}
    shrinks = trails("grant", [grant.number for grant in found.values()], (Kind.GRANT_SHRUNK, Kind.GRANT_JOINED))
    intended = trails("passport", {str(visa.intent_id) for visa in visas}, (Kind.VISAS_INTENDED,))
    named = set(GrantPerson.objects.filter(grant__in=found, ended_at__isnull=True).values_list("grant_id", "person_id"))
    for visa in visas:
        grant = found[visa.grant_id]
        says = [*basis[grant.pk]]
        if (grant.pk, visa.intent.person_id) not in named:
            says.append("its grant does not name this person any more")
        says += _shrink_missed(visa, shrinks[grant.number], intended[str(visa.intent_id)])
        yield from (Finding(1, f"visa {visa.jti} under {grant.number}", one) for one in says)


def _basis_missing(grant: Grant, now: datetime) -> Iterator[str]:
    if grant.state != Grant.State.ACTIVE:
        yield f"its grant is {grant.state}"
        return
    match judgement_of(lambda: outstanding(grant, now), let_through=()):
        case CouldNotJudge() as failed:
            yield f"its grant cannot be judged: {failed.reason}"
        case Judged(unmet):
            if unmet:
                yield f"obligations of its grant are outstanding: {', '.join(unmet)}"


def _shrink_missed(visa: Visa, changes: list[AuditEvent], intended: list[AuditEvent]) -> Iterator[str]:
    """Of those that name no cohort none from before somebody was to be left out; of the others none older than that."""
    if not changes or not intended:
        return
    recorded = intended[0].pk
    if visa.position is None:
        if recorded < changes[-1].pk:
            yield "it names no cohort, and is from before the last change of who is left out"
        return
    before = [event for event in changes if event.kind == Kind.GRANT_SHRUNK and event.pk < recorded]
    if before and visa.position < before[-1].detail["position"]:
        yield "it names a position from before the last shrink when it was minted"


def _of_people(now: datetime) -> Iterator[Finding]:
    """What says who somebody is stands no longer than that is so; until the worker has followed, its message is open."""
    waiting = outbox.unfinished().annotate(subject=KT("payload__subject"))
    follows = waiting.filter(subject=OuterRef("intent__person__subject"))
    live = Visa.objects.filter(~Exists(follows), revoked_at__isnull=True, exp__gt=now)
    for jti in live.filter(intent__person__is_active=False).order_by("pk").values_list("jti", flat=True).iterator():
        yield Finding(2, f"visa {jti}", "its holder's account is closed and it is not on its status list")
    belongs = current_affiliations(now).filter(person=OuterRef("intent__person"))
    left = live.filter(~Exists(belongs), type=VisaType.AFFILIATION_AND_ROLE.value)
    for jti in left.order_by("pk").values_list("jti", flat=True).iterator():
        yield Finding(2, f"visa {jti}", "its holder's affiliation ended and it is not on its status list")


# --- What was recorded of them ----------------------------------------------------------------------------------------
def _passports() -> Iterator[Finding]:
    wanted = PassportIntent.objects.select_related("person", "client", "host").prefetch_related(
        Prefetch("visas", Visa.objects.order_by("pk"))
    )
    for intents in streamed(wanted):
        told = trails("passport", [str(intent.pk) for intent in intents], (Kind.VISAS_INTENDED,))
        for intent in intents:
            visas = list(intent.visas.all())
            standing = {
                "client": intent.client.client_id if intent.client else "",
                "host": intent.host.slug if intent.host else "",
                "grants": sorted({visa.grant_id for visa in visas if visa.grant_id}),
                "visas": len(visas),
                "root": seals.of_visas(visas),
            }
            recorded = [(event.actor, event.at, event.detail) for event in told[str(intent.pk)]]
            if recorded != [(intent.person.subject, intent.at, standing)]:
                yield Finding(3, f"passport {intent.pk}", f"it, or a visa of it, {REWRITTEN}")
    for ids in subjects_of(Kind.VISAS_INTENDED):
        there = PassportIntent.objects.filter(pk__in=ids).values_list("pk", flat=True)
        yield from gone("passport", ids, [str(pk) for pk in there])


def _revocations() -> Iterator[Finding]:
    """As many visas were revoked at a moment, and for a cause, as the log tells."""
    rows = Visa.objects.filter(revoked_at__isnull=False).order_by("revoked_at")
    revoked = rows.values_list("revoked_at", "revoked_because").annotate(n=Count("pk"))
    events = AuditEvent.objects.filter(kind=Kind.VISAS_REVOKED).order_by("at").values_list("at", "detail")
    standing = ((at, because, count) for at, because, count in revoked.iterator(chunk_size=500))
    told = ((at, detail["because"][:40], -detail["count"]) for at, detail in events.iterator(chunk_size=500))
    both: Iterable[tuple[Any, ...]] = merge(standing, told, key=lambda one: one[0])
    for at, together in groupby(both, key=lambda one: one[0]):
        left: dict[str, int] = {}
        for _at, because, count in together:
            left[because] = left.get(because, 0) + count
        for because, count in sorted(left.items()):
            if count:
                says = f"{abs(count)} {'more' if count > 0 else 'fewer'} visas are revoked than the audit log tells"
                yield Finding(3, f"revocation {because} at {at:%Y-%m-%d %H:%M:%S}", says)


def _status_lists() -> Iterator[Finding]:
    moved = Visa.objects.filter(status_list=OuterRef("pk"), revoked_at=OuterRef("changed_at"))
    lists = StatusList.objects.annotate(
        visas_on_it=Count("visas"), last_revoked=Max("visas__revoked_at"), touched=Exists(moved)
    )
    for row in lists.order_by("pk"):
        if row.visas_on_it > row.counter:
            yield Finding(5, f"status list {row.number}", f"holds {row.visas_on_it} visas and gave out {row.counter}")
        # Which of several revocations at once came last no clock tells: the list was touched by one of them.
        if row.last_revoked is not None and not row.touched:
            yield Finding(
                5, f"status list {row.number}", "was not touched by a revocation, so that it is not signed anew"
            )
