"""Whether the ledger, memberships, accounts and forms are what the audit log tells of. Part of `manage.py verify --ledger`.

The chains of the ledger are unkeyed: who may write to the database can fold them anew without an event. The audit log
names each event with its hash, so that the two are held against each other, from both sides.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from consent.domain.forms import FormText
from consent.models import ConsentEvent, FormVersion, Membership, MembershipEnd, Participant
from consent.selectors.forms import parse_content
from consent.services.membership_import import memberships_root
from governance.domain.events import Kind
from governance.duo.reading import InvalidUse
from governance.models import AuditEvent
from governance.selectors.audit import streamed, subjects_of, trails

_LEDGER = (Kind.CONSENT_RECORDED, Kind.CONSENT_WITHDRAWN)
_LINKS = (Kind.PARTICIPANT_ENROLLED, Kind.INVITATION_USED, Kind.IDENTITY_ERASED)
_KINDS = (*_LEDGER, *_LINKS, Kind.MEMBERSHIP_BEGUN, Kind.MEMBERSHIP_ENDED)
Ledger = Mapping[str, Sequence[ConsentEvent]]


def against_the_log(ids: Collection[str], ledger: Ledger) -> Iterator[tuple[str, str]]:
    """For these participants: the id of one, and what the log tells otherwise. Queries do not grow with their number."""
    told = trails("participant", ids, _KINDS)
    accounts = dict(Participant.objects.filter(pk__in=ids).values_list("pk", "account__subject"))
    memberships = _by_participant(Membership.objects.filter(participant__in=ids).select_related("end"))
    imported = _imported(row for rows in memberships.values() for row in rows)
    for one in ids:
        says = [
            *_wrong_events(ledger.get(one, []), told[one]),
            *_wrong_account(accounts[one], told[one]),
            *_wrong_memberships(memberships.get(one, []), imported, told[one]),
        ]
        yield from ((one, what) for what in says)


def _wrong_events(rows: Iterable[ConsentEvent], trail: Iterable[AuditEvent]) -> Iterator[str]:
    standing = {(str(row.uuid), row.hash, row.kind, row.actor) for row in rows}
    told = {
        (event.detail["event"], event.detail["hash"], event.detail["kind"], event.actor)
        for event in trail
        if event.kind in _LEDGER
    }
    for uuid, _hash, kind, _actor in sorted(told - standing):
        yield f"the audit log holds a {kind} event {uuid} that the ledger does not hold so"
    for uuid, _hash, kind, _actor in sorted(standing - told):
        yield f"the ledger holds a {kind} event {uuid} that the audit log does not hold so"


def _wrong_account(standing: str | None, trail: Iterable[AuditEvent]) -> Iterator[str]:
    linked = None
    enrolled = False
    for event in trail:
        if event.kind == Kind.PARTICIPANT_ENROLLED:
            enrolled, linked = True, event.detail["account"]
        elif event.kind == Kind.INVITATION_USED:
            linked = event.actor
        elif event.kind == Kind.IDENTITY_ERASED:
            linked = None
    if not enrolled:
        yield "the audit log does not tell of the enrolment"
    if (linked or None) != standing:
        yield "the account that speaks for them is not the one that the audit log tells of"


# --- Memberships ------------------------------------------------------------------------------------------------------
def _by_participant(rows: Iterable[Membership]) -> dict[str, list[Membership]]:
    found: dict[str, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.participant_id, []).append(row)
    return found


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
