"""The participant's pages in a real browser: keyboard, phone, no script, right to left, nothing for axe to find."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from consent.models import ConsentEvent, ConsentState, Participant
from tests.browser import (
    PHONE,
    assert_fits,
    assert_no_axe_findings,
    choose_language,
    press,
    screenshot,
    sign_in,
)
from tests.consent.builders import EVERYTHING, HEALTH, answer, dataset, enrol, person, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def of():
    return world()


@pytest.fixture
def petra(of):
    return enrol(of, person("petra"))


def open_page(page: Page, live_server, name: str, *more: str) -> None:
    page.goto(live_server.url + reverse(name, args=[Participant.objects.get().pk, *more]))


def press_enter(page: Page) -> None:
    """Press what is focused and wait for the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose_by_keyboard(page: Page, value: str) -> None:
    """Reach a radio with the keyboard alone and choose the option that has this value."""
    group = page.locator("main input[type=radio]").first.get_attribute("name")
    page.locator(f"input[name='{group}']").first.focus()
    values = page.locator(f"input[name='{group}']").evaluate_all("found => found.map(one => one.value)")
    page.keyboard.press("Space")
    for _ in range(values.index(value)):
        page.keyboard.press("ArrowDown")
    assert page.locator(f"input[name='{group}']:checked").get_attribute("value") == value


def answer_question(page: Page, value: object) -> None:
    """Answer the question that is shown, with the keyboard, and go on."""
    if isinstance(value, dict):
        for row, option in value.items():
            values = page.locator(f"input[name='row-{row}']").evaluate_all("a => a.map(one => one.value)")
            page.locator(f"input[name='row-{row}']").first.focus()
            page.keyboard.press("Space")
            for _ in range(values.index(option)):
                page.keyboard.press("ArrowDown")
    elif isinstance(value, list):
        for option in value:
            page.locator(f"input[value='{option}']").focus()
            page.keyboard.press("Space")
    else:
        choose_by_keyboard(page, str(value))
    page.get_by_role("button", name="Save and continue").focus()
    press_enter(page)


def test_by_keyboard_alone_one_answers_signs_changes_and_stops(page: Page, live_server, of, petra) -> None:
    sign_in(page, live_server.url, petra.account)
    page.goto(live_server.url + reverse("my_data"))
    assert_no_axe_findings(page)
    page.get_by_role("link", name="Read and answer").focus()
    press_enter(page)
    assert_no_axe_findings(page)
    screenshot(page, "consent-start-1280")
    page.get_by_role("link", name="Begin").focus()
    press_enter(page)

    while "/questions/" in page.url:
        assert_no_axe_findings(page)
        answer_question(page, EVERYTHING[page.url.rstrip("/").rsplit("/", 1)[1]])
    assert_no_axe_findings(page)
    screenshot(page, "consent-review-first-1280")
    page.locator("input[name=ok]").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Sign", exact=True).focus()
    press_enter(page)
    page.wait_for_url("**/receipts/**")
    assert_no_axe_findings(page)
    screenshot(page, "consent-receipt-1280")
    assert ConsentState.objects.get().profile.data_use["permission"] == "DUO:0000042"

    open_page(page, live_server, "consent_question", "commercial_use")
    answer_question(page, "no")
    page.wait_for_url("**/review/")
    assert_no_axe_findings(page)
    screenshot(page, "consent-review-change-1280")
    page.locator("input[name=ok]").check()
    press(page.get_by_role("button", name="Sign", exact=True))
    page.wait_for_url("**/receipts/**")

    page.goto(live_server.url + reverse("my_data"))
    assert_no_axe_findings(page)
    screenshot(page, "my-data-1280")
    press(page.get_by_role("link", name="Stop the use of my data"))
    assert_no_axe_findings(page)
    screenshot(page, "consent-stop-1280")
    page.get_by_label("Stop using my data").focus()
    page.keyboard.press("Space")
    press(page.get_by_role("button", name="Stop now"))
    page.wait_for_url("**/receipts/**")
    assert_no_axe_findings(page)

    kinds = list(ConsentEvent.objects.values_list("kind", flat=True))
    assert kinds == ["affirmed", "affirmed", "withdrawn"]
    assert ConsentState.objects.get().profile.excluded


def test_the_same_without_javascript_on_a_phone(chromium: Browser, live_server, of, petra) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url, petra.account)
    open_page(page, live_server, "consent_question", "take_part")

    while "/questions/" in page.url:
        value = HEALTH[page.url.rstrip("/").rsplit("/", 1)[1]]
        if isinstance(value, dict):
            for row, option in value.items():
                page.check(f"input[name='row-{row}'][value='{option}']")
        else:
            for option in value if isinstance(value, list) else [value]:
                page.check(f"input[value='{option}']")
        press(page.locator("text=Save and continue"))
    page.check("input[name=ok]")
    press(page.locator("button:has-text('Sign') >> nth=-1"))
    signed = page.url
    context.close()

    assert "/receipts/" in signed
    assert ConsentState.objects.get().profile.data_use["permission"] == "DUO:0000006"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_fits_a_phone_in_both_directions(page: Page, live_server, of, petra, language: str) -> None:
    row = answer(petra, of, HEALTH)
    dataset("hearts", of.programme.organisation)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark" if language == "en" else "light")
    sign_in(page, live_server.url, petra.account)
    choose_language(page, live_server.url, language)
    direction = "rtl" if language == "ar" else "ltr"

    for name, more in (
        ("consent_start", ()),
        ("consent_question", ("commercial_use",)),
        ("consent_question", ("results_wanted",)),
        ("consent_question", ("results_designate",)),
        ("consent_review", ()),
        ("consent_receipt", (str(row.uuid),)),
        ("consent_history", ()),
        ("consent_stop", ()),
        ("consent_form", ("model_adult_research", "1")),
    ):
        open_page(page, live_server, name, *more)
        screenshot(page, f"{name}-{'-'.join(more)[:16]}-{language}-390")
        assert page.locator("html").get_attribute("dir") == direction
        assert_fits(page)
        assert_no_axe_findings(page)
    for name in ("my_data", "join"):
        page.goto(live_server.url + reverse(name))
        screenshot(page, f"{name}-{language}-390")
        assert_fits(page)
        assert_no_axe_findings(page)


def test_an_empty_answer_puts_the_reader_on_what_is_to_be_mended(page: Page, live_server, of, petra) -> None:
    sign_in(page, live_server.url, petra.account)
    open_page(page, live_server, "consent_question", "take_part")

    press(page.get_by_role("button", name="Save and continue"))

    expect(page.locator(".errors")).to_be_focused()
    page.get_by_role("link", name="Choose an answer.").click()
    expect(page.locator("[name=answer]").first).to_be_focused()
    assert_no_axe_findings(page)
