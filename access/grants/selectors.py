"""Grants as they are read: whose they are, what they rest on, which hosts serve them."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from access.domain.acknowledgement import DEAF_AFTER, LATE_AFTER, Acknowledgement
from access.models import Grant, HostAcknowledgement, Request
from consent.selectors import cohorts
from consent.selectors.cohorts import CohortBasis, basis
from governance import policies
from governance.domain.roles import SEATS
from governance.duo.canonical_json import canonical_text, digest
from governance.duo.decision import ENGINE
from governance.duo.ontology import Ontologies
from governance.models import Committee, DataHost, Dataset, User

LIVE = (Grant.State.ACTIVE, Grant.State.SUSPENDED, Grant.State.WAITING)


@dataclass(frozen=True, slots=True)
class Held:
    """A grant that is or was a person's, with where the changes of its dataset stand and whether it names them now."""

    grant: Grant
    newest: int
    unsealed: bool
    named: bool
    stamp: Hashable

    @property
    def behind(self) -> bool:
        """Whether members changed since it was judged; what has no number yet counts as newer than everything."""
        has_members = self.grant.line.dataset_version.dataset.has_members
        return has_members and (self.unsealed or self.newest > self.grant.judged_position)


def with_basis() -> QuerySet[Grant]:
    """Grants with all that they rest on, in one query."""
    return Grant.objects.select_related(
        "line__case__request__applicant", "line__case__committee", "line__dataset_version__dataset", "submission"
    )


def judgeable() -> QuerySet[Grant]:
    """Live grants that could be judged when they last were."""
    return Grant.objects.filter(state__in=LIVE).exclude(suspended_because=Grant.Suspension.UNJUDGED)


def set_aside() -> QuerySet[Grant]:
    """Live grants that could not be judged: an alarm stands while there are any."""
    return Grant.objects.filter(suspended_because=Grant.Suspension.UNJUDGED)


def visible_to(person: User) -> QuerySet[Grant]:
    """The grants that name this person, and those of committees on which they hold a seat."""
    committees = policies.held_any(person, SEATS, Committee)
    return with_basis().filter(Q(people__person=person) | Q(line__case__committee__in=committees)).distinct()


def neighbours(person: User, grant: Grant) -> tuple[Grant | None, Grant | None]:
    """The grant that this one follows, and the one that follows it, as far as this person may see them; one query."""
    found = visible_to(person).filter(Q(pk=grant.follows_id) | Q(follows=grant))
    rows = {one.pk < grant.pk: one for one in found}
    return rows.get(True), rows.get(False)


def counted_exactly_for(person: User, grants: Iterable[Grant]) -> frozenset[int]:
    """The grants whose numbers of people this person reads as they are: those of their committees, but for their own.

    Everybody else reads tens: single people coming and going are nobody's to watch who works with the data.
    """
    committees = policies.held_any(person, SEATS, Committee)
    wanted = Grant.objects.filter(pk__in=[grant.pk for grant in grants], line__case__committee__in=committees)
    own = Q(people__person=person) | Q(line__case__request__applicant=person)
    return frozenset(wanted.exclude(own).values_list("pk", flat=True))


def purpose_of(grant: Grant) -> dict[str, Any]:
    """The purpose that the committee decided on."""
    purpose: dict[str, Any] = grant.submission.purpose
    return purpose


def ethics_end(grant: Grant) -> date | None:
    """The last day of the ethics approval that the request named, where it named one."""
    approval = purpose_of(grant).get("ethics_approval")
    return date.fromisoformat(approval["valid_until"]) if approval else None


def day_of(grant: Grant, now: datetime) -> date:
    """Which day it is where the grant's committee is: days of purposes and labels are read there."""
    return grant.line.case.committee.day(now)


def cohort_basis(grant: Grant, now: datetime) -> CohortBasis:
    """What the grant's cohort is read from on the committee's day."""
    dataset, purpose = grant.line.dataset_version.dataset, purpose_of(grant)
    return basis(
        dataset,
        purpose,
        day_of(grant, now),
        epoch=grant.epoch,
        judged=grant.judged_rules,
        shut_out=shut_out(grant),
    )


