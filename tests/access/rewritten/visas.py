"""Visas, and what they rest on."""

from datetime import timedelta

from django.db import models

from access.models import (
    GrantPerson,
    PassportIntent,
    RequestSubmission,
    StatusList,
    Visa,
)
from governance.models import (
    Dataset,
    SigningKey,
    User,
)
from tests.access.rewritten.spoiling import GONE, REWRITTEN, SOON, Spoil, changed, events, removed
from tests.access.tour import LATER, Toured


def live() -> models.QuerySet[Visa]:
    return Visa.objects.filter(revoked_at=None, grant__state="active")


def with_purpose(of: Toured, **facts: object) -> None:
    """The dataset asks for ethics approval by now, and the submitted purpose says something else of it."""
    Dataset.objects.filter(slug="hearts").update(data_use={"permission": "GRU", "modifiers": ["IRB"]})
    submission = RequestSubmission.objects.get(request=of.of.access.requests[0])
    changed(RequestSubmission.objects.filter(pk=submission.pk), purpose={**submission.purpose, **facts})


VISAS: dict[str, tuple[Spoil, str]] = {
    "a visa gone": (lambda of: removed(live()), f"it, or a visa of it, {REWRITTEN}"),
    "a visa made longer": (
        lambda of: changed(live(), exp=LATER + timedelta(days=1)),
        f"it, or a visa of it, {REWRITTEN}",
    ),
    "a visa of somebody else": (
        lambda of: changed(PassportIntent.objects.all(), person=of.colleague),
        f"it, or a visa of it, {REWRITTEN}",
    ),
    "a passport's event gone": (lambda of: removed(events("visas.intended")), f"it, or a visa of it, {REWRITTEN}"),
    "a passport gone": (lambda of: changed(events("visas.intended"), subject_id="0" * 32), GONE),
    "a revoked visa brought back": (
        lambda of: changed(Visa.objects.filter(revoked_because="person_ended"), revoked_at=None, revoked_because=""),
        "1 fewer visas are revoked than the audit log tells",
    ),
    "a visa revoked by SQL": (
        lambda of: changed(live(), revoked_at=SOON, revoked_because="x"),
        "3 more visas are revoked than the audit log tells",
    ),
    "a visa of an ended grant": (
        lambda of: changed(Visa.objects.filter(grant__state="ended"), revoked_at=None),
        "its grant is ended",
    ),
    "visas of an ended grant": (
        lambda of: changed(Visa.objects.filter(grant__state="ended"), revoked_at=None),
        "has ended and its visas are not all on their status list",
    ),
    "a visa under an obligation": (
        lambda of: with_purpose(of, ethics_approval=None),
        "obligations of its grant are outstanding: DUO:0000021",
    ),
    "a visa under a grant that cannot be judged": (
        lambda of: with_purpose(of, investigations=7),
        "its grant cannot be judged: InvalidUse",
    ),
    "a visa of nobody whom the grant names": (
        lambda of: changed(GrantPerson.objects.filter(grant=of.of.grant), ended_at=LATER),
        "its grant does not name this person any more",
    ),
    "a visa whose key was stolen": (
        lambda of: changed(SigningKey.objects.filter(state="active"), state="revoked", revoked_at=LATER),
        "its signing key is revoked and it is not on its status list",
    ),
    "a visa with an older position": (
        lambda of: changed(live().exclude(position=None), position=1),
        "it names a position from before the last shrink when it was minted",
    ),
    "a visa without a cohort from before a shrink": (
        lambda of: changed(live().exclude(position=None), position=None),
        "it names no cohort, and is from before the last change of who is left out",
    ),
    "a visa of a closed account": (
        lambda of: changed(User.objects.filter(pk=of.of.access.ada.pk), is_active=False),
        "its holder's account is closed and it is not on its status list",
    ),
    "a visa of somebody who left": (
        lambda of: changed(Visa.objects.filter(revoked_because="affiliation_ended"), revoked_at=None),
        "its holder's affiliation ended and it is not on its status list",
    ),
    "a status list with fewer places": (
        lambda of: changed(StatusList.objects.all(), counter=0),
        "holds 11 visas and gave out 0",
    ),
    "a status list that is not signed anew": (
        lambda of: changed(StatusList.objects.all(), changed_at=None),
        "was not touched by a revocation, so that it is not signed anew",
    ),
}
