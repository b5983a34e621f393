"""Who judges a case: the committee's seats without those who may not, and who one person is on a case.

A conflict of interest is computed (the applicant, somebody who works on the request, the same institution) or
declared (`Recusal`). INVARIANT: the applicant and those who work on a request are never among its judges.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from access.domain import quorum
from access.domain.states import Party
from access.models import Case, Collaborator, Recusal, Request
from governance import policies
from governance.domain.errors import NotAllowed, NotThere
from governance.domain.roles import VOTING, Role
from governance.models import User
from governance.selectors.affiliations import current_affiliations

APPLICANT, COLLABORATOR, INSTITUTION = "applicant", "collaborator", "same-institution"


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's seat, and why they take no part in this case where that is so."""

    person: User
    roles: frozenset[Role]
    recused: str = ""
    computed: bool = False

    @property
    def votes(self) -> bool:
        """Whether this seat votes at all; the secretary's does not."""
        return bool(self.roles & VOTING)


@dataclass(frozen=True, slots=True)
class Bench:
    """The seats of a case's committee, as they stand on this case."""

    seats: tuple[Seat, ...]

    def seat(self, person: User) -> Seat | None:
        """This person's seat, where they have one."""
        return next((seat for seat in self.seats if seat.person.pk == person.pk), None)

    @property
    def judges(self) -> tuple[Seat, ...]:
        """Those who may vote on this case."""
        return tuple(seat for seat in self.seats if seat.votes and not seat.recused)

    @property
    def recused(self) -> frozenset[int]:
        """Those with a seat who take no part."""
        return frozenset(seat.person.pk for seat in self.seats if seat.recused)

    def parties(self, person: User) -> frozenset[Party]:
        """Who this person is for the state tables; nobody, when they are recused."""
        seat = self.seat(person)
        if seat is None or seat.recused:
            return frozenset()
        found = {Party(role.value) for role in seat.roles if role.value in set(Party)}
        if seat.votes and not any(Role.CHAIR in judge.roles for judge in self.judges):
            found.add(Party.DEPUTY)
        return frozenset(found)

    def for_quorum(self) -> list[quorum.VotingSeat]:
        """The voting seats as the counting of votes reads them."""
        return [
            quorum.VotingSeat(seat.person.pk, Role.CHAIR in seat.roles, Role.REPRESENTATIVE in seat.roles)
            for seat in self.seats
            if seat.votes
        ]


def people_of(request: Request) -> dict[int, str]:
    """Everybody who works on a request, with what they are. Who was only asked is nobody yet, or names would take judges."""
    found = dict.fromkeys((row.person_id for row in request.collaborators.all() if row.person_id), COLLABORATOR)
    return {**found, request.applicant_id: APPLICANT}


def bench_of(case: Case, now: datetime) -> Bench:
    """The case's bench: seats, computed conflicts and declared recusals, in one query."""
    rows = list(_with_conflicts(policies.seats_on(case.committee), case, now))
    of_each = {row.user_id: row for row in rows}
    seats = []
    for person, roles in policies.seated(rows):
        row, computed = of_each[person.pk], ""
        if person.pk == case.request.applicant_id:
            computed = APPLICANT
        elif row.works_on_it:
            computed = COLLABORATOR
        elif row.shares_institution:
            computed = INSTITUTION
        reason = computed or (row.declared or "")
        seats.append(Seat(person, roles, reason, bool(computed) or bool(row.declared_computed)))
    return Bench(tuple(seats))


def _with_conflicts(seats: QuerySet[Any], case: Case, now: datetime) -> QuerySet[Any]:
    """Each seat with whether its person works on the request, whether they belong to an institution of somebody who does, and
    what was declared about them.
    """
    works_on_it = Collaborator.objects.filter(request=case.request, person__isnull=False)
    current = current_affiliations(now)
    theirs = current.filter(Q(person=case.request.applicant_id) | Q(person__in=works_on_it.values("person")))
    declared = Recusal.objects.filter(case=case, person=OuterRef("user"))
    found: QuerySet[Any] = seats.annotate(
        works_on_it=Exists(works_on_it.filter(person=OuterRef("user"))),
        shares_institution=Exists(
            current.filter(person=OuterRef("user"), organisation__in=theirs.values("organisation"))
        ),
        declared=Subquery(declared.values("reason")),
        declared_computed=Subquery(declared.values("computed")),
    )
    return found


def bench_for(case: Case, by: User, now: datetime) -> Bench:
    """The case's bench, once it is clear that this person may see it as one of the committee.

    Raises `NotThere` for people without a seat, `NotAllowed` for those who work on the request: an
    applicant is never a judge, whatever seat they hold.
    """
    bench = bench_of(case, now)
    seat = bench.seat(by)
    role = seat.recused if seat is not None else people_of(case.request).get(by.pk)
    if role == APPLICANT:
        raise NotAllowed(_("you wrote this request, so you cannot judge it: another member does"))
    if role == COLLABORATOR:
        raise NotAllowed(_("you work on this request, so you cannot judge it: another member does"))
    if seat is None:
        raise NotThere(f"there is no case {case.number}")
    return bench


def refuse_the_recused(bench: Bench, by: User) -> None:
    """Raise `NotAllowed` for a member who takes no part in the case."""
    seat = bench.seat(by)
    if seat is not None and seat.recused:
        raise NotAllowed(_("you are recused from this case: you take no part in it"))
