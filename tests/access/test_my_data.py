"""My data: which projects use them and why, and who has confirmed that they left."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.domain.acknowledgement import Standing
from access.selectors.my_data import leaving_of, uses_of
from access.services import hosts
from consent.services import memberships
from consent.services.sealer import position
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.browser import PHONE, assert_fits, assert_no_axe_findings, screenshot, sign_in
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db


def page_of(client, of: Granted, number: int, now=LATER) -> str:
    client.force_login(of.participants[number].account)
    with time_machine.travel(now, tick=False):
        return client.get(reverse("my_data")).content.decode()


def test_a_project_that_uses_my_data_says_who_it_is_and_why(client):
    of = granted()

    [use] = uses_of(of.participants[0], LATER)
    page = page_of(client, of, 0)

    assert (use.is_in, use.late, use.company) == (True, False, False)
    assert use.institution == of.access.ada.affiliations.get().organisation
    assert {reason.verdict.value for reason in use.reasons} == {"permit"}
    assert "1 project uses your data today." in page
    assert "My data are in" in page
    assert use.summary in page


def test_reasons_and_projects_speak_to_the_person(client):
    of = granted()

    page = page_of(client, of, 0)

    assert "Why my data are in" in page
    assert "We are not a company." in page
    assert [words for words in ("The agreed use", "The purpose", "the purpose") if words in page] == []


def test_a_programme_in_force_comes_before_one_that_was_left(client):
    of = granted()
    asked = consent.world("azul", now=NOW)
    second = consent.enrol(asked, of.participants[0].account)
    consent.answer(second, asked, consent.EVERYTHING, NOW)
    of.leaves(0)

    page = page_of(client, of, 0)

    assert page.index('id="agreed-azul"') < page.index(f'id="agreed-{of.participants[0].programme.slug}"')
    assert page.index("is in force") < page.index("You left")


def test_a_no_to_what_the_project_needs_takes_my_data_out_and_says_which(client):
    of = granted()

    of.answers(0, {"research_scope": "this_study"})
    propagate(LATER)

    [use] = uses_of(of.participants[0], LATER)
    page = page_of(client, of, 0)
    assert (use.is_in, [reason.rule for reason in use.reasons]) == (False, ["CONSENT-1"])
    assert "No project uses your data today." in page
    assert "No use of your data is allowed now, so they stay out." in page


def test_a_closed_outlet_is_a_reason_of_its_own(client):
    of = granted()

    of.answers(0, {"repository": "no"})

    [use] = uses_of(of.participants[0], LATER)
    assert (use.is_in, [reason.rule for reason in use.reasons]) == (False, ["OUTLET-1"])
    assert "You did not agree that your data are placed in protected databases." in page_of(client, of, 0)


def test_a_persons_own_no_is_never_red(client):
    of = granted()

    of.answers(0, {"repository": "no"})

    assert 'class="i no"' not in page_of(client, of, 0)


def test_who_agreed_after_the_decision_is_told_that_it_was_later(client):
    of = granted()
    late = consent.enrol(of.consent, consent.person("late", NOW))
    consent.answer(late, of.consent, consent.EVERYTHING, LATER)
    memberships.add(participant=late, dataset=of.access.dataset, by="tests", now=LATER)
    of.participants.append(late)

    [use] = uses_of(late, LATER)

    assert (use.is_in, use.late) == (False, True)
    assert "The committee recorded who is in before your answer." in page_of(client, of, 3)


def test_coming_back_does_not_bring_my_data_back_into_a_running_project():
    of = granted()
    of.leaves(0)
    propagate(LATER)

    later = LATER + timedelta(minutes=1)
    consent.ledger.rejoin(
        participant=of.participants[0],
        answers=consent.EVERYTHING,
        form_version=of.consent.version,
        by=of.participants[0].account,
        capacity="self",
        now=later,
    )

    [use] = uses_of(of.participants[0], later)
    assert (use.is_in, use.late) == (False, True)


def test_after_leaving_each_host_is_shown_with_how_far_it_has_followed(client):
    of = granted()
    of.leaves(0)
    before = leaving_of(of.participants[0], LATER)
    propagate(LATER)

    told_at, confirmed_at = LATER + timedelta(seconds=2), LATER + timedelta(seconds=4)
    hosts.told(host=of.download, grant=of.now(), now=told_at)
    newest = position(of.access.dataset.pk)
    hosts.confirm(host=of.enforcing, grant=of.now(), position=newest, by="harbour", now=confirmed_at)
    soon = leaving_of(of.participants[0], LATER + timedelta(minutes=1))
    page = page_of(client, of, 0, LATER + timedelta(minutes=1))
    after = leaving_of(of.participants[0], LATER + timedelta(hours=2))

    assert [one.standing for one in before.hosts] == [Standing.WAITING, Standing.WAITING]
    assert [(one.host, one.standing, one.seconds) for one in soon.hosts] == [
        (of.enforcing, Standing.CONFIRMED, 4.0),
        (of.download, Standing.TOLD, None),
    ]
    assert [one.standing for one in after.hosts] == [Standing.CONFIRMED, Standing.DEAF]
    assert "Confirmed after 4 seconds" in page
    assert "Heard it. Has not yet said that it is done." in page
    assert "Leaving Karelia Biobank: who has confirmed" in page


def test_others_who_stay_see_nothing_of_it(client):
    of = granted()
    of.leaves(0)
    propagate(LATER)

    assert leaving_of(of.participants[1], LATER) is None
    page = page_of(client, of, 1)
    assert "who has confirmed" not in page
    assert "My data are in" in page


def test_my_datas_queries_do_not_grow_with_other_members(client):
    of = granted()
    page_of(client, of, 0)
    with CaptureQueriesContext(connection) as few:
        page_of(client, of, 0)
    for number in range(5):
        other = consent.enrol(of.consent, consent.person(f"other-{number}", NOW))
        consent.answer(other, of.consent, consent.EVERYTHING, LATER)
        memberships.add(participant=other, dataset=of.access.dataset, by="tests", now=LATER)

    with CaptureQueriesContext(connection) as many:
        page_of(client, of, 0)

    assert len(many) == len(few) <= 60


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left", [False, True], ids=["in", "left"])
def test_my_data_with_projects_is_accessible(page, live_server, left: bool):
    of = granted()
    if left:
        of.leaves(0)
        propagate(LATER)
    with time_machine.travel(LATER + timedelta(minutes=1), tick=True):
        sign_in(page, live_server.url, of.participants[0].account)
        page.goto(live_server.url + reverse("my_data"))
        page.get_by_role("heading", name="Who uses my data now").wait_for()
        screenshot(page, f"my-data-project-{'left' if left else 'in'}-1280")
        assert_no_axe_findings(page)
        page.set_viewport_size(PHONE)
        screenshot(page, f"my-data-project-{'left' if left else 'in'}-390")
        assert_fits(page)
        assert_no_axe_findings(page)
