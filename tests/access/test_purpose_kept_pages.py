"""The purpose form in a browser keeps what somebody typed who leaves by a link, without a button."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.access.builders import drafted, world
from tests.browser import sign_in


@pytest.mark.django_db(transaction=True)
def test_what_was_typed_last_is_kept_when_somebody_leaves_by_a_link(page: Page, live_server: Any) -> None:
    lake = world()
    request = drafted(lake)
    sign_in(page, live_server.url, lake.ada)
    page.goto(f"{live_server.url}/requests/{request.number}/purpose")

    page.locator("#id_title").fill("")
    page.locator("#id_title").press_sequentially("Hearts of twins")
    # A button of a mouse is down for a moment: the field is left at its beginning, the page at its end.
    page.locator("main a[href='/requests/']").click(delay=80)
    page.wait_for_url(f"{live_server.url}/requests/")
    page.goto(f"{live_server.url}/requests/{request.number}/purpose")

    assert page.locator("#id_title").input_value() == "Hearts of twins"
