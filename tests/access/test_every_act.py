"""Whatever a state table lets a person do, that person does on a page: no row of a table is a promise nobody can keep."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.http import HttpResponse

from access.cases import services as cases
from access.domain.states import GRANT, LINE, MACHINES, OBLIGATION, REQUEST, Machine, Party, Transition
from access.models import Collaborator, Grant, Line, Obligation, Request
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from governance.domain.roles import Role
from governance.models import User
from governance.services import roles
from tests.access import builders
from tests.access.builders import NOW
from tests.accounts import signed_in
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
WORDS = {"text": "Say which ancestry you mean.", "note": "Data were copied."}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@dataclass
class Stage:
    """A world in which one request, line or grant is in some state, and who acts on it."""

    of: builders.World
    request: Request
    colleague: User = field(init=False)
    invited: User = field(init=False)

    def __post_init__(self) -> None:
        self.colleague, self.invited = builders.person("carl"), builders.person("ines")

    @property
    def line(self) -> Line:
        return self.of.line(self.request)

    def who(self, party: Party) -> User:
        """Whoever that is here, read anew: what a rolled back act did to an object is no part of the world."""
        people = {
            Party.APPLICANT: self.of.ada,
            Party.COLLABORATOR: self.colleague,
            Party.INVITED: self.invited,
            Party.CHAIR: self.of.chair,
            Party.DEPUTY: self.of.member,
            Party.MEMBER: self.of.member,
            Party.REPRESENTATIVE: self.of.representative,
            Party.SECRETARY: self.of.secretary,
        }
        return User.objects.get(pk=people[party].pk)

    def state(self, machine: Machine) -> str:
        rows = {LINE.name: Line.objects, GRANT.name: Grant.objects, OBLIGATION.name: Obligation.objects}
        row = Request.objects.get(pk=self.request.pk) if machine is REQUEST else rows[machine.name].get()
        return str(row.state)


# --- Bringing it there ------------------------------------------------------------------------------------------------
def a_draft() -> Stage:
    of = builders.world()
    stage = Stage(of, builders.drafted(of))
    for person in (stage.colleague, stage.invited):
        builders.belongs(of.university, person)
        builders.accept(of.terms, person)
        collaborators.ask(request=stage.request, name=person.username, by=of.ada, now=NOW)
    collaborators.join(request=stage.request, by=stage.colleague, now=NOW)
    return stage


def submitted() -> Stage:
    of = builders.world()
    return Stage(of, builders.submitted(of))


def in_review() -> Stage:
    stage = submitted()
    cases.take_into_review(line=stage.line, by=stage.of.chair, now=NOW)
    return stage


def returned() -> Stage:
    stage = a_draft()
    Collaborator.objects.filter(person=None).delete()
    requests.submit(request=stage.request, by=stage.of.ada, now=NOW)
    cases.take_into_review(line=stage.line, by=stage.of.chair, now=NOW)
    vote(stage, "refuse")
    cases.return_line(line=stage.line, text=WORDS["text"], by=stage.of.chair, now=NOW)
    collaborators.ask(request=stage.request, name=stage.invited.username, by=stage.of.ada, now=NOW)
    return stage


def granted_as(state: str) -> Callable[[], Stage]:
    def stage() -> Stage:
        stage = in_review()
        vote(stage, "approve")
        cases.approve(line=stage.line, by=stage.of.chair, now=NOW)
        because = "committee" if state == "suspended" else ""
        Grant.objects.update(state=state, suspended_because=because)
        return stage

    return stage


def obliged_as(state: str) -> Callable[[], Stage]:
    def stage() -> Stage:
        of = builders.world({"permission": "HMB", "modifiers": ["PUB"]})
        request = builders.drafted(of, agrees=["PUB"])
        stage = Stage(of, request)
        builders.belongs(of.university, stage.colleague)
        collaborators.ask(request=request, name=stage.colleague.username, by=of.ada, now=NOW)
        collaborators.join(request=request, by=stage.colleague, now=NOW)
        requests.submit(request=request, by=of.ada, now=NOW)
        cases.take_into_review(line=stage.line, by=of.chair, now=NOW)
        vote(stage, "approve")
        cases.approve(line=stage.line, by=of.chair, now=NOW)
        Obligation.objects.update(state=state)
        return stage

    return stage


def vote(stage: Stage, choice: str) -> None:
    for voter in (stage.of.member, stage.of.representative):
        cases.vote(line=stage.line, choice=choice, reason="Because.", by=voter, now=NOW)


STAGES: dict[tuple[Machine, str], Callable[[], Stage]] = {
    (REQUEST, "draft"): a_draft,
    (REQUEST, "submitted"): submitted,
    (REQUEST, "returned"): returned,
    (LINE, "pending"): submitted,
    (LINE, "in_review"): in_review,
    (LINE, "waiting_for_applicant"): returned,
    (GRANT, "waiting"): granted_as("waiting"),
    (GRANT, "active"): granted_as("active"),
    (GRANT, "suspended"): granted_as("suspended"),
    (OBLIGATION, "outstanding"): obliged_as("outstanding"),
    (OBLIGATION, "promised"): obliged_as("promised"),
    (OBLIGATION, "offered"): obliged_as("offered"),
    (OBLIGATION, "overdue"): obliged_as("overdue"),
}


# --- Doing it on a page -----------------------------------------------------------------------------------------------
def on_a_request(stage: Stage, action: str, by: User) -> HttpResponse:
    path = f"/requests/{stage.request.number}"
    posts: dict[str, tuple[str, dict[str, Any]]] = {
        "edit": (f"{path}/do/invite", {"account": "somebody@example.org"}),
        "submit": (f"{path}/review", {f"terms_{stage.of.terms.pk}": stage.of.terms.sha256}),
        "withdraw": (f"{path}/do/withdraw", {}),
        "join": (f"{path}/invitation", {"answer": "yes"}),
        "decline": (f"{path}/invitation", {"answer": "no"}),
    }
    if action == "submit":
        Collaborator.objects.filter(person=None).delete()
    return signed_in(by).post(*posts[action])


def on_a_line(stage: Stage, action: str, by: User) -> HttpResponse:
    if action == "answer":
        return on_a_request(stage, "submit", by)
    if action == "withdraw":
        line = {"line": str(stage.line.pk)}
        return signed_in(by).post(f"/requests/{stage.request.number}/do/take-back", line)
    if action in ("approve", "refuse") and stage.line.state == "in_review":
        vote(stage, action)
    fields = {"choice": "approve", "term": "GRU", **WORDS}
    given = {f"{action}-{stage.line.pk}-{name}": value for name, value in fields.items()}
    return signed_in(by).post(f"/cases/{stage.line.case.number}/lines/{stage.line.pk}/{action}", given)


def on_a_grant(stage: Stage, action: str, by: User) -> HttpResponse:
    door = {"revoke": "end", "close": "end"}.get(action, action)
    return signed_in(by).post(f"/grants/{Grant.objects.get().number}/{door}", {"note": WORDS["note"]})


def on_an_obligation(stage: Stage, action: str, by: User) -> HttpResponse:
    path = f"/grants/{Grant.objects.get().number}/obligations/1/{action.replace(' ', '-')}"
    return signed_in(by).post(path, {**WORDS, "words": "We published.", "due": "2029-06-30"})


PAGES = {
    REQUEST.name: on_a_request,
    LINE.name: on_a_line,
    GRANT.name: on_a_grant,
    OBLIGATION.name: on_an_obligation,
}


def of_people(machine: Machine, state: str) -> list[tuple[Transition, Party]]:
    rows = [row for row in machine.transitions if row.state == state]
    return [(row, party) for row in rows for party in sorted(row.who - {Party.SYSTEM})]


def test_every_state_in_which_a_person_may_act_has_its_stage() -> None:
    wanted = {(m.name, row.state) for m in MACHINES for row in m.transitions if row.who - {Party.SYSTEM}}

    assert {(machine.name, state) for machine, state in STAGES} == wanted


@pytest.mark.parametrize(("machine", "state"), STAGES, ids=lambda one: getattr(one, "name", one))
def test_a_person_can_do_on_a_page_whatever_the_table_lets_them(machine: Machine, state: str) -> None:
    stage = STAGES[machine, state]()
    ended: dict[str, tuple[int, str]] = {}
    wanted: dict[str, tuple[int, str]] = {}

    for row, party in of_people(machine, state):
        with transaction.atomic():
            by = stage.who(party)
            if party is Party.DEPUTY:
                roles.take_role(role=Role.CHAIR, on=stage.of.committee, of=stage.who(Party.CHAIR), by=TESTS, now=NOW)
            answer = PAGES[machine.name](stage, row.action, by)
            name = f"{row.action} by the {party.value}"
            ended[name] = (answer.status_code, stage.state(machine))
            wanted[name] = (302, row.next)
            transaction.set_rollback(True)

    assert ended == wanted
