"""Invitations: how an account is linked to a pseudonym, so that no stranger consents or withdraws for someone.

A one-time code, shown once, works only together with a fact that the programme holds (the date of birth).
Wrong tries are counted for each invitation and for each account, and audited; a wrong code and a wrong fact
get the same answer.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from consent import vault
from consent.models import Invitation, Participant
from consent.services.coordinators import require_coordinator
from consent.services.deciders import link
from governance.domain.errors import Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.locks import lock_person
from governance.models import AuditEvent, User
from governance.record import audit

# No vowels (no words), nor letters that look like others: 20 letters, 16 of them hold 69 bits.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
GROUPS, LETTERS = 4, 4
VALID_FOR = timedelta(days=30)
WRONG_TRIES_OF_AN_INVITATION = 5
WRONG_TRIES_OF_AN_ACCOUNT = 10
ACCOUNT_WINDOW = timedelta(hours=1)
WRONG = "the code and the date of birth do not belong together: check both, or ask your programme for a new code"


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A new invitation and its code, which nobody can read again."""

    invitation: Invitation
    code: str


def normal_code(text: str) -> str:
    """A code as it is compared: capital letters alone, without blanks and dashes."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def _fact_hash(participant: Participant, born: date) -> str:
    return vault.lookup_hash(participant.programme, f"born:{participant.pk}:{born.isoformat()}")


@transaction.atomic
def make(*, participant: Participant, by: User, now: datetime) -> Made:
    """Make a code for a participant; earlier codes of theirs end.

    For someone already linked it is the way back.
    """
    require_coordinator(by, participant.programme)
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    born = vault.read(participant).date_of_birth
    if born is None:
        raise Invalid("no date of birth is on record: write it into the participant's record first")
    Invitation.objects.filter(participant=participant, used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))
    invitation = Invitation.objects.create(
        participant=participant,
        code_hash=vault.installation_hashes(normal_code(code))[0],
        fact_hash=_fact_hash(participant, born),
        made_by=by,
        made_at=now,
        expires_at=now + VALID_FOR,
    )
    audit.record(
        Kind.INVITATION_MADE,
        by=by,
        about=Subject("participant", participant.pk),
        now=now,
        detail={"programme": participant.programme.slug, "invitation": invitation.pk},
    )
    return Made(invitation, code)


def redeem(*, code: str, date_of_birth: date, by: User, now: datetime) -> Participant:
    """Link the account to the participant that code and date of birth name together.

    A wrong try is kept although it changes nothing else: the count and its audit event are committed before
    the error is raised. The answer never tells which of the two was wrong, nor whether the code exists, has
    expired or has ended.
    """
    with transaction.atomic():
        _refuse_after_many_tries(by, now)
        linked = _try(code, date_of_birth, by, now)
    if linked is None:
        raise Invalid(WRONG, {"code": WRONG})
    return linked


def _refuse_after_many_tries(by: User, now: datetime) -> None:
    # One account tries one code at a time, so that tries at once are counted one after the other.
    lock_person(by)
    tries = AuditEvent.objects.filter(
        kind=Kind.INVITATION_REFUSED.value,
        subject_kind="person",
        subject_id=by.subject,
        at__gt=now - ACCOUNT_WINDOW,
    ).count()
    if tries >= WRONG_TRIES_OF_AN_ACCOUNT:
        raise NotAllowed("too many wrong codes from this account: wait an hour, or ask your programme for help")


def _try(code: str, date_of_birth: date, by: User, now: datetime) -> Participant | None:
    found = (
        Invitation.objects.select_related("participant__programme")
        .filter(code_hash__in=vault.installation_hashes(normal_code(code)))
        .first()
    )
    if found is None:
        _refused(None, by, now)
        return None
    participant = Participant.objects.select_for_update(no_key=True).get(pk=found.participant_id)
    invitation = Invitation.objects.select_for_update(no_key=True).get(pk=found.pk)
    right = secrets.compare_digest(invitation.fact_hash, _fact_hash(found.participant, date_of_birth))
    ended = invitation.used_at is not None or invitation.expires_at <= now
    # Whoever made the code knows the fact as well: they would consent for somebody alone.
    own = invitation.made_by_id == by.pk
    if own or not right or ended or invitation.wrong_tries >= WRONG_TRIES_OF_AN_INVITATION:
        _refused(invitation, by, now)
        return None
    before = link(participant=participant, account=by, by=by, now=now)
    invitation.used_at, invitation.used_by = now, by
    invitation.save(update_fields=["used_at", "used_by"])
    audit.record(
        Kind.INVITATION_USED,
        by=by,
        about=Subject("participant", participant.pk),
        now=now,
        detail={
            "invitation": invitation.pk,
            "moved_from_another_account": before is not None and before.account_id != by.pk,
        },
    )
    return participant


def _refused(invitation: Invitation | None, by: User, now: datetime) -> None:
    if invitation is not None:
        invitation.wrong_tries = min(invitation.wrong_tries + 1, WRONG_TRIES_OF_AN_INVITATION)
        invitation.save(update_fields=["wrong_tries"])
    # Beside the account, the event names the invitation that was tried, where there is one.
    audit.record(
        Kind.INVITATION_REFUSED,
        by=by,
        about=Subject("person", by.subject),
        now=now,
        detail={} if invitation is None else {"invitation": invitation.pk},
    )
