"""The search for diseases in a browser: it answers while somebody types, and its button asks for more."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.access.builders import drafted, world
from tests.browser import sign_in


@pytest.mark.django_db(transaction=True)
def test_diseases_appear_while_somebody_types_and_more_when_asked(page: Page, live_server: Any) -> None:
    lake = world()
    request = drafted(lake)
    sign_in(page, live_server.url, lake.ada)
    page.goto(f"{live_server.url}/requests/{request.number}/purpose")
    found = page.locator("#found-diseases li")

    page.locator("#id_disease_q").press_sequentially("cardiomyopathy", delay=10)
    expect(found).to_have_count(8)
    expect(found.first).to_contain_text("cardiomyopathy")
    page.click("#found-diseases button[name=find_disease]")

    expect(found).to_have_count(38)
