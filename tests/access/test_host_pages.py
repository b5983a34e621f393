"""The pages of a data host's operator: what waits, who is late, what to remove, how a change travelled."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.domain.acknowledgement import Standing
from access.grants import services as grants
from access.hosts import page_selectors as host_pages
from access.hosts import services as hosts
from access.hosts import travel_selectors as host_travel
from access.models import GrantChange, HostAcknowledgement
from governance.models import DataHost
from governance.services import hosts as registry
from tests.access.granted import LATER, NOW, host, propagate
from tests.access.operated import (
    Operated,
    another_grant,
    confirm_path,
    operator,
    signed_in,
    text,
    visas_at,
    withheld_at,
)
from tests.acting import TESTS
from tests.consent.builders import HEALTH

pytestmark = pytest.mark.django_db
SOON = LATER + timedelta(seconds=4)


# --- Whose page it is -------------------------------------------------------------------------------------------------
def test_an_operator_of_several_hosts_chooses_one(of: Operated) -> None:
    with signed_in(of.hanna) as client:
        page = client.get("/hosts/")

    assert re.findall(r'href="(/hosts/\w+)"', page.content.decode()) == ["/hosts/arkiv", "/hosts/harbour"]


def test_an_operator_of_one_host_is_led_straight_to_it(of: Operated) -> None:
    with signed_in(operator("hal", of.world.download)) as client:
        assert client.get("/hosts/").headers["location"] == "/hosts/arkiv"


@pytest.mark.parametrize("who", ["ada", "chidi", "other"])
def test_nobody_elses_hosts_are_there(of: Operated, who: str) -> None:
    other = operator("other", host("stranger", enforces=True))
    person = {"ada": of.world.access.ada, "chidi": of.world.access.chair, "other": other}[who]

    with signed_in(person) as client:
        answers = [
            client.get("/hosts/harbour"),
            client.get("/hosts/nowhere"),
            client.get(confirm_path(of)),
            client.post(confirm_path(of), {"position": 3, "removed": "on"}),
            client.get(f"/hosts/arkiv/grants/{of.world.grant.number}/removed.txt"),
        ]

    assert [answer.status_code for answer in answers] == [404] * 5


def test_who_operates_nothing_has_no_list_of_hosts(of: Operated) -> None:
    with signed_in(of.world.access.ada) as client:
        assert client.get("/hosts/").status_code == 404


def test_a_visitor_is_asked_to_sign_in(client: Any, of: Operated) -> None:
    for path in ("/hosts/", "/hosts/arkiv", confirm_path(of)):
        assert client.get(path).headers["location"].startswith("/accounts/login/")


def test_another_hosts_grant_is_not_there(of: Operated) -> None:
    stranger = host("stranger", enforces=False)

    with signed_in(operator("other", stranger)) as client:
        assert client.get(f"/hosts/stranger/grants/{of.world.grant.number}/confirm").status_code == 404


# --- One host ---------------------------------------------------------------------------------------------------------
def test_the_page_says_first_whether_the_host_is_in_step(of: Operated) -> None:
    with signed_in(of.hanna) as client:
        page = text(client.get("/hosts/harbour"))

    assert "Finland · visit, download · enforces cohorts Harbour The one active grant here follows" in page
    assert f"{of.world.grant.number} 1\u00a0person HEARTS-0001 17 Nov 2028 3 3 none yet" in page
    assert "Arkiv nothing to confirm yet" in page
    assert "Nobody has left a cohort of these grants yet." in page


def test_a_host_that_enforces_is_told_then_late_then_deaf(of: Operated) -> None:
    of.leaves(0)
    hosts.told(host=of.world.enforcing, grant=of.world.grant, now=SOON)
    seen = []
    for minutes in (1, 6, 61):
        with signed_in(of.hanna, LATER + timedelta(minutes=minutes)) as client:
            page = text(client.get("/hosts/harbour"))
            seen.append((re.findall(r"Told 1 left|Late 1 left|Deaf 1 left", page), page.count("This host is")))

    assert seen == [(["Told 1 left"], 0), (["Late 1 left"], 1), (["Deaf 1 left"], 1)]


def test_a_deaf_host_reads_that_it_gets_no_new_visa(of: Operated) -> None:
    of.leaves(0)

    with signed_in(of.hanna, LATER + timedelta(hours=2)) as client:
        page = text(client.get("/hosts/harbour"))

    assert "No new visa is given out for this host: it has not confirmed a change for an hour." in page
    assert "No new visa is given out for any grant here until every change below is confirmed." in page


def test_a_confirmed_change_says_how_long_it_took(of: Operated) -> None:
    of.leaves(0)
    hosts.confirm(host=of.world.enforcing, grant=of.world.grant, position=4, by=of.world.enforcing, now=SOON)

    with signed_in(of.hanna) as client:
        page = text(client.get("/hosts/harbour"))

    assert "Confirmed 1 left, after 4 seconds" in page
    assert "0 not confirmed" in page


def test_a_later_position_does_not_make_an_old_confirmation_look_slow(of: Operated) -> None:
    of.leaves(0)
    hosts.confirm(host=of.world.enforcing, grant=of.world.grant, position=4, by=of.world.enforcing, now=SOON)
    of.world.answers(1, HEALTH, LATER + timedelta(days=1))
    propagate(LATER + timedelta(days=1))
    hosts.confirm(
        host=of.world.enforcing, grant=of.world.grant, position=5, by=of.world.enforcing, now=LATER + timedelta(days=2)
    )

    row = HostAcknowledgement.objects.get(host=of.world.enforcing)

    assert (row.confirmed_position, row.confirmed_at) == (5, SOON)


def test_a_host_is_told_at_its_first_reading_of_a_change(of: Operated) -> None:
    of.leaves(0)
    for seconds in (2, 4, 6):
        hosts.told(host=of.world.enforcing, grant=of.world.grant, now=LATER + timedelta(seconds=seconds))

    assert HostAcknowledgement.objects.get(host=of.world.enforcing).told_at == LATER + timedelta(seconds=2)


def test_a_grant_that_ended_says_why_and_asks_for_nothing(of: Operated) -> None:
    of.leaves(0)
    grants.end_grant(
        grant=of.world.now(), reason="revoked", note="Ada broke the terms", by=of.world.access.chair, now=LATER
    )

    with signed_in(of.hanna) as client:
        page = text(client.get("/hosts/arkiv"))

    assert "ended 18 Nov 2026" in page
    assert "Ended revoked by the committee" in page
    assert "Ada" not in page
    assert "No grant is active here." in page
    assert "Confirm position" not in page


def test_the_state_of_the_other_hosts_is_shown(of: Operated) -> None:
    of.leaves(0)

    with signed_in(of.hanna, LATER + timedelta(minutes=10)) as client:
        page = text(client.get("/hosts/harbour"))

    assert "Arkiv since 10:00 Late" in page


def test_a_host_of_another_mode_is_no_neighbour_and_serves_nothing(of: Operated) -> None:
    federated = registry.register_host(
        slug="meridian", name="Meridian", organisation=of.world.enforcing.organisation, country="PT",
        modes=["federated"], base_url="https://m.example", audience="https://m.example", by=TESTS, now=NOW,
    )  # fmt: skip
    registry.serve_dataset(host=federated, dataset=of.world.access.dataset, by=TESTS, now=NOW)

    with signed_in(of.hanna) as client:
        pages = text(client.get("/hosts/harbour")), text(client.get("/hosts/meridian"))

    assert "Meridian" not in pages[0]
    assert "No grant yet" in pages[1]


@pytest.mark.parametrize("end", ["ended", "suspended"])
def test_a_host_is_not_deaf_for_a_grant_of_which_it_keeps_no_copy(of: Operated, end: str) -> None:
    other = another_grant(of.world, "carl")
    of.leaves(0)
    hosts.confirm(host=of.world.enforcing, grant=other, position=4, by=of.world.enforcing, now=SOON)
    if end == "ended":
        grants.end_grant(grant=of.world.now(), reason="revoked", note="misuse", by=of.world.access.chair, now=SOON)
    else:
        grants.suspend(grant=of.world.now(), note="ethics approval lapsed", by=TESTS, now=SOON)

    with signed_in(of.hanna, LATER + timedelta(hours=2)) as client:
        page = text(client.get("/hosts/harbour"))

    assert "The one active grant here follows what people decided." in page
    carl = other.people.get(person__username="carl").person
    assert withheld_at(of.world, of.world.enforcing, LATER + timedelta(hours=2), carl) == []


# --- How the last change travelled ------------------------------------------------------------------------------------
def test_the_way_of_the_last_withdrawal_is_told_from_what_was_written_on_it(of: Operated) -> None:
    of.world.leaves(0)
    propagate(LATER + timedelta(seconds=1))
    hosts.told(host=of.world.enforcing, grant=of.world.grant, now=LATER + timedelta(seconds=2))
    hosts.confirm(host=of.world.enforcing, grant=of.world.grant, position=4, by=of.world.enforcing, now=SOON)

    travel = host_travel.last_travel(of.world.enforcing, LATER + timedelta(minutes=1))

    assert travel is not None
    assert (travel.position, travel.left, travel.moved_out) == (4, 1, False)
    assert [travel.after(at) for at in (travel.judged, travel.told, travel.confirmed, travel.listed)] == [1, 2, 4, None]
    assert travel.standing is Standing.CONFIRMED


def test_visas_of_a_host_that_does_not_enforce_are_marked_on_the_list(of: Operated) -> None:
    visas_at(of.world, of.world.download, LATER - timedelta(minutes=20))
    of.world.leaves(0)
    propagate(LATER + timedelta(seconds=1))

    travel = host_travel.last_travel(of.world.download, LATER + timedelta(minutes=1))

    assert travel is not None
    assert (travel.after(travel.listed), travel.marked, travel.after(travel.old_visas_end)) == (1, 1, 2400)
    assert (travel.told, travel.confirmed, travel.standing) == (None, None, Standing.WAITING)


def test_the_page_tells_the_way_and_names_no_participant(of: Operated) -> None:
    of.leaves(0)
    hosts.confirm(host=of.world.enforcing, grant=of.world.grant, position=4, by=of.world.enforcing, now=SOON)

    with signed_in(of.hanna) as client:
        answer = client.get("/hosts/harbour")

    assert "18 November 2026, 10:00:00 UTC A participant withdrew, or narrowed their consent." in text(answer)
    assert f"The cohort of {of.world.grant.number} fell by 1, at position 4." in text(answer)
    assert "10:00:04 UTC Harbour confirmed position 4 or a later one." in text(answer)
    for participant in of.world.participants:
        assert participant.pk not in answer.content.decode()
    assert "harbour-0" not in answer.content.decode()


def test_the_way_of_a_change_ends_where_its_grant_does(of: Operated) -> None:
    for number in range(3):
        of.leaves(number, LATER + timedelta(seconds=number))

    with signed_in(of.hanna) as client:
        page = text(client.get("/hosts/harbour"))

    assert f"{of.world.grant.number} ended, so there is nothing more to confirm." in page


def test_a_grant_in_force_shows_the_way_before_an_ended_one(of: Operated) -> None:
    ended = another_grant(of.world, "carl")
    of.leaves(0)
    grants.end_grant(grant=ended, reason="revoked", note="misuse", by=of.world.access.chair, now=SOON)

    travel = host_travel.last_travel(of.world.enforcing, LATER + timedelta(minutes=1))

    assert travel is not None
    assert travel.grant.number == of.world.grant.number


# --- What it costs ----------------------------------------------------------------------------------------------------
def read_all(of: DataHost) -> None:
    """Everything that the page reads."""
    now = LATER + timedelta(minutes=1)
    tally = host_pages.tally(of, NOW)
    host_pages.waiting(of)
    host_pages.grants_page(of, "", now)
    host_pages.neighbours(of, tally.served, now)
    host_travel.last_travel(of, now)


@pytest.mark.parametrize("slug", ["harbour", "arkiv"])
def test_the_page_costs_the_same_however_many_grants_there_are(of: Operated, slug: str) -> None:
    at = DataHost.objects.get(slug=slug)
    of.leaves(0)
    with CaptureQueriesContext(connection) as with_one:
        read_all(at)
    for number in range(3):
        another_grant(of.world, f"carl-{number}")
    of.leaves(1, LATER + timedelta(seconds=30))
    with CaptureQueriesContext(connection) as with_four:
        read_all(at)
    with signed_in(of.hanna) as client, CaptureQueriesContext(connection) as page:
        assert client.get(f"/hosts/{slug}").status_code == 200

    assert (len(with_one), len(with_four)) == (8, 8)
    # With the frame, and the session that is written at the first page.
    assert len(page) <= 8 + 8


def rows_looked_at(node: dict[str, Any]) -> int:
    """How many rows a plan of PostgreSQL that was carried out gave and threw away, in all its nodes."""
    here = node["Actual Rows"] + sum(value for key, value in node.items() if key.startswith("Rows Removed"))
    return int(here * node["Actual Loops"]) + sum(rows_looked_at(one) for one in node.get("Plans", ()))


@pytest.mark.only_on("postgresql")  # a plan of PostgreSQL
def test_the_changes_of_today_are_counted_without_looking_at_earlier_ones(of: Operated) -> None:
    def looked_at(earlier: int) -> int:
        grant = of.world.grant
        rows = (GrantChange(grant=grant, kind="grant.shrunk", at=NOW - timedelta(days=9)) for _ in range(earlier))
        GrantChange.objects.bulk_create(rows)
        with CaptureQueriesContext(connection) as asked:
            host_pages.tally(of.world.enforcing, NOW - timedelta(hours=1))
        [counted] = [one["sql"] for one in asked if 'FROM "access_grantchange"' in one["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE access_grantchange")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {counted}")
            return rows_looked_at(cursor.fetchone()[0][0]["Plan"])

    few, many = looked_at(1_000), looked_at(9_000)

    assert 0 < many <= 1.2 * few


def test_grants_are_paged_by_key_and_ended_ones_come_last(of: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_pages, "PAGE", 2)
    made = [of.world.grant, *(another_grant(of.world, f"carl-{number}") for number in range(3))]
    grants.end_grant(grant=made[3], reason="revoked", note="misuse", by=of.world.access.chair, now=NOW)

    first = host_pages.grants_page(of.world.enforcing, "", LATER)
    second = host_pages.grants_page(of.world.enforcing, first.older, LATER)

    numbers = [[row.grant.number for row in page.rows] for page in (first, second)]
    assert numbers == [[made[2].number, made[1].number], [made[0].number, made[3].number]]
    assert second.older == ""


@pytest.mark.parametrize("after", ["x", "0-", "2-1", "0-" + "9" * 30, "0-٣"])
def test_a_cursor_that_is_none_begins_at_the_first_page(of: Operated, after: str) -> None:
    with signed_in(of.hanna) as client:
        answer = client.get("/hosts/harbour", {"after": after})

    assert of.world.grant.number in text(answer)
