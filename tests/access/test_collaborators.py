"""Colleagues are asked by name: nobody learns who has an account, and nobody reads a request before they said yes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from access.models import Collaborator, Request
from access.requests import collaborator_services as collaborators
from access.requests import selectors
from access.requests import services as requests
from governance.domain.errors import Conflict, Invalid, NotThere, TooMany
from governance.models import AuditEvent
from governance.record import outbox
from tests.access import builders
from tests.access.builders import NOW
from tests.accounts import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world: builders.World) -> Request:
    return builders.drafted(world)


def ask(browser: Client, draft: Request, name: str) -> str:
    """The page after asking somebody, without what differs with the name itself, from page to page and row to row."""
    page = browser.post(f"/requests/{draft.number}/do/invite", {"account": name}, follow=True).content.decode()
    page = re.sub(r'name="(csrfmiddlewaretoken|person)" value="\w+"', "", page)
    return page.replace(name, "NAME")


def test_one_answer_for_every_name(world: builders.World, draft: Request) -> None:
    petra, browser = builders.person("petra"), signed_in(world.ada)
    names = ["nobody@nowhere.example", petra.email, "petra", "admin", world.member.username]

    seen = []
    for name in names:
        seen.append(ask(browser, draft, name))
        Collaborator.objects.all().delete()

    assert len(set(seen)) == 1
    assert "If there is an account of this name or address, it is asked." in seen[0]
    assert petra.name not in seen[0]


def test_an_account_asked_under_two_names_looks_like_two(world: builders.World, draft: Request) -> None:
    petra = builders.person("petra")
    for name in ("petra", petra.email):
        collaborators.ask(request=draft, name=name, by=world.ada, now=NOW)

    before = [row.shown_as for row in draft.collaborators.order_by("pk")]
    collaborators.join(request=draft, by=petra, now=NOW)

    assert before == ["petra", petra.email]
    assert [row.shown_as for row in draft.collaborators.all()] == ["Petra"]


def test_who_was_asked_reads_title_and_who_asks_and_nothing_else(world: builders.World, draft: Request) -> None:
    petra = builders.person("petra")
    browser = signed_in(petra)
    for name in ("petra", "mei", "someone@else.example"):
        collaborators.ask(request=draft, name=name, by=world.ada, now=NOW)
    path = f"/requests/{draft.number}"

    page = browser.get(f"{path}/invitation").content.decode()
    closed = [browser.get(path), browser.get(f"{path}/purpose"), browser.post(f"{path}/do/invite", {"account": "carl"})]

    assert draft.title in page
    assert world.ada.shown_name in page
    assert draft.lay_summary
    assert draft.lay_summary not in page
    assert "someone@else.example" not in page
    assert [answer.status_code for answer in closed] == [404, 404, 404]
    assert not selectors.visible_to(petra).exists()
    assert f'href="{path}/invitation"' in browser.get("/requests/").content.decode()


def test_a_yes_opens_the_request_and_a_no_leaves_no_trace_on_it(world: builders.World, draft: Request) -> None:
    petra, carl = builders.person("petra"), builders.person("carl")
    for name in ("petra", "carl"):
        collaborators.ask(request=draft, name=name, by=world.ada, now=NOW)
    path = f"/requests/{draft.number}"

    yes = signed_in(petra).post(f"{path}/invitation", {"answer": "yes"})
    no = signed_in(carl).post(f"{path}/invitation", {"answer": "no"}, follow=True)

    assert (yes.status_code, yes["Location"]) == (302, path)
    assert signed_in(petra).get(path).status_code == 200
    assert "You said no." in no.content.decode()
    assert [row.person for row in draft.collaborators.all()] == [petra]
    assert signed_in(carl).get(f"{path}/invitation").status_code == 404


def test_nobody_takes_a_name_after_it_was_asked(world: builders.World, draft: Request) -> None:
    collaborators.ask(request=draft, name="zoe", by=world.ada, now=NOW)
    zoe = builders.person("zoe")
    zoe.date_joined = NOW + timedelta(minutes=1)
    zoe.save(update_fields=["date_joined"])

    with pytest.raises(NotThere):
        collaborators.join(request=draft, by=zoe, now=NOW)


def test_an_address_is_asked_although_its_account_comes_later(world: builders.World, draft: Request) -> None:
    collaborators.ask(request=draft, name="Zoe@Example.org", by=world.ada, now=NOW)
    zoe = builders.person("zoe")
    assert zoe.email == "zoe@example.org"

    assert collaborators.join(request=draft, by=zoe, now=NOW).person == zoe


def test_a_judge_who_was_asked_stays_a_judge_and_cannot_join(world: builders.World) -> None:
    draft = builders.drafted(world)
    lungs = builders.dataset("lungs", world.committee)
    requests.add_dataset(request=draft, dataset=lungs, by=world.ada, now=NOW)
    requests.submit(request=draft, by=world.ada, now=NOW)
    Request.objects.filter(pk=draft.pk).update(state="returned")
    collaborators.ask(request=draft, name="mei", by=world.ada, now=NOW)

    with pytest.raises(Conflict, match="You sit on a committee"):
        collaborators.join(request=draft, by=world.member, now=NOW)


def test_nobody_asks_without_end(world: builders.World, draft: Request) -> None:
    for n in range(collaborators.ASKED_AT_MOST):
        collaborators.ask(request=draft, name=f"nobody-{n}", by=world.ada, now=NOW)
        draft.collaborators.all().delete()

    with pytest.raises(TooMany):
        collaborators.ask(request=draft, name="one-more", by=world.ada, now=NOW)
    later = collaborators.ask(request=draft, name="one-more", by=world.ada, now=NOW + collaborators.WITHIN)

    asked = AuditEvent.objects.filter(kind="collaborator.asked")
    assert [event.detail for event in asked][:1] == [{"collaborator": later.pk}]
    assert asked.count() == collaborators.ASKED_AT_MOST + 1


@pytest.mark.parametrize(("name", "says"), [(" ", "Write their user name"), ("ada", "This is who wrote the request.")])
def test_nobody_and_oneself_are_not_asked(world: builders.World, draft: Request, name: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        collaborators.ask(request=draft, name=name, by=world.ada, now=NOW)

    assert refused.value.fields["account"].startswith(says)


def test_whoever_has_the_name_gets_a_mail_that_tells_nothing_of_the_request(
    world: builders.World, draft: Request, settings: Any
) -> None:
    petra = builders.person("petra")
    for name in (petra.email, "nobody@nowhere.example"):
        collaborators.ask(request=draft, name=name, by=world.ada, now=NOW)

    outbox.drain(now=NOW)

    [sent] = mail.outbox
    assert sent.to == [petra.email]
    assert f"{settings.BASE_URL}requests/{draft.number}/invitation" in sent.body
    assert draft.title not in sent.body + sent.subject
    assert world.ada.name not in sent.body + sent.subject
