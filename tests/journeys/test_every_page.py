"""Everybody of the demo world walks every page that they can reach by links: each opens, and axe finds nothing.

Pages of one kind (two datasets, two questions) are looked at once. The walk is bounded.
"""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from access.demo.people import PEOPLE
from access.demo.processes import DemoProcesses
from tests.browser import assert_no_axe_findings, press

MOST_PAGES = 40
VISITOR = ""
# Kinds that a visitor has walked already: the same page for everybody, so that axe looks at it once.
_public: set[str] = set()
# Files and foreign tools are no pages of the product; signing out would end the walk.
LEFT_OUT = re.compile(
    r"^/(static|health|accounts/logout|theme|i18n)/|^/api/(?!docs/)|/(everything|removed)|\.(json|txt|vcf)$"
)


def kind_of(path: str) -> str:
    """What a page is an instance of: accessions, numbers, slugs and ids are stood in for."""
    kind = re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}", "/*", path)
    kind = re.sub(r"(?<=/datasets/)[^/]+|(?<=/questions/)[^/]+|(?<=/committees/)[^/]+|(?<=/terms/)[^/]+", "*", kind)
    kind = re.sub(r"(?<=/hosts/)[^/]+|(?<=/consent/)[^/]+", "*", kind)
    return re.sub(r"\b[A-Z]{1,3}-(\d{4}-)?\d{3,4}\b|\b\d+\b", "*", kind)


def links_of(page: Page) -> Iterator[str]:
    """The addresses of the product that a page leads to."""
    for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
        url = urldefrag(urljoin(page.url, href)).url
        if urlsplit(url).netloc == urlsplit(page.url).netloc:
            yield urlsplit(url)._replace(query="").geturl()


def walk(page: Page, base: str) -> Iterator[str]:
    """One page of each kind that can be reached from the start, opened one after another."""
    waiting, seen = [base, f"{base}accounts/2fa/", f"{base}oauth/consents"], set()
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0)
        path = urlsplit(url).path
        if LEFT_OUT.search(path) or kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        answer = page.goto(url)
        assert answer is not None
        assert answer.status < 400, f"{path} answered {answer.status}"
        seen.add(kind_of(urlsplit(page.url).path))
        yield path
        waiting += links_of(page)


@pytest.mark.parametrize("username", [VISITOR, *(person.username for person in PEOPLE)])
def test_every_page_that_somebody_can_reach_opens_and_is_accessible(
    page: Page, demo: DemoProcesses, username: str
) -> None:
    if username:
        page.goto(f"{demo.base}demo/")
        press(page.locator(f"form[action='/demo/become/{username}'] button"))

    walked = []
    for path in walk(page, demo.base):
        if kind_of(path) not in _public:
            assert_no_axe_findings(page)
        walked.append(path)
    if username == VISITOR:
        _public.update(kind_of(path) for path in walked if path != "/")

    assert len(walked) > 5, walked
