"""What a grant demands, in words: what was only promised is told as promised, with the day by which it is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.domain.obligations import FOR_EVER
from access.face.sentences import promise
from access.models import Grant, Obligation
from governance.duo import terms
from governance.duo.decision import Status
from governance.templatetags.duologue import day, number


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation of a grant as a page shows it; `href` leads to what was shown for it, where it is a row of its own."""

    words: str
    word: str
    under: str
    href: str = ""


def duties(grant: Grant) -> list[Duty]:
    """Every obligation of a grant with how it stands and until when, and what limits the grant or has lapsed."""
    demanded = [duty(one, grant) for one in grant.demanded.all()]
    limits = [one for one in grant.obligations if one["status"] in (Status.CAP, Status.LAPSED)]
    return demanded + [Duty(promise(one["term"]), one["status"], _limit(one)) for one in limits]


def duty(one: Obligation, grant: Grant) -> Duty:
    """An obligation as a page shows it."""
    href = reverse("obligation", args=[grant.number, one.place])
    return Duty(promise(one.term), one.state, _under(one, grant), href)


def _under(one: Obligation, grant: Grant) -> str:
    """Where it stands between the two sides, and its day."""
    if one.state == Obligation.State.WAIVED:
        return one.note
    return " · ".join(filter(None, (_whose_turn(one), _by_when(one, grant))))


def _whose_turn(one: Obligation) -> str:
    if one.state == Obligation.State.OFFERED:
        return _("the committee looks at what was shown")
    if one.state == Obligation.State.PROMISED and one.note:
        return _("sent back: something is missing")
    return ""


def _by_when(one: Obligation, grant: Grant) -> str:
    if one.state == Obligation.State.PROMISED and one.term in FOR_EVER:
        return _("for as long as there are data to be kept")
    if one.due is None:
        return ""
    on = {"day": day(one.due)}
    if one.term == terms.MOR:
        return _("nothing is published until after %(day)s") % on
    if one.state == Obligation.State.MET:
        return _("holds until %(day)s") % on
    if one.state == Obligation.State.OVERDUE:
        return _("was due by %(day)s") % on
    return (_("due by %(day)s, the last day of the grant") if one.due == grant.last_day else _("due by %(day)s")) % on


def _limit(one: Mapping[str, Any]) -> str:
    parameter = one["parameter"]
    if one["term"] == terms.TS and parameter:
        return ngettext("%(n)s month", "%(n)s months", parameter) % {"n": number(parameter)}
    return ""
