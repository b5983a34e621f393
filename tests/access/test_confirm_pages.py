"""What cannot be undone is asked on a page of its own, and no address that a browser opens again is a dead end."""

import pytest

from access.cases import services as cases
from access.models import Grant, Request
from access.requests import services as requests
from tests.access import builders
from tests.access.builders import NOW
from tests.accounts import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]


def _granted(world: builders.World) -> Grant:
    return cases.approve(line=builders.voted(world, "approve", "approve"), by=world.chair, now=NOW)


def test_what_cannot_be_undone_is_asked_before_it_is_done() -> None:
    world = builders.world()
    grant = _granted(world)
    request = builders.submitted(world, diseases=["MONDO:0005021"])
    asked = {
        ("ada", f"/requests/{request.number}/do/withdraw"): "Withdraw this request?",
        ("ada", f"/requests/{request.number}/do/take-back?line={world.line().pk}"): "Take Hearts genomes back?",
        ("ada", f"/grants/{grant.number}/end"): f"Close grant {grant.number}?",
        ("ada", f"/grants/{grant.number}/leave"): f"End your part in grant {grant.number}?",
        ("chair", f"/grants/{grant.number}/end"): f"Revoke grant {grant.number}?",
        ("member", f"/cases/{world.case().number}/recuse"): "Take no part in this case?",
    }

    pages = {
        (who, path): signed_in(getattr(world, who)).get(path).content.decode() for (who, path), _title in asked.items()
    }

    assert {key: title in pages[key] for key, title in asked.items()} == dict.fromkeys(asked, True)
    assert all("This cannot be undone" in page for page in pages.values())
    request.refresh_from_db()
    assert (request.state, Grant.objects.get().state) == ("submitted", "active")


def test_pages_lead_to_the_question_and_do_nothing_by_one_press() -> None:
    world = builders.world()
    grant = _granted(world)
    request = builders.submitted(world, diseases=["MONDO:0005021"])
    ada = signed_in(world.ada)

    page = ada.get(f"/requests/{request.number}").content.decode()
    of_grant = ada.get(f"/grants/{grant.number}").content.decode()

    for action in ("withdraw", "take-back"):
        assert f'href="/requests/{request.number}/do/{action}' in page
        assert f'action="/requests/{request.number}/do/{action}' not in page
    for action in ("end", "leave"):
        assert f'href="/grants/{grant.number}/{action}"' in of_grant
        assert f'action="/grants/{grant.number}/{action}"' not in of_grant


def test_a_refusal_to_end_shows_the_question_again_with_what_was_typed() -> None:
    world = builders.world()
    grant = _granted(world)

    answer = signed_in(world.chair).post(f"/grants/{grant.number}/end", {"note": "x" * 301})

    assert answer.status_code == 422
    assert "x" * 301 in answer.content.decode()
    assert Grant.objects.get().state == "active"


def test_leaving_out_a_dataset_that_a_committee_has_is_asked_first() -> None:
    world = builders.world()
    line = builders.in_review(world)
    cases.return_line(line=line, text="Why?", by=world.chair, now=NOW)
    request = Request.objects.get()
    client, path = signed_in(world.ada), f"/requests/{request.number}/do/leave-out-dataset?dataset=HEARTS-0001"

    form = client.get(f"/requests/{request.number}/purpose").content.decode()
    page = client.get(path).content.decode()
    before = world.line().state
    client.post(path.partition("?")[0], {"dataset": "HEARTS-0001"})

    assert f'value="{line.dataset_version.accession}"' in form
    assert "A committee has it before it" in page
    assert (before, world.line().state) == ("waiting_for_applicant", "withdrawn")


def test_addresses_that_take_what_a_page_sends_lead_a_browser_to_that_page() -> None:
    world = builders.world()
    grant = _granted(world)
    request = requests.create_draft(by=world.ada, now=NOW, dataset=world.dataset)
    case = world.case()
    cases_ = {
        ("ada", f"/requests/{request.number}/match"): f"/requests/{request.number}/purpose",
        ("ada", f"/requests/{request.number}/do/invite"): f"/requests/{request.number}#people",
        ("ada", f"/requests/{request.number}/do/leave"): f"/requests/{request.number}#people",
        ("ada", f"/requests/{request.number}/do/write"): f"/requests/{request.number}",
        ("chair", f"/cases/{case.number}/write"): f"/cases/{case.number}#talk",
        ("chair", f"/grants/{grant.number}/suspend"): f"/grants/{grant.number}",
        ("chair", f"/grants/{grant.number}/resume"): f"/grants/{grant.number}",
        ("chair", f"/grants/{grant.number}/leave"): f"/grants/{grant.number}",
        ("secretary", f"/grants/{grant.number}/end"): f"/grants/{grant.number}",
        ("ada", "/terms/lakeland-terms-v1/accept"): "/terms/lakeland-terms-v1",
    }

    led = {(who, path): signed_in(getattr(world, who)).get(path).headers.get("Location") for who, path in cases_}

    assert led == cases_
