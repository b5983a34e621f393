"""Which visas a person may have now, at which hosts, and why not: read from what stands, deciding nothing twice.

A `Candidate` is an assertion with all its ends; a `Withheld` is a visa that is not given, with the reason
that the pages show. What the rules of the token itself add (an end within ten minutes, the lint) comes
later, when the visa is prepared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings

from access.domain.days import is_over_at
from access.domain.visas import Assertion, By, accepted_terms, affiliation_and_role, controlled_access_grant
from access.grants import selectors as grant_selectors
from access.grants.selectors import Held
from access.models import Client, Grant
from access.passports import host_selectors as visa_hosts
from access.passports import terms_selectors
from access.passports.held_selectors import held, naming
from access.passports.host_selectors import Opening, Reach, Withheld
from access.passports.terms_selectors import AskedTerms
from access.purposes import selectors as purposes
from governance.models import Affiliation, Committee, DataHost, User
from governance.selectors.affiliations import current_affiliations
from governance.selectors.datasets import visa_value
from governance.selectors.second_factor import has_second_factor, second_factor_of


@dataclass(frozen=True, slots=True)
class VisaCandidate:
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
class VisaChoice:
    """What a person may have: candidates, and what is withheld."""

    candidates: tuple[VisaCandidate, ...]
    withheld: tuple[Withheld, ...]


def choose(*, person: User, grants: Sequence[Held], at: Reach, now: datetime) -> VisaChoice:
    """What the person may have of these grants, at one host or at all alike. The grants were just judged and are locked.

    The number of queries does not grow with them. A host that is closed gets nothing, about a person neither.
    """
    if not at.open:
        return VisaChoice((), ())
    affiliations, obstacle = _person(person, now)
    if obstacle is not None:
        return VisaChoice((), (obstacle,))
    affiliation_end = _latest_end(affiliations)
    asked = terms_selectors.asked_of(person, [one.grant for one in grants])
    standings = visa_hosts.standings([(one.grant, one.newest) for one in grants], now)
    candidates: list[VisaCandidate] = []
    withheld: list[Withheld] = []
    used: dict[str, AskedTerms] = {}
    for one in grants:
        why = _obstacle_of_grant(one, now) or _missing(one.grant, asked[one.grant.pk])
        if why is not None:
            withheld.append(why)
            continue
        used.update({terms.slug: terms for terms in asked[one.grant.pk]})
        openings, kept_back = standings[one.grant.pk].openings(one.grant, at)
        withheld += kept_back
        candidates += [_candidate(one.grant, found, affiliation_end) for found in openings]
    candidates.sort(key=lambda candidate: candidate.last, reverse=True)
    others = [*map(_affiliation, affiliations), *map(_terms, used.values())]
    return VisaChoice((*candidates, *others), tuple(withheld))


@dataclass(frozen=True, slots=True)
class GrantTold:
    """A grant that a client would be told of, and what keeps its visa back from a client without a host (empty: nothing)."""

    grant: Grant
    withheld: tuple[Withheld, ...]


def preview(*, person: User, client: Client, now: datetime) -> list[GrantTold]:
    """What a client would be told of: for the consent screen, without locking anything."""
    at = visa_hosts.reach(client, None)
    grants = held(person, naming(person, at).values("pk"), now)
    if at.host is not None or not grants:
        return [GrantTold(one.grant, ()) for one in grants]
    standings = visa_hosts.standings([(one.grant, one.newest) for one in grants], now)
    return [GrantTold(one.grant, tuple(standings[one.grant.pk].everywhere(one.grant))) for one in grants]


def obstacle_of_person(person: User, now: datetime) -> Withheld | None:
    """Why a person may have no visa at all now, whatever their grants are; None where nothing is in the way."""
    return _person(person, now)[1]


def lacking_terms(person: User, grant: Grant) -> bool:
    """Whether the person has not accepted what the grant asks for."""
    return _missing(grant, terms_selectors.asked_of(person, [grant])[grant.pk]) is not None


def _person(person: User, now: datetime) -> tuple[Sequence[Affiliation], Withheld | None]:
    """The person's current affiliations, and why they may have no visa at all; one query where nothing is in the way."""
    current = current_affiliations(now).filter(person=person).select_related("organisation").order_by("pk")
    rows = list(current.annotate(has_factor=second_factor_of(person)))
    if not person.is_active:
        return rows, Withheld("closed", "the account is closed")
    if not (rows[0].has_factor if rows else has_second_factor(person)):
        return rows, Withheld("second_factor", "no second factor is set up: add one to the account")
    if not rows:
        return rows, Withheld("affiliation", "no affiliation is current: ask the organisation to renew it")
    return rows, None


