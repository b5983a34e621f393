"""Which visas a person may have now, at which hosts, and why not: read from what stands, deciding nothing twice.

A `Candidate` is an assertion with all its ends; a `Withheld` is a visa that is not given, with the reason
that the pages show. What the rules of the token itself add (an end within ten minutes, the lint) comes
later, when the visa is prepared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings

from access.committees.terms_selectors import current_terms, newest_accepted
from access.domain.days import is_over_at
from access.domain.visas import Assertion, By, accepted_terms, affiliation_and_role, controlled_access_grant
from access.grants import selectors as grant_selectors
from access.models import Client, Grant, GrantPerson, RequestSubmission, TermsAcceptance, TermsVersion
from access.passports import host_selectors as visa_hosts
from access.passports.host_selectors import Opening, Reach, Withheld
from governance.duo.purpose import parse_purpose
from governance.models import Affiliation, Committee, DataHost, HostedDataset, User
from governance.selectors.affiliations import current_affiliations
from governance.selectors.datasets import visa_value
from governance.selectors.second_factor import has_second_factor


@dataclass(frozen=True, slots=True)
class Candidate:
    """One visa that may be given: what it says, and what ends it. `position` stands in the cohort claim.

    A visa of a grant without a host is for every host of its value alike.
    """

    assertion: Assertion
    grant: Grant | None = None
    host: DataHost | None = None
    typ: str | None = None
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
class Choice:
    """What a person may have: candidates, and what is withheld."""

    candidates: tuple[Candidate, ...]
    withheld: tuple[Withheld, ...]


def grants_naming(person: User, at: Reach) -> list[int]:
    """The active grants that name the person and whose dataset is served there, in the order of locking."""
    if not at.open:
        return []
    served = HostedDataset.objects.filter(host__closed_at__isnull=True)
    if at.host is not None:
        served = served.filter(host=at.host)
    rows = Grant.objects.filter(
        state=Grant.State.ACTIVE,
        people__person=person,
        people__ended_at__isnull=True,
        line__dataset_version__dataset__in=served.values("dataset"),
    )
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def at_most(person: User, at: Reach) -> int:
    """How many visas there may be at most, one for each grant, affiliation and text of terms; nothing is locked."""
    affiliations = Affiliation.objects.filter(person=person, ended_at__isnull=True).count()
    texts = TermsAcceptance.objects.filter(person=person).values("terms__slug").distinct().count()
    return len(grants_naming(person, at)) + affiliations + texts


def choose(*, person: User, grants: Sequence[Grant], at: Reach, now: datetime) -> Choice:
    """What the person may have of these grants, at one host or at all alike. The grants were just judged and are locked.

    The number of queries does not grow with them. A host that is closed gets nothing, about a person neither.
    """
    if not at.open:
        return Choice((), ())
    affiliations = _affiliations_of(person, now)
    obstacle = _obstacle_of_person(person, affiliations)
    if obstacle is not None:
        return Choice((), (obstacle,))
    affiliation_end = _latest_end(affiliations)
    submissions = grant_selectors.submissions_of(grants)
    naming = _naming(person, grants, now)
    terms = _terms_of(person, grants, submissions)
    standings = visa_hosts.standings(grants, submissions, now)
    candidates: list[Candidate] = []
    withheld: list[Withheld] = []
    used: dict[int, TermsAcceptance] = {}
    for grant in grants:
        why = _obstacle_of_grant(grant, grant.pk in naming, now) or terms[grant.pk].missing
        if why is not None:
            withheld.append(why)
            continue
        used.update({acceptance.pk: acceptance for acceptance in terms[grant.pk].accepted})
        for found in standings[grant.pk].openings(grant, at):
            if isinstance(found, Withheld):
                withheld.append(found)
            else:
                candidates.append(_candidate(grant, found, affiliation_end, _ethics_end(grant, submissions[grant.pk])))
    candidates.sort(key=lambda candidate: candidate.last, reverse=True)
    others = [*map(_affiliation, affiliations), *map(_terms, used.values())]
    return Choice((*candidates, *others), tuple(withheld))


@dataclass(frozen=True, slots=True)
class Told:
    """A grant that a client would be told of, and what keeps its visa back from a client without a host (empty: nothing)."""

    grant: Grant
    withheld: tuple[Withheld, ...]


def preview(*, person: User, client: Client, now: datetime) -> list[Told]:
    """What a client would be told of: for the consent screen, without locking anything."""
    at = visa_hosts.reach(client, None)
    grants = list(grant_selectors.with_basis().filter(pk__in=grants_naming(person, at)).order_by("pk"))
    if at.host is not None or not grants:
        return [Told(grant, ()) for grant in grants]
    standings = visa_hosts.standings(grants, grant_selectors.submissions_of(grants), now)
    return [Told(grant, tuple(standings[grant.pk].everywhere(grant))) for grant in grants]


def obstacle_of_person(person: User, now: datetime) -> Withheld | None:
    """Why a person may have no visa at all now, whatever their grants are; None where nothing is in the way."""
    return _obstacle_of_person(person, _affiliations_of(person, now))


def lacking_terms(person: User, grant: Grant) -> bool:
    """Whether the person has not accepted what the grant asks for."""
    return _terms_of(person, [grant], grant_selectors.submissions_of([grant]))[grant.pk].missing is not None


def _affiliations_of(person: User, now: datetime) -> list[Affiliation]:
    return list(current_affiliations(now).filter(person=person).select_related("organisation").order_by("pk"))


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


def _naming(person: User, grants: Sequence[Grant], now: datetime) -> set[int]:
    """Which of the grants name the person now."""
    rows = GrantPerson.objects.filter(grant__in=grants, person=person, ended_at__isnull=True, since__lte=now)
    return set(rows.values_list("grant_id", flat=True))


def _obstacle_of_grant(grant: Grant, names_person: bool, now: datetime) -> Withheld | None:
    if grant.state != Grant.State.ACTIVE or grant.starts_at is None or grant.starts_at > now:
        return Withheld("not_active", f"the grant is {grant.get_state_display().lower()}", grant.number)
    if not names_person:
        return Withheld("person_ended", "the grant does not name this person any more", grant.number)
    return None


@dataclass(frozen=True, slots=True)
class _TermsOfGrant:
    """The person's acceptances of what a grant asks for, or what is not accepted yet."""

    accepted: Sequence[TermsAcceptance]
    missing: Withheld | None


