"""Whether the promises that join consent, grants and visas stand in the database (`manage.py verify`).

Each finding names the invariant that it breaks, by its number in `docs/invariants.md`. Nothing is changed, and what is read
is one snapshot where the caller opened one (`governance.selectors.audit.snapshot`).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import F, OuterRef, Subquery

from access import seals
from access.domain.states import GRANT
from access.grants import evaluation, selectors
from access.models import Grant, HostAcknowledgement, Line
from access.verification import obligations as verify_obligations
from access.verification import records as verify_records
from access.verification import visas as verify_visas
from access.verification.records import REWRITTEN, gone, strays
from consent.models import CohortChange, ConsentProfile, Member
from consent.selectors import cohorts
from consent.selectors.positions import position
from governance.domain.events import Kind
from governance.domain.findings import Finding
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import parse_data_use
from governance.duo.decision import ENGINE
from governance.duo.matcher import match
from governance.duo.purpose import parse_purpose
from governance.models import AuditEvent, DataHost
from governance.record import outbox
from governance.selectors.audit import each, newest_seal, pieces, streamed, subjects_of, trails
from governance.selectors.ontology import active_ontologies
from governance.services import verify as ground

# The clock that ends grants runs each minute; visas never outlive their grant in between.
CLOCK_RUNS_WITHIN = timedelta(minutes=5)
# The state that each of these leaves a grant in.
_GRANTS = {
    Kind.GRANT_MADE: "waiting",
    Kind.GRANT_ACTIVATED: "active",
    Kind.GRANT_SUSPENDED: "suspended",
    Kind.GRANT_RESUMED: "active",
    Kind.GRANT_ENDED: "ended",
}
_CHANGES = (*_GRANTS, Kind.GRANT_SHRUNK, Kind.GRANT_JOINED, Kind.GRANT_PERSON_ENDED)


def findings(*, now: datetime) -> Iterator[Finding]:
    """Everything that breaks an invariant of the access side; nothing where all is well."""
    yield from ground.findings()
    yield from verify_records.findings()
    yield from verify_visas.findings(now)
    yield from each(
        _late(now), _grants(), verify_obligations.findings(), _confirmations(), _left_behind(), _decisions()
    )
    live = selectors.with_basis().filter(state__in=selectors.LIVE).order_by("pk")
    for grant in live.iterator(chunk_size=200):
        if grant.line.dataset_version.dataset.has_members:
            yield from each(_cohort(grant, now))


# --- Grants -----------------------------------------------------------------------------------------------------------
def _late(now: datetime) -> Iterator[Finding]:
    late = Grant.objects.filter(state__in=selectors.LIVE, ends_at__lte=now - CLOCK_RUNS_WITHIN)
    for number in late.order_by("pk").values_list("number", flat=True).iterator():
        yield Finding(2, number, "is live past its end: does the worker run?")
    for grant in Grant.objects.filter(state=Grant.State.ENDED, visas__revoked_at=None, visas__exp__gt=now).distinct():
        yield Finding(2, grant.number, "has ended and its visas are not all on their status list")


def _grants() -> Iterator[Finding]:
    wanted = Grant.objects.select_related(
        "line__case__request",
        "line__dataset_version",
        "submission",
        "follows__line__case__request",
        "follows__line__dataset_version",
    ).prefetch_related("people__person", "changes")
    for grants in streamed(wanted):
        told = trails("grant", [grant.number for grant in grants], _CHANGES)
        for grant in grants:
            for says in _grant(grant, told[grant.number]):
                yield Finding(3, grant.number, says)
    for numbers in subjects_of(Kind.GRANT_MADE):
        yield from gone("grant", numbers, Grant.objects.filter(number__in=numbers).values_list("number", flat=True))
    for line in Line.objects.filter(state=Line.State.APPROVED, grant__isnull=True).order_by("pk"):
        yield Finding(3, f"line {line.pk}", "is approved and has no grant")


def _grant(grant: Grant, trail: list[AuditEvent]) -> Iterator[str]:
    if newest_seal(trail) != seals.of_grant(grant):
        yield REWRITTEN
    yield from strays(GRANT, [(event.kind, _GRANTS[Kind(event.kind)]) for event in trail if event.kind in _GRANTS])
    rows = Counter((change.kind, change.at) for change in grant.changes.all())
    recorded = Counter((event.kind, event.at) for event in trail)
    if rows != recorded:
        yield f"the changes that hosts read ({rows.total()}) are not those of the audit log ({recorded.total()})"
    named = {person for event in trail if event.kind == Kind.GRANT_MADE for person in event.detail["people"]}
    if named != {row.person.subject for row in grant.people.all()}:
        yield "the people that it names are not those that the audit log tells of"
    ended = {(event.detail["person"], event.at) for event in trail if event.kind == Kind.GRANT_PERSON_ENDED}
    if ended != {(row.person.subject, row.ended_at) for row in grant.people.all() if row.ended_at}:
        yield "the people whose part has ended are not those that the audit log tells of"
    if grant.follows and not _one_line(grant, grant.follows):
        yield "the grant that it follows is another applicant's, or on another dataset"
    judged = (grant.line.case.request_id, grant.line.snapshot["request_version"])
    if (grant.submission.request_id, grant.submission.version) != judged:
        yield "it rests on another version of the request than its line was judged for"
    if grant.line.state != Line.State.APPROVED:
        yield f"its line is {grant.line.state}"


def _one_line(grant: Grant, earlier: Grant) -> bool:
    """Whether two grants are of one applicant and on one dataset."""
    read = [(one.line.case.request.applicant_id, one.line.dataset_version.dataset_id) for one in (grant, earlier)]
    return read[0] == read[1]


def _confirmations() -> Iterator[Finding]:
    """What each host confirmed last is the highest that the log tells of since it enforces cohorts, or does not."""
    # What a host confirmed is forgotten by the message about its change.
    waiting = outbox.unfinished().filter(kind=Kind.HOST_CHANGED)
    for host in DataHost.objects.exclude(pk__in=list(waiting.values_list("payload__host", flat=True))).order_by("pk"):
        told: dict[str, int] = {}
        kinds = (Kind.HOST_CONFIRMED, Kind.HOST_CHANGED)
        events = AuditEvent.objects.filter(kind__in=kinds, subject_kind="host", subject_id=host.slug).order_by("id")
        for kind, detail in events.values_list("kind", "detail").iterator(chunk_size=500):
            if kind == Kind.HOST_CHANGED:
                told = {} if "enforces_cohorts" in detail["changed"] else told
                continue
            told[detail["grant"]] = max(detail["position"], told.get(detail["grant"], 0))
        rows = HostAcknowledgement.objects.filter(host=host, confirmed_at__isnull=False)
        standing = dict(rows.values_list("grant__number", "confirmed_position").iterator(chunk_size=500))
        for number in sorted(told.keys() | standing.keys()):
            if told.get(number) != standing.get(number):
                says = (
                    f"host {host.slug} confirmed {standing.get(number)}, and the audit log tells of {told.get(number)}"
                )
                yield Finding(3, number, says)


def _left_behind() -> Iterator[Finding]:
    """An active grant that is behind its dataset has a message open that will judge it."""
    waiting = outbox.unfinished().filter(kind__in=evaluation.HANDLERS)
    datasets = {payload.get("dataset") for payload in waiting.values_list("payload", flat=True)}
    if None in datasets:
        return
    newest = CohortChange.objects.filter(
        dataset=OuterRef("line__dataset_version__dataset"), position__isnull=False
    ).order_by("-position")
    behind = (
        Grant.objects.filter(state=Grant.State.ACTIVE)
        .annotate(newest=Subquery(newest.values("position")[:1]))
        .filter(newest__gt=F("judged_position"))
        .exclude(line__dataset_version__dataset__in=datasets)
    )
    for number in behind.order_by("pk").values_list("number", flat=True).iterator():
        yield Finding(8, number, "was not judged after the last change of its members, and no message waits for it")


def _decisions() -> Iterator[Finding]:
    """Decisions of this engine under these ontology releases come out as they were stored, to the byte."""
    ontologies = active_ontologies()
    for line in Line.objects.exclude(snapshot={}).order_by("pk").iterator(chunk_size=500):
        stored, taken = line.decision, line.snapshot
        if stored["engine"] != ENGINE or not taken.get("data_use"):
            continue
        again = match(
            parse_data_use(taken["data_use"]),
            parse_purpose(taken["purpose"]),
            date.fromisoformat(taken["at"]),
            ontologies,
        )
        if dict(again.ontologies) == stored["ontologies"] and again.to_bytes() != canonical_bytes(stored):
            yield Finding(6, f"line {line.pk}", "its decision does not come out of its snapshot again")


# --- Nobody against their own deny ------------------------------------------------------------------------------------
def _cohort(grant: Grant, now: datetime) -> Iterator[Finding]:
    """The cohort as hosts are told it, against what each of its participants' folded consent says by itself."""
    dataset = grant.line.dataset_version.dataset
    read = selectors.cohort_basis(grant, now)
    counted = 0
    joins: dict[int, bool] = {}
    for piece in pieces(cohorts.member_ids(read), 1000):
        counted += len(piece)
        members = Member.objects.filter(pk__in=piece).select_related("participant__state").order_by("pk")
        # Whoever has no state at all is found by the check of the ledger.
        standing = [(member.pk, getattr(member.participant, "state", None)) for member in members]
        states = [(pk, state) for pk, state in standing if state is not None]
        unknown = ConsentProfile.objects.filter(pk__in={state.profile_id for _pk, state in states} - joins.keys())
        says = cohorts.answers(dataset, selectors.purpose_of(grant), selectors.day_of(grant, now), list(unknown))
        joins |= {pk: answer.joins(grant.judged_rules) for pk, answer in says.items()}
        for pk, state in states:
            if "no_use" in state.closed_axes or not joins[state.profile_id]:
                yield Finding(7, grant.number, f"member {pk} is in it against their own no")
    # What has no position yet was judged by nobody.
    unsealed = CohortChange.objects.filter(dataset=dataset, position__isnull=True).exists()
    judged = grant.judged_position == position(dataset.pk) and not unsealed
    if judged and grant.cohort_size not in (None, counted):
        yield Finding(5, grant.number, f"counts {grant.cohort_size} in its cohort, and there are {counted}")
