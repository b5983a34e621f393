"""The ledger, members and counts."""

from django.db import models

from consent.domain.fold import fold
from consent.models import (
    CohortChange,
    ConsentEvent,
    ConsentProfile,
    ConsentState,
    Decider,
    FormVersion,
    Member,
    Membership,
    MembershipEnd,
    ProfileCount,
    ProfileCountDelta,
)
from consent.selectors.ledger import event_of, forms_of
from consent.services import states
from tests.access.rewritten.spoiling import GONE, Spoil, changed, events, removed
from tests.access.tour import LATER, Toured


def a_withdrawal_folded_away(of: Toured) -> None:
    """Everything that follows from a withdrawal undone with our own means: no chain, state or count tells of it."""
    gone = of.of.participants[0]
    last = ConsentEvent.objects.filter(participant=gone, kind="withdrawn").get()
    removed(ConsentEvent.objects.filter(pk=last.pk))
    left = list(ConsentEvent.objects.filter(participant=gone).order_by("sequence"))
    effective = fold([event_of(row) for row in left], forms_of(gone.programme_id), LATER, LATER)
    profile = ConsentProfile.objects.get(key=effective.profile.key)
    states.keep(participant=gone, effective=effective, last_hash=left[-1].hash, now=LATER)
    for member in Member.objects.filter(participant=gone):
        for pk, step in ((member.profile_id, -1), (profile.pk, 1)):
            ProfileCountDelta.objects.create(dataset_id=member.dataset_id, profile_id=pk, step=step)
        Member.objects.filter(pk=member.pk).update(profile=profile)
        CohortChange.objects.filter(member=member, after=member.profile_id).delete()


