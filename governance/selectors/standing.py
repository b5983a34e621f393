"""What a person is here, as far as every page must know: one query for the frame of a page and for the guard before it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, QuerySet, Value

from governance import policies
from governance.domain.roles import Role
from governance.models import User

_ROLE, _PLACE, _PARTICIPANT = "role", "place", "participant"


@dataclass(frozen=True, slots=True)
class ReaderStanding:
    """Roles on anything; whether the person has a place at an organisation; ids of the participants for whom they decide."""

    roles: frozenset[Role] = frozenset()
    belongs: bool = False
    participants: tuple[str, ...] = ()


def standing_of(person: User) -> ReaderStanding:
    """All of it in one query; nothing for visitors. Participants by the account's relation: consent stands above this app."""
    if not person.is_authenticated:
        return ReaderStanding()
    nothing = Value("", CharField())
    places = person.affiliations.filter(ended_at__isnull=True).annotate(code=nothing)
    decided: QuerySet[Any] = person.decides.filter(until=None).annotate(code=F("participant_id"))
    rows = [_marked(held, _ROLE, nothing) for held in (policies.rows_of_roles(person) if person.is_active else ())]
    rows += [_marked(places, _PLACE, nothing), _marked(decided, _PARTICIPANT, F("participant_id"))]
    found = sorted(rows[0].union(*rows[1:]))
    return ReaderStanding(
        roles=frozenset(Role(code) for what, _place, code in found if what == _ROLE),
        belongs=any(what == _PLACE for what, _place, _code in found),
        participants=tuple(code for what, _place, code in found if what == _PARTICIPANT),
    )


def _marked(rows: QuerySet[Any], what: str, place: Any) -> QuerySet[Any]:
    """Rows of one kind: what they are, their place in the order, their code."""
    marked: QuerySet[Any] = rows.order_by().annotate(what=Value(what, CharField()), place=place)
    return marked.values_list("what", "place", "code")
