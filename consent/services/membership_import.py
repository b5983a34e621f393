"""Memberships from a file: each line is judged by itself, and reading the same file twice changes nothing."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from django.db import OperationalError, transaction

from consent import vault
from consent.models import ConsentState, HostMemberId, Member, Membership, Participant, Programme
from consent.services.cohorts import Move, enter_moves
from consent.services.coordinators import require_coordinator
from consent.services.memberships import place_members
from governance.bulk import enter
from governance.domain.events import Kind, Subject
from governance.models import DataHost, Dataset, DatasetVersion, HostedDataset
from governance.record import audit
from governance.record.actors import By, actor_of
from governance.record.seals import root

logger = logging.getLogger(__name__)
# How many lines are entered in one transaction: whoever withdraws meanwhile waits for one such chunk at most.
AT_ONCE = 60
TRIES = 3


class LineOutcome(StrEnum):
    """What became of a line."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FileLine:
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
    outcome: LineOutcome
    reason: str = ""


_Begun = tuple[Participant, Dataset, int]
_FreshId = tuple[Participant, Dataset, DataHost, str]


class _Refused(Exception):
    """Why a line does not enter."""


@dataclass(frozen=True, slots=True)
class _State:
    """What of a participant's state decides on a line."""

    profile_id: int
    closed_axes: frozenset[str]


@dataclass(slots=True)
class _World:
    """What a chunk of lines is judged against, read in a fixed number of queries and kept up as lines enter."""

    participants: dict[str, Participant]
    by_outside_id: dict[str, str]
    states: dict[str, _State]
    datasets: dict[str, tuple[Dataset, int]]
    hosts: dict[str, DataHost]
    served: set[tuple[int, int]]
    standing: set[tuple[str, int]]
    members: dict[tuple[str, int], Member]
    known_ids: dict[tuple[int, str, int], str]
    owners: dict[str, set[tuple[int, str]]]


class Stopped(Exception):
    """An import ended half way: what became of the lines before stands, and the file can be read again."""

    def __init__(self, results: list[LineResult], before: int) -> None:
        super().__init__(
            f"the import stopped before line {before}; the lines before it are done: mend what is wrong and read the file "
            "again, since what is in it already changes nothing"
        )
        self.results = results


@dataclass(slots=True)
class _Supposed:
    """What the chunks before would have entered, were this no dry run."""

    standing: set[tuple[str, int]] = field(default_factory=set)
    known_ids: dict[tuple[int, str, int], str] = field(default_factory=dict)


def import_memberships(
    *, programme: Programme, lines: Sequence[FileLine], by: By, now: datetime, dry_run: bool = False
) -> list[LineResult]:
    """Enter the lines that pass and say of each what became of it.

    A transaction a chunk, so that a participant who withdraws waits for one chunk at most; raises `Stopped` with what was done
    where one cannot be entered. A dry run judges the same way, locks nobody and changes nothing.
    """
    require_coordinator(by, programme)
    results: list[LineResult] = []
    supposed, repeated = _Supposed(), True
    for chunk in _chunks(lines):
        try:
            if dry_run:
                done = _supposing(programme, chunk, supposed)
            else:
                # A file that was read before is looked at without a lock, until a chunk has nothing that stands.
                done = (_standing_all(programme, chunk) if repeated else None) or _entered(programme, chunk, by, now)
                repeated = any(one.outcome is LineOutcome.UNCHANGED for one in done)
        except Exception as error:
            raise Stopped(results, chunk[0].number) from error
        results += done
    return results


def _standing_all(programme: Programme, lines: list[FileLine]) -> list[LineResult] | None:
    """What becomes of lines of which none brings anything new; None where one may. Locks nobody."""
    results, begun, fresh_ids = _judge_all(_read_world(programme, lines, lock=False), lines)
    return None if begun or fresh_ids else results


def _chunks(lines: Sequence[FileLine]) -> Iterator[list[FileLine]]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, AT_ONCE)):
        yield chunk


def _entered(programme: Programme, lines: list[FileLine], by: By, now: datetime) -> list[LineResult]:
    """Enter a chunk; one that met another transaction crosswise is tried again, since nothing of it was entered."""
    for _try in range(TRIES - 1):
        try:
            return _enter(programme, lines, by, now)
        except OperationalError as error:
            logger.warning("lines from %s on are entered again: %s", lines[0].number, type(error).__name__)
    return _enter(programme, lines, by, now)


@transaction.atomic
def _enter(programme: Programme, lines: list[FileLine], by: By, now: datetime) -> list[LineResult]:
    world = _read_world(programme, lines, lock=True)
    results, begun, fresh_ids = _judge_all(world, lines)
    _write(world, programme, begun, fresh_ids, by, now)
    return results


def _supposing(programme: Programme, lines: list[FileLine], supposed: _Supposed) -> list[LineResult]:
    world = _read_world(programme, lines, lock=False)
    world.standing |= supposed.standing
    for (host, participant, dataset), own_id in supposed.known_ids.items():
        world.known_ids[host, participant, dataset] = own_id
        world.owners.setdefault(own_id, set()).add((host, participant))
    results, begun, fresh_ids = _judge_all(world, lines)
    supposed.standing |= {(participant.pk, dataset.pk) for participant, dataset, _version in begun}
    supposed.known_ids |= {(host.pk, one.pk, dataset.pk): own_id for one, dataset, host, own_id in fresh_ids}
    return results


