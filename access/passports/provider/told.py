"""What the consent screen says about a person's visas, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from access.models import Client, Grant
from access.passports import selectors
from access.passports.host_selectors import HostObstacle, Withheld
from governance.models import User


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A grant that the client would be told of, and why not without the name of a host (empty: it would)."""

    grant: Grant
    why_not: Sequence[str]


def told(*, person: User, client: Client, now: datetime) -> list[ToldLine]:
    """Every grant whose dataset the client may be told of."""
    rows = selectors.preview(person=person, client=client, now=now)
    return [ToldLine(row.grant, [_sentence(one) for one in row.withheld]) for row in rows]


def _sentence(withheld: Withheld) -> str:
    names = dict(zip(("host", "other"), withheld.names, strict=False))
    match HostObstacle(withheld.code):
        case HostObstacle.MODE:
            return _("%(host)s serves these data in other ways than your grant is for.") % names
        case HostObstacle.DEAF:
            return _("%(host)s has not confirmed a change for an hour.") % names
        case HostObstacle.UNCONFIRMED:
            return _("%(host)s has not confirmed yet that it leaves out who said no.") % names
        case HostObstacle.UNLIKE:
            return _("%(host)s leaves out by itself who said no, and %(other)s does not.") % names
