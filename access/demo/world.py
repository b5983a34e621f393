"""Makes the demo world through the real services, in the order in which it would have happened."""

import hashlib
import random
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from access.demo import places
from access.demo.people import NAMES, PEOPLE
from access.models import Case, Client, Grant, Line, Request
from access.services import cases, clients, requests, terms
from consent.domain.shipped import sample_forms
from consent.models import FormVersion, Participant, Programme
from consent.selectors.forms import content_of
from consent.services import forms, ledger, membership_import, programmes
from consent.services.membership_import import Line as MembershipLine
from governance.domain.errors import Conflict
from governance.domain.roles import Role
from governance.models import Committee, DataHost, Dataset, Installation, Organisation, User
from governance.services import committees, datasets, hosts, keys, organisations, people, roles
from governance.services.real_catalogue import seed_real_catalogue

SEED = 20261122
# The portal is a registered client without a server of its own: `manage.py journey` plays it.
PORTAL_OFFSET = 9
TERMS = """Use the data only for the work that the committee approved, and only with the people whom the grant names.

Never try to find out who a participant is. Do not pass data on. When a participant leaves, stop new work on their records.

Tell the committee at once if data were seen by somebody who should not have seen them. Publish what you find so that others can
build on it, and name the biobank. Delete your copies when the grant ends, and say so in writing."""


@dataclass
class World:
    """What was made, by the names of `places`; `secrets_of` holds each client's secret once."""

    now: datetime
    password: str
    people: dict[str, User] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    committees: dict[str, Committee] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    hosts: dict[str, DataHost] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    versions: dict[str, FormVersion] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    secrets_of: dict[str, str] = field(default_factory=dict, repr=False)

    def ago(self, days: float) -> datetime:
        """A moment before the world was made."""
        return self.now - timedelta(days=days)


def make(*, now: datetime, port: int = 8000) -> World:
    """Make the whole world in an empty database; refused where one stands already."""
    with transaction.atomic():
        if Installation.objects.exists() or User.objects.exists():
            raise Conflict("this database is not empty: a demo world is made in an empty one only")
        Installation.objects.create(demo=True, made_at=now)
        world = World(now, password=f"demo-{secrets.token_hex(5)}")
        keys.ensure(by="demo", now=world.ago(400))
        _people(world)
        _places(world)
        _hosts(world, port)
        _roles(world)
        seed_real_catalogue(
            organisation=world.organisations["anvil"], committee=world.committees["anvil-dac"],
            by=world.people["dana"], now=world.ago(300),
        )  # fmt: skip
        _programmes(world)
        _participants(world)
        _requests(world)
    return world


def _people(world: World) -> None:
    for person in PEOPLE:
        # Participants' names stand in the vault alone; their accounts hold a user name and an address.
        world.people[person.username] = people.create_person(
            username=person.username,
            email=f"{person.username}@demo.example",
            name="" if person.personal else person.name,
            by="demo",
            now=world.ago(400),
            password=world.password,
        )


def _places(world: World) -> None:
    then = world.ago(400)
    for slug, row in places.ORGANISATIONS.items():
        world.organisations[slug] = organisations.create_organisation(slug=slug, by="demo", now=then, **row)
    for slug, row in places.COMMITTEES.items():
        policy = {key: value for key, value in row.items() if key not in ("name", "organisation", "code")}
        world.committees[slug] = committees.create_committee(
            slug=slug,
            name=row["name"],
            organisation=world.organisations[row["organisation"]],
            code=row["code"],
            contact=f"{slug}@demo.example",
            by="demo",
            now=then,
            **policy,
        )
        terms.publish_terms(
            committee=world.committees[slug], slug=f"{slug}-terms", title=f"Terms of use, {row['name']}", text=TERMS,
            by="demo", now=then,
        )  # fmt: skip
    for slug, row in places.DATASETS.items():
        organisation = world.organisations[row["organisation"]]
        world.datasets[slug] = datasets.create_dataset(
            slug=slug,
            title=row["title"],
            summary=row["summary"],
            organisation=organisation,
            committee=world.committees[row["committee"]],
            country=organisation.country,
            accession=row["accession"],
            data_use=row["data_use"],
            data_types=row["data_types"],
            modes=row["modes"],
            by="demo",
            now=then,
        )
    for username, slug in (("ada", "saimaa"), ("sofia", "saimaa"), ("carl", "corvid")):
        organisations.record_affiliation(
            person=world.people[username],
            organisation=world.organisations[slug],
            role="faculty",
            vouched_by="signing_official" if username == "ada" else "declared",
            until=world.now + timedelta(days=700),
            by="demo",
            now=world.ago(390),
        )


