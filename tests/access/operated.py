"""A granted world with somebody who operates its hosts, and a clock that the pages share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client

from access.cases import services as cases
from access.models import Grant
from access.passports import minting as visas
from governance.domain.roles import Role
from governance.models import DataHost, User
from governance.services import keys as key_service
from governance.services import roles
from tests import accounts
from tests.access import builders as access
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.access.mints import mint_visas
from tests.acting import TESTS
from tests.worlds import made_once


@dataclass
class Operated:
    """The world, and Hanna, who operates both of its hosts."""

    world: Granted
    hanna: User

    def leaves(self, number: int, now: datetime = LATER) -> None:
        """A participant leaves, and the worker carries it out."""
        self.world.leaves(number, now)
        propagate(now)


def operator(username: str, *hosts: DataHost) -> User:
    """A new person who operates these hosts and signs in with a second factor, as the role demands."""
    person = access.person(username, "Hanna Nieminen")
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": ""})
    for host in hosts:
        roles.give_role(role=Role.HOST_OPERATOR, on=host.organisation, to=person, by=TESTS, now=NOW)
    return person


@made_once
def operated() -> Operated:
    """One active grant at an enforcing and at a download host, three participants."""
    world = granted()
    return Operated(world, operator("hanna", world.enforcing, world.download))


def another_grant(world: Granted, username: str) -> Grant:
    """One more approved request for the same dataset."""
    person = access.person(username)
    access.belongs(world.access.university, person)
    request = access.submitted(world.access, by=person)
    line = cases.take_into_review(line=world.access.line(request), by=world.access.chair, now=NOW)
    for voter in (world.access.chair, world.access.member):
        cases.vote(line=line, choice="approve", reason="Fits.", by=voter, now=NOW)
    return cases.approve(line=line, by=world.access.chair, now=NOW, months=24)


def visas_at(world: Granted, host: DataHost | None, at: datetime, person: User | None = None) -> visas.Minted:
    """What the applicant, or another person, receives for one host (None: for no host in particular) at a moment."""
    person = person or world.access.ada
    with time_machine.travel(at, tick=False):
        key_service.ensure(by=TESTS, now=at)
        Authenticator.objects.get_or_create(
            user=person, type=Authenticator.Type.TOTP, defaults={"data": {"secret": ""}}
        )
        return mint_visas(person=person, client=None, host=host, now=at)


def withheld_at(
    world: Granted, host: DataHost | None, at: datetime, person: User | None = None
) -> list[tuple[str, str]]:
    """Why the applicant, or another person, receives no visa of a grant there: codes, and the hosts that they name."""
    return [(one.code, one.host) for one in visas_at(world, host, at, person).withheld]


@contextmanager
def signed_in(person: User, at: datetime = LATER + timedelta(minutes=1)) -> Iterator[Client]:
    """A browser without JavaScript, signed in, at a moment."""
    with time_machine.travel(at, tick=False):
        yield accounts.signed_in(person)


def text(answer: Any) -> str:
    """What a reader sees of a page: no markup, single spaces."""
    main = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert main is not None
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", main.group()))


def confirm_path(of: Operated, slug: str = "arkiv") -> str:
    """Where the operator of a host confirms what was removed."""
    return f"/hosts/{slug}/grants/{of.world.grant.number}/confirm"
