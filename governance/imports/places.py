"""Countries as other catalogues write them: by name, by three letters or by number (Unicode CLDR, by Babel)."""

from functools import cache

from babel import Locale
from babel.core import get_global

from governance.duo.countries import COUNTRIES, GROUPS


def country_code(written: str) -> str:
    """The ISO 3166-1 code for `Germany`, `DEU`, `276` or `de`; what is none of these comes back as it is written.

    A code of a group, such as EU or the number of a region, stays one. `UK` stays too, because the kernel has a hint for it.
    """
    text = " ".join(written.split())
    upper = text.upper()
    if upper in COUNTRIES or upper in GROUPS:
        return upper
    return _known().get(text.casefold(), text)


# Letters and numbers of states that are no more, which CLDR points at one of today's.
_PAST = frozenset(["BUR", "DDR", "FXX", "TMP", "YMD", "ZAR", "230", "249", "278", "280", "720", "736", "886"])


@cache
def _known() -> dict[str, str]:
    """Codes by three letters, by number and by English name."""
    names = Locale("en").territories
    found = {names[code].casefold(): code for code in COUNTRIES if code in names}
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and len(codes) == 1 and codes[0] in COUNTRIES and alias not in _PAST:
            found[alias.casefold()] = codes[0]
    return found
