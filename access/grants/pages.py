"""What a grant demands, in words: what was only promised is told as promised, with the day by which it is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.face.sentences import duty_word, promise
from access.models import Grant
from governance.duo import terms
from governance.duo.local_terms import NO_REDISTRIBUTION, NO_REIDENTIFICATION
from governance.templatetags.duologue import day, number

# What is promised to be kept from doing holds for ever; the rest is to be done while the grant lasts.
_FOR_EVER = frozenset({NO_REDISTRIBUTION, NO_REIDENTIFICATION})


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation of a grant as a page shows it."""

    words: str
    word: str
    under: str


def duties(grant: Grant) -> list[Duty]:
    """Every obligation of a grant, with how it stands and until when."""
    return [Duty(promise(one["term"]), _word(one), _under(one, grant)) for one in grant.obligations]


def _word(one: Mapping[str, Any]) -> str:
    return duty_word(one["term"], one["status"])


def _under(one: Mapping[str, Any], grant: Grant) -> str:
    parameter = one["parameter"]
    if one["term"] == terms.MOR and parameter:
        return _("nothing is published until after %(day)s") % {"day": day(date.fromisoformat(str(parameter)))}
    if one["term"] == terms.TS and parameter:
        return ngettext("%(n)s month", "%(n)s months", parameter) % {"n": number(parameter)}
    if _word(one) != "promised":
        return ""
    if one["term"] in _FOR_EVER:
        return _("for as long as there are data to be kept")
    return _("due by %(day)s, the last day of the grant") % {"day": day(grant.last_day)}
