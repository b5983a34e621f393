"""From a dataset to a grant in a real browser: the researcher asks, the committee votes and decides."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from access.models import Grant, Request
from consent.models import Participant
from tests.access import builders
from tests.access.cohorts import members
from tests.browser import PHONE, assert_fits, assert_no_axe_findings, press, screenshot, sign_in
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db(transaction=True)
LABEL: dict[str, Any] = {
    "permission": "HMB",
    "modifiers": ["NPU", "IRB", "RTN", {"term": "GS", "countries": ["EU", "NO"]}],
}


@pytest.fixture
def world() -> builders.World:
    made = builders.world(data_use=LABEL, representative_must_vote=True)
    biobank = consent.world("biobank")
    answers = [consent.EVERYTHING] * 6 + [consent.HEALTH] * 6 + [None] * 2
    members(biobank, made.dataset, *answers)
    inside = builders.dataset("births", made.committee, {"permission": "HMB", "local": ["visit-only"]})
    builders.dataset("diabetes", made.committee, {"permission": "DS", "diseases": ["MONDO:0005015"]})
    assert inside.pk
    return made


def _see(page: Page, name: str) -> None:
    """Check the page wide and on a phone, and keep a picture of both."""
    assert_no_axe_findings(page)
    screenshot(page, name)
    wide = page.viewport_size
    page.set_viewport_size(PHONE)
    assert_fits(page)
    screenshot(page, f"{name}-390")
    page.set_viewport_size(wide)


def test_a_researcher_asks_and_a_committee_decides(page: Page, live_server: Any, world: builders.World) -> None:
    sign_in(page, live_server.url, world.ada)
    page.goto(f"{live_server.url}/requests/")
    _see(page, "requests-empty")
    page.goto(f"{live_server.url}/requests/new?dataset=hearts")
    _see(page, "request-new")
    press(page.get_by_role("button", name="Begin"))

    page.get_by_label("Title").fill("Inherited heart failure: the next stage")
    page.get_by_label("A disease").check()
    page.get_by_label("Genes").check()
    page.get_by_role("textbox", name="Diseases").fill("heart failure")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("button", name="Add heart failure", exact=True).click()
    expect(page.get_by_role("list", name="Chosen diseases")).to_contain_text("MONDO:0005252")
    page.get_by_label("Countries of people and computers").fill("FI, SE, NO")
    page.get_by_role("group", name="Is the purpose commercial?").get_by_label("No", exact=True).check()
    page.get_by_label("Download").check()
    expect(page.locator("#fit-status")).to_contain_text("1 permit, 0 review, 0 deny")
    page.get_by_label("Add a dataset").fill("diabetes")
    page.get_by_role("button", name="Search datasets").click()
    page.get_by_role("button", name="Add Diabetes genomes").click()
    page.get_by_label("Add a dataset").fill("births")
    page.get_by_role("button", name="Search datasets").click()
    page.get_by_role("button", name="Add Births genomes").click()
    expect(page.locator("#fit-status")).to_contain_text("1 permit, 0 review, 2 deny")
    page.get_by_role("button", name="Save and review").click()
    expect(page.get_by_role("alert")).to_contain_text("Write the summary for participants")
    _see(page, "purpose")

    page.get_by_role("button", name="Leave out Diabetes genomes").click()
    page.get_by_label("Visit").check()
    page.get_by_label("Summary for participants").fill("We look for causes of heart failure in families.")
    page.get_by_label("Months").fill("24")
    page.locator("#id_ethics_reference").fill("HEL-2026-114")
    page.get_by_label("Ethics approval valid until").fill("2027-12-31")
    page.get_by_label("Results back").check()
    page.get_by_role("button", name="Save and review").click()
    page.get_by_label("I have read and accept").check()
    _see(page, "review-and-submit")
    press(page.get_by_role("button", name="Submit"))
    expect(page.get_by_text("The committee must act")).to_be_visible()
    _see(page, "request")

    request = Request.objects.get()
    number = request.cases.get().number
    sign_in(page, live_server.url, world.chair)
    page.goto(f"{live_server.url}/queue/")
    _see(page, "queue")
    press(page.get_by_role("link", name="Inherited heart failure"))
    for _line in range(2):
        press(page.get_by_role("button", name="Take into review").first)
    _vote(page, "HEARTS-0001", "Fits.")
    _see(page, "case")
    sign_in(page, live_server.url, world.representative)
    page.goto(f"{live_server.url}/cases/{number}")
    _vote(page, "HEARTS-0001", "They said yes to this.")
    sign_in(page, live_server.url, world.chair)
    page.goto(f"{live_server.url}/cases/{number}")
    press(page.get_by_role("link", name="Approve HEARTS-0001"))
    _see(page, "approve")
    press(page.get_by_role("button", name="Approve HEARTS-0001"))
    expect(page.get_by_text("Approved on")).to_be_visible()

    grant = Grant.objects.get()
    page.goto(f"{live_server.url}/grants/{grant.number}")
    _see(page, "grant-committee")
    sign_in(page, live_server.url, world.ada)
    page.goto(f"{live_server.url}/grants/")
    _see(page, "grants")
    page.goto(f"{live_server.url}/requests/")
    _see(page, "requests")
    page.goto(f"{live_server.url}/terms/lakeland-terms-v1")
    _see(page, "terms")
    page.goto(f"{live_server.url}/committees/lakeland")
    _see(page, "committee")
    assert (grant.state, grant.cohort_size) == ("active", 12)
    assert Participant.objects.count() == 14


def _vote(page: Page, accession: str, reason: str) -> None:
    box = page.locator("aside section").filter(has_text=f"Votes on {accession}")
    if box.get_by_text("Vote on this line alone").is_visible():
        box.get_by_text("Vote on this line alone").click()
    box.get_by_label("Approve", exact=True).check()
    box.get_by_label("Reason").fill(reason)
    press(box.get_by_role("button", name="Record my vote"))
    expect(page.get_by_text("Your vote is recorded.")).to_be_visible()


def test_the_same_without_javascript(chromium: Any, live_server: Any, world: builders.World) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    sign_in(page, live_server.url, world.ada)
    page.goto(f"{live_server.url}/requests/new?dataset=hearts")
    press(page.get_by_role("button", name="Begin"))
    page.get_by_label("Title").fill("Without scripts")
    page.get_by_label("Summary for participants").fill("We look for causes.")
    page.get_by_label("A disease").check()
    page.get_by_role("textbox", name="Diseases").fill("heart failure")
    press(page.get_by_role("button", name="Search", exact=True))
    press(page.get_by_role("button", name="Add heart failure", exact=True))
    page.get_by_label("Countries of people and computers").fill("FI")
    page.get_by_role("group", name="Is the purpose commercial?").get_by_label("No", exact=True).check()
    page.get_by_label("Visit").check()
    press(page.get_by_role("button", name="Check how it fits"))
    expect(page.locator("#fit-status")).to_contain_text("1 permit, 0 review, 0 deny")
    page.get_by_label("Months").fill("12")
    page.get_by_label("Results back").check()
    page.locator("#id_ethics_reference").fill("HEL-2026-114")
    page.get_by_label("Ethics approval valid until").fill("2027-12-31")
    press(page.get_by_role("button", name="Save and review"))
    page.get_by_label("I have read and accept").check()
    press(page.get_by_role("button", name="Submit"))
    number = Request.objects.get().cases.get().number
    sign_in(page, live_server.url, world.chair)
    page.goto(f"{live_server.url}/cases/{number}")
    press(page.get_by_role("button", name="Take into review"))
    _vote(page, "HEARTS-0001", "Fits.")
    press(page.get_by_role("link", name="Ask for a change"))
    page.get_by_label("What should change").fill("Why now?")
    press(page.get_by_role("button", name="Ask for a change"))
    expect(page.get_by_text("Given back to the applicant.")).to_be_visible()
    context.close()

    assert Request.objects.get().state == "returned"
