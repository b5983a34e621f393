"""Many data uses against many purposes: verdicts alone, without reasons, on a way of its own.

Data uses are cut into atoms (a permission with its diseases, one modifier, one local term). Distinct atoms
are few, however many data uses there are: each is judged once for a purpose, and its level is laid over
all profiles that hold it by one operation on a bit set. Law 7: the answer equals that of `match` for every
pair; a property test compares the two.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from governance.duo.batch_levels import DENY, OUTSTANDING, REVIEW, Atom, atoms_of, base_level, facts_of
from governance.duo.data_use import AnyUse
from governance.duo.decision import Verdict
from governance.duo.matcher import profile_of
from governance.duo.ontology import Ontologies
from governance.duo.purpose import Purpose

_VERDICTS = (Verdict.PERMIT, Verdict.PERMIT, Verdict.REVIEW, Verdict.DENY)


@dataclass(frozen=True)
class Row:
    """The answers for one purpose: a level for each distinct profile, and the profile of each data use."""

    levels: str
    places: Sequence[int]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """One verdict for each data use, in the order in which the batch was given them."""
        of_profile = [_VERDICTS[int(level)] for level in self.levels]
        return [of_profile[place] for place in self.places]

    @cached_property
    def grantable(self) -> list[bool]:
        """Whether each decision is grantable: permit, and nothing outstanding."""
        of_profile = [level == "0" for level in self.levels]
        return [of_profile[place] for place in self.places]

    def counts(self) -> dict[Verdict, int]:
        """How many data uses permit, need review, deny."""
        found = dict.fromkeys(Verdict, 0)
        of_places = Counter(self.places)
        for place, level in enumerate(self.levels):
            found[_VERDICTS[int(level)]] += of_places[place]
        return found


class Batch:
    """Data uses compiled for matching: distinct canonical profiles and their distinct atoms.

    Raises `Invalid` for a data use without canonical form under these releases. Immutable; worth keeping.
    """

    def __init__(self, data_uses: Sequence[AnyUse], ontologies: Ontologies) -> None:
        self._ontologies = ontologies
        place_of_use: dict[AnyUse, int] = {}
        place_of_profile: dict[AnyUse, int] = {}
        for use in dict.fromkeys(data_uses):
            profile = profile_of(use, ontologies).use
            place_of_use[use] = place_of_profile.setdefault(profile, len(place_of_profile))
        self.profiles: tuple[AnyUse, ...] = tuple(place_of_profile)
        self.places: tuple[int, ...] = tuple(place_of_use[use] for use in data_uses)
        self._holders: dict[Atom, int] = {}
        for place, profile in enumerate(self.profiles):
            for atom in atoms_of(profile):
                self._holders[atom] = self._holders.get(atom, 0) | 1 << place

    def row(self, purpose: Purpose, at: date) -> Row:
        """The answers of all data uses for one purpose."""
        facts = facts_of(purpose, at, self._ontologies)
        everyone = (1 << len(self.profiles)) - 1
        laid = [0, 0, 0, 0]
        laid[base_level(facts)] = everyone
        for atom, holders in self._holders.items():
            laid[atom.level(facts)] |= holders
        denied = laid[DENY]
        asked = laid[REVIEW] & ~denied
        waiting = laid[OUTSTANDING] & ~(denied | asked)
        digits = _digits(waiting, OUTSTANDING) + _digits(asked, REVIEW) + _digits(denied, DENY)
        return Row(f"{digits:0{len(self.profiles)}x}"[::-1] if self.profiles else "", self.places)

    def rows(self, purposes: Sequence[Purpose], at: date) -> list[Row]:
        """The answers for several purposes, in their order."""
        return [self.row(purpose, at) for purpose in purposes]


def _digits(holders: int, level: int) -> int:
    """A number whose hexadecimal digits are `level` where `holders` has a bit, and zero elsewhere."""
    return int(f"{holders:b}", 16) * level
