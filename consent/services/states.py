"""What stands now: folded from the ledger in the transaction of each event, and the profiles that many people share."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, Subquery

from consent.domain.effective import EffectiveConsent
from consent.domain.fold import fold
from consent.domain.profile import Profile
from consent.models import ConsentProfile, ConsentState, Participant
from consent.services.carried import seal
from governance.duo.data_use import to_json
from governance.returning import update_returning


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
    stored = ConsentProfile.objects.filter(key=effective.profile.key)
    rows = ConsentState.objects.filter(Exists(stored), participant=participant)
    values: dict[str, Any] = {
        "profile": Subquery(stored.values("pk")),
        "effective": effective.to_json(),
        "events": effective.last,
        "last_hash": last_hash,
        "changed_at": now,
        "carried": kept or {},
        "carried_sha256": seal(last_hash, kept or {}),
    }
    written = update_returning(rows, ["profile"], **values)
    if not written:
        intern(effective.profile, now)
        written = update_returning(rows, ["profile"], **values)
    [(profile,)] = written
    return int(profile)
