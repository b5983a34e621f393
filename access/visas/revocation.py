"""Putting visas on their status list.

Apart from minting, so that what ends a grant need not know how visas are made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from access.models import Grant, HostAcknowledgement, StatusList, Visa
from governance.domain.actors import system
from governance.domain.events import Kind, Subject
from governance.locks import lock_host, lock_person
from governance.models import DataHost, User
from governance.record import audit
from governance.record.outbox import publish

# Longer than it takes to record an intent.
IN_FLIGHT = timedelta(minutes=1)


def revoke_visas(
    *,
    grant: Grant,
    because: str,
    now: datetime,
    people: Sequence[User] | None = None,
    hosts: Sequence[DataHost] | None = None,
) -> int:
    """Revoke every visa of a grant that was recorded and has not ended: delivered or in flight. Returns how many.

    The caller holds the grant's lock, so that no intent is recorded beside this. Narrowed to people or
    hosts where given: then also what is for every host alike, which each of them may take.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(
            "visas are revoked in the transaction of their cause: wrap the service in transaction.atomic"
        )
    standing = Visa.objects.filter(grant=grant, revoked_at__isnull=True, exp__gt=now)
    if people is not None:
        standing = standing.filter(intent__person__in=people)
    if hosts is not None:
        standing = standing.filter(Q(host__in=hosts) | Q(host__isnull=True))
    return _revoke(standing, because, now, about=Subject("grant", grant.number), detail={"grant": grant.pk})


@dataclass(frozen=True, slots=True)
class Ending:
    """Whose visas end at which hosts, the visas for every host alike among them, and the reason that they are marked with."""

    grant: Grant
    hosts: Sequence[DataHost]
    because: str


def revoke_together(*, endings: Sequence[Ending], now: datetime) -> int:
    """Revoke visas of many grants, each ending as `revoke_visas` does host by host, in statements for all of them.

    The caller holds the grants' locks. One audit event for each grant and host that had any; what was for every host alike
    goes with the first. Returns how many visas.
    """
    of = {one.grant.pk: one for one in endings}
    named = {host.pk for one in endings for host in one.hosts}
    standing = Visa.objects.filter(
        Q(host__in=named) | Q(host__isnull=True), grant__in=of, revoked_at__isnull=True, exp__gt=now
    )
    marked: dict[tuple[int, int], list[Visa]] = {}
    for visa in standing.select_for_update(of=("self",), no_key=True).order_by("pk"):
        at = [host.pk for host in of[visa.grant_id or 0].hosts]
        if visa.host_id in (None, *at):
            marked.setdefault((visa.grant_id or 0, visa.host_id or at[0]), []).append(visa)
    for word in sorted({one.because for one in endings}):
        keys = [visa.pk for (grant, _host), found in marked.items() if of[grant].because == word for visa in found]
        if keys:
            Visa.objects.filter(pk__in=keys).update(revoked_at=now, revoked_because=word[:40])
    for number in sorted({visa.status_list_id for found in marked.values() for visa in found}):
        _moved(number, now)
    told = [
        (Subject("grant", of[pk].grant.number), {"grant": pk, "count": len(found), "because": of[pk].because})
        for (pk, _host), found in sorted(marked.items())
    ]
    audit.record_each(Kind.VISAS_REVOKED, told, by=system("revocation"), now=now)
    return sum(len(found) for found in marked.values())


@transaction.atomic
def revoke_signed_by(*, kid: str, now: datetime) -> int:
    """Revoke every visa that a key signed: the key was stolen. Returns how many."""
    standing = Visa.objects.filter(kid=kid, revoked_at__isnull=True, exp__gt=now)
    return _revoke(standing, "key_revoked", now, about=Subject("key", kid), detail={"kid": kid})


@transaction.atomic
def revoke_of_person(*, subject: str, because: str, now: datetime) -> int:
    """Revoke the visas of one person: an affiliation or a second factor ended, an account closed. Returns how many.

    Locks the person, which minting shares: what was recorded before the cause was seen is found, what is recorded
    later saw it.
    """
    person = lock_person(User.objects.get(subject=subject))
    standing = Visa.objects.filter(intent__person=person, revoked_at__isnull=True, exp__gt=now)
    return _revoke(standing, because, now, about=Subject("person", subject), detail={})


