"""The pages of jobs in a real browser: as wide and on a phone, with scripts and without, while a job runs and when it ended."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from governance.models import Job, User
from governance.record import jobs
from tests.browser import PHONE, WIDE, assert_fits, assert_no_axe_findings, press, screenshot, sign_in
from tests.governance.job_kinds import counted, counting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def half() -> Iterator[Job]:
    """Ada's job of eight numbers, of which three are counted."""
    ada = User.objects.create_user("ada", "ada@example.org", "correct horse battery", name="Ada Lindholm")
    with counting():
        job = counted(8, by=ada)
        for _ in range(3):
            jobs.work(seconds=0, now=timezone.now())
        yield job


def ada() -> User:
    return User.objects.get(username="ada")


@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_job_is_seen_to_go_on_and_to_end(page: Page, live_server, half: Job, window: dict[str, int]) -> None:
    page.set_viewport_size(window)
    sign_in(page, live_server.url, ada())
    page.goto(live_server.url + reverse("job", args=[half.uuid]))
    expect(page.get_by_text("3 of 8 numbers")).to_be_visible()
    screenshot(page, f"job-running-{window['width']}")
    assert_fits(page)
    assert_no_axe_findings(page)

    jobs.work(now=timezone.now())

    expect(page.get_by_text("All of it is done.")).to_be_visible(timeout=15_000)
    screenshot(page, f"job-done-{window['width']}")
    assert_fits(page)
    assert_no_axe_findings(page)


def test_without_scripts_a_job_is_looked_at_cancelled_and_gone_on_with(
    chromium: Browser, live_server, half: Job
) -> None:
    context = chromium.new_context(viewport=WIDE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, ada())
    page.goto(live_server.url + reverse("jobs"))
    press(page.get_by_role("link", name="Counting"))
    press(page.get_by_role("link", name="Look again"))
    press(page.get_by_role("button", name="Cancel it"))
    expect(page.get_by_text("It was cancelled. What was done before stays.")).to_be_visible()

    press(page.get_by_role("button", name="Go on with it"))

    expect(page.get_by_text("It begins as soon as a worker is free.")).to_be_visible()
    context.close()
