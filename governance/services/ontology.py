"""Ontology releases: imported, and switched on by a person. A loaded release judges nothing."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction

from governance import policies
from governance.columns import field_of
from governance.domain.errors import Conflict, Invalid, NotAllowed
from governance.domain.events import Kind, Subject
from governance.duo.ontologies.ontology_files import ReadingReport, read_ontology
from governance.duo.ontologies.survey import Survey, survey
from governance.duo.ontology import Ontologies, OntologyError, Release
from governance.models import OntologyRelease, OntologyTerm, User
from governance.record import audit
from governance.record.actors import By
from governance.selectors.ontology import DEFAULT_HUB, ontologies_with

State = OntologyRelease.State
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How a file differs from the active release of its name, in ids; `against` is that release."""

    against: str
    new: tuple[str, ...]
    gone: tuple[str, ...]
    newly_obsolete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """What an import found and did: `release` is None after a dry run, `created` false when it was there already.

    `same_version` are the releases loaded before that say the same version and hold something else.
    """

    name: str
    version: str
    sha256: str
    survey: Survey
    difference: Difference | None
    release: OntologyRelease | None
    created: bool
    same_version: tuple[str, ...] = ()


def import_release(
    *,
    file: str | Path | IO[bytes],
    by: By,
    now: datetime,
    hub: bool | None = None,
    dry_run: bool = False,
) -> Import:
    """Loads an ontology file as a new release, or finds it by its content when it was loaded before.

    It takes part in nothing until it is activated. `hub`: whether foreign ids are brought to it once it is
    active; by default MONDO is. What of the file cannot be kept is left out, and stands with its line in the
    survey. Raises `Invalid` for a file that cannot be used.
    """
    _authorise(by)
    report = ReadingReport()
    try:
        read = read_ontology(file, report=report)
        Ontologies([read])  # refuses a release that does not hold together
    except OntologyError as error:
        raise Invalid(str(error), {"file": str(error)}) from error
    _refuse_too_long(read)
    found = survey(read, report.lines, report.findings)
    difference = _difference(read)
    others = OntologyRelease.objects.filter(name=read.name, version=read.version).exclude(sha256=read.sha256)
    same_version = tuple(str(other) for other in others)
    if dry_run:
        return Import(read.name, read.version, read.sha256, found, difference, None, False, same_version)
    is_hub = read.name == DEFAULT_HUB if hub is None else hub
    release, created = _store(read, is_hub=is_hub, by=by, now=now)
    return Import(read.name, read.version, read.sha256, found, difference, release, created, same_version)


@transaction.atomic
def activate_release(*, release: OntologyRelease, by: By, now: datetime, hub: bool | None = None) -> OntologyRelease:
    """Lets a release judge from now on, in place of the active one of its name. Twice changes nothing.

    `hub` changes what the release was imported as. A new hub takes the place of the former, which stays
    active beside it. Raises `Conflict` when the release cannot be joined with the others.
    """
    _authorise(by)
    # All rows, so that two activations at once cannot both be right: there are few of them.
    rows = {row.pk: row for row in OntologyRelease.objects.select_for_update(no_key=True).order_by("pk")}
    locked = rows[release.pk]
    if locked.state == State.ACTIVE and hub in (None, locked.is_hub):
        return locked
    locked.is_hub = locked.is_hub if hub is None else hub
    try:
        ontologies_with(locked)
    except OntologyError as error:
        raise Conflict(f"{locked} cannot be switched on: {error}") from error
    active = [row for row in rows.values() if row.state == State.ACTIVE and row.pk != locked.pk]
    former = [row for row in active if row.name == locked.name]
    OntologyRelease.objects.filter(pk__in=[row.pk for row in former]).update(state=State.RETIRED)
    if locked.is_hub:
        OntologyRelease.objects.filter(state=State.ACTIVE, is_hub=True).update(is_hub=False)
    locked.state, locked.activated_at = State.ACTIVE, now
    locked.save(update_fields=["state", "activated_at", "is_hub"])
    detail = {"name": locked.name, "version": locked.version, "hub": locked.is_hub}
    audit.record(
        Kind.ONTOLOGY_ACTIVATED,
        by=by,
        about=Subject("ontology", locked.sha256),
        now=now,
        detail=detail | {"retired": [row.sha256 for row in former]},
    )
    return locked


def _authorise(by: By) -> None:
    if isinstance(by, User) and not policies.is_administrator(by):
        raise NotAllowed("only an administrator may import and switch on ontologies: ask one of them")


@transaction.atomic
def _store(read: Release, *, is_hub: bool, by: By, now: datetime) -> tuple[OntologyRelease, bool]:
    release, created = OntologyRelease.objects.get_or_create(
        sha256=read.sha256,
        defaults={
            "name": read.name,
            "version": read.version,
            "is_hub": is_hub,
            "terms_count": len(read.terms),
            "imported_at": now,
            "imported_by": by if isinstance(by, User) else None,
        },
    )
    if created:
        rows = (
            OntologyTerm(
                release=release,
                curie=term.id,
                label=term.label,
                synonyms=term.synonyms,
                parents=term.parents,
                obsolete=term.obsolete,
                replaced_by=term.replaced_by,
                exact=term.exact,
            )
            for term in read.terms.values()
        )
        OntologyTerm.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE)
        detail = {"name": read.name, "version": read.version, "terms": len(read.terms)}
        audit.record(Kind.ONTOLOGY_IMPORTED, by=by, about=Subject("ontology", read.sha256), now=now, detail=detail)
    return release, created


def _difference(read: Release) -> Difference | None:
    active = OntologyRelease.objects.filter(name=read.name, state=State.ACTIVE).first()
    if active is None:
        return None
    before = dict(active.terms.values_list("curie", "obsolete"))
    return Difference(
        against=str(active),
        new=tuple(identifier for identifier in read.terms if identifier not in before),
        gone=tuple(identifier for identifier in before if identifier not in read.terms),
        newly_obsolete=tuple(term.id for term in read.terms.values() if term.obsolete and before.get(term.id) is False),
    )


def _refuse_too_long(read: Release) -> None:
    """What a column cannot hold is refused on every database alike; ids and labels are bounded where a file is read."""
    for column, text in (("name", read.name), ("version", read.version)):
        longest = field_of(OntologyRelease, column).max_length or 0
        if len(text) > longest:
            message = f"the file's {column} is longer than {longest} characters; shorten it"
            raise Invalid(message, {"file": message})