def _hosts(world: World, port: int) -> None:
    then = world.ago(380)
    for slug, row in places.HOSTS.items():
        base = f"http://127.0.0.1:{port + row['offset']}"
        host = hosts.register_host(
            slug=slug,
            name=row["name"],
            organisation=world.organisations["harbour"],
            country=row["country"],
            modes=row["modes"],
            base_url=base,
            audience=f"https://{slug}.demo.example",
            enforces_cohorts=row["enforces_cohorts"],
            polls=row["polls"],
            by="demo",
            now=then,
        )
        world.hosts[slug] = host
        for name in row["datasets"]:
            hosts.serve_dataset(host=host, dataset=world.datasets[name], by="demo", now=then)
        world.clients[slug], world.secrets_of[slug] = clients.register_client(
            name=row["name"], host=host, grants=[clients.CLIENT_CREDENTIALS], redirect_uris=[], scopes=["host"],
            by="demo", now=then,
        )  # fmt: skip
    world.clients["portal"], world.secrets_of["portal"] = clients.register_client(
        name="Demo analysis portal", host=None, grants=[clients.AUTHORIZATION_CODE, clients.TOKEN_EXCHANGE],
        redirect_uris=[f"http://127.0.0.1:{port + PORTAL_OFFSET}/callback"], scopes=["openid", "profile", "ga4gh_passport_v1"],
        by="demo", now=then,
    )  # fmt: skip


def _roles(world: World) -> None:
    then = world.ago(390)
    for slug, seats in places.SEATS.items():
        for role, usernames in seats.items():
            for username in usernames:
                roles.give_role(
                    role=Role(role), on=world.committees[slug], to=world.people[username], by="demo", now=then
                )
    for slug, given in places.ORGANISATION_ROLES.items():
        for role, usernames in given.items():
            for username in usernames:
                roles.give_role(
                    role=Role(role), on=world.organisations[slug], to=world.people[username], by="demo", now=then
                )
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=world.people["admin"], by="demo", now=then)


def _programmes(world: World) -> None:
    table = {
        "lakeland": ("Lakeland Biobank", "lakeland", "Europe/Helsinki", "Rosa Marín"),
        "costa-verde": ("Costa Verde Health Study", "costa-verde", "Europe/Madrid", "Mei Tanaka"),
        "rehearsal": ("Rehearsal", "rehearsal", "UTC", ""),
    }
    for slug, (name, organisation, zone, contact) in table.items():
        programme = programmes.create_programme(
            slug=slug,
            name=name,
            organisation=world.organisations[organisation],
            country=world.organisations[organisation].country,
            contact=f"{slug}@demo.example",
            contact_name=contact,
            time_zone=zone,
            languages=("en", "fi", "es", "fr", "ar"),
            by="demo",
            now=world.ago(380),
        )
        world.programmes[slug] = programme
        for username in ("sam", "dana"):
            roles.give_role(
                role=Role.COORDINATOR, on=programme, to=world.people[username], by="demo", now=world.ago(379)
            )
        drafted = forms.draft(
            programme=programme,
            content=content_of(sample_forms()["model_adult_research"]),
            by=world.people["sam"],
            now=world.ago(370),
        )
        proposed = forms.propose(version=drafted, by=world.people["sam"], now=world.ago(369))
        world.versions[slug] = forms.publish(version=proposed, by=world.people["dana"], now=world.ago(368))


