"""Memberships: whose data are in which dataset. Rows are only ever added; an end is a row of its own."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from consent.models import ConsentState, Member, Membership, MembershipEnd, Participant
from consent.services.cohorts import Move, record_moves
from governance import policies
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
    [member] = place_members(dataset, [locked.pk])
    Member.objects.filter(pk=member.pk).update(profile_id=state.profile_id)
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


def place_members(dataset: Dataset, participant_ids: Iterable[str]) -> list[Member]:
    """The participants' places in a dataset, made where there are none.

    The caller holds the participants' locks. Numbers are given under a lock on the dataset, which a consent
    change never waits for (it takes no such lock).
    """
    wanted = list(participant_ids)
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    known = {member.participant_id: member for member in Member.objects.filter(dataset=dataset, participant__in=wanted)}
    last = Member.objects.filter(dataset=dataset).aggregate(last=Max("number"))["last"] or 0
    fresh = [
        Member(dataset=dataset, participant_id=participant_id, number=last + index)
        for index, participant_id in enumerate((one for one in wanted if one not in known), start=1)
    ]
    Member.objects.bulk_create(fresh)
    Dataset.objects.filter(pk=dataset.pk, has_members=False).update(has_members=True)
    known.update({member.participant_id: member for member in fresh})
    return [known[participant_id] for participant_id in wanted]


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