def _latest_end(affiliations: Sequence[Affiliation]) -> datetime | None:
    ends = [affiliation.until for affiliation in affiliations]
    return None if None in ends else max(end for end in ends if end is not None)


def _obstacle_of_grant(one: Held, now: datetime) -> Withheld | None:
    grant = one.grant
    if grant.state != Grant.State.ACTIVE or grant.starts_at is None or grant.starts_at > now:
        return Withheld("not_active", f"the grant is {grant.get_state_display().lower()}", grant.number)
    if not one.named:
        return Withheld("person_ended", "the grant does not name this person any more", grant.number)
    return None


def _missing(grant: Grant, asked: Sequence[AskedTerms]) -> Withheld | None:
    """The first terms that a grant asks for and that are not accepted, in this version or a newer one."""
    lacking = next((terms for terms in asked if not terms.accepted), None)
    if lacking is None:
        return None
    return Withheld("terms", f"{lacking.title} is not accepted yet: read and accept it", grant.number)


def _candidate(grant: Grant, at: Opening, affiliation_end: datetime | None) -> VisaCandidate:
    version = grant.line.dataset_version
    return VisaCandidate(
        controlled_access_grant(
            value=visa_value(version), source=committee_url(grant.line.case.committee), asserted=grant.decided_at
        ),
        grant=grant,
        host=at.host,
        typ=at.typ,
        grant_end=grant.ends_at,
        ethics_end=_ethics_end(grant),
        affiliation_end=affiliation_end,
        cohort=None if at.position is None else f"{grant_selectors.cohort_url(grant)}?at={at.position}",
        position=at.position,
    )


def _ethics_end(grant: Grant) -> datetime | None:
    approval = purposes.read(grant.submission.purpose).ethics_approval
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


def _affiliation(affiliation: Affiliation) -> VisaCandidate:
    organisation = affiliation.organisation
    source = f"https://ror.org/{organisation.ror}" if organisation.ror else f"https://{organisation.domain}"
    assertion = affiliation_and_role(
        role=affiliation.role,
        organisation=organisation.domain,
        source=source,
        by=_BY[Affiliation.VouchedBy(affiliation.vouched_by)],
        asserted=affiliation.since,
    )
    return VisaCandidate(assertion, affiliation_end=affiliation.until)


def _terms(accepted: AskedTerms) -> VisaCandidate:
    assert accepted.accepted_at is not None, "only what was accepted is told"
    assertion = accepted_terms(
        # Some hosts take whatever follows the last slash for a dataset's id: a bare version number could be one.
        terms_url=f"{settings.BASE_URL}terms/{accepted.slug}-v{accepted.accepted_number}",
        source=_url_of_committee(accepted.committee),
        by=By.SELF,
        asserted=accepted.accepted_at,
    )
    return VisaCandidate(assertion)


def committee_url(committee: Committee) -> str:
    """The permanent URL of a committee: the `source` of its visas."""
    return _url_of_committee(committee.slug)


def _url_of_committee(slug: str) -> str:
    return f"{settings.BASE_URL}committees/{slug}"