def _judge_all(world: _World, lines: list[FileLine]) -> tuple[list[LineResult], list[_Begun], list[_FreshId]]:
    """What becomes of each line, and what there is to enter: memberships, and hosts' ids of members."""
    results: list[LineResult] = []
    begun: list[_Begun] = []
    fresh_ids: list[_FreshId] = []
    for line in lines:
        try:
            participant, dataset, version, host = _judge(world, line)
        except _Refused as refused:
            results.append(LineResult(line.number, LineOutcome.REFUSED, str(refused)))
            continue
        changed = False
        if (participant.pk, dataset.pk) not in world.standing:
            world.standing.add((participant.pk, dataset.pk))
            begun.append((participant, dataset, version))
            changed = True
        if host is not None and _note_id(world, participant, dataset, host, line.host_member_id):
            fresh_ids.append((participant, dataset, host, line.host_member_id))
            changed = True
        results.append(LineResult(line.number, LineOutcome.ADDED if changed else LineOutcome.UNCHANGED))
    return results, begun, fresh_ids


def _read_world(programme: Programme, lines: list[FileLine], *, lock: bool) -> _World:
    by_outside_id = vault.find_by_outside_ids(programme, [line.outside_id for line in lines if line.outside_id])
    hosts = {host.slug: host for host in DataHost.objects.order_by("pk")}
    owners = _owners(lines)
    if lock and any(line.host_member_id not in owners for line in lines if line.host_member_id):
        # Imports that bring new ids wait for each other, so that no two of them give one id to two hosts.
        list(DataHost.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        owners = _owners(lines)
    versions = DatasetVersion.objects.filter(accession__in={line.dataset for line in lines}).select_related("dataset")
    datasets = {version.accession: (version.dataset, version.number) for version in versions}
    keys = {dataset.pk for dataset, _number in datasets.values()}
    served = set(HostedDataset.objects.filter(dataset__in=keys).values_list("host_id", "dataset_id"))
    # The participants last: from here to the end of the chunk they wait who withdraw.
    wanted = {line.participant_id for line in lines if line.participant_id} | set(by_outside_id.values())
    people = Participant.objects.filter(programme=programme, pk__in=wanted).only("pk").order_by("pk")
    participants = {one.pk: one for one in (people.select_for_update(no_key=True) if lock else people)}
    members = Member.objects.filter(dataset__in=keys, participant__in=participants)
    host_ids = HostMemberId.objects.filter(member__dataset__in=keys, member__participant__in=participants).values_list(
        "host_id", "member__participant_id", "member__dataset_id", "own_id"
    )
    standing = Membership.objects.filter(dataset__in=keys, participant__in=participants, end__isnull=True)
    return _World(
        participants=participants,
        by_outside_id=by_outside_id,
        states=_states(participants),
        datasets=datasets,
        hosts=hosts,
        served=served,
        standing=set(standing.values_list("participant_id", "dataset_id")),
        members={(member.participant_id, member.dataset_id): member for member in members},
        known_ids={(host, participant, dataset): own_id for host, participant, dataset, own_id in host_ids},
        owners=owners,
    )


def _states(participants: Iterable[str]) -> dict[str, _State]:
    rows = ConsentState.objects.filter(participant__in=participants)
    return {
        participant: _State(profile, frozenset(one["axis"] for one in axes))
        for participant, profile, axes in rows.values_list("participant_id", "profile_id", "effective__axes")
    }


def _owners(lines: list[FileLine]) -> dict[str, set[tuple[int, str]]]:
    """Whose each id of these lines is: by id, the hosts that use it and the participants whom they call so."""
    own_ids = {line.host_member_id for line in lines if line.host_member_id}
    owners: dict[str, set[tuple[int, str]]] = {}
    for host, participant_id, own_id in HostMemberId.objects.filter(own_id__in=own_ids).values_list(
        "host_id", "member__participant_id", "own_id"
    ):
        owners.setdefault(own_id, set()).add((host, participant_id))
    return owners


def _judge(world: _World, line: FileLine) -> tuple[Participant, Dataset, int, DataHost | None]:
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
    begun: list[_Begun],
    fresh_ids: list[_FreshId],
    by: By,
    now: datetime,
) -> None:
    actor = str(actor_of(by))
    if not begun and not fresh_ids:
        return
    memberships = [
        Membership(
            participant_id=participant.pk,
            dataset_id=dataset.pk,
            first_version=version,
            since=now,
            recorded_at=now,
            recorded_by=actor,
        )
        for participant, dataset, version in begun
    ]
    enter(memberships)
    moves = _placed(world, begun)
    host_ids = [
        HostMemberId(host_id=host.pk, member_id=world.members[participant.pk, dataset.pk].pk, own_id=own_id)
        for participant, dataset, host, own_id in fresh_ids
    ]
    enter(host_ids, keyed=False)
    imported = _told(programme, memberships, len(host_ids))
    audit.record_all([imported, *enter_moves(moves=moves, now=now)], by=by, now=now)


def _placed(world: _World, begun: list[_Begun]) -> list[Move]:
    """Give everybody their place and profile in the datasets that they came to; returns what moved."""
    profiles = {one: state.profile_id for one, state in world.states.items()}
    # By dataset, so that members are numbered in the order of the lines.
    wanted = sorted(begun, key=lambda one: one[1].pk)
    placed = place_members([(dataset.pk, person.pk, profiles[person.pk]) for person, dataset, _version in wanted])
    world.members |= {(member.participant_id, member.dataset_id): member for member in placed}
    return [Move(member.pk, member.dataset_id, None, member.profile_id) for member in placed]


def _told(programme: Programme, memberships: Sequence[Membership], host_ids: int) -> audit.Told:
    """What the audit log is told of a chunk: how many rows, and the root that covers them."""
    detail = {
        "memberships": len(memberships),
        "host_ids": host_ids,
        "first": memberships[0].pk if memberships else 0,
        "last": memberships[-1].pk if memberships else 0,
        "root": memberships_root(memberships),
    }
    return audit.Told(Kind.MEMBERSHIPS_IMPORTED, Subject("programme", programme.slug), detail)