def shut_out(grant: Grant) -> frozenset[int]:
    """The profiles whose members are in the grant's cohort no more, whatever is permitted now."""
    return frozenset(map(int, grant.shut_out))


def judged_under(dataset: Dataset, ontologies: Ontologies, day: date) -> str:
    """What answers on a dataset rest on beside purpose and profiles: a day, and a hash of label and ontologies."""
    rests_on = {
        "engine": ENGINE,
        "label": dataset.data_use,
        "outlet": dataset.outlet,
        "ontologies": ontologies.identity(),
    }
    return f"{day.isoformat()} {digest(canonical_text(rests_on))}"


def joined_between(grant: Grant, read: CohortBasis, after: int, until: int) -> list[int]:
    """Who joined what was granted between two positions, and so is not in the grant's cohort."""
    return cohorts.joined_between(read, after, until, version=grant.line.dataset_version.number)


def whole_from(grant: Grant) -> int:
    """The position from which on deltas tell who left: a copy from before it is read whole, or compared with the whole."""
    return max(grant.epoch, grant.narrowed_at_position)


def cohort_url(grant: Grant) -> str:
    """Where hosts read the cohort of a grant."""
    return f"{settings.BASE_URL}api/v1/hosts/cohorts/{grant.number}"


def open_hosts(dataset: Dataset) -> list[DataHost]:
    """The hosts that serve a dataset and are not closed."""
    return list(DataHost.objects.filter(hosted__dataset=dataset, closed_at__isnull=True).order_by("pk"))


def of_mode(hosts: Iterable[DataHost], purpose: Mapping[str, Any]) -> list[DataHost]:
    """Those of the hosts that serve in the mode that a purpose asks for, or all where it asks for none."""
    mode = purpose.get("access_mode")
    return [host for host in hosts if mode is None or mode in host.modes]


def hosts_of(grant: Grant) -> list[DataHost]:
    """The open hosts that serve the grant's dataset in one of the modes that it was granted for."""
    return of_mode(open_hosts(grant.line.dataset_version.dataset), purpose_of(grant))


def acknowledgement(row: HostAcknowledgement) -> Acknowledgement:
    """The row as the value that says how it stands."""
    return Acknowledgement(
        needs=row.needs_position, confirmed=row.confirmed_position, changed_at=row.changed_at, told_at=row.told_at
    )


def deaf(now: datetime) -> QuerySet[HostAcknowledgement]:
    """What hosts have not confirmed for an hour, of active grants: `Standing.DEAF`, as a query."""
    return _unconfirmed_for(DEAF_AFTER, now)


def late(now: datetime) -> QuerySet[HostAcknowledgement]:
    """What hosts have not confirmed in time, of active grants: `Standing.LATE` or `DEAF`, as a query."""
    return _unconfirmed_for(LATE_AFTER, now)


def _unconfirmed_for(wait: timedelta, now: datetime) -> QuerySet[HostAcknowledgement]:
    # Hosts keep copies of active grants alone: what they did not confirm of another says nothing about them.
    return HostAcknowledgement.objects.filter(
        grant__state=Grant.State.ACTIVE, confirmed_position__lt=F("needs_position"), changed_at__lte=now - wait
    )


def ended_before(now: datetime) -> QuerySet[Grant]:
    """Live grants whose time is over."""
    return Grant.objects.filter(state__in=LIVE, ends_at__lte=now)


def named_in_submission(request: Request) -> list[User]:
    """The applicant and the colleagues who had confirmed when the version that is judged was submitted.

    Who confirmed later, while a part of the request was given back, was not judged by anybody.
    """
    rows = request.collaborators.filter(confirmed_at__lte=request.submitted_at).select_related("person").order_by("pk")
    return [request.applicant, *(row.person for row in rows if row.person is not None)]
