"""What stands now: folded from the ledger in the transaction of each event, and the profiles that many people share."""

from datetime import datetime

from consent.domain.effective import EffectiveConsent
from consent.domain.fold import fold
from consent.domain.profile import Profile
from consent.models import ConsentProfile, ConsentState, Participant
from governance.duo.data_use import to_json


def intern(profile: Profile, now: datetime) -> ConsentProfile:
    """The stored profile with these bytes; two who store the same one at once both get the one row."""
    stored, _made = ConsentProfile.objects.get_or_create(
        key=profile.key,
        defaults={
            "data_use": None if profile.data_use is None else to_json(profile.data_use),
            "outlets": list(profile.outlets),
            "first_seen_at": now,
        },
    )
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
    profile: ConsentProfile,
    last_hash: str,
    now: datetime,
) -> None:
    """Write what stands after an event."""
    ConsentState.objects.filter(participant=participant).update(
        profile=profile,
        effective=effective.to_json(),
        events=effective.last,
        last_hash=last_hash,
        changed_at=now,
    )
