"""Time zones: which one a country has, and how people read it beside a time."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import get_timezone_location
from django.conf import settings
from django.utils.translation import get_language, gettext

from governance.domain.errors import Invalid


def check_zone(name: str) -> str:
    """The name of a time zone, once it is one. Raises `Invalid`."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(f"{name!r} is no time zone", {"time_zone": "write a name such as Europe/Helsinki"}) from None


def zone_of(country: str) -> str:
    """The one time zone of a country; the installation's own where a country has several, or is not known."""
    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country]
    return zones[0] if len(zones) == 1 else settings.TIME_ZONE


def zone_words(at: datetime) -> str:
    """The zone of a moment as it stands beside its time: "Helsinki time", or UTC."""
    zone = getattr(at.tzinfo, "key", None)
    if zone is None or zone in ("UTC", "Etc/UTC"):
        return at.strftime("%Z") or "UTC"
    return gettext("%(place)s time") % {"place": _place(zone, get_language() or "en")}


@cache
def _place(zone: str, language: str) -> str:
    try:
        locale = Locale(language.partition("-")[0])
    except UnknownLocaleError:
        locale = Locale("en")
    return str(get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True))
