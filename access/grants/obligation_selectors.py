"""Obligations as they are read: of a grant, who somebody is for them, what is due."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from access.committees.benches import APPLICANT, bench_of, people_of
from access.domain.obligations import demands, first_state
from access.domain.states import Actor
from access.grants import selectors
from access.models import Grant, Obligation
from governance.domain.errors import NotThere
from governance.models import User

# No time zone is further ahead of UTC.
_EASTERNMOST = timedelta(hours=14)


def begun(grant: Grant) -> list[dict[str, Any]]:
    """The obligations that a grant begins with, by what its decision demanded: term, parameter, state and day of each."""
    found = demands(grant.obligations, last_day=grant.last_day, ethics_until=selectors.ethics_end(grant))
    return [
        {"term": one.term, "parameter": one.parameter, "state": first_state(one.step), "due": one.due} for one in found
    ]


def find(grant: Grant, place: int) -> Obligation:
    """One obligation of a grant that the reader may see."""
    found = Obligation.objects.filter(grant=grant, place=place).first()
    if found is None:
        raise NotThere(f"grant {grant.number} has no obligation {place}")
    found.grant = grant
    return found


def actors_on(grant: Grant, person: User, now: datetime) -> frozenset[Actor]:
    """Who this person is for the obligations of a grant: one who works with the data, or one of its committee."""
    role = people_of(grant.line.case.request).get(person.pk)
    if role is not None:
        return frozenset({Actor.APPLICANT if role == APPLICANT else Actor.COLLABORATOR})
    return bench_of(grant.line.case, now).actors(person)


def due(now: datetime) -> QuerySet[Obligation]:
    """What may be over, of grants that have begun: promised or met until a day before today, wherever it is latest."""
    states = (Obligation.State.PROMISED, Obligation.State.MET)
    rows = Obligation.objects.filter(state__in=states, due__lt=(now + _EASTERNMOST).date())
    return rows.filter(grant__starts_at__isnull=False).select_related("grant__line__case__committee")
