"""Whether obligations of grants, and what was shown for them, are what the audit log covers. Part of `manage.py verify`.

An obligation of which no event tells stands as its grant's decision began it, which the grant's own events cover.
"""

from collections.abc import Iterator, Mapping

from access import seals
from access.domain.states import OBLIGATION
from access.grants import obligation_selectors as selectors
from access.models import Grant, Obligation
from access.verification.records import REWRITTEN, differing
from governance.domain.events import Kind
from governance.domain.findings import Finding
from governance.models import AuditEvent
from governance.selectors.audit import newest_seal, streamed, subjects_of, trails


def findings() -> Iterator[Finding]:
    """Every obligation or piece of evidence that differs from what the log covers, stands beside it, or is gone."""
    wanted = Grant.objects.select_related("line__case__request", "line__case__committee", "submission")
    for grants in streamed(wanted.prefetch_related("demanded__evidence__by")):
        names = [str(one) for grant in grants for one in _of(grant)]
        told = trails("obligation", names, (Kind.OBLIGATION_MOVED,)) if names else {}
        for grant in grants:
            yield from _obligations(grant, told)
    for names in subjects_of(Kind.OBLIGATION_MOVED):
        rows = Obligation.objects.filter(grant__number__in={name.partition("/")[0] for name in names})
        standing = {str(one) for one in rows.select_related("grant")}
        for name in sorted(set(names) - standing):
            yield Finding(3, f"obligation {name}", "stands in the audit log and is not there")


def _of(grant: Grant) -> list[Obligation]:
    rows = list(grant.demanded.all())
    for row in rows:
        row.grant = grant
    return rows


def _obligations(grant: Grant, told: Mapping[str, list[AuditEvent]]) -> Iterator[Finding]:
    begun, rows = selectors.begun(grant), _of(grant)
    fixed = [(one["term"], one["parameter"]) for one in begun]
    if [(row.term, row.parameter) for row in rows] != fixed or [row.place for row in rows] != list(
        range(1, len(rows) + 1)
    ):
        yield Finding(3, grant.number, "its obligations are not those that its decision demands")
        return
    for row, first in zip(rows, begun, strict=True):
        trail = told.get(str(row), [])
        stands = (row.state, row.due, row.note) == (first["state"], first["due"], "")
        if not (newest_seal(trail) == seals.of_obligation(row) if trail else stands):
            yield Finding(3, f"obligation {row}", REWRITTEN)
        for says in (*_strays(first["state"], trail), *_shown(row, trail)):
            yield Finding(3, f"obligation {row}", says)


def _strays(state: str, trail: list[AuditEvent]) -> Iterator[str]:
    for event in trail:
        row = OBLIGATION.row(state, event.detail["action"])
        if row is None or row.next != event.detail["state"]:
            yield f"the audit log tells of {event.detail['action']}, which cannot follow {state}: an event is missing"
        state = event.detail["state"]


def _shown(row: Obligation, trail: list[AuditEvent]) -> Iterator[str]:
    told = {
        event.detail["evidence"]: (event.detail["shown"], event.actor, event.at)
        for event in trail
        if "evidence" in event.detail
    }
    evidence = list(row.evidence.all())
    for one in evidence:
        one.obligation = row
    yield from differing(
        "evidence", {one.pk: (seals.of_evidence(one), one.by.subject, one.at) for one in evidence}, told
    )
