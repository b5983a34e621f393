"""Obligations as they are read: of a grant, who somebody is for them, what is due."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from access.committees.benches import APPLICANT, bench_of, people_of
from access.domain.obligations import demands, first_state
from access.domain.states import Party
from access.grants import selectors
from access.models import Evidence, Grant, Obligation
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


def parties_on(grant: Grant, person: User, now: datetime) -> frozenset[Party]:
    """Who this person is for the obligations of a grant: one who works with the data, or one of its committee."""
    role = people_of(grant.line.case.request).get(person.pk)
    if role is not None:
        return frozenset({Party.APPLICANT if role == APPLICANT else Party.COLLABORATOR})
    return bench_of(grant.line.case, now).parties(person)


def waiting_of(grants: Iterable[Grant]) -> dict[int, list[Obligation]]:
    """What waits for somebody, by grant that has not ended: to be looked at, sent back or overdue; one query."""
    state = Obligation.State
    waits = Q(state__in=(state.OFFERED, state.OVERDUE)) | (Q(state=state.PROMISED) & ~Q(note=""))
    running = {grant.pk: grant for grant in grants if grant.state != Grant.State.ENDED}
    found: dict[int, list[Obligation]] = {}
    for one in Obligation.objects.filter(waits, grant__in=list(running)):
        one.grant = running[one.grant_id]
        found.setdefault(one.grant_id, []).append(one)
    return found


def find_evidence(obligation: Obligation, pk: int) -> Evidence:
    """One piece of evidence of an obligation, with its file; only what has one is asked for by its number."""
    found = obligation.evidence.select_related("file", "by").filter(pk=pk, file__isnull=False).first()
    if found is None:
        raise NotThere(f"{obligation} has no such file")
    found.obligation = obligation
    return found


def may_erase(evidence: Evidence, person: User, parties: Collection[Party]) -> bool:
    """Whether this person, who is these parties, may erase the file: who showed it, and those who decide for the committee."""
    return evidence.by_id == person.pk or not {Party.CHAIR, Party.DEPUTY}.isdisjoint(parties)


def due(now: datetime) -> QuerySet[Obligation]:
    """What may be over, of grants that have begun: promised or met until a day before today, wherever it is latest."""
    states = (Obligation.State.PROMISED, Obligation.State.MET)
    rows = Obligation.objects.filter(state__in=states, due__lt=(now + _EASTERNMOST).date())
    return rows.filter(grant__starts_at__isnull=False).select_related("grant__line__case__committee")
