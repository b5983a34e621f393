"""Data hosts as they are read: whose they are, which grants each serves, and where it stands with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db.models import DateTimeField, F, FilteredRelation, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Greatest

from access.domain.acknowledgement import Acknowledgement, Standing
from access.grants import selectors
from access.models import Grant
from governance import policies
from governance.annotated import With
from governance.domain.errors import NotThere
from governance.domain.roles import Role
from governance.models import DataHost, Organisation, User


def visible_to(person: User) -> QuerySet[DataHost]:
    """The hosts of the organisations for which this person operates hosts."""
    own = policies.held(person, Role.HOST_OPERATOR, Organisation)
    return DataHost.objects.filter(organisation__in=own).select_related("organisation").order_by("name", "pk")


def host_of(person: User, slug: str) -> DataHost:
    """One of them; another's looks as if it were not there."""
    host = visible_to(person).filter(slug=slug).first()
    if host is None:
        raise NotThere(f"you operate no host {slug}")
    return host


class Followed(TypedDict):
    """How far one host has followed a grant: see `grants_at`."""

    mode: str | None
    served_since: datetime
    told_at: datetime | None
    confirmed: int
    confirmed_at: datetime | None
    waits_since: datetime
    needs: int


GrantAt = With[Grant, Followed]


def grants_at(host: DataHost) -> QuerySet[GrantAt]:
    """The grants that a host serves, in their modes, each with how far the host has followed it.

    `needs` and `confirmed` are positions, `waits_since` when it first had something to follow. A host that does not enforce
    cohorts must confirm every shrink, one from before it served the dataset too (the same rule as when visas are minted).
    """
    row = FilteredRelation("acknowledgements", condition=Q(acknowledgements__host=host))
    needs: Any = Coalesce(F("row__needs_position"), Value(0))
    if not host.enforces_cohorts:
        needs = Greatest(needs, F("shrunk_at_position"))
    return (
        # From the host's datasets to their grants: those of other hosts are not looked at.
        Grant.objects.filter(line__dataset_version__dataset__hosted__host=host)
        .annotate(
            mode=Cast(KeyTextTransform("access_mode", "submission__purpose"), TextField()),
            served_since=F("line__dataset_version__dataset__hosted__since"),
            row=row,
            told_at=F("row__told_at"),
            confirmed=Coalesce(F("row__confirmed_position"), Value(0)),
            confirmed_at=F("row__confirmed_at"),
            waits_since=Coalesce(
                F("row__changed_at"), Greatest(F("served_since"), F("decided_at")), output_field=DateTimeField()
            ),
            needs=needs,
        )
        .filter(Q(mode__isnull=True) | Q(mode__in=host.modes))
        .select_related("line__case__committee", "line__dataset_version__dataset")
    )


def followed(host: DataHost) -> Sequence[str]:
    """The states in which a grant asks this host to follow it: a copy is kept of active grants alone."""
    return [Grant.State.ACTIVE] if host.enforces_cohorts else list(selectors.LIVE)


def grant_at(host: DataHost, number: str) -> GrantAt:
    """One grant of a host, annotated; another host's looks as if it were not there."""
    grant = grants_at(host).filter(number=number).first()
    if grant is None:
        raise NotThere(f"there is no grant {number} at this host")
    return grant


def standing_of(grant: GrantAt, now: datetime) -> Standing:
    """Where the host stands with a grant of `grants_at`."""
    return Acknowledgement(
        needs=grant.needs, confirmed=grant.confirmed, changed_at=grant.waits_since, told_at=grant.told_at
    ).standing(now)