def _terms_of(
    person: User, grants: Sequence[Grant], submissions: Mapping[int, RequestSubmission]
) -> dict[int, _TermsOfGrant]:
    """For each grant the terms that came with its request, or newer versions of them, as the person accepted them."""
    required = {
        grant.pk: [t for t in submissions[grant.pk].terms.all() if t.committee_id == grant.line.case.committee_id]
        for grant in grants
    }
    without = [grant for grant in grants if not required[grant.pk]]
    current = current_terms({grant.line.case.committee_id for grant in without}) if without else []
    for grant in without:
        required[grant.pk] = [terms for terms in current if terms.committee_id == grant.line.case.committee_id]
    newest = newest_accepted(person, {one.slug for several in required.values() for one in several})
    return {grant.pk: _held_against(grant, required[grant.pk], newest) for grant in grants}


def _held_against(
    grant: Grant, required: Sequence[TermsVersion], newest: Mapping[str, TermsAcceptance]
) -> _TermsOfGrant:
    for one in required:
        if one.slug not in newest or newest[one.slug].terms.number < one.number:
            why = Withheld("terms", f"{one.title} is not accepted yet: read and accept it", grant.number)
            return _TermsOfGrant([], why)
    return _TermsOfGrant([newest[one.slug] for one in required], None)


def _candidate(grant: Grant, at: Opening, affiliation_end: datetime | None, ethics_end: datetime | None) -> Candidate:
    version = grant.line.dataset_version
    return Candidate(
        controlled_access_grant(
            value=visa_value(version), source=committee_url(grant.line.case.committee), asserted=grant.decided_at
        ),
        grant=grant,
        host=at.host,
        typ=at.typ,
        grant_end=grant.ends_at,
        ethics_end=ethics_end,
        affiliation_end=affiliation_end,
        cohort=None if at.position is None else f"{grant_selectors.cohort_url(grant)}?at={at.position}",
        position=at.position,
    )


def _ethics_end(grant: Grant, submission: RequestSubmission) -> datetime | None:
    approval = parse_purpose(submission.purpose).ethics_approval
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
