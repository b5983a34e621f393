"""Which visas a person may have now, at which hosts, and why not: read from what stands, deciding nothing twice.

A `Candidate` is an assertion with all its ends; a `Withheld` is a visa that is not given, with the reason
that the pages show. What the rules of the token itself add (an end within ten minutes, the lint) comes
later, when the visa is prepared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings

from access.domain.acknowledgement import Standing
from access.domain.days import is_over_at
from access.domain.visas import Assertion, By, accepted_terms, affiliation_and_role, controlled_access_grant
from access.models import Client, Grant, HostAcknowledgement, TermsAcceptance, TermsVersion
from access.selectors import grants as grant_selectors
from access.selectors.terms import current_terms
from consent.services.sealer import position
from governance.duo.purpose import parse_purpose
from governance.models import Affiliation, Committee, DataHost, User
from governance.selectors.affiliations import current_affiliations
from governance.selectors.second_factor import has_second_factor
from governance.services.datasets import visa_value


@dataclass(frozen=True, slots=True)
class Candidate:
    """One visa that may be given: what it says, and what ends it. `position` stands in the cohort claim."""

    assertion: Assertion
    grant: Grant | None = None
    host: DataHost | None = None
    grant_end: datetime | None = None
    ethics_end: datetime | None = None
    affiliation_end: datetime | None = None
    cohort: str | None = None
    position: int | None = None

    @property
    def last(self) -> datetime:
        """The moment that ends the right; far away where nothing does."""
        ends = [end for end in (self.grant_end, self.ethics_end, self.affiliation_end) if end is not None]
        return min(ends, default=datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Withheld:
    """A visa that is not given: a code for programs, a sentence for people, and what it would have been for."""

    code: str
    message: str
    grant: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person may have: candidates, and what is withheld."""

    candidates: tuple[Candidate, ...]
    withheld: tuple[Withheld, ...]


def open_hosts(client: Client | None, hosts: Sequence[DataHost]) -> list[DataHost]:
    """The hosts that a passport is for: the client's own, or those named, or all of them for a portal."""
    rows = DataHost.objects.filter(closed_at__isnull=True)
    if client is not None and client.host_id is not None:
        rows = rows.filter(pk=client.host_id)
    if hosts:
        rows = rows.filter(pk__in=[host.pk for host in hosts])
    return list(rows.order_by("pk"))


