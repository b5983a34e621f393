"""What the pages at which people decide ask of the database of a process that has answered before: twelve statements each."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from access.cases import services as cases
from access.models import Request
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from tests.access import builders, costs
from tests.access.granted import LATER
from tests.access.operated import Operated, another_grant, operated
from tests.accounts import signed_in

pytestmark = pytest.mark.django_db
SOON = LATER + timedelta(minutes=1)


@pytest.fixture
def of(db: None) -> Operated:
    """Two grants at two hosts, of which one shrank, and a case with votes, a colleague and earlier cases."""
    made = operated()
    made.leaves(0)
    another_grant(made.world, "carl")
    made.leaves(1, LATER + timedelta(seconds=10))
    return made


def statements(client: Client, address: str) -> list[str]:
    """What the page sends when it is asked for the second time."""
    with time_machine.travel(SOON, tick=False):
        client.get(address)
        return costs.statements(client, address)


def test_a_case_costs_twelve_statements(of: Operated) -> None:
    access = of.world.access
    cleo = builders.person("cleo")
    draft = builders.drafted(access, now=LATER)
    collaborators.ask(request=draft, name=cleo.email, by=access.ada, now=LATER)
    collaborators.join(request=draft, by=cleo, now=LATER)
    requests.submit(request=Request.objects.get(pk=draft.pk), by=access.ada, now=LATER)
    cases.take_into_review(line=access.line(), by=access.chair, now=LATER)
    cases.vote(line=access.line(), choice="approve", reason="Fits.", by=access.member, now=LATER)

    assert len(statements(signed_in(access.chair), f"/cases/{access.case().number}")) == 12


@pytest.mark.parametrize("slug", ["harbour", "arkiv"])
def test_a_host_costs_twelve_statements(of: Operated, slug: str) -> None:
    assert len(statements(signed_in(of.hanna), f"/hosts/{slug}")) == 12


def test_a_purpose_and_a_choice_among_datasets_cost_nine(of: Operated) -> None:
    draft = builders.drafted(of.world.access, now=LATER)
    ada = signed_in(of.world.access.ada)

    assert len(statements(ada, f"/requests/{draft.number}/purpose")) == 9
    assert len(statements(ada, f"/datasets/?purpose={draft.number}")) <= 9
