"""Names of countries and regions in the reader's language (Unicode CLDR, by Babel)."""

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language

from governance.imports.places import country_code
from governance.words import listed


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


def _territories() -> dict[str, str]:
    language = (get_language() or "en").partition("-")[0]
    try:
        return dict(Locale(language).territories)
    except UnknownLocaleError:
        return dict(Locale("en").territories)
