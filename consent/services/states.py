"""What stands now: folded from the ledger in the transaction of each event, and the profiles that many people share."""

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


def intern(profile: Profile, now: datetime) -> ConsentProfile:
    """The stored profile with these bytes; two who store the same one at once both get the one row."""
    stored = ConsentProfile.objects.filter(key=profile.key).first()
    if stored is None:
        data_use = None if profile.data_use is None else to_json(profile.data_use)
        made = ConsentProfile(key=profile.key, data_use=data_use, outlets=list(profile.outlets), first_seen_at=now)
        ConsentProfile.objects.bulk_create([made], ignore_conflicts=True)
        stored = ConsentProfile.objects.get(key=profile.key)
    return stored


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
    values: dict[str, Any] = {
        "effective": effective.to_json(),
        "events": effective.last,
        "last_hash": last_hash,
        "changed_at": now,
        "carried": kept or {},
        "carried_sha256": seal(last_hash, kept or {}),
    }
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
