"""Names of countries and regions in the reader's language (Unicode CLDR, by Babel)."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

from governance.duo.countries import COUNTRIES
from governance.face.words import listed, plain
from governance.imports.places import country_code


def country_name(code: str) -> str:
    """The name of an ISO 3166-1 country, of the EU or EEA, or of a UN M49 region; the code where there is no name."""
    names = _territories()
    if code == "EEA":
        return listed(names.get(one, one) for one in ("EU", "IS", "LI", "NO"))
    return names.get(code, code)


def country_code_of(written: str) -> str:
    """The code of a country that is named in the reader's language, in English or by a code; else what is written."""
    text = " ".join(written.split()).casefold()
    for code, name in _territories().items():
        if name.casefold() == text and len(code) <= 3:
            return code
    return country_code(written)


def country_names(codes: Iterable[str]) -> str:
    """Several, in the order given, as one line of text."""
    return listed(country_name(code) for code in codes)


def all_countries() -> list[tuple[str, str]]:
    """Every country with its name in the reader's language, in the order of the names."""
    names = _territories()
    return sorted(((code, names.get(code, code)) for code in COUNTRIES), key=lambda one: plain(one[1]))


def find_country(written: str) -> str | None:
    """The code of a country written by its name in the reader's language or in English, or as a code."""
    found = _by_name(_language()).get(plain(written)) or country_code(written)
    return found if found in COUNTRIES else None


def near_countries(written: str) -> list[str]:
    """Names that somebody may have meant, each with its code; the nearest first."""
    known = _by_name(_language())
    text = plain(written)
    begun = [name for name in known if text and name.startswith(text)]
    alike = get_close_matches(text, known, n=3, cutoff=0.75)
    codes = dict.fromkeys([*_ALIASES.get(text, ()), *(known[name] for name in [*alike, *begun])])
    return [f"{country_name(code)} ({code})" for code in list(codes)[:3]]


# What people write for a country that is another one's code, or none.
_ALIASES = {"uk": ("GB",), "el": ("GR",), "england": ("GB",), "scotland": ("GB",), "holland": ("NL",), "usa": ("US",)}


@cache
def _by_name(language: str) -> dict[str, str]:
    english, own = dict(Locale("en").territories), _names_in(language)
    return {plain(names[code]): code for names in (english, own) for code in sorted(COUNTRIES) if code in names}


def _language() -> str:
    return (get_language() or "en").partition("-")[0]


def _territories() -> dict[str, str]:
    return _names_in(_language())


@cache
def _names_in(language: str) -> dict[str, str]:
    try:
        return dict(Locale(language).territories)
    except UnknownLocaleError:
        return dict(Locale("en").territories)
