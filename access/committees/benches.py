"""Who judges a case: the committee's seats without those who may not, and who one person is on a case.

A conflict of interest is computed (the applicant, somebody who works on the request, the same institution) or
declared (`Recusal`). INVARIANT: the applicant and those who work on a request are never among its judges.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from access.domain import quorum
from access.domain.states import Actor
from access.models import Case, Request
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

    def actors(self, person: User) -> frozenset[Actor]:
        """Who this person is for the state tables; nobody, when they are recused."""
        seat = self.seat(person)
        if seat is None or seat.recused:
            return frozenset()
        found = {Actor(role.value) for role in seat.roles if role.value in set(Actor)}
        if seat.votes and not any(Role.CHAIR in judge.roles for judge in self.judges):
            found.add(Actor.DEPUTY)
        return frozenset(found)

    def for_quorum(self) -> list[quorum.Seat]:
        """The voting seats as the counting of votes reads them."""
        return [
            quorum.Seat(seat.person.pk, Role.CHAIR in seat.roles, Role.REPRESENTATIVE in seat.roles)
            for seat in self.seats
            if seat.votes
        ]


def people_of(request: Request) -> dict[int, str]:
    """Everybody who works on a request, with what they are. Who was only asked is nobody yet, or names would take judges."""
    found = dict.fromkeys((row.person_id for row in request.collaborators.all() if row.person_id), COLLABORATOR)
    return {**found, request.applicant_id: APPLICANT}


def bench_of(case: Case, now: datetime) -> Bench:
    """The case's bench: seats, computed conflicts and declared recusals, in three queries."""
    seated = policies.seated(case.committee)
    people = people_of(case.request)
    shared = _sharing_an_institution({person.pk for person, _ in seated}, set(people), now)
    declared = {row.person_id: row for row in case.recusals.all()}
    seats = []
    for person, roles in seated:
        row = declared.get(person.pk)
        computed = people.get(person.pk) or (INSTITUTION if person.pk in shared else "")
        reason = computed or (row.reason if row else "")
        seats.append(Seat(person, roles, reason, bool(computed) or bool(row and row.computed)))
    return Bench(tuple(seats))


def _sharing_an_institution(seated: Collection[int], people: Iterable[int], now: datetime) -> frozenset[int]:
    """Those of the committee who belong to an institution of somebody who works on the request."""
    asking = set(people)
    rows = current_affiliations(now).filter(person_id__in=asking | set(seated))
    pairs = list(rows.values_list("person_id", "organisation_id"))
    theirs = {organisation for person, organisation in pairs if person in asking}
    return frozenset(person for person, organisation in pairs if person in seated and organisation in theirs)


def bench_for(case: Case, by: User, now: datetime) -> Bench:
    """The case's bench, once it is clear that this person may see it as one of the committee.

    Raises `NotThere` for people without a seat, `NotAllowed` for those who work on the request: an
    applicant is never a judge, whatever seat they hold.
    """
    bench = bench_of(case, now)
    role = people_of(case.request).get(by.pk)
    if role == APPLICANT:
        raise NotAllowed(_("you wrote this request, so you cannot judge it: another member does"))
    if role == COLLABORATOR:
        raise NotAllowed(_("you work on this request, so you cannot judge it: another member does"))
    if bench.seat(by) is None:
        raise NotThere(f"there is no case {case.number}")
    return bench


def refuse_the_recused(bench: Bench, by: User) -> None:
    """Raise `NotAllowed` for a member who takes no part in the case."""
    seat = bench.seat(by)
    if seat is not None and seat.recused:
        raise NotAllowed(_("you are recused from this case: you take no part in it"))
