"""Many data uses against many purposes: verdicts alone, without reasons, on a way of its own.

Data uses are cut into columns, each a bit set of the profiles that have it: a permission, a modifier, a local
term, and one column for each value of a list (a disease, a country, a person). A column is judged once for a
purpose, and its level is laid over all its profiles at once, so the work grows with the distinct values and
not with the data uses. Law 7: the answer equals that of `match` for every pair; a property test shows it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from governance.duo.batches.lists import LISTS, values_of
from governance.duo.batches.parts import DENY, OUTSTANDING, REVIEW, Part, base_level, facts_of, parts_of
from governance.duo.data_use import AnyUse
from governance.duo.decision import Verdict
from governance.duo.matcher import profile_of
from governance.duo.ontology import Ontologies
from governance.duo.purpose import Purpose

_VERDICTS = (Verdict.PERMIT, Verdict.PERMIT, Verdict.REVIEW, Verdict.DENY)


@dataclass(frozen=True)
class BatchRow:
    """The answers for one purpose: a level for each distinct profile, and the profile of each data use.

    A level is a digit: 0 grantable, 1 permit with something outstanding, 2 review, 3 deny.
    """

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
    """Data uses compiled for matching: distinct canonical profiles, and the columns that they have.

    `profiles` stand in the order of the levels of a row; `places` say which profile each data use has.
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
        parts: dict[Part, bytearray] = {}
        values: dict[str, dict[str, bytearray]] = {term: {} for term in LISTS}
        size = len(self.profiles) // 8 + 1
        for place, profile in enumerate(self.profiles):
            for part in parts_of(profile):
                _mark(parts.setdefault(part, bytearray(size)), place)
            for term, value in values_of(profile):
                _mark(values[term].setdefault(value, bytearray(size)), place)
        self._parts = {part: int.from_bytes(marks, "little") for part, marks in parts.items()}
        self._values = {
            term: {value: int.from_bytes(marks, "little") for value, marks in listed.items()}
            for term, listed in values.items()
        }

    def row(self, purpose: Purpose, at: date) -> BatchRow:
        """The answers of all data uses for one purpose."""
        facts = facts_of(purpose, at, self._ontologies)
        laid = [0, 0, 0, 0]
        laid[base_level(facts)] = (1 << len(self.profiles)) - 1
        for part, holders in self._parts.items():
            laid[part.level(facts)] |= holders
            if part.listed is not None and part.compares(facts):
                doubtful, outside = LISTS[part.listed](facts, self._values[part.listed])
                laid[REVIEW] |= holders & doubtful
                laid[DENY] |= holders & outside
        return BatchRow(self._digits(laid), self.places)

    def rows(self, purposes: Sequence[Purpose], at: date) -> list[BatchRow]:
        """The answers for several purposes, in their order."""
        return [self.row(purpose, at) for purpose in purposes]

    def _digits(self, laid: list[int]) -> str:
        """One digit for each profile, the strictest level laid on it.

        A bit set read as hexadecimal has a digit for each bit, so that levels are added without a loop.
        """
        denied = laid[DENY]
        asked = laid[REVIEW] & ~denied
        waiting = laid[OUTSTANDING] & ~(denied | asked)
        levels = ((OUTSTANDING, waiting), (REVIEW, asked), (DENY, denied))
        digits = sum(level * int(f"{holders:b}", 16) for level, holders in levels)
        return f"{digits:0{len(self.profiles)}x}"[::-1] if self.profiles else ""


def _mark(marks: bytearray, place: int) -> None:
    marks[place >> 3] |= 1 << (place & 7)
