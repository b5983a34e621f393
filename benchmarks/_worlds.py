"""Worlds that figures share, made by the builders of the tests and the services as they are at the measured commit."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Model
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, set_token_value

from benchmarks import _http
from benchmarks._figures import moved, platform

PASSPORT_SCOPES = "openid ga4gh_passport_v1"


def copied(row: Model, **changes: Any) -> Model:
    """The row once more, unsaved, with other values in some fields: data in bulk that fits the tables of any commit."""
    fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    return type(row)(**{name: getattr(row, name) for name in fields} | changes)


@dataclass
class Researcher:
    """Ada with her grants, each on a dataset with members of its own, and the token that a portal holds for her."""

    granted: Any
    grants: list[Any]
    token: str

    def userinfo(self) -> bytes:
        """What the portal is told of her."""
        return _http.get("/userinfo", headers={"Authorization": f"Bearer {self.token}"})


def researcher(grants: int, visas: int) -> Any:
    """The world of one researcher with so many grants, at one host each, and so many visas in all."""
    return partial(_researcher, grants, visas)


def _researcher(grants: int, visas: int, size: str) -> Researcher:
    builders, tests = moved("tests.access.builders"), moved("tests.access.granted")
    moved("tests.governance.key_builders").standing_keys()
    of = tests.granted()
    ada = moved("tests.accounts").second_factor(of.access.ada)
    # Served by one host each, so that a portal has one visa of each at every commit.
    of.access.dataset.hosted.filter(host=of.download).delete()
    for number in range(visas - grants - 2):
        text = copied(of.access.terms, slug=f"more-terms-{number}")
        text.save()
        builders.accept(text, ada)
    made = [of.grant, *(_another(of, number) for number in range(1, grants))]
    tests.propagate(timezone.now())
    return Researcher(of, made, _token(ada))


def _another(of: Any, number: int) -> Any:
    """One more dataset with the same members at the same host, and a grant on it."""
    builders, tests = moved("tests.access.builders"), moved("tests.access.granted")
    imports = moved("consent.services.membership_import")
    file_line = getattr(imports, "FileLine", None) or imports.Line
    dataset = builders.dataset(f"genomes-{number}", of.access.committee)
    services = moved("governance.services.hosts")
    services.serve_dataset(host=of.enforcing, dataset=dataset, by=platform("tests"), now=builders.NOW)
    lines = [
        file_line(
            number=place,
            participant_id=participant.pk,
            dataset=dataset.versions.get().accession,
            host=of.enforcing.slug,
            host_member_id=f"{number}-{place}",
        )
        for place, participant in enumerate(of.participants)
    ]
    imports.import_memberships(
        programme=of.consent.programme, lines=lines, by=platform("tests"), now=builders.NOW - timedelta(hours=1)
    )
    of.access.dataset = dataset
    line = builders.voted(of.access, "approve", "approve", "approve")
    grant = moved("access.cases.services", "access.services.cases").approve(
        line=line, by=of.access.chair, now=builders.NOW, months=24
    )
    tests.propagate(builders.NOW)
    return type(grant).objects.get(pk=grant.pk)


def _token(person: Any) -> str:
    """An access token of a portal for a person, good for an hour."""
    flows = moved("tests.access.provider.flows")
    clients = moved("access.passports.client_services", "access.services.clients")
    portal = flows.a_client("Portal", None, clients.AUTHORIZATION_CODE).client
    tokens = moved("access.passports.tokens", "access.provider.tokens")
    token: str = tokens.sign_access_token(
        subject=person.subject, client_id=portal.client_id, scopes=PASSPORT_SCOPES.split()
    )
    row = get_access_token_model()(
        user=person, application=portal, scope=PASSPORT_SCOPES, expires=timezone.now() + timedelta(hours=1)
    )
    set_token_value(row, token)
    row.save()
    return token


def host_token(host: Any) -> str:
    """An access token of the host's own client, good for an hour."""
    clients = moved("access.passports.clients", "access.passports.client_services", "access.services.clients")
    client, _secret = clients.register_client(
        name=host.name,
        host=host,
        grants=[clients.CLIENT_CREDENTIALS],
        redirect_uris=[],
        scopes=["host"],
        by=platform("tests"),
        now=timezone.now(),
    )
    tokens = moved("access.passports.provider.tokens", "access.passports.tokens", "access.provider.tokens")
    token: str = tokens.sign_access_token(subject=client.client_id, client_id=client.client_id, scopes=["host"])
    row = get_access_token_model()(application=client, scope="host", expires=timezone.now() + timedelta(hours=1))
    set_token_value(row, token)
    row.save()
    return token
