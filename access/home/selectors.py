"""What those without a queue or a page of their own look after: people they vouch for, datasets they describe."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Q, QuerySet, When

from consent.models import Programme
from governance import policies
from governance.domain.roles import Role
from governance.models import Affiliation, Dataset, Organisation, User

SHOWN = 12


@dataclass(frozen=True, slots=True)
class LookedAfter:
    """The first few of what a person looks after in one role, and how many there are."""

    places: Sequence[str]
    shown: Sequence[Affiliation | Dataset]
    count: int
    waiting: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


def vouched(person: User) -> LookedAfter:
    """The people at the organisations for which this person signs; who is only declared comes first."""
    places = policies.held(person, Role.SIGNING_OFFICIAL, Organisation)
    found = Affiliation.objects.filter(organisation__in=places, ended_at__isnull=True).select_related("person")
    declared = Q(vouched_by=Affiliation.VouchedBy.DECLARED)
    ordered = found.annotate(settled=Case(When(declared, then=0), default=1)).order_by(
        "settled", "person__name", "person__username", "pk"
    )
    return LookedAfter(_names(places), list(ordered[:SHOWN]), found.count(), found.filter(declared).count())


def described(person: User) -> LookedAfter:
    """The datasets of the organisations for which this person is steward; what is not settled comes first."""
    places = policies.held(person, Role.STEWARD, Organisation)
    found = Dataset.objects.filter(organisation__in=places)
    unsettled = Q(data_use__isnull=True)
    ordered = found.annotate(settled=Case(When(unsettled, then=0), default=1)).order_by(
        "settled", "-has_members", "title", "pk"
    )
    shown = list(ordered.prefetch_related("versions")[:SHOWN])
    return LookedAfter(_names(places), shown, found.count(), found.filter(unsettled).count())


def coordinated(person: User) -> Sequence[str]:
    """The names of the programmes that this person coordinates."""
    return list(policies.held(person, Role.COORDINATOR, Programme).order_by("name").values_list("name", flat=True))


def _names(places: QuerySet[Organisation]) -> list[str]:
    return list(places.order_by("name").values_list("name", flat=True))
