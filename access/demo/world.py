"""Makes the demo world through the real services, in the order in which it would have happened."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from access.committees import terms_services as terms
from access.demo import consents, places, requesting
from access.demo.people import PEOPLE
from access.demo.state import World
from access.passports import client_services as clients
from governance.domain.actors import system
from governance.domain.errors import Conflict
from governance.domain.roles import Role
from governance.models import Installation, User
from governance.record import outbox
from governance.services import committees, datasets, hosts, keys, organisations, people, roles
from governance.services.real_catalogue import seed_real_catalogue

# The portal is a registered client without a server of its own, for trying a data host by hand.
PORTAL_OFFSET = 9
TERMS = """Use the data only for the work that the committee approved, and only with the people whom the grant names.

Never try to find out who a participant is. Do not pass data on. When a participant leaves, stop new work on their records.

Tell the committee at once if data were seen by somebody who should not have seen them. Publish what you find so that others can
build on it, and name the biobank. Delete your copies when the grant ends, and say so in writing."""


def make(*, now: datetime, port: int = 8000) -> World:
    """Make the whole world in an empty database; refused where one stands already."""
    with transaction.atomic():
        if Installation.objects.exists() or User.objects.exists():
            raise Conflict("this database is not empty: a demo world is made in an empty one only")
        Installation.objects.create(demo=True, made_at=now)
        world = World(now, password=f"demo-{secrets.token_hex(5)}")
        keys.ensure(by=system("demo"), now=world.ago(400))
        _people(world)
        _places(world)
        _hosts(world, port)
        _roles(world)
        seed_real_catalogue(
            organisation=world.organisations["anvil"], committee=world.committees["anvil-dac"],
            by=world.people["dana"], now=world.ago(300),
        )  # fmt: skip
        consents.make_programmes(world)
        consents.make_participants(world)
        requesting.make_grant(world)
        consents.leave(world, "tomas", days=9)
        requesting.make_request(world)
        consents.leave(world, "petra in Spain", days=4)
        outbox.drain(now=now)
    return world


def _people(world: World) -> None:
    for person in PEOPLE:
        # Participants' names stand in the vault alone; their accounts hold a user name and an address.
        world.people[person.username] = people.create_person(
            username=person.username,
            email=f"{person.username}@demo.example",
            name="" if person.personal else person.name,
            by=system("demo"),
            now=world.ago(400),
            password=world.password,
        )


def _places(world: World) -> None:
    then = world.ago(400)
    for slug, row in places.ORGANISATIONS.items():
        world.organisations[slug] = organisations.create_organisation(slug=slug, by=system("demo"), now=then, **row)
    for slug, row in places.COMMITTEES.items():
        policy = {key: value for key, value in row.items() if key not in ("name", "organisation", "code")}
        world.committees[slug] = committees.create_committee(
            slug=slug,
            name=row["name"],
            organisation=world.organisations[row["organisation"]],
            code=row["code"],
            contact=f"{slug}@demo.example",
            by=system("demo"),
            now=then,
            **policy,
        )
        terms.publish_terms(
            committee=world.committees[slug], slug=f"{slug}-terms", title=f"Terms of use, {row['name']}", text=TERMS,
            by=system("demo"), now=then,
        )  # fmt: skip
    for slug, told in places.DATASETS.items():
        organisation = world.organisations[told["organisation"]]
        world.datasets[slug] = datasets.create_dataset(
            slug=slug,
            title=told["title"],
            summary=told["summary"],
            organisation=organisation,
            committee=world.committees[told["committee"]],
            country=organisation.country,
            accession=told["accession"],
            data_use=told["data_use"],
            data_types=told["data_types"],
            modes=told["modes"],
            listed=told.get("listed", True),
            by=system("demo"),
            now=then,
        )
    for username, slug in (("ada", "saimaa"), ("sofia", "saimaa"), ("carl", "corvid")):
        organisations.record_affiliation(
            person=world.people[username],
            organisation=world.organisations[slug],
            role="faculty",
            vouched_by="signing_official" if username == "ada" else "declared",
            until=world.now + timedelta(days=700),
            by=system("demo"),
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
            by=system("demo"),
            now=then,
        )
        world.hosts[slug] = host
        for name in row["datasets"]:
            hosts.serve_dataset(host=host, dataset=world.datasets[name], by=system("demo"), now=then)
        world.clients[slug], world.secrets_of[slug] = clients.register_client(
            name=row["name"], host=host, grants=[clients.CLIENT_CREDENTIALS], redirect_uris=[], scopes=["host"],
            by=system("demo"), now=then,
        )  # fmt: skip
    world.clients["portal"], world.secrets_of["portal"] = clients.register_client(
        name="Demo analysis portal", host=None, grants=[clients.AUTHORIZATION_CODE, clients.TOKEN_EXCHANGE],
        redirect_uris=[f"http://127.0.0.1:{port + PORTAL_OFFSET}/callback"], scopes=["openid", "profile", "ga4gh_passport_v1"],
        by=system("demo"), now=then,
    )  # fmt: skip


def _roles(world: World) -> None:
    then = world.ago(390)
    for slug, seats in places.SEATS.items():
        for role, usernames in seats.items():
            for username in usernames:
                roles.give_role(
                    role=Role(role), on=world.committees[slug], to=world.people[username], by=system("demo"), now=then
                )
    for slug, given in places.ORGANISATION_ROLES.items():
        for role, usernames in given.items():
            for username in usernames:
                roles.give_role(
                    role=Role(role),
                    on=world.organisations[slug],
                    to=world.people[username],
                    by=system("demo"),
                    now=then,
                )
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=world.people["admin"], by=system("demo"), now=then)
