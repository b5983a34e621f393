"""Who decides for a participant: given and ended here alone, one row for each, told by the audit log.

A row says who may act. Whose answers must be there before anything opens is the ledger's (`GuardianChanged`). Callers
of `link` and `end_all` hold the participant's row; the others lock it.
"""

from datetime import datetime

from django.db import transaction

from consent.domain import shapes
from consent.domain.answers import JOINT, PARENTS, SELF_ROLE
from consent.domain.counted import CHILD
from consent.domain.timeline import ADULT
from consent.models import ConsentDraft, Decider, Participant
from consent.services.coordinators import require_coordinator
from governance.domain.errors import Conflict, Invalid, NotAllowed, NotThere
from governance.domain.events import Kind, Subject
from governance.duo.reading import InvalidUse
from governance.models import User
from governance.record import audit
from governance.record.actors import By

_TAKEN = ADULT | {CHILD, PARENTS}
"""Roles that forms themselves name."""


@transaction.atomic
def link(*, participant: Participant, account: User, by: By, now: datetime) -> Decider | None:
    """Let an account act as the participant themselves, in the place of the one that did; returns that one's row.

    What was answered and not signed goes on with the new account. Raises Conflict where the account takes part in the
    programme already, or decides for this participant as somebody else.
    """
    standing = Decider.objects.filter(account=account, until=None)
    own = standing.filter(participant__programme_id=participant.programme_id, capacity=Decider.Capacity.SELF)
    if own.exclude(participant=participant).exists():
        raise Conflict("this account already takes part in this programme: sign in with another account")
    if standing.filter(participant=participant).exclude(capacity=Decider.Capacity.SELF).exists():
        raise Conflict("this account already decides for this participant: sign in with another account")
    before = Decider.objects.filter(participant=participant, capacity=Decider.Capacity.SELF, until=None).first()
    if before is not None and before.account_id == account.pk:
        return before
    if before is not None:
        _end(before, by, now)
    made = _begin(participant, account, Decider.Capacity.SELF, SELF_ROLE, by, now)
    if before is not None:
        ConsentDraft.objects.filter(decider=before).update(decider=made)
    return before


@transaction.atomic
def give(*, participant: Participant, account: User, capacity: str, role: str, by: By, now: datetime) -> Decider:
    """Let an account decide for somebody else, as guardian or consultee. Only a coordinator, and never for themselves.

    `role` is how answers and events name them, such as `mother`: lower-case letters, digits and underscores, and told
    apart from everybody's who decides for the participant.
    """
    require_coordinator(by, participant.programme)
    if isinstance(by, User) and by.pk == account.pk:
        raise NotAllowed("nobody makes themselves decide for somebody else: ask another coordinator")
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    _check_role(capacity, role)
    others = Decider.objects.filter(participant=participant, until=None)
    if others.filter(account=account).exists():
        raise Conflict("this account already decides for this participant")
    # An answer is the one who gave it: nobody takes over what somebody else said under the same name.
    if Decider.objects.filter(participant=participant, role=role).exclude(account=account).exists():
        raise Conflict(f"somebody else decides, or decided, as {role}: choose another name")
    return _begin(participant, account, Decider.Capacity(capacity), role, by, now)


@transaction.atomic
def end(*, decider: Decider, by: By, now: datetime) -> None:
    """End a guardian's or consultee's part: a coordinator does, or they themselves. They lose every page at once."""
    if not (isinstance(by, User) and decider.account_id == by.pk):
        require_coordinator(by, decider.participant.programme)
    Participant.objects.select_for_update(no_key=True).get(pk=decider.participant_id)
    standing = Decider.objects.filter(pk=decider.pk, until=None).first()
    if standing is None:
        raise Conflict("this has ended already")
    if standing.capacity == Decider.Capacity.SELF:
        raise NotAllowed("participants decide for themselves: withdrawing is what ends a consent")
    ConsentDraft.objects.filter(decider=standing).delete()
    _end(standing, by, now)


@transaction.atomic
def end_all(*, participant: Participant, by: By, now: datetime) -> None:
    """End everybody's part, and forget the accounts: the participant's identity is erased."""
    ConsentDraft.objects.filter(decider__participant=participant).delete()
    for decider in Decider.objects.filter(participant=participant, until=None).order_by("pk"):
        _end(decider, by, now)
    Decider.objects.filter(participant=participant).update(account=None)


def decider_of(participant: Participant, by: User) -> Decider:
    """The row by which somebody decides for a locked participant; raises NotThere where there is none."""
    found = Decider.objects.filter(participant=participant, account=by, until=None).first()
    if found is None:
        raise NotThere("there is no such participant")
    return found


def _check_role(capacity: str, role: str) -> None:
    if capacity not in (Decider.Capacity.GUARDIAN, Decider.Capacity.CONSULTEE):
        raise Invalid("nobody decides so for somebody else", {"capacity": "choose guardian or consultee"})
    try:
        shapes.name(role, "role")
    except InvalidUse as wrong:
        raise Invalid(f"the name {wrong.message}", {"role": wrong.message}) from wrong
    if role in _TAKEN or role.startswith(JOINT):
        raise Invalid("forms use this name for others", {"role": "choose a name such as mother or guardian"})


def _begin(
    participant: Participant, account: User, capacity: Decider.Capacity, role: str, by: By, now: datetime
) -> Decider:
    made = Decider.objects.create(participant=participant, account=account, capacity=capacity, role=role, since=now)
    audit.record(
        Kind.DECIDER_GIVEN,
        by=by,
        about=Subject("participant", participant.pk),
        now=now,
        detail={"decider": made.pk, "account": account.subject, "capacity": capacity.value, "role": role},
    )
    return made


def _end(decider: Decider, by: By, now: datetime) -> None:
    Decider.objects.filter(pk=decider.pk).update(until=now)
    audit.record(
        Kind.DECIDER_ENDED,
        by=by,
        about=Subject("participant", decider.participant_id),
        now=now,
        detail={"decider": decider.pk},
    )
