"""Profiles: what of an effective consent decides on data, without person, preferences and dates.

Identical profiles are stored once, under the SHA-256 of their canonical bytes, with ids as answered; what an
ontology release makes of them is derived for each release (matching.md, "Cohort matching").
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from consent.domain.effects import Effect
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import DataUse, parse_data_use, to_json
from governance.duo.reading import InvalidUse


@dataclass(frozen=True, slots=True)
class Profile:
    """A data use, or None for excluded from every dataset, and the open outlets, sorted.

    Without a data use an outlet that needs none (single variants, summary counts) can still be open.
    """

    data_use: DataUse | None
    outlets: tuple[str, ...] = ()

    @property
    def excluded(self) -> bool:
        """Whether the data are out of every dataset, whatever the purpose."""
        return self.data_use is None

    def canonical(self) -> bytes:
        """The bytes that the key is made of."""
        data_use = None if self.data_use is None else to_json(self.data_use)
        return canonical_bytes({"data_use": data_use, "outlets": list(self.outlets)})

    @property
    def key(self) -> str:
        """The SHA-256 under which the profile is stored once."""
        return hashlib.sha256(self.canonical()).hexdigest()


EXCLUDED = Profile(None)
"""Nothing may be used and every outlet is closed."""


def data_use_of(effect: Effect) -> DataUse | None:
    """The data use of an effect, None where nothing may be used; Invalid where the answers contradict each other."""
    obj = effect.data_use()
    return None if obj is None else parse_data_use(obj)


@lru_cache(maxsize=65536)
def profile_of(effect: Effect) -> Profile:
    """What of an effect decides on data. In an opt-in programme nothing given means excluded.

    Answers that contradict each other permit nothing; publishing refuses forms on which they could
    (`publishing.check_publishable`), so this is for imports of old paper alone.
    """
    try:
        data_use = data_use_of(effect)
    except InvalidUse:
        data_use = None
    closed = effect.gated if data_use is None else ()
    return Profile(data_use, tuple(outlet for outlet in effect.outlets if outlet not in closed))
