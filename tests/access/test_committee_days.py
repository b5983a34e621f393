"""What is told as a day holds to the end of that day where the committee is, and a time names its zone."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from access.cases import selectors as case_selectors
from access.cases import services as cases
from access.cases.selectors import current_decision
from access.catalogue.selectors import Catalogue, decide
from access.grants import evaluation
from access.grants import services as grants
from access.passports.held_selectors import held
from access.passports.host_selectors import Reach
from access.passports.selectors import choose
from governance.domain.errors import Invalid
from governance.selectors.ontology import active_ontologies
from governance.services import committees
from tests.access import builders
from tests.access.builders import NOW
from tests.access.granted import granted
from tests.accounts import second_factor, signed_in
from tests.acting import TESTS
from tests.markup import flat

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 29, 23, 5, 18, tzinfo=UTC)


def test_a_grant_ends_when_its_last_day_is_over_in_the_committees_zone() -> None:
    line = builders.voted(builders.world(), "approve", "approve", now=LATE)

    # It is past midnight in Helsinki: the grant begins on the 30th there.
    grant = cases.approve(line=line, by=line.case.committee.cases.get().lines.get().votes.first().voter, now=LATE)

    assert grant.ends_at == datetime(2028, 11, 29, 22, tzinfo=UTC)
    assert grant.last_day.isoformat() == "2028-11-29"
    assert grants.expire(grant.ends_at - timedelta(microseconds=1)) == 0
    assert grants.expire(grant.ends_at) == 1


def test_the_days_of_a_purpose_are_read_where_the_committee_is() -> None:
    world = builders.world({"permission": "HMB", "modifiers": ["IRB"]})
    approval = {"reference": "HEL-1", "valid_until": "2026-11-29"}
    line = builders.in_review(world, now=datetime(2026, 11, 29, 12, tzinfo=UTC), ethics_approval=approval)

    # At 23:05 UTC it is the 30th in Helsinki, and the approval is over there.
    stands = [
        [one.status.value for one in current_decision(line, now).obligations]
        for now in (LATE - timedelta(hours=2), LATE)
    ]

    assert stands == [["met"], ["outstanding"]]
    assert line.snapshot["at"] == "2026-11-29"


def test_the_catalogue_reads_days_where_each_committee_is() -> None:
    world = builders.world({"permission": "HMB", "modifiers": ["IRB"]})
    lisbon = committees.create_committee(
        slug="tejo", name="Tejo DAC", organisation=builders.organisation("tejo"), code="TEJ", contact="dac@tejo.example",
        time_zone="Europe/Lisbon", by=TESTS, now=NOW,
    )  # fmt: skip
    builders.dataset("lungs", lisbon, world.dataset.data_use)
    purpose = builders.PURPOSE | {"ethics_approval": {"reference": "HEL-1", "valid_until": "2026-11-29"}}
    catalogue = Catalogue(active_ontologies())

    # At 23:05 UTC it is the 30th in Helsinki, and still the 29th in Lisbon.
    decisions = {one.row["slug"]: decide(one, purpose, LATE, catalogue.ontologies) for one in catalogue.listed.values()}

    assert {slug: one and one.obligations[0].status.value for slug, one in decisions.items()} == {
        "hearts": "outstanding",
        "lungs": "met",
    }
    assert set(catalogue.judged(purpose, LATE).verdicts.values()) == {"permit"}
    assert {day.isoformat() for _label, day in catalogue.judged(purpose, LATE).verdicts} == {"2026-11-29", "2026-11-30"}


def test_an_ethics_approval_ends_its_visas_and_suspends_its_grant_at_the_same_instant() -> None:
    of = granted({"permission": "HMB", "modifiers": ["IRB"]})
    over = datetime(2027, 12, 31, 22, tzinfo=UTC)

    before = evaluation.follow_ethics(over - timedelta(seconds=1))
    ada = second_factor(of.access.ada)
    choice = choose(person=ada, grants=held(ada, [of.grant.pk], NOW), at=Reach(of.enforcing), now=NOW)
    ends = {one.ethics_end for one in choice.candidates if one.grant is not None}

    assert (before, ends, evaluation.follow_ethics(over), of.now().state) == (0, {over}, 1, "suspended")


def test_working_days_are_counted_and_cases_are_late_by_the_committees_day() -> None:
    world = builders.world(expected_days=0)
    thursday = datetime(2026, 11, 19, 21, 30, tzinfo=UTC)
    builders.submitted(world, now=thursday)
    half_an_hour, an_hour = thursday + timedelta(minutes=29), thursday + timedelta(hours=1)
    wanted = case_selectors.Wanted()

    queues = [
        case_selectors.queue(world.chair, [world.committee], wanted, now, {world.committee.pk})
        for now in (half_an_hour, an_hour)
    ]

    assert [(queue.rows[0].used, queue.late) for queue in queues] == [(0, 0), (1, 1)]


def test_pages_name_the_zone_beside_a_time() -> None:
    world = builders.world()
    line = builders.in_review(world)
    cases.write_to_applicant(case=line.case, text="Good day.", by=world.chair, now=NOW)

    with time_machine.travel(NOW, tick=False):
        judged = flat(signed_in(world.chair).get(f"/cases/{line.case.number}").content.decode())
        asked = signed_in(world.ada).get(f"/requests/{world.requests[0].number}").content.decode()
        mine = signed_in(world.ada).get("/requests/").content.decode()

    assert "Chidi, committee · 18 November 2026, 11:00 Helsinki time" in judged
    assert "The committee must act, since 18 November 2026, 11:00 Helsinki time" in asked
    assert "18 November 2026, 09:00 UTC" in mine


def test_a_committees_zone_is_its_countrys_or_the_one_that_is_given() -> None:
    lake = builders.organisation("lakeland")

    assert builders.committee("one", lake).time_zone == "Europe/Helsinki"
    assert builders.committee("two", lake, time_zone="America/New_York").time_zone == "America/New_York"
    with pytest.raises(Invalid) as refused:
        committees.create_committee(
            slug="x",
            name="X",
            organisation=lake,
            code="X",
            contact="x@example.org",
            by=TESTS,
            now=NOW,
            time_zone="Mars/Base",
        )
    assert refused.value.fields == {"time_zone": "write a name such as Europe/Helsinki"}
