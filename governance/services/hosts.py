"""Data hosts and what they serve."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from governance.domain.errors import Invalid
from governance.domain.events import Kind, Subject
from governance.models import DataHost, Dataset, HostedDataset, Organisation, User
from governance.record import audit, seals
from governance.services.datasets import MODES


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
    by: User | str,
    now: datetime,
    enforces_cohorts: bool = False,
    polls: bool = False,
    visa_typ: str = DataHost.Typ.VISA,
    passport_aud: bool = True,
) -> DataHost:
    """Register a data host. One that does not read its feeds by itself counts as one that does not enforce cohorts."""
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown:
        raise Invalid(f"unknown access mode {unknown[0]!r}", {"modes": f"choose among {', '.join(MODES)}"})
    if enforces_cohorts and not polls:
        raise Invalid(
            "a host that enforces cohorts must read its feeds", {"polls": "switch polling on, or enforcing off"}
        )
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
def serve_dataset(*, host: DataHost, dataset: Dataset, by: User | str, now: datetime) -> HostedDataset:
    """Say that a host serves a dataset. Saying it twice changes nothing."""
    hosted, made = HostedDataset.objects.get_or_create(host=host, dataset=dataset, defaults={"since": now})
    if made:
        audit.record(
            Kind.HOST_SERVES, by=by, about=Subject("host", host.slug), now=now, detail={"dataset": dataset.slug}
        )
    return hosted