def grants_naming(person: User, hosts: Sequence[DataHost]) -> list[int]:
    """The active grants that name the person and whose dataset one of the hosts serves, in the order of locking."""
    rows = Grant.objects.filter(
        state=Grant.State.ACTIVE,
        people__person=person,
        people__ended_at__isnull=True,
        line__dataset_version__dataset__hosted__host__in=hosts,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def choose(*, person: User, grants: Sequence[Grant], hosts: Sequence[DataHost], now: datetime) -> Choice:
    """What the person may have of these grants at these hosts. The grants were just judged and are locked."""
    affiliations = list(current_affiliations(now).filter(person=person).select_related("organisation").order_by("pk"))
    obstacle = _obstacle_of_person(person, affiliations)
    if obstacle is not None:
        return Choice((), (obstacle,))
    affiliation_end = _latest_end(affiliations)
    candidates: list[Candidate] = []
    withheld: list[Withheld] = []
    terms: dict[int, TermsAcceptance] = {}
    for grant in grants:
        acceptances, reason = _accepted(person, grant)
        why = _obstacle_of_grant(grant, person, now) or reason
        if why is not None:
            withheld.append(why)
            continue
        terms.update({acceptance.pk: acceptance for acceptance in acceptances})
        for found in _at_hosts(grant, hosts, affiliation_end, now):
            (candidates if isinstance(found, Candidate) else withheld).append(found)  # type: ignore[arg-type]
    candidates.sort(key=lambda candidate: candidate.last, reverse=True)
    others = [*map(_affiliation, affiliations), *map(_terms, terms.values())]
    return Choice((*candidates, *others), tuple(withheld))


def preview(*, person: User, client: Client, now: datetime) -> list[Grant]:
    """The grants whose datasets a client would be told of: for the consent screen, without locking anything."""
    hosts = open_hosts(client, ())
    return list(grant_selectors.with_basis().filter(pk__in=grants_naming(person, hosts)).order_by("pk"))


def _latest_end(affiliations: Sequence[Affiliation]) -> datetime | None:
    ends = [affiliation.until for affiliation in affiliations]
    return None if None in ends else max(end for end in ends if end is not None)


def _obstacle_of_person(person: User, affiliations: Sequence[Affiliation]) -> Withheld | None:
    if not person.is_active:
        return Withheld("closed", "the account is closed")
    if not has_second_factor(person):
        return Withheld("second_factor", "no second factor is set up: add one to the account")
    if not affiliations:
        return Withheld("affiliation", "no affiliation is current: ask the organisation to renew it")
    return None


def _obstacle_of_grant(grant: Grant, person: User, now: datetime) -> Withheld | None:
    if grant.state != Grant.State.ACTIVE or grant.starts_at is None or grant.starts_at > now:
        return Withheld("not_active", f"the grant is {grant.get_state_display().lower()}", grant.number)
    if not grant.people.filter(person=person, ended_at__isnull=True, since__lte=now).exists():
        return Withheld("person_ended", "the grant does not name this person any more", grant.number)
    return None


def _accepted(person: User, grant: Grant) -> tuple[list[TermsAcceptance], Withheld | None]:
    """The person's acceptances of the terms that came with the request, or of newer versions of them."""
    committee = grant.line.case.committee
    required = _required_terms(grant, committee)
    rows = TermsAcceptance.objects.filter(person=person, terms__slug__in=[one.slug for one in required])
    newest: dict[str, TermsAcceptance] = {}
    for row in rows.select_related("terms__committee").order_by("terms__number"):
        newest[row.terms.slug] = row
    for one in required:
        if one.slug not in newest or newest[one.slug].terms.number < one.number:
            return [], Withheld("terms", f"{one.title} is not accepted yet: read and accept it", grant.number)
    return list(newest.values()), None


def _required_terms(grant: Grant, committee: Committee) -> list[TermsVersion]:
    submitted = grant_selectors.submission_of(grant).terms.filter(committee=committee)
    return list(submitted) or current_terms([committee])


def _at_hosts(
    grant: Grant, hosts: Sequence[DataHost], affiliation_end: datetime | None, now: datetime
) -> Iterator[Candidate | Withheld]:
    wanted = {host.pk for host in hosts}
    version = grant.line.dataset_version
    assertion = controlled_access_grant(
        value=visa_value(version), source=committee_url(grant.line.case.committee), asserted=grant.decided_at
    )
    for host in grant_selectors.hosts_of(grant):
        if host.pk not in wanted or not set(host.modes) & set(version.dataset.modes):
            continue
        behind = _obstacle_of_host(grant, host, now)
        if behind is not None:
            yield behind
            continue
        cohort = at = None
        if host.enforces_cohorts and version.dataset.has_members:
            at = position(version.dataset_id)
            cohort = f"{grant_selectors.cohort_url(grant)}?at={at}"
        yield Candidate(
            assertion,
            grant=grant,
            host=host,
            grant_end=grant.ends_at,
            ethics_end=_ethics_end(grant),
            affiliation_end=affiliation_end,
            cohort=cohort,
            position=at,
        )


def _obstacle_of_host(grant: Grant, host: DataHost, now: datetime) -> Withheld | None:
    """A host that enforces cohorts must not be deaf; another must have confirmed the last shrink.

    Hosts keep copies of active grants alone: what they did not confirm of another says nothing about them.
    """
    rows = list(HostAcknowledgement.objects.filter(host=host, grant__state=Grant.State.ACTIVE))
    if host.enforces_cohorts:
        if any(grant_selectors.acknowledgement(row).standing(now) is Standing.DEAF for row in rows):
            return Withheld(
                "deaf",
                f"{host.name} has not confirmed a change for an hour: its operator must",
                grant.number,
                host.slug,
            )
        return None
    confirmed = max((row.confirmed_position for row in rows if row.grant_id == grant.pk), default=0)
    if confirmed < grant.shrunk_at_position:
        message = f"{host.name} has not confirmed yet that it removed the records of those who left"
        return Withheld("unconfirmed", message, grant.number, host.slug)
    return None


def _ethics_end(grant: Grant) -> datetime | None:
    approval = parse_purpose(grant_selectors.purpose_of(grant)).ethics_approval
    if approval is None or approval.valid_until == date.max:
        # After the last day that the calendar has there is no other on which it could have ended.
        return None
    # The approval is valid on its last day, to the end of it where the committee is.
    return is_over_at(approval.valid_until, grant.line.case.committee.zone)


_BY = {
    Affiliation.VouchedBy.DECLARED: By.SELF,
    Affiliation.VouchedBy.SIGNING_OFFICIAL: By.SIGNING_OFFICIAL,
    Affiliation.VouchedBy.REGISTRY: By.SYSTEM,
    Affiliation.VouchedBy.PROVIDER: By.SYSTEM,
}


def _affiliation(affiliation: Affiliation) -> Candidate:
    organisation = affiliation.organisation
    source = f"https://ror.org/{organisation.ror}" if organisation.ror else f"https://{organisation.domain}"
    assertion = affiliation_and_role(
        role=affiliation.role,
        organisation=organisation.domain,
        source=source,
        by=_BY[Affiliation.VouchedBy(affiliation.vouched_by)],
        asserted=affiliation.since,
    )
    return Candidate(assertion, affiliation_end=affiliation.until)


def _terms(acceptance: TermsAcceptance) -> Candidate:
    terms = acceptance.terms
    assertion = accepted_terms(
        # Some hosts take whatever follows the last slash for a dataset's id: a bare version number could be one.
        terms_url=f"{settings.BASE_URL}terms/{terms.slug}-v{terms.number}",
        source=committee_url(terms.committee),
        by=By.SELF,
        asserted=acceptance.accepted_at,
    )
    return Candidate(assertion)


def committee_url(committee: Committee) -> str:
    """The permanent URL of a committee: the `source` of its visas."""
    return f"{settings.BASE_URL}committees/{committee.slug}"
