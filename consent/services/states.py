"""What stands now: folded from the ledger in the transaction of each event, and the profiles that many people share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from consent.domain.effective import EffectiveConsent
from consent.domain.fold import fold
from consent.domain.profile import Profile
from consent.models import ConsentProfile, ConsentState, Participant
from consent.services.carried import seal
from governance.columns import field_of
from governance.duo.data_use import to_json
from governance.returning import update_each


def intern(profile: Profile, now: datetime) -> ConsentProfile:
    """The stored profile with these bytes; two who store the same one at once both get the one row."""
    stored = ConsentProfile.objects.filter(key=profile.key).first()
    if stored is None:
        ConsentProfile.objects.bulk_create([_row(profile, now)], ignore_conflicts=True)
        stored = ConsentProfile.objects.get(key=profile.key)
    return stored


def _row(profile: Profile, now: datetime) -> ConsentProfile:
    data_use = None if profile.data_use is None else to_json(profile.data_use)
    return ConsentProfile(key=profile.key, data_use=data_use, outlets=list(profile.outlets), first_seen_at=now)


def begin(*, participant: Participant, now: datetime) -> ConsentState:
    """The state of someone who has said nothing yet: in an opt-in programme that is excluded."""
    nothing = fold((), {}, now, now)
    return ConsentState.objects.create(
        participant_id=participant.pk,
        profile=intern(nothing.profile, now),
        effective=nothing.to_json(),
        events=0,
        last_hash="",
        changed_at=now,
    )


def _values(effective: EffectiveConsent, last_hash: str, now: datetime, kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "effective": effective.to_json(),
        "events": effective.last,
        "last_hash": last_hash,
        "changed_at": now,
        "carried": kept,
        "carried_sha256": seal(last_hash, kept),
    }


# Written out, as building it from querysets costs several times what the database needs for it.
_KEEP = """
UPDATE consent_consentstate SET profile_id = p.id, effective = %s, events = %s, last_hash = %s, changed_at = %s, carried = %s,
  carried_sha256 = %s
FROM consent_consentprofile p WHERE p.key = %s AND consent_consentstate.participant_id = %s RETURNING profile_id
"""


def keep(
    *,
    participant: Participant,
    effective: EffectiveConsent,
    last_hash: str,
    now: datetime,
    kept: dict[str, Any] | None = None,
) -> int:
    """Write what stands after an event, and what of the ledger is kept for the next; returns the profile's key.

    One statement where the profile is stored already, as nearly always.
    """
    values = _values(effective, last_hash, now, kept or {})
    fields = ((field_of(ConsentState, name), value) for name, value in values.items())
    written = [field.get_db_prep_save(value, connection) for field, value in fields]
    with connection.cursor() as cursor:
        for _try in range(2):
            cursor.execute(_KEEP, [*written, effective.profile.key, participant.pk])
            row = cursor.fetchone()
            if row is not None:
                return int(row[0])
            intern(effective.profile, now)
    raise RuntimeError(f"participant {participant.pk} has no state")


@dataclass(frozen=True, slots=True)
class KeptState:
    """What stands of one participant after an event, and what of the ledger is kept for the next."""

    participant: str
    effective: EffectiveConsent
    last_hash: str
    at: datetime
    kept: dict[str, Any]


def keep_all(states: Sequence[KeptState]) -> dict[str, int]:
    """The same for many participants, each once; returns the key of each one's profile. Statements do not grow with them."""
    keys = _interned({one.effective.profile.key: (one.effective.profile, one.at) for one in states})
    found = {one.participant: keys[one.effective.profile.key] for one in states}
    update_each(
        ConsentState,
        {
            one.participant: {
                **_values(one.effective, one.last_hash, one.at, one.kept),
                "profile": found[one.participant],
            }
            for one in states
        },
    )
    return found


def _interned(profiles: Mapping[str, tuple[Profile, datetime]]) -> dict[str, int]:
    """The keys of the rows with these bytes."""
    stored = ConsentProfile.objects.filter(key__in=profiles)
    found = dict(stored.values_list("key", "pk"))
    missing = [_row(profile, at) for key, (profile, at) in profiles.items() if key not in found]
    if missing:
        ConsentProfile.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(stored.all().values_list("key", "pk"))
    return found
