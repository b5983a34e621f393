"""What participants' own consent means for a committee's decision."""

from typing import Any

import pytest

from access.cases import services as cases
from consent.services import ledger
from governance.domain.errors import Conflict
from tests.access import builders
from tests.access.builders import NOW
from tests.access.cohorts import members
from tests.accounts import signed_in
from tests.consent import builders as consent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_the_day")]
NEVER: dict[str, Any] = consent.EVERYTHING | {"take_part": "no"}


def test_the_grant_holds_those_whose_own_consent_permits() -> None:
    world = builders.world()
    members(consent.world("biobank"), world.dataset, consent.EVERYTHING, consent.HEALTH, None)
    line = builders.voted(world, "approve", "approve")

    grant = cases.approve(line=line, by=world.chair, now=NOW)

    assert grant.cohort_size == 2


def test_a_line_whose_cohort_is_empty_cannot_be_approved() -> None:
    world = builders.world()
    biobank = consent.world("biobank")
    [petra] = members(biobank, world.dataset, consent.HEALTH)
    line = builders.voted(world, "approve", "approve")
    ledger.withdraw(participant=petra, axis="no_use", by=petra.account, capacity="self", now=NOW)

    with pytest.raises(Conflict, match="its cohort is empty"):
        cases.approve(line=line, by=world.chair, now=NOW)

    assert world.line().state == "in_review"


def test_outstanding_promises_are_named_when_they_empty_the_cohort() -> None:
    world = builders.world(data_use={"permission": "GRU", "modifiers": ["PUB"]})
    members(consent.world("biobank"), world.dataset, consent.EVERYTHING)
    line = builders.voted(world, "approve", "approve")

    with pytest.raises(Conflict, match="while these are outstanding: Publish"):
        cases.approve(line=line, by=world.chair, now=NOW)

    assert world.line().state == "in_review"


def test_the_case_page_shows_exact_numbers_and_the_applicant_sees_rounded_ones() -> None:
    world = builders.world()
    members(consent.world("biobank"), world.dataset, consent.EVERYTHING, consent.HEALTH, None)
    line = builders.in_review(world)
    chair, ada = signed_in(world.chair), signed_in(world.ada)

    case = chair.get(f"/cases/{line.case.number}").content.decode()
    cases.return_line(line=line, text="More words, please.", by=world.chair, now=NOW)
    form = ada.get(f"/requests/{world.requests[-1].number}/purpose").content.decode()

    assert "3 participants" in case
    assert "Permit 2" in case
    assert "Stay out: withdrawn, or no answer that permits" in case
    assert "Fewer than 10 people permit this, or nobody." in form
