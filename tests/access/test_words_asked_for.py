"""Whatever people are asked to write reaches those for whom it was asked."""

from typing import Any

import pytest
from django.test import Client

from access.cases import services as cases
from access.cases.selectors import current_decision
from access.face.sentences import asks_in_words
from access.models import RequestSubmission
from access.requests import services as requests
from governance.selectors.ontology import active_ontologies
from tests.access import builders
from tests.access.builders import NOW, PURPOSE
from tests.accounts import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]
WORDS = "How families speak\nabout hearts"
SHOWN = "How families speak<br>about hearts"


def _asks_for_something_else(world: builders.World, words: str = WORDS) -> Any:
    request = builders.drafted(world, investigations=["other"], diseases=[])
    request = requests.save(
        request=request,
        title=request.title,
        lay_summary=request.lay_summary,
        other_purpose=words,
        purpose=PURPOSE | {"investigations": ["other"], "diseases": []},
        revision=request.revision,
        by=world.ada,
        now=NOW,
    )
    world.requests[-1] = requests.submit(request=request, by=world.ada, now=NOW)
    return world.requests[-1]


def _page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_what_is_investigated_in_words_is_kept_with_the_submission_and_read_by_everybody_who_judges() -> None:
    world = builders.world()
    request = _asks_for_something_else(world)
    case = f"/cases/{world.case().number}"

    readers = (world.chair, world.member, world.representative, world.secretary)
    seen = [SHOWN in _page(signed_in(one), case) for one in readers]

    assert RequestSubmission.objects.get().other_purpose == WORDS
    assert seen == [True] * 4
    assert SHOWN in _page(signed_in(world.ada), f"/requests/{request.number}")


def test_a_change_of_those_words_is_among_the_differences() -> None:
    world = builders.world()
    request = _asks_for_something_else(world)
    line = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    cases.return_line(line=line, text="Which families?", by=world.chair, now=NOW)
    request.refresh_from_db()
    request = requests.save(
        request=request,
        title=request.title,
        lay_summary=request.lay_summary,
        other_purpose="How couples speak",
        purpose=PURPOSE | {"investigations": ["other"], "diseases": []},
        revision=request.revision,
        by=world.ada,
        now=NOW,
    )
    before = _page(signed_in(world.chair), f"/cases/{world.case().number}")
    requests.submit(request=request, by=world.ada, now=NOW)

    after = _page(signed_in(world.chair), f"/cases/{world.case().number}")

    assert "How couples speak" not in before
    assert "1 difference since the version before" in after
    assert "How couples speak" in after
    assert SHOWN in after


def test_the_grants_page_holds_the_words_that_were_granted() -> None:
    world = builders.world({"permission": "GRU"})
    _asks_for_something_else(world)
    line = cases.take_into_review(line=world.line(), by=world.chair, now=NOW)
    for voter in (world.chair, world.member):
        cases.vote(line=line, choice="approve", reason="", by=voter, now=NOW)
    judged = {one.rule: "They are." for one in current_decision(line, NOW).reasons}
    grant = cases.approve(line=line, judged=judged, by=world.chair, now=NOW)

    assert SHOWN in _page(signed_in(world.ada), f"/grants/{grant.number}")


def test_who_saved_too_late_reads_the_other_words_too() -> None:
    world = builders.world()
    request = builders.drafted(world)
    client, path = signed_in(world.ada), f"/requests/{request.number}/purpose"
    typed = {"title": "Mine", "investigations": ["other"], "revision": str(request.revision), "then": "save"}
    client.post(path, typed | {"other_purpose": "Theirs in words"})

    answer = client.post(path, typed | {"other_purpose": "Mine in words"})

    assert answer.status_code == 409
    assert "Theirs in words" in answer.content.decode()
    assert "Mine in words" in answer.content.decode()


def test_a_purpose_in_one_line_begins_no_word_with_a_capital_in_its_middle() -> None:
    ontologies = active_ontologies()
    asked = PURPOSE | {
        "investigations": ["DUO:0000040", "DUO:0000038", "other"],
        "organisation_type": "not-for-profit",
        "countries": ["FI", "SE"],
    }

    assert asks_in_words(asked, ontologies) == (
        "heart failure, genes, something else, not for profit, in Finland, Sweden, visit, 24 months"
    )