HEALTH: dict[str, Any] = {
    "take_part": "yes", "sample_storage": "yes", "research_scope": "health", "commercial_use": "no",
    "repository": "yes", "open_summary": "not_sure", "record_access": "yes",
    "results_wanted": {"actionable": "yes", "not_treatable": "no", "carrier": "not_sure"},
    "results_designate": "nobody", "recontact": ["results"], "audio": "no",
}  # fmt: skip
ANY = HEALTH | {"research_scope": "any", "ancestry_research": "no", "commercial_use": "yes"}
CONDITION = HEALTH | {"research_scope": "my_condition"}
STUDY_ONLY = {key: value for key, value in HEALTH.items() if key not in ("commercial_use", "repository")} | {
    "research_scope": "this_study"
}
CLOSED = HEALTH | {"repository": "no"}
MIX = (HEALTH, HEALTH, HEALTH, ANY, ANY, CONDITION, STUDY_ONLY, CLOSED)


def _participants(world: World) -> None:
    draw = random.Random(SEED)
    lakeland, costa = world.programmes["lakeland"], world.programmes["costa-verde"]
    petra = _enrol(world, lakeland, "petra", date(1978, 5, 14), 232, HEALTH)
    away = _enrol(world, costa, "petra", date(1978, 5, 14), 200, HEALTH)
    tomas = _enrol(world, lakeland, "tomas", date(1969, 11, 2), 230, ANY)
    unnamed = [_unnamed(world, lakeland, 225 - n * 0.5, draw.choice(MIX)) for n in range(44)]
    unnamed_costa = [_unnamed(world, costa, 190 - n * 0.5, draw.choice(MIX)) for n in range(24)]
    _members(world, "lakeland", "lakeland-hearts", [petra, tomas, *unnamed])
    _members(world, "lakeland", "lakeland-births", unnamed[:20])
    _members(world, "costa-verde", "costa-verde-diabetes", [away, *unnamed_costa])
    for participant, username, days in ((away, "petra", 4), (tomas, "tomas", 9)):
        ledger.withdraw(
            participant=participant, axis=("no_contact", "no_collection", "no_use"), by=world.people[username],
            capacity="self", now=world.ago(days),
        )  # fmt: skip


def _enrol(
    world: World, programme: Programme, username: str, born: date, days: float, answers: dict[str, Any]
) -> Participant:
    participant = programmes.enrol(
        programme=programme,
        by="demo",
        now=world.ago(days + 3),
        name=NAMES[username].name,
        date_of_birth=born,
        email=f"{username}@demo.example",
        record_condition=places.HEART,
        account=world.people[username],
    )
    ledger.record_answers(
        participant=participant,
        answers=answers,
        form_version=world.versions[programme.slug],
        by=world.people[username],
        capacity="self",
        source="portal",
        now=world.ago(days),
    )
    return participant


def _unnamed(world: World, programme: Programme, days: float, answers: dict[str, Any]) -> Participant:
    """Somebody who signed on paper: one coordinator records it, a second compares it with the scan."""
    participant = programmes.enrol(
        programme=programme, by="demo", now=world.ago(days + 2), record_condition=places.HEART
    )
    scan = hashlib.sha256(participant.pk.encode()).hexdigest()
    recorded = ledger.record_answers(
        participant=participant,
        answers=answers,
        form_version=world.versions[programme.slug],
        by=world.people["sam"],
        capacity="coordinator",
        source="paper",
        now=world.ago(days),
        evidence_sha256=scan,
    )
    ledger.verify_record(
        participant=participant,
        targets=(str(recorded.uuid),),
        evidence_sha256=scan,
        by=world.people["dana"],
        now=world.ago(days - 1),
    )
    return participant


def _members(world: World, programme: str, dataset: str, participants: list[Participant]) -> None:
    """Enter them with each host's own ids, as an import of a coordinator would."""
    accession = places.DATASETS[dataset]["accession"]
    serving = [slug for slug, row in places.HOSTS.items() if dataset in row["datasets"]]
    lines = [
        MembershipLine(
            number=number,
            participant_id=participant.pk,
            dataset=accession,
            host=host,
            host_member_id=own_id(host, accession, number),
        )
        for host in serving
        for number, participant in enumerate(participants, start=1)
    ]
    results = membership_import.import_memberships(
        programme=world.programmes[programme], lines=lines, by="demo", now=world.ago(100)
    )
    refused = [result.reason for result in results if result.reason]
    if refused:
        raise Conflict(f"the demo's memberships were refused: {refused[0]}")


