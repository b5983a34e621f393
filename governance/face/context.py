"""What the frame of every page needs: navigation by role, theme, languages.

`frame` is a context processor. It hands templates one object, which looks things up only when a template
asks, so that fragments and error pages pay nothing for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from governance.domain.roles import SEATS, Role
from governance.face.look import Words
from governance.selectors.standing import ReaderStanding, standing_of

THEME_COOKIE = "theme"
THEMES: dict[str, Words] = {"light": _("Light"), "dark": _("Dark"), "": _("As the system")}


class Reader:
    """Who reads a page, as far as the navigation must know: asked once, and only when it is needed."""

    def __init__(self, user: Any, standing: ReaderStanding | None = None) -> None:
        self._user = user
        self._given = standing

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody has signed in."""
        return bool(self._user.is_authenticated)

    @cached_property
    def _standing(self) -> ReaderStanding:
        """Given where the request knows it already."""
        return standing_of(self._user) if self._given is None else self._given

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that they hold on anything."""
        return self._standing.roles

    @property
    def belongs(self) -> bool:
        """Whether they have a place at an organisation, as researchers do."""
        return self._standing.belongs

    @property
    def participants(self) -> Sequence[str]:
        """For whom they decide, often themselves alone."""
        return self._standing.participants


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry of the main navigation: shown to those for whom `shown_to(reader)` holds, once its page exists.

    `place(reader)` gives the arguments of its address, where it has some; `also` are the beginnings of further
    addresses that belong to it.
    """

    label: Words
    url_name: str
    shown_to: Callable[[Reader], bool]
    place: Callable[[Reader], Sequence[str]] = lambda reader: ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry of the navigation as a page shows it."""

    label: Words
    href: str
    current: bool


def everybody(reader: Reader) -> bool:
    """Predicate of entries for signed-in people and visitors alike."""
    return True


def signed_in(reader: Reader) -> bool:
    """Predicate of entries for signed-in people."""
    return reader.is_authenticated


def participates(reader: Reader) -> bool:
    """Predicate of entries for participants, and who decides for one."""
    return bool(reader.participants)


def answers_once(reader: Reader) -> bool:
    """Predicate of the answers' own entry: with one participant it leads to the form."""
    return len(reader.participants) == 1


def answers_several(reader: Reader) -> bool:
    """Predicate of the same entry for those with several: it leads to the answers of all of them."""
    return len(reader.participants) > 1


def sits(reader: Reader) -> bool:
    """Predicate of entries for committees."""
    return bool(reader.roles & SEATS)


def researches(reader: Reader) -> bool:
    """Predicate of entries for researchers."""
    return reader.belongs


def researches_only(reader: Reader) -> bool:
    """Predicate of what committees see under another name."""
    return researches(reader) and not sits(reader)


def looks_around(reader: Reader) -> bool:
    """Predicate of the datasets: everybody but participants who are nothing else here, whose bar stays short."""
    return not participates(reader) or researches(reader) or bool(reader.roles)


def administers(reader: Reader) -> bool:
    """Predicate of entries for those who run the installation."""
    return Role.ADMINISTRATOR in reader.roles


def operates(reader: Reader) -> bool:
    """Predicate of entries for the operators of data hosts."""
    return Role.HOST_OPERATOR in reader.roles


# In the order of the bar. Entries whose page does not exist are left out, so that this table may run ahead of
# the pages.
NAV: tuple[NavEntry, ...] = (
    NavEntry(_("My data"), "my_data", participates, also=("/consent/", "/join/")),
    NavEntry(_("My answers"), "consent_start", answers_once, lambda reader: reader.participants[:1]),
    NavEntry(_("My answers"), "my_answers", answers_several),
    NavEntry(_("Queue"), "queue", sits, also=("/cases/",)),
    NavEntry(_("Grants"), "grants", sits),
    NavEntry(_("Hosts"), "hosts", operates),
    NavEntry(_("Datasets"), "catalogue", looks_around, also=("/committees/", "/terms/")),
    NavEntry(_("My requests"), "requests", researches),
    NavEntry(_("My grants"), "grants", researches_only),
    NavEntry(_("Jobs"), "jobs", administers),
    NavEntry(_("Record"), "record", administers),
)
FOOT: tuple[NavEntry, ...] = (
    NavEntry(_("Help and contact"), "help", everybody),
    NavEntry(_("Accessibility"), "accessibility", everybody),
    NavEntry(_("Privacy"), "privacy", everybody),
)


def links(entries: tuple[NavEntry, ...], reader: Reader, path: str) -> list[NavLink]:
    """The entries that `reader` sees; the one whose address begins `path`, the longest such, is the current one."""
    shown, beginnings = [], []
    for entry in entries:
        if not entry.shown_to(reader):
            continue
        try:
            href = reverse(entry.url_name, args=entry.place(reader))
        except NoReverseMatch:
            continue
        shown.append((entry.label, href))
        own = [href] if path == href or (href != "/" and path.startswith(href)) else []
        beginnings += [(len(one), href) for one in (*own, *(one for one in entry.also if path.startswith(one)))]
    current = max(beginnings, default=(0, None))[1]
    return [NavLink(label, href, href == current) for label, href in shown]


class Frame:
    """The frame of one page; every part of it is looked up when first asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def reader(self) -> Reader:
        """Who reads it; asked once for bar and foot."""
        return Reader(self._request.user, getattr(self._request, "standing", None))

    @cached_property
    def nav(self) -> list[NavLink]:
        """The main navigation of this person, on this page."""
        return links(NAV, self.reader, self._request.path)

    @cached_property
    def foot(self) -> list[NavLink]:
        """The links at the foot of the page."""
        return links(FOOT, self.reader, self._request.path)

    @cached_property
    def theme(self) -> str:
        """ "light" or "dark" when the person chose one, empty when the system decides."""
        chosen = self._request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def themes(self) -> list[tuple[str, Words, bool]]:
        """The themes to choose from: value, words, chosen now."""
        return [(value, words, value == self.theme) for value, words in THEMES.items()]

    @cached_property
    def languages(self) -> list[dict[str, Any]]:
        """The product's languages in their own words: code, name, direction, chosen now."""
        current = get_language()
        return [
            {
                "code": code,
                "name": (info := get_language_info(code))["name_local"].capitalize(),
                "dir": "rtl" if info["bidi"] else "ltr",
                "current": code == current,
            }
            for code, _name in settings.LANGUAGES
        ]

    @property
    def here(self) -> str:
        """Where to come back to after choosing a language or a theme."""
        return self._request.get_full_path()


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: `frame` for base.html."""
    return {"frame": Frame(request)}
