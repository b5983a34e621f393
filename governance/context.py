"""What the frame of every page needs: navigation by role, theme, languages.

`frame` is a context processor. It hands templates one object, which looks things up only when a template
asks, so that fragments and error pages pay nothing for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from governance.look import Words

THEME_COOKIE = "theme"
THEMES: dict[str, Words] = {"light": _("Light"), "dark": _("Dark"), "": _("As the system")}


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry of the main navigation: shown to those for whom `shown_to(user)` holds, once its page
    exists.
    """

    label: Words
    url_name: str
    shown_to: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry of the navigation as a page shows it."""

    label: Words
    href: str
    current: bool


def everybody(user: Any) -> bool:
    """Predicate of entries for signed-in people and visitors alike."""
    return True


def signed_in(user: Any) -> bool:
    """Predicate of entries for signed-in people."""
    return bool(user.is_authenticated)


# In the order of the bar. Entries whose page does not exist are left out, so that this table may run ahead of
# the pages.
NAV: tuple[NavEntry, ...] = ()
FOOT: tuple[NavEntry, ...] = (
    NavEntry(_("Help and contact"), "help", everybody),
    NavEntry(_("Accessibility"), "accessibility", everybody),
    NavEntry(_("Privacy"), "privacy", everybody),
)


def links(entries: tuple[NavEntry, ...], user: Any, path: str) -> list[NavLink]:
    """The entries that `user` sees; the one whose address begins `path`, the longest such, is the current
    one.
    """
    shown = []
    for entry in entries:
        try:
            href = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        if entry.shown_to(user):
            shown.append((entry.label, href))
    beginnings = [href for _label, href in shown if path == href or (href != "/" and path.startswith(href))]
    current = max(beginnings, key=len, default=None)
    return [NavLink(label, href, href == current) for label, href in shown]


class Frame:
    """The frame of one page; every part of it is looked up when first asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def nav(self) -> list[NavLink]:
        """The main navigation of this person, on this page."""
        return links(NAV, self._request.user, self._request.path)

    @cached_property
    def foot(self) -> list[NavLink]:
        """The links at the foot of the page."""
        return links(FOOT, self._request.user, self._request.path)

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
