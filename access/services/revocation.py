"""Putting visas on their status list. Apart from minting, so that what ends a grant need not know how visas are made."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from access.models import Grant, StatusList, Visa
from governance import audit
from governance.domain.events import Kind, Subject
from governance.models import DataHost, User


def revoke_visas(
    *,
    grant: Grant,
    because: str,
    now: datetime,
    people: Sequence[User] | None = None,
    hosts: Sequence[DataHost] | None = None,
) -> int:
    """Revoke every visa of a grant that was recorded and has not ended: delivered or in flight. Returns how many.

    The caller holds the grant's lock, so that no intent is recorded beside this. Narrowed to people or hosts where given.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("visas are revoked in the transaction of their cause: wrap the service in transaction.atomic")
    standing = Visa.objects.filter(grant=grant, revoked_at__isnull=True, exp__gt=now)
    if people is not None:
        standing = standing.filter(intent__person__in=people)
    if hosts is not None:
        standing = standing.filter(host__in=hosts)
    lists = set(standing.values_list("status_list_id", flat=True))
    count = standing.update(revoked_at=now, revoked_because=because[:40])
    if count:
        StatusList.objects.filter(pk__in=lists).update(changed_at=now)
        audit.record(
            Kind.VISAS_REVOKED,
            by="revocation",
            about=Subject("grant", grant.number),
            now=now,
            detail={"grant": grant.pk, "count": count, "because": because},
        )
    return count
