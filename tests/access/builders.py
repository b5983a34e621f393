"""Small worlds of the access side, made through the real services."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from access.cases import services as cases
from access.committees import terms_services as terms
from access.models import Case, Line, Request, TermsVersion
from access.requests import services as requests
from governance.domain.roles import Role
from governance.models import Affiliation, Committee, Dataset, Organisation, User
from governance.services import committees, datasets, organisations, people, roles
from tests.accounts import second_factor
from tests.acting import TESTS
from tests.worlds import made_once

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HEART, HEART_FAILURE, DIABETES = "MONDO:0005267", "MONDO:0005252", "MONDO:0005015"
GRU: dict[str, Any] = {"permission": "GRU"}
HMB_IRB: dict[str, Any] = {"permission": "HMB", "modifiers": ["IRB"]}
DS_HEART: dict[str, Any] = {"permission": "DS", "diseases": [HEART], "modifiers": [{"term": "TS", "months": 24}]}
DS_SUGAR: dict[str, Any] = {"permission": "DS", "diseases": [DIABETES], "modifiers": ["NPU"], "local": ["visit-only"]}
PURPOSE: dict[str, Any] = {
    "investigations": ["DUO:0000040"],
    "diseases": [HEART_FAILURE],
    "countries": ["FI"],
    "commercial": False,
    "access_mode": "visit",
    "months": 24,
    "ethics_approval": {"reference": "HEL-2026-114", "valid_until": "2027-12-31"},
}


def person(username: str, name: str = "") -> User:
    """An account."""
    return people.create_person(
        username=username,
        email=f"{username}@example.org",
        name=name or username.title(),
        by=TESTS,
        now=NOW,
    )


def organisation(slug: str, kind: str = "not-for-profit", ror: str = "") -> Organisation:
    """An organisation in Finland."""
    return organisations.create_organisation(
        slug=slug,
        name=f"{slug.title()} Institute",
        domain=f"{slug}.example",
        country="FI",
        kind=kind,
        ror=ror,
        by=TESTS,
        now=NOW,
    )


def belongs(to: Organisation, who: User, vouched_by: str = "signing_official") -> Affiliation:
    """Let a person belong to an organisation for a year."""
    return organisations.record_affiliation(
        person=who,
        organisation=to,
        role="faculty",
        vouched_by=vouched_by,
        until=NOW + timedelta(days=365),
        by=TESTS,
        now=NOW - timedelta(days=1),
    )


def committee(slug: str, of: Organisation, **policy: Any) -> Committee:
    """A committee of an organisation, with nobody on it."""
    return committees.create_committee(
        slug=slug,
        name=f"{slug.title()} Data Access Committee",
        organisation=of,
        code=slug[:3].upper(),
        contact=f"{slug}@example.org",
        by=TESTS,
        now=NOW,
        **policy,
    )


def seat(on: Committee, role: Role, username: str) -> User:
    """A new person with a seat on a committee."""
    sitting = second_factor(person(username))
    roles.give_role(role=role, on=on, to=sitting, by=TESTS, now=NOW)
    return sitting


def dataset(slug: str, of: Committee, data_use: dict[str, Any] | None = None, **rest: Any) -> Dataset:
    """A controlled dataset under a committee; for general research unless said otherwise."""
    return datasets.create_dataset(
        slug=slug,
        title=f"{slug.title()} genomes",
        organisation=of.organisation,
        committee=of,
        country="FI",
        accession=f"{slug.upper()}-0001",
        data_use=GRU if data_use is None else data_use,
        modes=["visit", "download"],
        by=TESTS,
        now=NOW,
        **rest,
    )


def terms_of(of: Committee, text: str = "Use the data for your purpose only.") -> TermsVersion:
    """The next version of a committee's terms of use."""
    return terms.publish_terms(
        committee=of, slug=f"{of.slug}-terms", title="Terms of use", text=text, by=TESTS, now=NOW
    )


@dataclass
class World:
    """One committee with every seat, one dataset, terms, and a researcher of another institution."""

    committee: Committee
    dataset: Dataset
    terms: TermsVersion
    university: Organisation
    ada: User
    chair: User
    member: User
    representative: User
    secretary: User
    requests: list[Request] = field(default_factory=list)

    def line(self, request: Request | None = None) -> Line:
        """The line of this world's dataset in a request, as it is now."""
        wanted = request or self.requests[-1]
        return Line.objects.get(case__request=wanted, dataset_version__dataset=self.dataset)

    def case(self) -> Case:
        """The committee's case of the newest request."""
        return Case.objects.get(request=self.requests[-1], committee=self.committee)


@made_once
def world(data_use: dict[str, Any] | None = None, **policy: Any) -> World:
    """A committee that decides by majority with a quorum of two, unless the policy says otherwise."""
    lake = organisation("lakeland")
    dac = committee("lakeland", lake, **policy)
    university = organisation("saimaa", ror="05abc1234")
    ada = person("ada", "Ada Lindholm")
    belongs(university, ada)
    return World(
        committee=dac,
        dataset=dataset("hearts", dac, data_use),
        terms=terms_of(dac),
        university=university,
        ada=ada,
        chair=seat(dac, Role.CHAIR, "chidi"),
        member=seat(dac, Role.MEMBER, "mei"),
        representative=seat(dac, Role.REPRESENTATIVE, "rosa"),
        secretary=seat(dac, Role.SECRETARY, "sam"),
    )


def accept(of: TermsVersion, by: User, now: datetime = NOW) -> None:
    """A person accepts a version of terms."""
    terms.accept_terms(terms=of, sha256=of.sha256, by=by, now=now)


def drafted(of: World, by: User | None = None, now: datetime = NOW, **purpose: Any) -> Request:
    """A complete draft for the world's dataset, its terms accepted, not submitted."""
    applicant = by or of.ada
    request = requests.create_draft(by=applicant, now=now, dataset=of.dataset)
    request = requests.save(
        request=request,
        title="Inherited heart failure",
        lay_summary="We look for causes of heart failure in families.",
        purpose=PURPOSE | purpose,
        revision=request.revision,
        by=applicant,
        now=now,
    )
    accept(of.terms, applicant, now)
    of.requests.append(request)
    return request


def submitted(of: World, by: User | None = None, now: datetime = NOW, **purpose: Any) -> Request:
    """A submitted request for the world's dataset."""
    request = requests.submit(request=drafted(of, by, now, **purpose), by=by or of.ada, now=now)
    of.requests[-1] = request
    return request


def in_review(of: World, now: datetime = NOW, **purpose: Any) -> Line:
    """A line that the committee has taken into review."""
    submitted(of, now=now, **purpose)
    return cases.take_into_review(line=of.line(), by=of.chair, now=now)


def voted(of: World, *choices: str, now: datetime = NOW, **purpose: Any) -> Line:
    """A line in review with one vote for each choice, by chair, member and representative in this order."""
    line = in_review(of, now=now, **purpose)
    for voter, choice in zip((of.chair, of.member, of.representative), choices, strict=False):
        cases.vote(line=line, choice=choice, reason="Because.", by=voter, now=now)
    return line
