"""Whether roles, people's places, keys, datasets and hosts are what the audit log tells of them, and announced effects done.

Each check looks from both sides: a row without its event, and an event without its row. Part of `manage.py verify`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Count

from governance import policies
from governance.columns import leads_to
from governance.domain.events import ANNOUNCED, Kind
from governance.domain.findings import Finding
from governance.domain.roles import RULES, Role
from governance.duo.canonical_json import canonical_text, digest
from governance.models import Affiliation, AuditEvent, Committee, DataHost, Dataset, OutboxMessage, SigningKey, User
from governance.record import seals
from governance.selectors.audit import each, newest_seal, streamed, subjects_of, trails
from governance.services import verify_files, verify_keys
from governance.services.committees import committee_seal
from governance.services.datasets import dataset_seal, version_seal

State = SigningKey.State
_KEY_MOVES = {
    Kind.KEY_ACTIVATED: (State.ACTIVE, "activated_at"),
    Kind.KEY_RETIRED: (State.RETIRED, "retired_at"),
    Kind.KEY_REVOKED: (State.REVOKED, "revoked_at"),
}


def findings() -> Iterator[Finding]:
    """Every row of the ground that the log does not tell of as it stands, and the reverse."""
    return each(
        _roles(),
        _people(),
        _keys(),
        _committees(),
        _datasets(),
        _hosts(),
        _announced(),
        verify_keys.findings(),
        verify_files.findings(),
    )


# --- Roles ----------------------------------------------------------------------------------------------------------
def _roles() -> Iterator[Finding]:
    told: Counter[tuple[str, str, str, str]] = Counter()
    events = AuditEvent.objects.filter(kind__in=[Kind.ROLE_GIVEN, Kind.ROLE_TAKEN]).order_by("id")
    for event in events.iterator():
        given = event.kind == Kind.ROLE_GIVEN
        person = event.detail["to" if given else "of"]
        told[event.subject_kind, event.subject_id, event.detail["role"], person] = int(given)
    held = Counter(_held())
    for role in sorted(told.keys() | held.keys()):
        scope, slug, name, person = role
        if held[role] > told[role]:
            yield Finding(
                3, f"{scope} {slug}", f"person {person} holds the role {name}, which the audit log does not give"
            )
        elif held[role] < told[role]:
            yield Finding(3, f"{scope} {slug}", f"person {person} was given the role {name} and does not hold it")


def _held() -> Iterator[tuple[str, str, str, str]]:
    codes = [role.value for role in Role]
    administrators = Permission.objects.filter(codename=Role.ADMINISTRATOR.value, user__isnull=False)
    for subject in administrators.values_list("user__subject", flat=True):
        yield RULES[Role.ADMINISTRATOR].scope.value, "installation", Role.ADMINISTRATOR.value, subject
    for table in policies.tables_of_roles():
        scope = str(leads_to(table, "content_object")._meta.model_name)
        rows = table.objects.filter(permission__codename__in=codes)
        columns = ("content_object__slug", "permission__codename", "user__subject")
        yield from ((scope, *row) for row in rows.values_list(*columns).iterator())


# --- People and the organisations that they belong to ---------------------------------------------------------------
def _people() -> Iterator[Finding]:
    kinds = (Kind.AFFILIATION_RECORDED, Kind.AFFILIATION_ENDED, Kind.ACCOUNT_CLOSED)
    for people in streamed(User.objects.prefetch_related("affiliations__organisation")):
        told = trails("person", [person.subject for person in people], kinds)
        for person in people:
            rows = list(person.affiliations.all())
            trail = told[person.subject]
            closed = any(event.kind == Kind.ACCOUNT_CLOSED for event in trail)
            if person.is_active and closed:
                yield Finding(
                    3, f"person {person.subject}", "has an open account, which the audit log tells was closed"
                )
            if not person.is_active and not closed:
                yield Finding(3, f"person {person.subject}", "has a closed account, which the audit log does not tell")
            for says in _places(rows, trail):
                yield Finding(3, f"person {person.subject}", says)
    for subjects in subjects_of(Kind.AFFILIATION_RECORDED):
        yield from _gone(
            "person", subjects, User.objects.filter(subject__in=subjects).values_list("subject", flat=True)
        )


def _places(rows: Iterable[Affiliation], trail: Iterable[AuditEvent]) -> Iterator[str]:
    begun: Counter[tuple[Any, ...]] = Counter()
    ended: Counter[tuple[str, datetime]] = Counter()
    for row in rows:
        until = row.until.isoformat() if row.until else ""
        begun[row.organisation.slug, row.role, row.vouched_by, _moment(until), row.since] += 1
        if row.ended_at:
            ended[row.organisation.slug, row.ended_at] += 1
    for event in trail:
        detail = event.detail
        if event.kind == Kind.AFFILIATION_RECORDED:
            told = (detail["organisation"], detail["role"], detail["vouched_by"], _moment(detail["until"]), event.at)
            begun[told] -= 1
        elif event.kind == Kind.AFFILIATION_ENDED:
            ended[detail["organisation"], event.at] -= 1
    if any(begun.values()):
        yield "the affiliations are not those that the audit log tells of"
    if any(ended.values()):
        yield "the ends of affiliations are not those that the audit log tells of"


def _moment(written: str) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


# --- Keys -------------------------------------------------------------------------------------------------------------
def _keys() -> Iterator[Finding]:
    keys = {key.kid: key for key in SigningKey.objects.order_by("kid")}
    told = trails("key", list(keys))
    for kid, key in keys.items():
        made = [event for event in told[kid] if event.kind == Kind.KEY_CREATED]
        if [event.detail["public"] for event in made] != [digest(canonical_text(key.public_jwk))]:
            yield Finding(3, f"key {kid}", "its public half is not the one that the audit log covers")
        moves = [event for event in told[kid] if event.kind in _KEY_MOVES]
        state = _KEY_MOVES[Kind(moves[-1].kind)][0] if moves else State.NEXT
        if key.state != state:
            yield Finding(3, f"key {kid}", f"is {key.state}, and the audit log left it {state}")
        if any(getattr(key, _KEY_MOVES[Kind(event.kind)][1]) != event.at for event in moves):
            yield Finding(3, f"key {kid}", "its moments are not those of the audit log")
    for kids in subjects_of(Kind.KEY_CREATED):
        yield from _gone("key", kids, keys)


# --- Committees, datasets and hosts -----------------------------------------------------------------------------------
def _committees() -> Iterator[Finding]:
    for committees in streamed(Committee.objects.all()):
        told = trails("committee", [committee.slug for committee in committees], (Kind.COMMITTEE_CREATED,))
        for committee in committees:
            if newest_seal(told[committee.slug]) != committee_seal(committee):
                yield Finding(3, f"committee {committee.slug}", "how it decides is not as the audit log covers it")


def _datasets() -> Iterator[Finding]:
    for rows in streamed(Dataset.objects.prefetch_related("versions")):
        told = trails("dataset", [row.slug for row in rows], (Kind.DATASET_CREATED, Kind.DATASET_LABELLED))
        for row in rows:
            label = _label_told(told[row.slug])
            if label and label != digest(canonical_text(row.data_use)):
                yield Finding(3, f"dataset {row.slug}", "its data use is not the one that the audit log tells of")
            made = [event for event in told[row.slug] if event.kind == Kind.DATASET_CREATED]
            versions = {(event.detail["accession"], event.detail.get("version")) for event in made}
            standing = {(version.accession, version_seal(version)) for version in row.versions.all()}
            # What a file brought in has one event for the whole file.
            if (made and versions - standing) or (standing - versions and not row.source):
                yield Finding(3, f"dataset {row.slug}", "its versions are not those that the audit log tells of")
            if made and not row.source and made[0].detail.get("dataset") != dataset_seal(row):
                yield Finding(3, f"dataset {row.slug}", "its row is not the one that the audit log covers")
    for slugs in subjects_of(Kind.DATASET_CREATED):
        yield from _gone("dataset", slugs, Dataset.objects.filter(slug__in=slugs).values_list("slug", flat=True))


def _label_told(trail: Iterable[AuditEvent]) -> str:
    """The hash of the newest label that the log tells of; "" for one that an import brought in."""
    label = ""
    for event in trail:
        if event.kind == Kind.DATASET_LABELLED:
            label = digest(canonical_text(event.detail["data_use"]))
        elif "data_use" in event.detail:
            label = event.detail["data_use"]
    return label


_HOST_KINDS = (Kind.HOST_REGISTERED, Kind.HOST_CHANGED, Kind.HOST_CLOSED, Kind.HOST_SERVES)


def _hosts() -> Iterator[Finding]:
    for hosts in streamed(DataHost.objects.prefetch_related("hosted__dataset")):
        told = trails("host", [host.slug for host in hosts], _HOST_KINDS)
        for host in hosts:
            if newest_seal(told[host.slug]) != seals.seal(host):
                yield Finding(3, f"host {host.slug}", "its row is not the one that the audit log covers")
            served = {hosted.dataset.slug for hosted in host.hosted.all()}
            if served != {event.detail["dataset"] for event in told[host.slug] if event.kind == Kind.HOST_SERVES}:
                yield Finding(
                    3, f"host {host.slug}", "the datasets it serves are not those that the audit log tells of"
                )
    for slugs in subjects_of(Kind.HOST_REGISTERED):
        yield from _gone("host", slugs, DataHost.objects.filter(slug__in=slugs).values_list("slug", flat=True))


def _gone(kind: str, told: Iterable[str], standing: Iterable[str]) -> Iterator[Finding]:
    """Subjects of the log that are not there."""
    for subject in sorted(set(told) - set(standing)):
        yield Finding(3, f"{kind} {subject}", "stands in the audit log and is not there")


# --- What was announced -----------------------------------------------------------------------------------------------
def _announced() -> Iterator[Finding]:
    """Each announced event published its message, in the same transaction."""
    for kind in sorted(ANNOUNCED):
        events = AuditEvent.objects.filter(kind=kind).aggregate(n=Count("pk"))["n"]
        # What a handler publishes to look once more has no event of its own.
        first = OutboxMessage.objects.filter(kind=kind).exclude(payload__has_key="again")
        messages = first.aggregate(n=Count("pk"))["n"]
        if events != messages:
            yield Finding(8, f"messages {kind}", f"{events} were announced, and the outbox holds {messages}")
