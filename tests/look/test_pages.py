"""The gallery, the sign-in pages and the error pages, in a real browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from governance.models import User
from tests.browser import (
    PHONE,
    WIDE,
    assert_fits,
    assert_no_axe_findings,
    choose_language,
    press,
    screenshot,
    sign_in,
)

pytestmark = pytest.mark.django_db(transaction=True)

ENTRANCE = ("account_login", "account_signup", "account_reset_password")
ACCOUNT = ("account_email", "account_change_password", "mfa_index", "mfa_list_webauthn", "account_logout")


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", "ada@example.org", "correct horse battery", name="Ada Lindholm")


@pytest.mark.parametrize("drawn", ["theme=light", "theme=dark", "theme=light&dir=rtl", "theme=light&body=read"])
@pytest.mark.parametrize("window", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_part_is_accessible_in_each_theme_direction_and_width(
    page: Page, live_server, drawn: str, window: dict[str, int]
) -> None:
    page.set_viewport_size(window)

    page.goto(f"{live_server.url}{reverse('gallery')}?{drawn}")

    screenshot(page, f"gallery-{drawn.replace('&', '-')}-{window['width']}")
    assert_fits(page)
    assert_no_axe_findings(page)


@pytest.mark.parametrize("name", ENTRANCE)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_for_signing_in_are_accessible(page: Page, live_server, name: str, language: str) -> None:
    page.set_viewport_size(PHONE)
    choose_language(page, live_server.url, language)

    page.goto(live_server.url + reverse(name))

    screenshot(page, f"{name}-{language}-390")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert_fits(page)
    assert_no_axe_findings(page)


@pytest.mark.parametrize("name", ACCOUNT)
def test_pages_of_an_account_are_accessible(page: Page, live_server, ada: User, name: str) -> None:
    sign_in(page, live_server.url, ada)

    page.goto(live_server.url + reverse(name))

    screenshot(page, f"{name}-1280")
    assert page.locator(".who").inner_text().count("Ada Lindholm") == 1
    assert_no_axe_findings(page)


def test_pages_of_the_second_factor_are_accessible_once_the_password_is_confirmed(
    page: Page, live_server, ada: User
) -> None:
    sign_in(page, live_server.url, ada)

    page.goto(live_server.url + reverse("mfa_activate_totp"))
    assert_no_axe_findings(page)
    page.fill("#id_password", "correct horse battery")
    press(page.locator("main button.btn"))
    page.wait_for_url(live_server.url + reverse("mfa_activate_totp"))

    for name in ("mfa_activate_totp", "mfa_add_webauthn", "socialaccount_connections"):
        page.goto(live_server.url + reverse(name))
        screenshot(page, f"{name}-1280")
        assert_no_axe_findings(page)


def test_a_refused_sign_in_puts_the_reader_on_the_error_summary(page: Page, live_server) -> None:
    page.goto(live_server.url + reverse("account_login"))

    page.fill("#id_login", "nobody")
    page.fill("#id_password", "not a password")
    press(page.locator("main button.btn >> nth=0"))

    expect(page.locator(".errors")).to_be_focused()
    assert_no_axe_findings(page)


def test_a_page_that_is_not_there_says_what_to_do(page: Page, live_server) -> None:
    page.goto(f"{live_server.url}/no/such/page")

    assert page.locator("h1").inner_text() == "We have no page here"
    assert_no_axe_findings(page)


def test_language_and_theme_are_chosen_without_scripts(chromium, live_server) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + reverse("gallery"))

    page.click(".pick summary")
    press(page.locator(".pick button[value=ar]"))
    press(page.locator(".foot button[value=dark]"))

    chosen = (page.locator("html").get_attribute("dir"), page.locator("html").get_attribute("data-theme"))
    context.close()
    assert chosen == ("rtl", "dark")