def _revoke(standing: QuerySet[Visa], because: str, now: datetime, *, about: Subject, detail: Mapping[str, Any]) -> int:
    """Mark the visas, and touch their lists so that these are signed anew; one audit event for all of them."""
    # By key, since two causes may meet in the same visas, and so may their lists.
    locked = standing.select_for_update(of=("self",), no_key=True).order_by("pk")
    lists = set(locked.values_list("status_list_id", flat=True))
    count = standing.update(revoked_at=now, revoked_because=because[:40])
    for number in sorted(lists):
        _moved(number, now)
    if count:
        audit.record(
            Kind.VISAS_REVOKED,
            by=system("revocation"),
            about=about,
            now=now,
            detail={**detail, "count": count, "because": because},
        )
    return count


def _moved(key: int, now: datetime) -> None:
    """Have a status list signed anew: whoever revokes a visa on it says so here, in the same transaction."""
    StatusList.objects.filter(pk=key).update(changed_at=now, revision=F("revision") + 1)


def on_key_revoked(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a signing key was revoked, so whatever it signed is.

    Twice: minting shares no lock with it, and an intent that was being recorded then is found a minute later. Until then it
    is handed to nobody, since delivery looks at its key.
    """
    revoke_signed_by(kid=payload["kid"], now=now)
    if "again" not in payload:
        publish(Kind.KEY_REVOKED.value, {**payload, "again": True}, now=now, due=now + IN_FLIGHT)


def on_affiliation_ended(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a person left an organisation. Every visa rested on it; what still stands is judged when the next are minted.

    Which grants they keep is judged by `access.grants.evaluation`.
    """
    revoke_of_person(subject=payload["subject"], because="affiliation_ended", now=now)


def on_account_closed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: an account was closed. Nothing that was given to it opens anything more."""
    revoke_of_person(subject=payload["subject"], because="account_closed", now=now)


def on_second_factor_removed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a person took their second factor away, without which nobody receives a visa."""
    revoke_of_person(subject=payload["subject"], because="second_factor", now=now)


def on_host_serves(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: one more host serves a dataset. Visas for every host of it were not made for this one, so they end.

    Each grant is locked, so that an intent which did not know this host yet is recorded before it is looked for.
    """
    served = Grant.objects.filter(line__dataset_version__dataset__slug=payload["dataset"])
    _of_each_grant(served, "another_host", now, ())


def on_host_closed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: a host was closed. Nothing that was made for it, or for every host, opens anything there."""
    _revoke_at(payload["host"], "host_closed", now)


def on_host_changed(payload: dict[str, Any], now: datetime) -> None:
    """Outbox: settings of a host were changed, for which its visas were made.

    What it confirmed says nothing any more once it enforces cohorts and did not, or did and does not: a copy that is kept and
    records that were removed are two things.
    """
    if "enforces_cohorts" in payload["changed"]:
        HostAcknowledgement.objects.filter(host=payload["host"]).update(
            confirmed_position=0, confirmed_at=None, told_at=None, changed_at=now
        )
    _revoke_at(payload["host"], "host_changed", now)


def _revoke_at(host_id: int, because: str, now: datetime) -> None:
    """Revoke what was made for a host: first what is about people alone, then by grant, with what every host may take.

    Minting shares the lock of the host that it names, and those of its grants: an intent that did not see the change is
    recorded before it is looked for.
    """
    with transaction.atomic():
        host = lock_host(DataHost.objects.get(pk=host_id))
        standing = Visa.objects.filter(host=host, grant__isnull=True, revoked_at__isnull=True, exp__gt=now)
        _revoke(standing, because, now, about=Subject("host", host.slug), detail={})
    _of_each_grant(Grant.objects.filter(line__dataset_version__dataset__hosted__host=host), because, now, [host])


def _of_each_grant(found: QuerySet[Grant], because: str, now: datetime, hosts: Sequence[DataHost]) -> None:
    """Revoke the visas of each active grant at these hosts, and those for every host; each in a transaction of its own."""
    for grant in found.filter(state=Grant.State.ACTIVE).order_by("pk").iterator():
        with transaction.atomic():
            locked = Grant.objects.select_for_update(no_key=True).get(pk=grant.pk)
            revoke_visas(grant=locked, because=because, now=now, hosts=hosts)


HANDLERS = {
    Kind.KEY_REVOKED: on_key_revoked,
    Kind.AFFILIATION_ENDED: on_affiliation_ended,
    Kind.ACCOUNT_CLOSED: on_account_closed,
    Kind.SECOND_FACTOR_REMOVED: on_second_factor_removed,
    Kind.HOST_SERVES: on_host_serves,
    Kind.HOST_CHANGED: on_host_changed,
    Kind.HOST_CLOSED: on_host_closed,
}
