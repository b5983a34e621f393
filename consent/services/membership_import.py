"""Memberships from a file: each line is judged by itself, and reading the same file twice changes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from django.db import transaction

from consent import vault
from consent.models import ConsentState, HostMemberId, Member, Membership, Participant, Programme
from consent.services.cohorts import Move, record_moves
from consent.services.memberships import place_members
from consent.services.programmes import require_coordinator
from governance import audit
from governance.domain.events import Kind, Subject
from governance.models import DataHost, Dataset, DatasetVersion, HostedDataset, User
from governance.seals import root

AT_ONCE = 1000


class Outcome(StrEnum):
    """What became of a line."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a participant by random id or by outside id, a dataset's accession, and a host with its
    own id for them.
    """

    number: int
    participant_id: str = ""
    outside_id: str = field(default="", repr=False)
    dataset: str = ""
    host: str = ""
    host_member_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of a line, and why where it was refused.

    Says nothing personal: lines are known by their number.
    """

    number: int
    outcome: Outcome
    reason: str = ""


class _Refused(Exception):
    """Why a line does not enter."""


@dataclass(slots=True)
class _World:
    """What a chunk of lines is judged against, read in a fixed number of queries and kept up as lines enter."""

    participants: dict[str, Participant]
    by_outside_id: dict[str, str]
    states: dict[str, ConsentState]
    datasets: dict[str, tuple[Dataset, int]]
    hosts: dict[str, DataHost]
    served: set[tuple[int, int]]
    standing: set[tuple[str, int]]
    members: dict[tuple[str, int], Member]
    known_ids: dict[tuple[int, str, int], str]
    owners: dict[str, set[tuple[int, str]]]


def import_memberships(
    *, programme: Programme, lines: Sequence[Line], by: User | str, now: datetime, dry_run: bool = False
) -> list[LineResult]:
    """Enter the lines that pass and say of each what became of it.

    A dry run judges the same way and changes nothing.
    """
    require_coordinator(by, programme)
    results: list[LineResult] = []
    with transaction.atomic():
        for chunk in _chunks(lines):
            results += _enter(programme, chunk, by, now)
        if dry_run:
            transaction.set_rollback(True)
    return results


def _chunks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, AT_ONCE)):
        yield chunk


def _enter(programme: Programme, lines: list[Line], by: User | str, now: datetime) -> list[LineResult]:
    world = _read_world(programme, lines)
    results: list[LineResult] = []
    begun: list[tuple[Participant, Dataset, int]] = []
    fresh_ids: list[tuple[Participant, Dataset, DataHost, str]] = []
    for line in lines:
        try:
            participant, dataset, version, host = _judge(world, line)
        except _Refused as refused:
            results.append(LineResult(line.number, Outcome.REFUSED, str(refused)))
            continue
        changed = False
        if (participant.pk, dataset.pk) not in world.standing:
            world.standing.add((participant.pk, dataset.pk))
            begun.append((participant, dataset, version))
            changed = True
        if host is not None and _note_id(world, participant, dataset, host, line.host_member_id):
            fresh_ids.append((participant, dataset, host, line.host_member_id))
            changed = True
        results.append(LineResult(line.number, Outcome.ADDED if changed else Outcome.UNCHANGED))
    _write(world, programme, begun, fresh_ids, by, now)
    return results


def _read_world(programme: Programme, lines: list[Line]) -> _World:
    # Imports wait for each other on the hosts, so that no two of them give one id to two hosts.
    hosts = {host.slug: host for host in DataHost.objects.select_for_update(no_key=True).order_by("pk")}
    by_outside_id = vault.find_by_outside_ids(programme, [line.outside_id for line in lines if line.outside_id])
    wanted = {line.participant_id for line in lines if line.participant_id} | set(by_outside_id.values())
    participants = {
        one.pk: one
        for one in Participant.objects.select_for_update(no_key=True)
        .filter(programme=programme, pk__in=wanted)
        .order_by("pk")
    }
    versions = DatasetVersion.objects.filter(accession__in={line.dataset for line in lines}).select_related("dataset")
    datasets = {version.accession: (version.dataset, version.number) for version in versions}
    own_ids = {line.host_member_id for line in lines if line.host_member_id}
    host_ids = HostMemberId.objects.filter(member__participant__in=participants).values_list(
        "host_id", "member__participant_id", "member__dataset_id", "own_id"
    )
    owners: dict[str, set[tuple[int, str]]] = {}
    for host, participant_id, own_id in HostMemberId.objects.filter(own_id__in=own_ids).values_list(
        "host_id", "member__participant_id", "own_id"
    ):
        owners.setdefault(own_id, set()).add((host, participant_id))
    members = Member.objects.filter(participant__in=participants)
    standing = Membership.objects.filter(participant__in=participants, end__isnull=True)
    return _World(
        participants=participants,
        by_outside_id=by_outside_id,
        states={state.participant_id: state for state in ConsentState.objects.filter(participant__in=participants)},
        datasets=datasets,
        hosts=hosts,
        served=set(HostedDataset.objects.values_list("host_id", "dataset_id")),
        standing=set(standing.values_list("participant_id", "dataset_id")),
        members={(member.participant_id, member.dataset_id): member for member in members},
        known_ids={(host, participant, dataset): own_id for host, participant, dataset, own_id in host_ids},
        owners=owners,
    )