def own_id(host: str, accession: str, number: int) -> str:
    """A demo host's own id for a member: no two hosts share one."""
    return f"{places.HOSTS[host]['prefix']}-{accession}-{number:03d}"


PURPOSE: dict[str, Any] = {
    "investigations": ["DUO:0000040", "DUO:0000038"],
    "diseases": ["MONDO:0005252", "MONDO:0005021"],
    "clinical_care": False,
    "commercial": False,
    "countries": ["FI", "SE", "NO"],
    "ethics_approval": {"reference": "SAI-2026-114", "valid_until": None},
    "months": 24,
    "agrees": ["DUO:0000029", "DUO:0000019"],
    "access_mode": "visit",
}


def _requests(world: World) -> None:
    first = _submit(
        world, "Why does heart failure run in some families?",
        "Some families have weak hearts for generations. We read the genes of many people to find out why, so that "
        "children can be checked early.",
        ["lakeland-hearts"], days=60,
    )  # fmt: skip
    _decide(world, first, days=52)
    _submit(
        world, "Inherited heart failure: the next stage",
        "We found genes that make hearts weak. Now we want to see whether the same genes matter for mothers, and for people "
        "with rare heart disease.",
        ["lakeland-hearts", "lakeland-births", "saimaa-rare-hearts", "costa-verde-diabetes"], days=6,
        without=["DUO:0000029"],
    )  # fmt: skip
    for line in Line.objects.filter(case__request__title__startswith="Inherited", case__committee__slug="lakeland-dac"):
        cases.take_into_review(line=line, by=world.people["sam"], now=world.ago(5))
    hearts = Line.objects.get(case__request__title__startswith="Inherited", dataset_version__accession="LLB-0003")
    cases.vote(
        line=hearts, choice="approve", reason="Fits what people agreed to. Ask for results back.",
        by=world.people["mei"], now=world.ago(4),
    )  # fmt: skip
    case = Case.objects.get(pk=hearts.case_id)
    cases.write_to_applicant(
        case=case, text="Will you return what you find, as people asked?", by=world.people["mei"], now=world.ago(4)
    )
    cases.write_to_committee(
        case=case, text="Yes, we will add that undertaking.", by=world.people["ada"], now=world.ago(3)
    )


def _submit(
    world: World, title: str, lay_summary: str, names: list[str], *, days: float, without: list[str] | None = None
) -> Request:
    ada = world.people["ada"]
    then = world.ago(days)
    request = requests.create_draft(by=ada, now=then, title=title)
    for name in names:
        request = requests.add_dataset(request=request, dataset=world.datasets[name], by=ada, now=then)
    purpose = PURPOSE | {
        "agrees": [term for term in PURPOSE["agrees"] if term not in (without or [])],
        "ethics_approval": {
            "reference": "SAI-2026-114", "valid_until": (world.now + timedelta(days=400)).date().isoformat(),
        },
    }  # fmt: skip
    request = requests.save(
        request=request,
        title=title,
        lay_summary=lay_summary,
        purpose=purpose,
        revision=request.revision,
        by=ada,
        now=then,
    )
    for committee in {world.datasets[name].committee for name in names}:
        text = committee.terms.order_by("-number").first()
        terms.accept_terms(terms=text, sha256=text.sha256, by=ada, now=then)
    return requests.submit(request=request, by=ada, now=then)


def _decide(world: World, request: Request, *, days: float) -> Grant:
    line = Line.objects.get(case__request=request)
    then = world.ago(days)
    cases.take_into_review(line=line, by=world.people["sam"], now=then)
    for username in ("chidi", "mei", "rosa"):
        cases.vote(
            line=line, choice="approve", reason="This is what people agreed to.", by=world.people[username], now=then
        )
    return cases.approve(line=line, by=world.people["chidi"], now=then, months=24)
