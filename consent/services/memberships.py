"""Memberships: whose data are in which dataset. Rows are only ever added; an end is a row of its own."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from django.db import transaction
from django.db.models import OuterRef, Subquery

from consent.models import ConsentState, Member, Membership, MembershipEnd, Participant
from consent.services.cohorts import Move, record_moves
from governance import policies
from governance.bulk import enter
from governance.domain.errors import Conflict, NotAllowed, NotThere
from governance.domain.events import Kind, Subject
from governance.domain.roles import Role
from governance.models import Dataset, User
from governance.record import audit
from governance.record.actors import By, actor_of


def require_keeper(by: By, participant: Participant, dataset: Dataset) -> None:
    """A coordinator of the participant's programme or a steward of the dataset's organisation may keep memberships."""
    if not isinstance(by, User):
        return
    if policies.holds(by, Role.COORDINATOR, participant.programme):
        return
    if policies.holds(by, Role.STEWARD, dataset.organisation):
        return
    raise NotAllowed("only a coordinator of the programme or a steward of the dataset's organisation may do this")


def open_membership(participant: Participant, dataset: Dataset) -> Membership | None:
    """The membership that stands now, if any."""
    return Membership.objects.filter(participant=participant, dataset=dataset, end__isnull=True).first()


@transaction.atomic
def add(
    *,
    participant: Participant,
    dataset: Dataset,
    by: By,
    now: datetime,
    since: datetime | None = None,
    first_version: int = 1,
) -> Membership:
    """Record that a participant's data are in a dataset, from a version on. Adding it twice changes nothing.

    Refused after "no further collection". The member gets a number in the dataset that never changes.
    """
    locked = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    require_keeper(by, participant, dataset)
    standing = open_membership(participant, dataset)
    if standing is not None:
        return standing
    state = ConsentState.objects.get(participant=locked)
    refuse_closed_collection(state)
    membership = begin(
        participant=locked, dataset=dataset, by=by, now=now, since=since or now, first_version=first_version
    )
    [member] = place_members([(dataset.pk, locked.pk, state.profile_id)])
    audit.record(
        Kind.MEMBERSHIP_BEGUN,
        by=by,
        about=Subject("participant", locked.pk),
        now=now,
        detail={"dataset": dataset.pk, "membership": membership.pk},
    )
    record_moves(moves=[Move(member.pk, member.dataset_id, None, state.profile_id)], by=by, now=now)
    return membership


def refuse_closed_collection(state: ConsentState) -> None:
    """Raise Conflict where the participant wants no further collection."""
    if "no_collection" in state.closed_axes:
        raise Conflict("the participant wants no further collection: no new membership until they join again")


def begin(
    *,
    participant: Participant,
    dataset: Dataset,
    by: By,
    now: datetime,
    since: datetime,
    first_version: int,
) -> Membership:
    """Append the row of a new membership; the caller has locked and judged."""
    return Membership.objects.create(
        participant=participant,
        dataset=dataset,
        first_version=first_version,
        since=since,
        recorded_at=now,
        recorded_by=str(actor_of(by)),
    )


Place = tuple[int, str, int]
"""A dataset, a participant, and the profile under which they are in it."""


def place_members(wanted: Sequence[Place]) -> list[Member]:
    """The participants' places in datasets under these profiles, made where there are none.

    The caller holds the participants' locks. Numbers are given under a lock on the datasets, by key, which a consent
    change never waits for (it takes no such lock).
    """
    datasets = {dataset for dataset, _participant, _profile in wanted}
    list(Dataset.objects.select_for_update(no_key=True).filter(pk__in=datasets).order_by("pk").values_list("pk"))
    participants = {participant for _dataset, participant, _profile in wanted}
    known = {
        (member.dataset_id, member.participant_id): member
        for member in Member.objects.filter(dataset__in=datasets, participant__in=participants)
    }
    newest = Member.objects.filter(dataset=OuterRef("pk")).order_by("-number").values("number")
    last = Dataset.objects.filter(pk__in=datasets).values_list("pk", Subquery(newest[:1]))
    numbers = {dataset: count((number or 0) + 1) for dataset, number in last}
    fresh: list[Member] = []
    again: dict[int, list[int]] = {}
    for dataset, participant, profile in wanted:
        member = known.get((dataset, participant))
        if member is None:
            place = {"dataset_id": dataset, "participant_id": participant, "number": next(numbers[dataset])}
            known[dataset, participant] = member = Member(**place, profile_id=profile)
            fresh.append(member)
        else:
            member.profile_id = profile
            again.setdefault(profile, []).append(member.pk)
    enter(fresh)
    for profile, keys in again.items():
        Member.objects.filter(pk__in=keys).update(profile=profile)
    if fresh:
        Dataset.objects.filter(pk__in=datasets, has_members=False).update(has_members=True)
    return [known[dataset, participant] for dataset, participant, _profile in wanted]


@transaction.atomic
def end(
    *,
    participant: Participant,
    dataset: Dataset,
    by: By,
    now: datetime,
    last_version: int | None = None,
) -> Membership:
    """Record that a participant's data are no longer in a dataset; their place and number stay."""
    locked = Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    require_keeper(by, participant, dataset)
    membership = open_membership(locked, dataset)
    if membership is None:
        raise NotThere("there is no membership to end")
    MembershipEnd.objects.create(
        membership=membership,
        until=now,
        last_version=last_version,
        recorded_at=now,
        recorded_by=str(actor_of(by)),
    )
    member = Member.objects.get(participant=locked, dataset=dataset)
    before = member.profile_id
    Member.objects.filter(pk=member.pk).update(profile=None)
    audit.record(
        Kind.MEMBERSHIP_ENDED,
        by=by,
        about=Subject("participant", locked.pk),
        now=now,
        detail={"dataset": dataset.pk, "membership": membership.pk},
    )
    record_moves(moves=[Move(member.pk, member.dataset_id, before, None)], by=by, now=now)
    return membership