def _judge(world: _World, line: Line) -> tuple[Participant, Dataset, int, DataHost | None]:
    participant = world.participants.get(line.participant_id or world.by_outside_id.get(line.outside_id, ""))
    if participant is None:
        raise _Refused("nobody in this programme has this participant id or outside id: enrol them first")
    if line.dataset not in world.datasets:
        raise _Refused(f"no dataset has the accession {line.dataset!r}: check it in the catalogue")
    dataset, version = world.datasets[line.dataset]
    new = (participant.pk, dataset.pk) not in world.standing
    if new and "no_collection" in world.states[participant.pk].closed_axes:
        raise _Refused("the participant wants no further collection: no new membership")
    if not line.host:
        if line.host_member_id:
            raise _Refused("an id of a host needs the host's name beside it")
        return participant, dataset, version, None
    host = world.hosts.get(line.host)
    if host is None or (host.pk, dataset.pk) not in world.served:
        raise _Refused(f"no host {line.host!r} serves this dataset: register it first")
    _judge_id(world, participant, dataset, host, line.host_member_id)
    return participant, dataset, version, host


def _judge_id(world: _World, participant: Participant, dataset: Dataset, host: DataHost, own_id: str) -> None:
    if not own_id:
        raise _Refused("the host's own id for the member is missing")
    for other_host, other_participant in world.owners.get(own_id, ()):
        if other_host != host.pk:
            raise _Refused("another host uses this id: no id is shared between two hosts, give each its own")
        if other_participant != participant.pk:
            raise _Refused("the host uses this id for another participant")
    if world.known_ids.get((host.pk, participant.pk, dataset.pk), own_id) != own_id:
        raise _Refused("the host knows this member under another id already")


def _note_id(world: _World, participant: Participant, dataset: Dataset, host: DataHost, own_id: str) -> bool:
    """Remember that the host calls the member so; False where it was known."""
    place = (host.pk, participant.pk, dataset.pk)
    if place in world.known_ids:
        return False
    world.known_ids[place] = own_id
    world.owners.setdefault(own_id, set()).add((host.pk, participant.pk))
    return True


def memberships_root(memberships: Iterable[Membership]) -> str:
    """The root by which the audit event of an import covers its rows."""
    return root(f"{one.participant_id} {one.dataset_id} {one.first_version}" for one in memberships)


def _write(
    world: _World,
    programme: Programme,
    begun: list[tuple[Participant, Dataset, int]],
    fresh_ids: list[tuple[Participant, Dataset, DataHost, str]],
    by: User | str,
    now: datetime,
) -> None:
    actor = audit.actor_name(by)
    memberships = Membership.objects.bulk_create(
        Membership(
            participant=participant,
            dataset=dataset,
            first_version=version,
            since=now,
            recorded_at=now,
            recorded_by=actor,
        )
        for participant, dataset, version in begun
    )
    moves = []
    for dataset in {dataset.pk: dataset for _participant, dataset, _version in begun}.values():
        wanted = [participant.pk for participant, other, _version in begun if other.pk == dataset.pk]
        for member in place_members(dataset, wanted):
            member.profile_id = world.states[member.participant_id].profile_id
            world.members[member.participant_id, dataset.pk] = member
            moves.append(Move(member, None, member.profile_id))
    Member.objects.bulk_update([move.member for move in moves], ["profile"])
    HostMemberId.objects.bulk_create(
        HostMemberId(host=host, member=world.members[participant.pk, dataset.pk], own_id=own_id)
        for participant, dataset, host, own_id in fresh_ids
    )
    if begun or fresh_ids:
        audit.record(
            Kind.MEMBERSHIPS_IMPORTED,
            by=by,
            about=Subject("programme", programme.slug),
            now=now,
            detail={
                "memberships": len(begun),
                "host_ids": len(fresh_ids),
                "first": memberships[0].pk if memberships else 0,
                "last": memberships[-1].pk if memberships else 0,
                "root": memberships_root(memberships),
            },
        )
    record_moves(moves=moves, by=by, now=now)
