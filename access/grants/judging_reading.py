"""What the grants of one dataset are judged by together: each thing read or computed once, whatever the number of grants."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from access.grants import selectors
from access.models import Grant
from access.purposes.selectors import match_label
from consent.domain.cohorts import ProfileAnswer
from consent.models import ConsentProfile
from consent.selectors import cohorts, moves
from consent.selectors.counts import known_profiles
from governance.duo.canonical_json import canonical_text
from governance.duo.decision import Decision
from governance.models import DataHost
from governance.selectors.ontology import active_ontologies

T = TypeVar("T")
# A purpose's text, its committee's day, and the rules judged by name: what the answers to grants of a dataset differ by.
Asked = tuple[str, date, tuple[str, ...]]


@lru_cache(maxsize=512)
def _kept(under: str, asked: Asked) -> dict[int, tuple[str, bool]]:
    """Whether profiles join, by id, with the key of each: filled as they are met. A profile never changes."""
    return {}


class DatasetReading:
    """Grants of one dataset, whom the caller holds locked, and what became of its members up to a position.

    Reads in a fixed number of queries; what it raises for one grant says nothing about the others.
    """

    def __init__(self, held: Sequence[Grant], newest: int, now: datetime) -> None:
        self.dataset = held[0].line.dataset_version.dataset
        self.newest, self.now = newest, now
        self.ontologies = active_ontologies()
        self.purposes = {grant.pk: grant.submission.purpose for grant in held}
        self._known: dict[Any, Any] = {}
        self._moved, self._joined = moves.Moved(0, {}), list[tuple[int, int]]()
        self._profiles: list[ConsentProfile] = []
        if not self.dataset.has_members:
            return
        self._profiles = list(ConsentProfile.objects.filter(pk__in=known_profiles(self.dataset.pk)))
        behind = [grant for grant in held if grant.judged_position < newest]
        if behind:
            after, since = min(one.judged_position for one in behind), min(one.epoch for one in behind)
            self._moved = moves.moved_between(self.dataset.pk, after, newest, since=since)
            self._joined = cohorts.joined_positions(self.dataset.pk, self._moved, after, newest)

    @cached_property
    def hosts(self) -> list[DataHost]:
        """The open hosts of the dataset."""
        return selectors.open_hosts(self.dataset)

    def decision(self, grant: Grant) -> Decision:
        """The matcher's answer on the label."""
        purpose, (text, day, _judged) = self.purposes[grant.pk], self._asked(grant)
        return self._once(("label", text, day), lambda: match_label(self.dataset, purpose, day, self.ontologies))

    def denied(self, grant: Grant) -> frozenset[int]:
        """The profiles that do not join now, and were not shut out of the grant before."""
        shut_out = selectors.shut_out(grant)
        return frozenset(pk for pk in self._denied(grant) if pk not in shut_out)

    def denied_before(self, grant: Grant, denied: Collection[int]) -> bool:
        """Whether these profiles were denied already when the grant was last judged: whoever came to have one left then.

        Where the label or the ontologies were others, nobody can say so without looking at everybody.
        """
        if not denied:
            return True
        day, _, rest = grant.judged_under.partition(" ")
        if not rest or rest != self._under(grant).partition(" ")[2]:
            return False
        then = date.fromisoformat(day)
        if then == self._asked(grant)[1]:
            return True
        profiles = [profile for profile in self._profiles if profile.pk in denied]
        answered = self._answers(grant, then, profiles)
        return not any(one.joins(grant.judged_rules) for one in answered.values())

    def left(self, grant: Grant) -> int:
        """How many left its cohort since it was judged."""
        out = selectors.shut_out(grant) | self._denied(grant)

        def found() -> int:
            permitted = {profile.pk: profile.pk not in out for profile in self._profiles}
            after, epoch = grant.judged_position, grant.epoch
            return len(moves.left(self._moved, epoch=epoch, after=after, until=self.newest, permitted=permitted))

        mine = frozenset(out & self._moved.profiles())
        return self._once(("left", mine, grant.epoch, grant.judged_position), found)

    def joined(self, grant: Grant) -> int:
        """How many joined what was granted since it was judged, and are in no cohort of it."""
        after, version = max(grant.judged_position, grant.epoch), grant.line.dataset_version.number
        return sum(1 for position, first_version in self._joined if position > after and first_version <= version)

    def under(self, held: Iterable[Grant]) -> dict[str, list[int]]:
        """What grants are judged under now, with the keys of those that were judged under something else before."""
        found: dict[str, list[int]] = {}
        for grant in held:
            under = self._under(grant)
            if grant.judged_under != under:
                found.setdefault(under, []).append(grant.pk)
        return found

    def _once(self, key: Any, compute: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = compute()
        found: T = self._known[key]
        return found

    def _asked(self, grant: Grant) -> Asked:
        text = self._once(("text", grant.pk), lambda: canonical_text(self.purposes[grant.pk]))
        return text, selectors.day_of(grant, self.now), tuple(sorted(grant.judged_rules))

    def _under(self, grant: Grant) -> str:
        day = selectors.day_of(grant, self.now)
        return self._once(("under", day), lambda: selectors.judged_under(self.dataset, self.ontologies, day))

    def _answers(self, grant: Grant, day: date, profiles: Sequence[ConsentProfile]) -> dict[int, ProfileAnswer]:
        return cohorts.answers(self.dataset, self.purposes[grant.pk], day, profiles, self.ontologies)

    def _denied(self, grant: Grant) -> frozenset[int]:
        """The profiles of the dataset that do not join."""
        asked = self._asked(grant)
        return self._once(("denied", asked), lambda: self._find_denied(grant, asked))

    def _find_denied(self, grant: Grant, asked: Asked) -> frozenset[int]:
        kept = _kept(self._under(grant), asked)
        missing = [one for one in self._profiles if kept.get(one.pk, ("", False))[0] != one.key]
        for pk, answer in self._answers(grant, asked[1], missing).items():
            kept[pk] = ("", answer.joins(grant.judged_rules))
        for one in missing:
            kept[one.pk] = (one.key, kept[one.pk][1])
        return frozenset(one.pk for one in self._profiles if not kept[one.pk][1])
