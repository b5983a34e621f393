"""Whether the ledger, memberships, accounts and forms are what the audit log tells of. Part of `manage.py verify --ledger`.

The chains of the ledger are unkeyed: who may write to the database can fold them anew without an event. The audit log
names each event with its hash, so that the two are held against each other, from both sides.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from consent.domain.forms import FormText
from consent.models import ConsentEvent, Decider, FormVersion, Membership, MembershipEnd, Participant
from consent.selectors.forms import parse_content
from consent.services.batches import events_root
from consent.services.membership_import import memberships_root
from governance.domain.events import Kind
from governance.duo.reading import InvalidUse
from governance.models import AuditEvent
from governance.selectors.audit import AT_ONCE, pieces, streamed, subjects_of, trails

_LEDGER = (Kind.CONSENT_RECORDED, Kind.CONSENT_WITHDRAWN)
_LINKS = (
    Kind.PARTICIPANT_ENROLLED,
    Kind.INVITATION_USED,
    Kind.DECIDER_GIVEN,
    Kind.DECIDER_ENDED,
    Kind.IDENTITY_ERASED,
)
_KINDS = (*_LEDGER, *_LINKS, Kind.MEMBERSHIP_BEGUN, Kind.MEMBERSHIP_ENDED)
Ledger = Mapping[str, Sequence[ConsentEvent]]
Row = TypeVar("Row", Decider, Membership)


def against_the_log(ids: Collection[str], ledger: Ledger) -> Iterator[tuple[str, str]]:
    """For these participants: the id of one, and what the log tells otherwise. Queries do not grow with their number."""
    told = trails("participant", ids, _KINDS)
    deciders = _grouped(Decider.objects.filter(participant__in=ids).select_related("account").order_by("pk"))
    memberships = _grouped(Membership.objects.filter(participant__in=ids).select_related("end"))
    imported = _imported(row for rows in memberships.values() for row in rows)
    for one in ids:
        says = [
            *_wrong_events(ledger.get(one, []), told[one]),
            *_wrong_deciders(deciders.get(one, []), told[one]),
            *_wrong_memberships(memberships.get(one, []), imported, told[one]),
        ]
        yield from ((one, what) for what in says)


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.participant_id, []).append(row)
    return found


def _wrong_events(rows: Iterable[ConsentEvent], trail: Iterable[AuditEvent]) -> Iterator[str]:
    # Events of a batch are told of together (`wrong_batches`).
    standing = {(str(row.uuid), row.hash, row.kind, row.actor) for row in rows if row.batch is None}
    told = {
        (event.detail["event"], event.detail["hash"], event.detail["kind"], event.actor)
        for event in trail
        if event.kind in _LEDGER
    }
    for uuid, _hash, kind, _actor in sorted(told - standing):
        yield f"the audit log holds a {kind} event {uuid} that the ledger does not hold so"
    for uuid, _hash, kind, _actor in sorted(standing - told):
        yield f"the ledger holds a {kind} event {uuid} that the audit log does not hold so"


def _wrong_deciders(rows: Iterable[Decider], trail: Iterable[AuditEvent]) -> Iterator[str]:
    given, over, standing, enrolled = _deciders_told(trail)
    if not enrolled:
        yield "the audit log does not tell of the enrolment"
    found = {row.pk: row for row in rows}
    for pk, row in found.items():
        account = row.account.subject if row.account else None
        as_told = given.get(pk)
        if as_told is not None and (row.capacity, row.role, row.since) != as_told[1:]:
            yield f"decider {pk} is not the one that the audit log tells of"
        if over.get(pk) != row.until:
            yield f"the end of decider {pk} is not told alike by the audit log"
        if as_told is not None and row.until is not None and account not in (None, as_told[0]):
            yield f"decider {pk} had another account, by the audit log"
    for pk in sorted(given.keys() - found.keys()):
        yield f"decider {pk} stands in the audit log and is not there"
    speaking = {
        (row.account.subject if row.account else None, row.capacity) for row in found.values() if row.until is None
    }
    if speaking != standing:
        yield "the accounts that decide for them are not those that the audit log tells of"


def _deciders_told(
    trail: Iterable[AuditEvent],
) -> tuple[dict[int, tuple[str, str, str, datetime]], dict[int, datetime], set[tuple[str, str]], bool]:
    """What the log tells: deciders given and ended by key, which accounts decide now in what capacity, and of an enrolment.

    Before there were rows of deciders, an enrolment or a used invitation alone told whose account it is.
    """
    given: dict[int, tuple[str, str, str, datetime]] = {}
    over: dict[int, datetime] = {}
    own, others, enrolled = "", {}, False
    for event in trail:
        detail = event.detail
        if event.kind == Kind.PARTICIPANT_ENROLLED:
            enrolled, own = True, detail["account"]
        elif event.kind == Kind.INVITATION_USED:
            own = event.actor
        elif event.kind == Kind.DECIDER_GIVEN:
            given[detail["decider"]] = (detail["account"], detail["capacity"], detail["role"], event.at)
            if detail["capacity"] == Decider.Capacity.SELF:
                own = detail["account"]
            else:
                others[detail["decider"]] = (detail["account"], detail["capacity"])
        elif event.kind == Kind.DECIDER_ENDED:
            over[detail["decider"]] = event.at
            others.pop(detail["decider"], None)
        elif event.kind == Kind.IDENTITY_ERASED:
            own, others = "", {}
    standing = {(own, Decider.Capacity.SELF.value)} if own else set()
    return given, over, standing | set(others.values()), enrolled


# --- Memberships ------------------------------------------------------------------------------------------------------
def _imported(rows: Iterable[Membership]) -> list[AuditEvent]:
    """The imports at the moments of these rows."""
    moments: set[datetime] = {row.recorded_at for row in rows}
    return list(AuditEvent.objects.filter(kind=Kind.MEMBERSHIPS_IMPORTED, at__in=moments))


def _wrong_memberships(
    rows: list[Membership], imported: Iterable[AuditEvent], trail: Iterable[AuditEvent]
) -> Iterator[str]:
    begun = {event.detail["membership"] for event in trail if event.kind == Kind.MEMBERSHIP_BEGUN}
    ended = {event.detail["membership"] for event in trail if event.kind == Kind.MEMBERSHIP_ENDED}
    for row in rows:
        came_in = any(
            event.at == row.recorded_at and event.detail["first"] <= row.pk <= event.detail["last"]
            for event in imported
        )
        if row.pk not in begun and not came_in:
            yield f"membership {row.pk} is not in the audit log"
    standing = {row.pk for row in rows}
    yield from (f"membership {pk} stands in the audit log and is not there" for pk in sorted(begun - standing))
    over = {row.pk for row in rows if _end_of(row) is not None}
    for pk in sorted(over ^ ended):
        yield f"the end of membership {pk} is not told alike by the audit log"


def _end_of(row: Membership) -> MembershipEnd | None:
    return getattr(row, "end", None)


def wrong_imports() -> Iterator[tuple[str, str]]:
    """Imports of memberships whose rows are not those under their root."""
    events = AuditEvent.objects.filter(kind=Kind.MEMBERSHIPS_IMPORTED).order_by("id")
    for event in events.iterator(chunk_size=100):
        first, last = event.detail["first"], event.detail["last"]
        rows = Membership.objects.filter(
            pk__range=(first, last), recorded_at=event.at, participant__programme__slug=event.subject_id
        ).order_by("pk")
        if memberships_root(rows.iterator(chunk_size=1000)) != event.detail["root"]:
            yield f"programme {event.subject_id}", f"memberships {first} to {last} are not those of their import"


def wrong_batches() -> Iterator[tuple[str, str]]:
    """Batches whose events are not those under their root, and those that the log tells nothing of."""
    events = AuditEvent.objects.filter(kind=Kind.CONSENTS_RECORDED).order_by("id")
    for told in pieces(events.iterator(chunk_size=100), 100):
        batches = {event.detail["batch"]: event for event in told}
        rows: dict[str, list[ConsentEvent]] = {batch: [] for batch in batches}
        for row in ConsentEvent.objects.filter(batch__in=batches).select_related("participant__programme"):
            rows[str(row.batch)].append(row)
        for batch, event in batches.items():
            found = rows[batch]
            programmes = {row.participant.programme.slug for row in found}
            actors = {row.actor for row in found}
            if (
                events_root(found) != event.detail["root"]
                or programmes != {event.subject_id}
                or actors != {event.actor}
            ):
                yield f"programme {event.subject_id}", f"the events of batch {batch} are not those that were recorded"
    stored = ConsentEvent.objects.exclude(batch=None).order_by("batch").values_list("batch", flat=True).distinct()
    for some in pieces(stored.iterator(chunk_size=AT_ONCE), AT_ONCE):
        names = [str(batch) for batch in some]
        known = AuditEvent.objects.filter(kind=Kind.CONSENTS_RECORDED, detail__batch__in=names)
        for batch in sorted({*names} - {*known.values_list("detail__batch", flat=True)}):
            yield f"batch {batch}", "the audit log does not tell of it"


def gone_participants() -> Iterator[str]:
    """Participants whom the log tells of and who are not there."""
    for ids in subjects_of(Kind.PARTICIPANT_ENROLLED):
        yield from sorted(set(ids) - set(Participant.objects.filter(pk__in=ids).values_list("pk", flat=True)))


# --- Forms ------------------------------------------------------------------------------------------------------------
def wrong_forms() -> Iterator[tuple[str, str]]:
    """Published forms whose text is not the one that was published."""
    for versions in streamed(FormVersion.objects.exclude(sha256="").select_related("form__programme")):
        names = {f"{row.form.programme.slug}/{row.form.key}@{row.number}": row for row in versions}
        told = trails("form_version", list(names), (Kind.FORM_PUBLISHED,))
        for name, row in names.items():
            if [event.detail["sha256"] for event in told[name]] != [row.sha256] or _hash_of(row) != row.sha256:
                yield f"form {name}", "its text is not the one that was published"


def _hash_of(row: FormVersion) -> str:
    try:
        text: FormText = parse_content(row.content)
    except InvalidUse:
        return ""
    return text.sha256
