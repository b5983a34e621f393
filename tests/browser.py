"""A real browser for tests: Debian's Chromium against `live_server`, with checks for accessibility and the
content policy.

Ask for the fixture `page`; call `sign_in` to become somebody, `press` what leads to another page,
`choose_language`, `assert_no_axe_findings` and `screenshot` on what you see. A page that breaks the content
policy fails its test by itself.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.processes import leave_out

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
AXE_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def chromium_path() -> str | None:
    """Where a Chromium stands on this machine, or None. `CHROMIUM` names another one."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    path = chromium_path()
    if path is None:
        leave_out("pages in a browser: no Chromium found; install the package chromium, or name one in CHROMIUM")
    # Playwright keeps an event loop on the main thread, where Django would otherwise refuse every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page, 1280 wide, in light colours, without cookies.

    Fails when the page broke the content policy or a script failed.
    """
    context = chromium.new_context(viewport=WIDE, locale="en-GB", reduced_motion="reduce")
    opened = context.new_page()
    breaches: list[str] = []
    opened.on("console", lambda message: breaches.append(message.text) if _is_breach(message.text) else None)
    opened.on("pageerror", lambda error: breaches.append(str(error)))
    yield opened
    context.close()
    assert breaches == [], "\n".join(breaches)


def _is_breach(text: str) -> bool:
    return "Content Security Policy" in text or "htmx:" in text


def sign_in(page: Page, base: str, user: Any) -> None:
    """Become `user` in the page, as after a complete sign-in; `base` is the live server's address."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": base}])


def press(control: Locator, **how: Any) -> None:
    """Click what leads to another page and wait until that page stands, however slow the server is.

    A click alone returns while the old page still shows: what is read right after it may be of either.
    """
    with control.page.expect_navigation():
        control.click(**how)


def choose_language(page: Page, base: str, code: str) -> None:
    """Read pages in the language `code`, as after choosing it in the bar."""
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": code, "url": base}])


def axe_findings(page: Page) -> list[str]:
    """What axe has against the page as it stands: one line for each element."""
    violations = Axe().run(page, options=AXE_RULES).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(node['target'])}: {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def assert_no_axe_findings(page: Page) -> None:
    """Fail with axe's findings, if there are any (WCAG 2.2 A and AA, and its best practices)."""
    findings = axe_findings(page)
    assert findings == [], "\n".join(findings)


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than the window, so that a reader would have to scroll sideways."""
    width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width <= room, f"the page is {width} wide in a window of {room}"


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the whole page in var/screenshots (or DUOLOGUE_SCREENSHOTS) and say where."""
    folder = Path(os.environ.get("DUOLOGUE_SCREENSHOTS", settings.BASE_DIR / "var" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
