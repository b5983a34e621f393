"""The ledger as the kernel reads it: rows to events, and what stood on a day as known on a day."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from consent.domain.effective import EffectiveConsent
from consent.domain.events import Event, from_json, to_json
from consent.domain.fold import Forms, Published, fold
from consent.models import ConsentEvent, FormVersion, Participant, Programme
from consent.selectors.forms import form_of

# What stands in columns of its own; everything else of an event is the row's content.
COLUMNS = (
    "kind",
    "participant",
    "sequence",
    "holds_from",
    "recorded_at",
    "actor",
    "capacity",
    "source",
    "evidence_sha256",
    "previous_hash",
)


def event_of(row: ConsentEvent) -> Event:
    """The event that a row holds, exactly as it was hashed."""
    columns: dict[str, Any] = {
        "kind": row.kind,
        "participant": row.participant_id,
        "sequence": row.sequence,
        "holds_from": _moment(row.holds_from),
        "recorded_at": _moment(row.recorded_at),
        "actor": row.actor,
        "capacity": row.capacity,
        "source": row.source,
        "evidence_sha256": row.evidence_sha256,
        "previous_hash": row.previous_hash,
    }
    return from_json({"id": str(row.uuid), **columns, **row.content})


def content_of(event: Event) -> dict[str, Any]:
    """What of an event goes into the row's content."""
    return {name: value for name, value in to_json(event).items() if name not in {*COLUMNS, "id"}}


def _moment(moment: datetime) -> str:
    # Hashes cover the text of a moment: it is written in UTC, whatever the connection's time zone.
    return moment.astimezone(UTC).isoformat()


def rows_of(participant: Participant) -> list[ConsentEvent]:
    """A participant's events in their order."""
    return list(ConsentEvent.objects.filter(participant=participant).order_by("sequence"))


def versions_of(programme: Programme | int) -> dict[str, FormVersion]:
    """Every version that people of a programme could sign, by the id that events name."""
    versions = FormVersion.objects.filter(form__programme=programme).exclude(sha256="").defer("content")
    return {form_of(version).id: version for version in versions}


def published(versions: Mapping[str, FormVersion]) -> Forms:
    """Form versions as the kernel reads them, with when each was in force."""
    return {form: _published(version) for form, version in versions.items()}


def _published(version: FormVersion) -> Published:
    assert version.published_at is not None, "a version that people could sign was published"
    return Published(form_of(version), version.published_at, version.retired_at)


def forms_of(programme: Programme | int) -> Forms:
    """Every version that people of a programme could sign, as the kernel reads it."""
    return published(versions_of(programme))


def folded(rows: Iterable[ConsentEvent], forms: Forms, *, on: datetime, known: datetime) -> EffectiveConsent:
    """What these rows come to."""
    return fold([event_of(row) for row in rows], forms, on, known)


def effective_at(participant: Participant, *, on: datetime, known: datetime) -> EffectiveConsent:
    """What stood on one day as known on another, in two queries whatever the history."""
    return folded(rows_of(participant), forms_of(participant.programme_id), on=on, known=known)
