"""What signing or stopping would do to the projects that run: found by the matcher, written nowhere."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from access.grants.selectors import day_of, shut_out
from access.my_data.selectors import Use, uses_of
from consent.models import ConsentProfile, Participant
from consent.selectors.cohorts import answers
from governance.duo.canonical_json import canonical_bytes
from governance.duo.ontology import Ontologies
from governance.selectors.ontology import active_ontologies


class After(StrEnum):
    """How a project stands after it: `may` get the data if its committee lets more people in, and could not before."""

    KEEPS = "keeps my data"
    LOSES = "loses my data"
    MAY = "may get my data"


@dataclass(frozen=True, slots=True)
class Consequence:
    """One project that has the data, or could get them."""

    use: Use
    after: After


@dataclass(frozen=True, slots=True)
class Consequences:
    """The projects that would keep, lose or be able to get the data, and how many run without them either way."""

    projects: tuple[Consequence, ...]
    others: int

    @property
    def before(self) -> int:
        """How many projects have the data now."""
        return sum(one.use.is_in for one in self.projects)

    @property
    def kept(self) -> int:
        """How many would have them after it."""
        return sum(one.after is After.KEEPS for one in self.projects)

    @property
    def lost(self) -> list[Use]:
        return [one.use for one in self.projects if one.after is After.LOSES]


def consequences_of(participant: Participant, profile: Mapping[str, Any], now: datetime) -> Consequences:
    """What becomes of the running projects if the participant's profile becomes this one (`{data_use, outlets}`)."""
    running = [use for use in uses_of(participant, now) if not use.over and use.member.profile_id is not None]
    hypothetical = _stored_as(profile)
    ontologies = active_ontologies()
    found = [(use, _after(use, hypothetical, now, ontologies)) for use in running]
    projects = tuple(Consequence(use, after) for use, after in found if after is not None)
    return Consequences(projects, len(found) - len(projects))


def _stored_as(profile: Mapping[str, Any]) -> ConsentProfile:
    """The stored profile of this content, or one that nobody has yet."""
    content = {"data_use": profile["data_use"], "outlets": profile["outlets"]}
    key = hashlib.sha256(canonical_bytes(content)).hexdigest()
    return ConsentProfile.objects.filter(key=key).first() or ConsentProfile(pk=0, **content)


def _after(use: Use, profile: ConsentProfile, now: datetime, ontologies: Ontologies) -> After | None:
    dataset = use.grant.line.dataset_version.dataset
    answered = answers(dataset, use.purpose, day_of(use.grant, now), [profile], ontologies)
    joins = profile.pk in answered and answered[profile.pk].joins(use.grant.judged_rules)
    if use.is_in:
        return After.KEEPS if joins and profile.pk not in shut_out(use.grant) else After.LOSES
    return After.MAY if joins and not use.late else None
