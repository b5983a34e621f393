"""The public pages, and the navigation of each kind of reader."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings

from governance.domain.roles import Role
from governance.face.context import Frame
from governance.models import User
from governance.services import organisations, roles
from tests.access import builders as access
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def bar(person: User | AnonymousUser, path: str = "/") -> list[tuple[str, str, bool]]:
    """The navigation that a person sees on a page."""
    request = RequestFactory().get(path)
    request.user = person
    return [(str(link.label), link.href, link.current) for link in Frame(request).nav]


def words(person: User | AnonymousUser) -> list[str]:
    return [label for label, _href, _current in bar(person) if label != "Datasets"]


@pytest.mark.parametrize("path", ["/help/", "/accessibility/", "/privacy/"])
def test_a_visitor_reads_the_public_pages_and_finds_whom_to_ask(path: str) -> None:
    with override_settings(CONTACT="desk@lakeland.example"):
        page = Client().get(path)

    assert page.status_code == 200
    assert 'href="mailto:desk@lakeland.example"' in page.content.decode()


@pytest.mark.parametrize("path", ["/help/", "/accessibility/", "/privacy/"])
def test_the_public_pages_ask_the_database_nothing_of_a_visitor(path: str) -> None:
    with CaptureQueriesContext(connection) as taken:
        Client().get(path)

    assert [query["sql"] for query in taken] == []


def test_each_foot_links_to_the_public_pages() -> None:
    page = Client().get("/help/").content.decode()

    assert [f'<a href="{path}">' in page for path in ("/help/", "/accessibility/", "/privacy/")] == [True] * 3


def test_a_public_page_cannot_be_posted_to() -> None:
    assert Client().post("/privacy/").status_code == 405


def test_the_privacy_page_warns_where_the_line_is_not_encrypted() -> None:
    with override_settings(HTTPS=False):
        open_line = Client().get("/privacy/").content.decode()
    with override_settings(HTTPS=True):
        closed_line = Client().get("/privacy/").content.decode()

    assert ("Do not enter real data" in open_line, "Do not enter real data" in closed_line) == (True, False)


def test_a_visitor_sees_no_working_pages() -> None:
    assert words(AnonymousUser()) == []


def test_a_participant_sees_their_data_and_answers() -> None:
    asked = consent.world("karelia", now=NOW)
    petra = consent.person("petra", NOW)
    place = consent.enrol(asked, petra, name="Petra").pk

    assert bar(petra, f"/consent/{place}/review/") == [
        ("My data", "/my-data/", False),
        ("My answers", f"/consent/{place}/", True),
    ]


def test_a_participant_of_two_programmes_reaches_the_answers_of_both() -> None:
    petra = consent.person("petra", NOW)
    for programme in ("karelia", "azul"):
        consent.enrol(consent.world(programme, now=NOW), petra, name="Petra")

    assert bar(petra, "/my-data/answers/") == [
        ("My data", "/my-data/", False),
        ("My answers", "/my-data/answers/", True),
    ]


def test_pages_below_an_entry_mark_it_wherever_they_stand() -> None:
    world = access.world()
    seated, participant = world.chair, consent.person("petra", NOW)
    place = consent.enrol(consent.world("karelia", now=NOW), participant, name="Petra").pk

    marked = [
        [label for label, _href, current in bar(person, path) if current]
        for person, path in (
            (seated, "/cases/LAK-2026-001"),
            (seated, "/committees/lakeland"),
            (participant, "/join/"),
            (participant, "/consent/another/review/"),
            (participant, f"/consent/{place}/review/"),
            (participant, "/help/"),
        )
    ]

    assert marked == [["Queue"], ["Datasets"], ["My data"], ["My data"], ["My answers"], []]


def test_a_researcher_sees_requests_and_grants() -> None:
    ada = access.person("ada")
    access.belongs(access.organisation("saimaa"), ada)

    assert words(ada) == ["My requests", "My grants"]


def test_a_researcher_whose_affiliation_ended_sees_none() -> None:
    ada = access.person("ada")
    place = access.belongs(access.organisation("saimaa"), ada)
    organisations.end_affiliation(affiliation=place, by=TESTS, now=NOW)

    assert words(ada) == []


def test_a_committee_member_sees_the_queue_and_its_grants() -> None:
    lake = access.organisation("lakeland")

    assert words(access.seat(access.committee("lakeland", lake), Role.MEMBER, "mei")) == ["Queue", "Grants"]


def test_a_committee_member_who_is_a_researcher_sees_both_and_grants_once() -> None:
    lake = access.organisation("lakeland")
    mei = access.seat(access.committee("lakeland", lake), Role.MEMBER, "mei")
    access.belongs(lake, mei)

    assert words(mei) == ["Queue", "Grants", "My requests"]


def test_a_host_operator_sees_the_hosts() -> None:
    harbour, hanna = access.organisation("harbour"), access.person("hanna")
    roles.give_role(role=Role.HOST_OPERATOR, on=harbour, to=hanna, by=TESTS, now=NOW)

    assert bar(hanna, "/hosts/harbour")[0] == ("Hosts", "/hosts/", True)


def test_an_administrator_without_another_role_sees_jobs_and_nobodys_working_pages() -> None:
    admin = access.person("admin")
    roles.give_role(role=Role.ADMINISTRATOR, on=None, to=admin, by=TESTS, now=NOW)

    assert words(admin) == ["Jobs", "Record"]


def test_the_bar_asks_each_thing_once_and_only_when_a_page_shows_it() -> None:
    mei = access.seat(access.committee("lakeland", access.organisation("lakeland")), Role.MEMBER, "mei")
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=mei.pk)
    made = Frame(request)

    with CaptureQueriesContext(connection) as unasked:
        made.foot  # noqa: B018
    with CaptureQueriesContext(connection) as asked:
        made.nav  # noqa: B018
    with CaptureQueriesContext(connection) as again:
        made.nav  # noqa: B018

    assert (len(unasked), len(again)) == (0, 0)
    assert len(asked) <= 6
