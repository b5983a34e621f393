"""Organisations, and who belongs to them."""

from datetime import datetime

from django.db import transaction

from governance.domain.errors import Invalid
from governance.domain.events import Kind, Subject
from governance.duo.countries import problem as country_problem
from governance.models import Affiliation, Organisation, User
from governance.record import audit
from governance.record.actors import By


@transaction.atomic
def create_organisation(
    *, slug: str, name: str, domain: str, country: str, kind: str, by: By, now: datetime, ror: str = ""
) -> Organisation:
    """Record an organisation."""
    if wrong := country_problem(country, groups=False):
        raise Invalid(wrong, {"country": wrong})
    organisation = Organisation(
        slug=slug, name=name, domain=domain, country=country, kind=kind, ror=ror, created_at=now
    )
    organisation.full_clean(exclude=["created_at"])
    organisation.save()
    audit.record(Kind.ORGANISATION_CREATED, by=by, about=Subject("organisation", slug), now=now)
    return organisation


@transaction.atomic
def record_affiliation(
    *,
    person: User,
    organisation: Organisation,
    role: str,
    vouched_by: str,
    until: datetime | None,
    by: By,
    now: datetime,
) -> Affiliation:
    """Record that a person belongs to an organisation, who vouches for it, and until when."""
    if until is not None and until <= now:
        raise Invalid("the affiliation ends before it begins", {"until": "give a day in the future"})
    affiliation = Affiliation.objects.create(
        person=person, organisation=organisation, role=role, vouched_by=vouched_by, since=now, until=until
    )
    audit.record(
        Kind.AFFILIATION_RECORDED,
        by=by,
        about=Subject("person", person.subject),
        now=now,
        detail={
            "organisation": organisation.slug,
            "role": role,
            "vouched_by": vouched_by,
            "until": until.isoformat() if until else "",
        },
    )
    return affiliation


@transaction.atomic
def end_affiliation(*, affiliation: Affiliation, by: By, now: datetime) -> Affiliation:
    """End an affiliation at once; grants that rest on it are judged again."""
    rows = Affiliation.objects.select_related("person", "organisation")
    locked = rows.select_for_update(of=("self",), no_key=True).get(pk=affiliation.pk)
    if locked.ended_at is None:
        locked.ended_at = now
        locked.save(update_fields=["ended_at"])
        audit.record(
            Kind.AFFILIATION_ENDED,
            by=by,
            about=Subject("person", locked.person.subject),
            now=now,
            detail={"organisation": locked.organisation.slug},
        )
    return locked