LEDGER: dict[str, tuple[Spoil, str]] = {
    "a withdrawal folded away": (
        a_withdrawal_folded_away,
        "the audit log holds a withdrawn event {withdrawn} that the ledger does not hold so",
    ),
    "a withdrawal taken out of the log": (
        lambda of: removed(events("consent.withdrawn")),
        "the ledger holds a withdrawn event {withdrawn} that the audit log does not hold so",
    ),
    "who withdrew, in the log": (
        lambda of: changed(events("consent.withdrawn"), actor="0" * 32),
        "the ledger holds a withdrawn event {withdrawn} that the audit log does not hold so",
    ),
    "an event's content": (
        lambda of: changed(ConsentEvent.objects.filter(kind="withdrawn"), content={"axes": ["no_contact"]}),
        "event 2 does not have the hash of its content: it was changed",
    ),
    "an event that cannot be read": (
        lambda of: changed(ConsentEvent.objects.filter(kind="withdrawn"), content={"axes": ["x"]}),
        "an event cannot be read: event: cannot be read: 'x' is not a valid Axis",
    ),
    "an event's content, which reads back alike": (
        lambda of: changed(the_answer(), content={k: v for k, v in the_answer()[0].content.items() if v}),
        "event 1 holds its content otherwise than it was written",
    ),
    "the form of an event": (
        lambda of: changed(the_answer(), form_version=None),
        "event 1 names the form model_adult_research@1, and its row none",
    ),
    "an event in the middle": (
        lambda of: removed(ConsentEvent.objects.filter(sequence=1)),
        "event 2: event 1 is missing or there twice",
    ),
    "a state gone": (lambda of: removed(ConsentState.objects.all()), "has no state"),
    "a state's content": (
        lambda of: changed(
            ConsentState.objects.exclude(events=0), effective=ConsentState.objects.filter(events=0)[0].effective
        ),
        "the state differs from what the ledger gives",
    ),
    "a state's profile": (
        lambda of: changed(ConsentState.objects.all(), profile=ConsentProfile.objects.latest("pk")),
        "the state's profile differs from what the ledger gives",
    ),
    "a state's last event": (
        lambda of: changed(ConsentState.objects.all(), last_hash="0" * 64),
        "the state does not name the newest event",
    ),
    "a member's profile": (
        lambda of: changed(Member.objects.all(), profile=None),
        "the profile in dataset {dataset} differs from the state",
    ),
    "a count": (
        lambda of: ProfileCount.objects.create(
            dataset=of.of.access.dataset, profile=ConsentProfile.objects.latest("pk"), count=7
        ),
        "its counts differ from a recount",
    ),
    "an id shared by two hosts": (
        lambda of: of.of.participants[0].members.get().host_ids.update(own_id="same"),
        "share an id of a member",
    ),
    "somebody in a cohort against their own no": (
        lambda of: changed(
            ConsentState.objects.filter(participant=of.of.participants[1]),
            profile=ConsentProfile.objects.filter(data_use__isnull=True)[0],
        ),
        "member {member} is in it against their own no",
    ),
    "who speaks for somebody": (
        lambda of: changed(Decider.objects.filter(participant=of.of.participants[0]), account=of.colleague),
        "the accounts that decide for them are not those that the audit log tells of",
    ),
    "in what capacity somebody decides": (
        lambda of: changed(a_guardian(), capacity="consultee"),
        "decider {decider} is not the one that the audit log tells of",
    ),
    "a decider that nobody gave": (
        lambda of: Decider.objects.create(
            participant=of.of.participants[1], account=of.colleague, capacity="guardian", role="aunt", since=LATER
        ),
        "the accounts that decide for them are not those that the audit log tells of",
    ),
    "a decider gone": (
        lambda of: removed(a_guardian()),
        "decider {decider} stands in the audit log and is not there",
    ),
    "the end of a decider": (
        lambda of: changed(a_guardian(), until=None),
        "the end of decider {decider} is not told alike by the audit log",
    ),
    "the end of a decider taken out of the log": (
        lambda of: removed(events("decider.ended")),
        "the end of decider {decider} is not told alike by the audit log",
    ),
    "an enrolment taken out of the log": (
        lambda of: removed(events("participant.enrolled")),
        "the audit log does not tell of the enrolment",
    ),
    "the root of a batch": (
        lambda of: changed(events("consents.recorded"), detail={"batch": batched(), "events": 1, "root": "0" * 64}),
        "the events of batch {batch} are not those that were recorded",
    ),
    "a batch taken out of the log": (
        lambda of: removed(events("consents.recorded")),
        "the audit log does not tell of it",
    ),
    "an event out of its batch": (
        lambda of: changed(ConsentEvent.objects.exclude(batch=None), batch=None),
        "the ledger holds a answered event {batch} that the audit log does not hold so",
    ),
    "an event of a batch gone": (
        lambda of: removed(ConsentEvent.objects.exclude(batch=None)),
        "the events of batch {batch} are not those that were recorded",
    ),
    "a participant gone": (lambda of: changed(events("participant.enrolled"), subject_id="0" * 32), GONE),
    "a membership of an import": (
        lambda of: changed(Membership.objects.all(), first_version=9),
        "memberships {first} to {last} are not those of their import",
    ),
    "a membership that nobody recorded": (
        lambda of: removed(events("membership.begun").filter(detail__membership=the_membership())),
        "membership {membership} is not in the audit log",
    ),
    "a membership gone": (
        lambda of: removed(Membership.objects.filter(pk=the_membership())),
        "membership {membership} stands in the audit log and is not there",
    ),
    "the end of a membership": (
        lambda of: removed(MembershipEnd.objects.all()),
        "the end of membership {membership} is not told alike by the audit log",
    ),
    "a published form": (
        lambda of: changed(FormVersion.objects.filter(state="published"), content={}),
        "its text is not the one that was published",
    ),
}


def the_answer() -> models.QuerySet[ConsentEvent]:
    first = ConsentEvent.objects.filter(sequence=1, form_version__isnull=False).earliest("pk")
    return ConsentEvent.objects.filter(pk=first.pk)


def the_membership() -> int:
    return MembershipEnd.objects.get().membership_id


def a_guardian() -> models.QuerySet[Decider]:
    return Decider.objects.filter(role="aunt")


def batched() -> str:
    """The batch of the tour, which has the name of its first event."""
    return str(ConsentEvent.objects.exclude(batch=None).values_list("batch", flat=True)[0])
