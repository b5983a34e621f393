"""Data hosts and what they serve."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from governance import policies
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.duo.countries import problem as country_problem
from governance.locks import lock_host
from governance.models import DataHost, Dataset, HostedDataset, Organisation, User
from governance.record import audit, seals
from governance.record.actors import By
from governance.services.datasets import MODES

# What of a host can be changed; the rest says which host it is.
SETTINGS = ("name", "country", "modes", "base_url", "audience", "enforces_cohorts", "polls", "visa_typ", "passport_aud")


def _require_fitting(*, country: str, modes: Sequence[str], enforces_cohorts: bool, polls: bool) -> None:
    if wrong := country_problem(country, groups=False):
        raise Invalid(wrong, {"country": wrong})
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown:
        raise Invalid(f"unknown access mode {unknown[0]!r}", {"modes": f"choose among {', '.join(MODES)}"})
    if enforces_cohorts and not polls:
        raise Invalid(
            "a host that enforces cohorts must read its feeds", {"polls": "switch polling on, or enforcing off"}
        )


@transaction.atomic
def register_host(
    *,
    slug: str,
    name: str,
    organisation: Organisation,
    country: str,
    modes: Sequence[str],
    base_url: str,
    audience: str,
    by: By,
    now: datetime,
    enforces_cohorts: bool = False,
    polls: bool = False,
    visa_typ: str = DataHost.Typ.VISA,
    passport_aud: bool = True,
) -> DataHost:
    """Register a data host. One that does not read its feeds by itself counts as one that does not enforce cohorts."""
    _require_fitting(country=country, modes=modes, enforces_cohorts=enforces_cohorts, polls=polls)
    host = DataHost.objects.create(
        slug=slug,
        name=name,
        organisation=organisation,
        country=country,
        modes=list(modes),
        base_url=base_url,
        audience=audience,
        enforces_cohorts=enforces_cohorts,
        polls=polls,
        visa_typ=visa_typ,
        passport_aud=passport_aud,
        registered_at=now,
    )
    audit.record(Kind.HOST_REGISTERED, by=by, about=Subject("host", slug), now=now, detail={"seal": seals.seal(host)})
    return host


@transaction.atomic
def serve_dataset(*, host: DataHost, dataset: Dataset, by: By, now: datetime) -> HostedDataset:
    """Say that a host serves a dataset. Saying it twice changes nothing."""
    hosted, made = HostedDataset.objects.get_or_create(host=host, dataset=dataset, defaults={"since": now})
    if made:
        audit.record(
            Kind.HOST_SERVES, by=by, about=Subject("host", host.slug), now=now, detail={"dataset": dataset.slug}
        )
    return hosted


@transaction.atomic
def close_host(*, host: DataHost, because: str, by: By, now: datetime) -> DataHost:
    """Close a host for good: its visas end, its programs are let in no more, and nothing is asked of it.

    `because` is a code of the operator's, such as `left` or `breach`. Closing a closed host changes nothing.
    """
    _require_administrator(by, "closes a host")
    if not because.isidentifier():
        raise Invalid("the reason is not a code", {"because": "give one word, such as left or breach"})
    locked = lock_host(host)
    if locked.closed_at is not None:
        return locked
    locked.closed_at = now
    locked.save(update_fields=["closed_at"])
    _record(Kind.HOST_CLOSED, locked, by, now, because=because)
    return locked


@transaction.atomic
def change_host(*, host: DataHost, by: By, now: datetime, **settings: Any) -> DataHost:
    """Change settings of an open host, by their names in `SETTINGS`: the visas that were made for the former ones end.

    Giving what stands already changes nothing.
    """
    _require_administrator(by, "changes a host")
    unknown = sorted(settings.keys() - set(SETTINGS))
    if unknown:
        raise Invalid(f"{unknown[0]} of a host is never changed", {unknown[0]: f"choose among {', '.join(SETTINGS)}"})
    locked = lock_host(host)
    if locked.closed_at is not None:
        raise Conflict(f"{locked.slug} is closed: register it anew under another short name")
    changed = sorted(name for name, value in settings.items() if getattr(locked, name) != value)
    if not changed:
        return locked
    for name in changed:
        setattr(locked, name, settings[name])
    now_set = {"modes": locked.modes, "enforces_cohorts": locked.enforces_cohorts, "polls": locked.polls}
    _require_fitting(country=locked.country, **now_set)
    if DataHost.objects.filter(audience=locked.audience).exclude(pk=locked.pk).exists():
        raise Conflict(f"another host is called {locked.audience}: a Passport for the one would open the other")
    locked.save(update_fields=changed)
    _record(Kind.HOST_CHANGED, locked, by, now, changed=changed)
    return locked


def _require_administrator(by: By, does: str) -> None:
    if isinstance(by, User) and not policies.is_administrator(by):
        raise NotAllowed(f"only an administrator {does}: ask one of them")


def _record(kind: Kind, host: DataHost, by: By, now: datetime, **detail: Any) -> None:
    detail = {"host": host.pk, "seal": seals.seal(host), **detail}
    audit.record(kind, by=by, about=Subject("host", host.slug), now=now, detail=detail)
