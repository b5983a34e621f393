"""Somebody whose browser knows no JavaScript: opens pages, fills in the forms on them, follows where they lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

TIMEOUT = 30.0


class Stuck(Exception):
    """The product did not do what it should; the message says where and what it did instead."""


@dataclass
class PageForm:
    """A form as it stands on a page: where it goes, what is filled in already, and its buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def named(self, name: str) -> str:
        """The field's full name: a page that holds several forms gives each a prefix."""
        if name in self.names:
            return name
        return next((full for full in sorted(self.names) if full.endswith(f"-{name}")), name)

    def filled(self, values: Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
        """What a browser sends once these values replaced what stood there."""
        given = {self.named(name): value for name, value in values.items()}
        sent = [(name, value) for name, value in self.fields if name not in given]
        for name, value in given.items():
            sent += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        return sent


class _Forms(HTMLParser):
    """Reads the forms of a page with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._select: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "button" and given.get("type", "submit") == "submit":
            self._open.buttons.append((name, given.get("value", "")))
        elif tag == "select" and name:
            self._select = name
            self._open.names.add(name)
        elif tag == "option" and self._select and "selected" in given:
            self._open.fields.append((self._select, given.get("value", "")))
        elif tag == "textarea" and name:
            self._text = name
            self._open.names.add(name)
            self._open.fields.append((name, ""))

    def _input(self, name: str, given: Mapping[str, str]) -> None:
        assert self._open is not None
        kind = given.get("type", "text")
        if kind == "submit":
            self._open.buttons.append((name, given.get("value", "")))
            return
        self._open.names.add(name)
        if kind not in ("checkbox", "radio", "file") or "checked" in given:
            default = "on" if kind in ("checkbox", "radio") else ""
            self._open.fields.append((name, given.get("value", default)))

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._text is not None:
            name, before = self._open.fields[-1]
            # HTML drops the line break that begins a text area.
            self._open.fields[-1] = (name, (before + data).removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None


@dataclass
class VisitedPage:
    """What was answered: where it is, and its forms."""

    url: str
    text: str
    forms: list[PageForm]

    @property
    def path(self) -> str:
        """The path of its address."""
        return urlsplit(self.url).path

    def form(self, *, action: str = "", has: Sequence[str] = ()) -> PageForm:
        """The first form whose action holds a text and that has these fields or buttons."""
        for one in self.forms:
            names = one.names | {name for name, _ in one.buttons}
            if action in one.action and set(has) <= names:
                return one
        raise Stuck(f"{self.path} has no form for {action or ', '.join(has)}")


class Visitor:
    """One person's session. Any answer of 400 and above that was not expected leaves it stuck."""

    def __init__(self, base: str, name: str = "somebody") -> None:
        self.base, self.name = base, name
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, path: str, *, expect: int = 200, follow: bool = True) -> VisitedPage:
        """Open an address of the product."""
        answer = self._session.get(urljoin(self.base, path), timeout=TIMEOUT, allow_redirects=follow)
        return self._page(answer, expect)

    def submit(
        self,
        page: VisitedPage,
        form: PageForm,
        values: Mapping[str, str | Sequence[str]],
        *,
        press: tuple[str, str] | None = None,
        expect: int = 200,
        follow: bool = True,
    ) -> VisitedPage:
        """Fill in a form and send it. Values replace what stood there; `press` names the button."""
        sent = form.filled(values) + ([press] if press else [])
        target = urljoin(page.url, form.action)
        if form.method == "get":
            answer = self._session.get(target, params=sent, timeout=TIMEOUT, allow_redirects=follow)
        else:
            headers = {"Referer": page.url}
            answer = self._session.post(target, data=sent, headers=headers, timeout=TIMEOUT, allow_redirects=follow)
        return self._page(answer, expect)

    def location(self, page: VisitedPage, form: PageForm, values: Mapping[str, str | Sequence[str]]) -> str:
        """Send a form that leads away from the product; returns where to."""
        sent = form.filled(values)
        answer = self._session.post(
            urljoin(page.url, form.action), data=sent, headers={"Referer": page.url}, timeout=TIMEOUT,
            allow_redirects=False,
        )  # fmt: skip
        if answer.status_code not in (302, 303):
            raise Stuck(f"{page.path} answered {answer.status_code} to {self.name} where it should lead away")
        return answer.headers["Location"]

    def become(self, username: str) -> None:
        """Sign in with one click, as a demo world allows."""
        page = self.open("/demo/")
        token = dict(page.forms[-1].fields)["csrfmiddlewaretoken"]
        form = PageForm(f"/demo/become/{username}", "post", [("csrfmiddlewaretoken", token)])
        self.submit(page, form, {})
        self.name = username

    def _page(self, answer: requests.Response, expect: int) -> VisitedPage:
        if answer.status_code != expect:
            path = urlsplit(answer.url).path
            raise Stuck(f"{path} answered {answer.status_code} to {self.name}, not {expect}")
        reader = _Forms()
        if "html" in answer.headers.get("Content-Type", ""):
            reader.feed(answer.text)
        for form in reader.forms:
            form.action = urljoin(answer.url, form.action)
        return VisitedPage(answer.url, answer.text, reader.forms)
