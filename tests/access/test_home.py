"""The first page: what visitors read, and where each kind of person begins."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from access.home import selectors as beginnings
from governance.domain.roles import Role
from governance.models import Affiliation, Dataset
from governance.services import organisations, roles
from tests.access import builders as access
from tests.access.builders import NOW
from tests.acting import TESTS
from tests.browser import PHONE, assert_fits, assert_no_axe_findings, choose_language, screenshot, sign_in
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db


def _begin(person: Any) -> Any:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/")


def _official(world: access.World, role: Role) -> Any:
    person = consent.second_factor(consent.person(role.value, NOW))
    on = None if role is Role.ADMINISTRATOR else world.committee.organisation
    roles.give_role(role=role, on=on, to=person, by=TESTS, now=NOW)
    return person


def test_a_visitor_reads_the_way_of_an_answer_and_finds_every_door() -> None:
    page = Client().get("/").content.decode()

    assert "The way of an answer, and back" in page
    assert [
        f'href="{path}"' in page for path in ("/join/", "/datasets/", "/help/", "/accounts/login/", "/api/docs/")
    ] == [True] * 5
    assert "demo world" not in page


def test_people_with_work_of_their_own_are_led_to_it() -> None:
    world = access.world()
    petra = consent.person("petra", NOW)
    consent.enrol(consent.world("karelia", now=NOW), petra, name="Petra")

    led = {person.username: _begin(person).headers["Location"] for person in (petra, world.chair, world.ada)}

    assert set(led.values()) == {"/my-data/", "/queue/", "/requests/"}


def test_somebody_new_is_told_what_they_can_do() -> None:
    page = _begin(consent.person("nobody", NOW)).content.decode()

    assert "Your account is ready" in page
    assert "Join with your code" in page
    assert "Look at the datasets" in page
    assert "What you look after" not in page


def test_an_administrator_reads_what_they_look_after_and_what_is_kept_from_them() -> None:
    world = access.world()

    page = _begin(_official(world, Role.ADMINISTRATOR)).content.decode()

    assert "You judge no request" in page
    assert "Your account is ready" not in page


def test_a_signing_official_sees_their_own_people_and_who_is_only_declared_first() -> None:
    world = access.world()
    official = _official(world, Role.SIGNING_OFFICIAL)
    other = consent.organisation("elsewhere")
    for username, at, by in (
        ("anna", world.committee.organisation, "signing_official"),
        ("zoe", world.committee.organisation, "declared"),
        ("olaf", other, "declared"),
    ):
        organisations.record_affiliation(
            person=consent.person(username, NOW), organisation=at, role="faculty", vouched_by=by, until=None, by=TESTS,
            now=NOW,
        )  # fmt: skip

    found = beginnings.vouched(official)
    page = _begin(official).content.decode()

    own = Affiliation.objects.filter(organisation=world.committee.organisation).count()
    assert (found.shown[0].person.username, found.count, found.waiting) == ("zoe", own, 1)
    assert ("Zoe" in page, "Anna" in page, "Olaf" in page) == (True, True, False)


def test_a_steward_sees_what_nobody_can_ask_for_yet() -> None:
    world = access.world()
    steward = _official(world, Role.STEWARD)
    unsettled = access.dataset("murky", world.committee)
    Dataset.objects.filter(pk=unsettled.pk).update(data_use=None)

    found = beginnings.described(steward)
    page = _begin(steward).content.decode()

    assert (found.shown[0], found.waiting) == (unsettled, 1)
    assert "1 dataset has no settled use yet, so nobody can ask for it." in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "size"), [("en", None), ("ar", PHONE)])
def test_the_first_pages_are_accessible(live_server: Any, page: Page, language: str, size: Any) -> None:
    world = access.world()
    choose_language(page, live_server.url, language)
    if size:
        page.set_viewport_size(size)

    page.goto(live_server.url + "/")
    assert_no_axe_findings(page)
    assert_fits(page)
    screenshot(page, f"home-{language}")
    for person in (_official(world, Role.STEWARD), consent.person("nobody", NOW)):
        sign_in(page, live_server.url, person)
        page.goto(live_server.url + "/")
        assert_no_axe_findings(page)
        assert_fits(page)
    screenshot(page, f"beginning-{language}")
