"""Whether the consent ledger is whole, the audit log tells the same, and every projection is what a rebuild from it gives
(`manage.py verify --ledger`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice

from django.db.models import Count, F

from consent.domain.chain import check_chain, event_hash
from consent.domain.fold import Forms, settle
from consent.domain.timeline import read
from consent.models import ConsentEvent, ConsentState, FormVersion, HostMemberId, Member, Membership, Participant
from consent.selectors.counts import profile_counts, recounted
from consent.selectors.ledger import content_of, event_of, published, versions_of
from consent.services import verify_record
from consent.services.carried import VERSION, Known, kept_of, known_of, seal
from governance.duo.canonical_json import canonical_bytes
from governance.duo.reading import InvalidUse
from governance.models import Dataset

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit: of which participant or dataset, and what."""

    about: str
    says: str


@dataclass(slots=True)
class ConsentReport:
    """What was looked at, and every problem found; an empty list means that all of it is whole."""

    participants: int = 0
    events: int = 0
    datasets: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def verify_ledger(*, now: datetime) -> ConsentReport:
    """Read the whole ledger: chains, the audit log beside it, states rebuilt to the same bytes, members' profiles, counts,
    host ids.
    """
    report = ConsentReport()
    for programme in Participant.objects.values_list("programme", flat=True).order_by().distinct():
        _verify_programme(programme, now, report)
    gone = verify_record.gone_participants()
    report.problems += [Problem(f"participant {one}", "stands in the audit log and is not there") for one in gone]
    report.problems += [
        Problem(*wrong)
        for wrong in (*verify_record.wrong_imports(), *verify_record.wrong_batches(), *verify_record.wrong_forms())
    ]
    # A visa for a dataset that is kept as label only names no cohort.
    lost = Dataset.objects.filter(has_members=False, pk__in=Member.objects.values("dataset"))
    for slug in lost.values_list("slug", flat=True):
        report.problems.append(Problem(f"dataset {slug}", "has members, and is kept as a label only"))
    with_members = Dataset.objects.filter(has_members=True)
    kept, counted = profile_counts(with_members), recounted(with_members)
    for pk, slug in with_members.values_list("pk", "slug"):
        report.datasets += 1
        if kept.get(pk) != counted.get(pk):
            report.problems.append(Problem(f"dataset {slug}", "its counts differ from a recount"))
    shared = HostMemberId.objects.values("own_id").annotate(hosts=Count("host", distinct=True)).filter(hosts__gt=1)
    for row in shared:
        hosts = HostMemberId.objects.filter(own_id=row["own_id"]).values_list("host__slug", flat=True).distinct()
        report.problems.append(Problem("hosts " + ", ".join(sorted(hosts)), "share an id of a member"))
    return report


def _verify_programme(programme: int, now: datetime, report: ConsentReport) -> None:
    versions = versions_of(programme)
    people = Participant.objects.filter(programme=programme).order_by("pk").values_list("pk", flat=True)
    ids = people.iterator(chunk_size=AT_ONCE)
    while chunk := list(islice(ids, AT_ONCE)):
        _verify_chunk(chunk, versions, now, report)


def _verify_chunk(ids: list[str], versions: Mapping[str, FormVersion], now: datetime, report: ConsentReport) -> None:
    forms, known = published(versions), known_of(versions)
    rows = ConsentEvent.objects.filter(participant__in=ids).order_by("participant_id", "sequence")
    rows = rows.annotate(form_key=F("form_version__form__key"), form_number=F("form_version__number"))
    ledger = {key: list(group) for key, group in groupby(rows, key=lambda row: row.participant_id)}
    states = {
        state.participant_id: state
        for state in ConsentState.objects.filter(participant__in=ids).select_related("profile")
    }
    open_places = set(
        Membership.objects.filter(participant__in=ids, end__isnull=True).values_list("participant", "dataset")
    )
    members: dict[str, list[Member]] = {}
    for member in Member.objects.filter(participant__in=ids):
        members.setdefault(member.participant_id, []).append(member)
    for participant in ids:
        found = ledger.get(participant, [])
        report.participants += 1
        report.events += len(found)
        says = [
            *_wrong_chain(found),
            *_wrong_state(found, states.get(participant), forms, known, now),
            *_wrong_members(members.get(participant, []), states.get(participant), open_places),
        ]
        report.problems += [Problem(f"participant {participant}", one) for one in says]
    for participant, says_the_log in verify_record.against_the_log(ids, ledger):
        report.problems.append(Problem(f"participant {participant}", says_the_log))


def _wrong_chain(rows: Sequence[ConsentEvent]) -> Iterator[str]:
    try:
        events = [event_of(row) for row in rows]
    except InvalidUse as unreadable:
        yield f"an event cannot be read: {unreadable}"
        return
    checked = check_chain(events)
    if not checked.whole:
        yield f"event {checked.sequence}: {checked.reason}"
    for row, event in zip(rows, events, strict=True):
        if row.hash != event_hash(event):
            yield f"event {row.sequence} does not have the hash of its content: it was changed"
        # What reads back alike has the same hash, and pages look at the row.
        if row.content != content_of(event):
            yield f"event {row.sequence} holds its content otherwise than it was written"
        if event.form != _form_of(row):
            yield f"event {row.sequence} names the form {event.form or 'none'}, and its row {_form_of(row) or 'none'}"


def _form_of(row: ConsentEvent) -> str:
    """The form that the row points to, by the id that events name; empty for none."""
    key, number = getattr(row, "form_key", None), getattr(row, "form_number", None)
    if row.form_version_id is None:
        return ""
    return f"{key}@{number}" if key else f"version {row.form_version_id}, which is not there"


def _wrong_state(
    rows: Sequence[ConsentEvent], state: ConsentState | None, forms: Forms, known: Known, now: datetime
) -> Iterator[str]:
    if state is None:
        yield "has no state"
        return
    try:
        timeline = read([event_of(row) for row in rows], now, now)
        rebuilt = settle(timeline, forms)
    except InvalidUse as unreadable:
        yield f"the state cannot be rebuilt: {unreadable}"
        return
    if rebuilt.canonical() != canonical_bytes(state.effective):
        yield "the state differs from what the ledger gives"
    if rebuilt.profile.key != state.profile.key:
        yield "the state's profile differs from what the ledger gives"
    # Nothing kept is what no event has yet, and what an older version kept: the ledger is read whole then.
    last = rows[-1].hash if rows else ""
    kept = kept_of(timeline, rebuilt, forms, known) if state.carried.get("version") == VERSION else state.carried
    held = (canonical_bytes(kept), seal(last, kept))
    if (canonical_bytes(state.carried), state.carried_sha256) != held:
        yield "what is kept of the ledger for the next event differs from what it gives"
    if (state.events, state.last_hash) != (len(rows), last):
        yield "the state does not name the newest event"


def _wrong_members(
    members: list[Member], state: ConsentState | None, open_places: set[tuple[str, int]]
) -> Iterator[str]:
    for member in members:
        belongs = (member.participant_id, member.dataset_id) in open_places
        wanted = state.profile_id if belongs and state else None
        if member.profile_id != wanted:
            yield f"the profile in dataset {member.dataset_id} differs from the state"
