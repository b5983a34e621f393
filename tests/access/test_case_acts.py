"""What a member of a committee can do stands in the open, and what would make it fail is said before it is tried."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from access.cases import services as cases
from access.cases.line_needs import WRITTEN
from access.domain.states import LINE, Need, Party
from access.models import Line, Vote
from access.requests import services as requests
from consent.services import ledger
from governance.models import DatasetVersion
from governance.services import datasets
from tests.access import builders
from tests.access.builders import NOW
from tests.access.cohorts import members
from tests.accounts import signed_in
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]


def _two_lines(world: builders.World) -> tuple[Line, Line]:
    """A case of hearts and lungs, both under review."""
    request = builders.drafted(world)
    lungs = builders.dataset("lungs", world.committee)
    requests.add_dataset(request=request, dataset=lungs, by=world.ada, now=NOW)
    requests.submit(request=request, by=world.ada, now=NOW)
    hearts, other = world.case().lines.order_by("pk")
    return tuple(cases.take_into_review(line=line, by=world.chair, now=NOW) for line in (hearts, other))  # type: ignore[return-value]


def _post(client: Client, line: Line, action: str, **fields: str) -> Any:
    given = {f"{action}-{line.pk}-{name}": value for name, value in fields.items()}
    return client.post(f"/cases/{line.case.number}/lines/{line.pk}/{action}", given)


# --- Each need of each action, before anybody tries ------------------------------------------------------------------
def _denied() -> tuple[builders.World, Line]:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")
    datasets.label_dataset(dataset=world.dataset, data_use={"permission": "POA"}, evidence="form", by=TESTS, now=NOW)
    return world, line


def _empty() -> tuple[builders.World, Line]:
    world = builders.world()
    [petra] = members(consent.world("biobank"), world.dataset, consent.HEALTH)
    line = builders.voted(world, "approve", "approve")
    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW)
    return world, line


def _closed() -> tuple[builders.World, Line]:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")
    DatasetVersion.objects.update(closed_at=NOW)
    return world, line


def _unvoted() -> tuple[builders.World, Line]:
    world = builders.world()
    return world, builders.in_review(world)


FAILS: dict[tuple[str, Need], tuple[Callable[[], tuple[builders.World, Line]], str]] = {
    ("approve", Need.NOT_DENIED): (_denied, "Nobody can approve against a deny."),
    ("approve", Need.COHORT_NOT_EMPTY): (_empty, "Not open yet: Approve. No participant of this dataset permits"),
    ("approve", Need.VERSION_OPEN): (_closed, "Not open yet: Approve. This version of the dataset is closed"),
    ("approve", Need.VOTES_APPROVE): (_unvoted, "Not open yet: Approve, Refuse. The votes do not carry this decision."),
    ("refuse", Need.VOTES_REFUSE): (_unvoted, "Not open yet: Approve, Refuse. The votes do not carry this decision."),
}


def test_the_table_of_what_can_fail_is_complete() -> None:
    people = set(Party) - {Party.APPLICANT, Party.COLLABORATOR, Party.SYSTEM}
    needs = {(row.action, need) for row in LINE.transitions if row.who & people for need in row.needs}

    assert set(FAILS) == {(action, need) for action, need in needs if need not in WRITTEN}


@pytest.mark.parametrize(("action", "need"), FAILS)
def test_what_would_make_an_action_fail_is_said_before_it_is_tried(action: str, need: Need) -> None:
    world, line = FAILS[(action, need)][0]()
    client = signed_in(world.chair)

    page = " ".join(client.get(f"/cases/{line.case.number}").content.decode().split())
    own = client.get(f"/cases/{line.case.number}/lines/{line.pk}/{action}").content.decode()
    tried = _post(client, line, action, term="GRU", text="No.")

    assert FAILS[(action, need)][1] in page
    assert f"/lines/{line.pk}/{action}" not in page
    assert f'action="/cases/{line.case.number}/lines/{line.pk}/{action}"' not in own
    assert tried.status_code == 422
    assert world.line().state == "in_review"


def test_what_is_open_stands_as_a_button_at_the_top_and_on_a_page_of_its_own() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve", sensitive=["sexual health"])
    client, address = signed_in(world.chair), f"/cases/{line.case.number}/lines/{line.pk}/approve"

    page = client.get(f"/cases/{line.case.number}").content.decode()
    own = client.get(address).content.decode()

    assert page.index(f'href="{address}"') < page.index('id="purpose"') < page.index('id="talk"')
    assert "The votes carry an approval: 2 of 2." in page
    assert f'name="approve-{line.pk}-judged_SENS-4"' in own
    assert f'name="approve-{line.pk}-judged_SENS-4"' not in page


def test_the_page_of_an_action_that_is_not_open_leads_back_to_the_case() -> None:
    world = builders.world()
    line = builders.in_review(world)
    address = f"/cases/{line.case.number}/lines/{line.pk}"

    led = {
        (who, action): signed_in(getattr(world, who)).get(f"{address}/{action}").headers.get("Location")
        for who, action in (("chair", "vote"), ("chair", "take"), ("member", "approve"), ("secretary", "refuse"))
    }

    assert led == {
        ("chair", "vote"): f"/cases/{line.case.number}#votes-{line.pk}",
        ("chair", "take"): f"/cases/{line.case.number}#line-{line.pk}",
        ("member", "approve"): f"/cases/{line.case.number}#line-{line.pk}",
        ("secretary", "refuse"): f"/cases/{line.case.number}#line-{line.pk}",
    }


# --- Votes ------------------------------------------------------------------------------------------------------------
def test_nobody_is_offered_a_vote_to_approve_what_is_denied() -> None:
    world = builders.world(data_use={"permission": "POA"})
    line = builders.in_review(world)
    client = signed_in(world.member)

    page = client.get(f"/cases/{line.case.number}").content.decode()
    sent = _post(client, line, "vote", choice="approve")

    offered = [one for one in ("approve", "change", "refuse") if f'name="vote-{line.pk}-choice" value="{one}"' in page]
    assert offered == ["change", "refuse"]
    assert sent.status_code == 422
    assert "Choose one of those that are open." in sent.content.decode()
    assert not Vote.objects.exists()


def test_one_vote_can_be_cast_on_every_line() -> None:
    world = builders.world()
    hearts, lungs = _two_lines(world)
    client = signed_in(world.member)

    page = client.get(f"/cases/{hearts.case.number}").content.decode()
    _post(client, hearts, "vote", choice="approve", reason="Both fit.", same="on")

    assert page.count("The same vote on every line") == 1
    assert list(Vote.objects.order_by("line").values_list("line", "choice", "reason")) == [
        (hearts.pk, "approve", "Both fit."),
        (lungs.pk, "approve", "Both fit."),
    ]


def test_a_vote_on_every_line_counts_on_all_or_on_none() -> None:
    world = builders.world()
    hearts, _lungs = _two_lines(world)
    client, address = signed_in(world.member), f"/cases/{hearts.case.number}/lines/{hearts.pk}/vote"
    sent = {f"vote-{hearts.pk}-choice": "approve", f"vote-{hearts.pk}-same": "on", "read": "7"}

    answer = client.post(address, sent)

    assert answer.status_code == 422
    assert not Vote.objects.exists()


def test_what_is_refused_on_one_line_is_shown_at_that_line_alone() -> None:
    world = builders.world()
    hearts, lungs = _two_lines(world)
    client = signed_in(world.chair)
    for line in (hearts, lungs):
        cases.return_line(line=line, text=f"Why {line.pk}?", by=world.chair, now=NOW)

    page = _post(client, hearts, "return", text="Words for hearts alone.").content.decode()

    assert page.count("Words for hearts alone.") == 1
    assert page.index(f'id="line-{hearts.pk}"') < page.index("Words for hearts alone.") < page.index(f"line-{lungs.pk}")


def test_votes_with_their_reasons_and_why_somebody_takes_no_part_are_read_by_the_committee() -> None:
    world = builders.world()
    line = builders.voted(world, "approve", "approve")
    cases.recuse(case=line.case, reason="My sister works there.", by=world.representative, now=NOW)
    during = signed_in(world.secretary).get(f"/cases/{line.case.number}").content.decode()
    cases.approve(line=line, by=world.chair, now=NOW)

    after = signed_in(world.secretary).get(f"/cases/{line.case.number}").content.decode()

    assert (during.count("Because."), during.count("My sister works there.")) == (2, 1)
    assert (after.count("Because."), after.count("My sister works there.")) == (2, 1)


def test_a_label_that_changed_between_page_and_vote_closes_the_vote_to_approve() -> None:
    world = builders.world()
    line = builders.in_review(world)
    datasets.label_dataset(dataset=world.dataset, data_use={"permission": "POA"}, evidence="form", by=TESTS, now=NOW)

    sent = _post(signed_in(world.member), line, "vote", choice="approve", reason="Kept.")

    assert sent.status_code == 422
    assert "Kept." in sent.content.decode()
