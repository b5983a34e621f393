"""Data access committees."""

from datetime import datetime
from typing import Any

from django.db import transaction

from governance.domain.events import Kind, Subject
from governance.face.time_zones import check_zone, zone_of
from governance.models import Committee, Organisation
from governance.record import audit, seals
from governance.record.actors import By


def committee_seal(committee: Committee) -> str:
    """The hash by which the audit log covers how a committee decides; what it is called is not part of it."""
    return seals.seal(committee, without=["name", "contact", "about"])


@transaction.atomic
def create_committee(
    *,
    slug: str,
    name: str,
    organisation: Organisation,
    code: str,
    contact: str,
    by: By,
    now: datetime,
    time_zone: str = "",
    **policy: Any,
) -> Committee:
    """Make a committee of an organisation. `policy`: quorum, rule and the other columns of its row.

    Its days begin and end in `time_zone`; without one, in that of the organisation's country.
    """
    committee = Committee(
        slug=slug,
        name=name,
        organisation=organisation,
        code=code,
        contact=contact,
        time_zone=check_zone(time_zone or zone_of(organisation.country)),
        created_at=now,
        **policy,
    )
    committee.full_clean(exclude=["created_at"])
    committee.save()
    audit.record(
        Kind.COMMITTEE_CREATED,
        by=by,
        about=Subject("committee", slug),
        now=now,
        detail={"organisation": organisation.slug, "seal": committee_seal(committee)},
    )
    return committee
