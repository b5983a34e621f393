"""Whether the promises that join consent, grants and visas stand in the database (`manage.py verify`).

Each finding names the invariant that it breaks, by its number in `docs/invariants.md`. Nothing is changed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max

from access.models import Grant, GrantChange, Line, StatusList, Visa
from access.selectors import grants as selectors
from access.services.grants import label_decision
from consent.domain.cohorts import UNMET
from consent.models import ConsentProfile, ConsentState, Member
from consent.selectors import cohorts
from consent.services.sealer import position
from governance.domain.events import Kind
from governance.duo.canonical_json import canonical_bytes
from governance.duo.data_use import parse_data_use
from governance.duo.decision import ENGINE
from governance.duo.matcher import match
from governance.duo.purpose import parse_purpose
from governance.models import AuditEvent, SigningKey
from governance.selectors.ontology import active_ontologies

# The clock that ends grants runs each minute; visas never outlive their grant in between.
CLOCK_RUNS_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be: which invariant it breaks, what it is about, and what is wrong."""

    invariant: int
    about: str
    says: str

    def __str__(self) -> str:
        return f"invariant {self.invariant}: {self.about}: {self.says}"


def findings(*, now: datetime) -> Iterator[Finding]:
    """Everything that breaks an invariant of the access side; nothing where all is well."""
    yield from _visas(now)
    yield from _grants(now)
    yield from _audit()
    yield from _status_lists()
    yield from _decisions()
    for grant in selectors.with_basis().filter(state__in=selectors.LIVE).order_by("pk").iterator(chunk_size=200):
        if grant.line.dataset_version.dataset.has_members:
            yield from _cohort(grant, now)


# --- Visas: only under a live grant, and at hosts that have followed the last shrink ------------------------
def _visas(now: datetime) -> Iterator[Finding]:
    live = Visa.objects.filter(revoked_at__isnull=True, exp__gt=now)
    stolen = live.filter(kid__in=SigningKey.objects.filter(state=SigningKey.State.REVOKED).values("kid"))
    for visa in stolen.order_by("pk"):
        yield Finding(2, f"visa {visa.jti}", "its signing key is revoked and it is not on its status list")
    rows = live.filter(grant__isnull=False).select_related("grant", "intent", "host")
    judged: dict[int, tuple[str, ...]] = {}
    for visa in rows.order_by("pk").iterator(chunk_size=500):
        assert visa.grant is not None
        if visa.grant_id not in judged:
            judged[visa.grant_id] = tuple(_basis_missing(visa.grant, now))
        says = [*judged[visa.grant_id], *_person_missing(visa), *_shrink_missed(visa)]
        yield from (Finding(1, f"visa {visa.jti} under {visa.grant.number}", one) for one in says)


def _basis_missing(grant: Grant, now: datetime) -> Iterator[str]:
    if grant.state != Grant.State.ACTIVE:
        yield f"its grant is {grant.state}"
        return
    unmet = [one.term for one in label_decision(grant, now).obligations if one.status in UNMET]
    if unmet:
        yield f"obligations of its grant are outstanding: {', '.join(unmet)}"


def _person_missing(visa: Visa) -> Iterator[str]:
    assert visa.grant is not None
    if not visa.grant.people.filter(person=visa.intent.person_id, ended_at__isnull=True).exists():
        yield "its grant does not name this person any more"


def _shrink_missed(visa: Visa) -> Iterator[str]:
    """Of those that name no cohort none from before somebody was to be left out; of the others none older than that."""
    shrinks = AuditEvent.objects.filter(kind=Kind.GRANT_SHRUNK.value, detail__grant=visa.grant_id)
    if visa.position is None:
        kinds = [Kind.GRANT_SHRUNK.value, Kind.GRANT_JOINED.value]
        left_out = AuditEvent.objects.filter(kind__in=kinds, detail__grant=visa.grant_id)
        last = left_out.aggregate(last=Max("at"))["last"]
        if last is not None and visa.intent.at < last:
            yield "it names no cohort, and is from before the last change of who is left out"
        return
    before = shrinks.filter(at__lt=visa.intent.at).order_by("-id").first()
    if before is not None and visa.position is not None and visa.position < before.detail["position"]:
        yield "it names a position from before the last shrink when it was minted"


# --- Grants ------------------------------------------------------------------------------------------------
def _grants(now: datetime) -> Iterator[Finding]:
    late = Grant.objects.filter(state__in=selectors.LIVE, ends_at__lte=now - CLOCK_RUNS_WITHIN)
    for grant in late:
        yield Finding(2, grant.number, "is live past its end: does the worker run?")
    for grant in Grant.objects.filter(state=Grant.State.ENDED, visas__revoked_at=None, visas__exp__gt=now).distinct():
        yield Finding(2, grant.number, "has ended and its visas are not all on their status list")


def _audit() -> Iterator[Finding]:
    """Every change of a grant has its audit event, and no event is without its change."""
    changed = Counter(GrantChange.objects.order_by().values_list("grant__number", "kind"))
    kinds = {kind for _number, kind in changed}
    events = AuditEvent.objects.filter(subject_kind="grant", kind__in=kinds).order_by()
    recorded = Counter(events.values_list("subject_id", "kind"))
    for number, kind in sorted(changed.keys() | recorded.keys()):
        rows, audited = changed[number, kind], recorded[number, kind]
        if rows != audited:
            yield Finding(3, number, f"{kind} happened {rows} times and the audit log holds {audited}")


# --- Projections -------------------------------------------------------------------------------------------
def _status_lists() -> Iterator[Finding]:
    for row in StatusList.objects.annotate(visas_on_it=Count("visas"), last_revoked=Max("visas__revoked_at")):
        if row.visas_on_it > row.counter:
            yield Finding(5, f"status list {row.number}", f"holds {row.visas_on_it} visas and gave out {row.counter}")
        if row.last_revoked is not None and (row.changed_at is None or row.changed_at < row.last_revoked):
            yield Finding(5, f"status list {row.number}", "was not signed anew after its last revocation")


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


# --- Nobody against their own deny -------------------------------------------------------------------------
def _cohort(grant: Grant, now: datetime) -> Iterator[Finding]:
    """The cohort as hosts are told it, against what each of its participants' folded consent says by itself."""
    dataset = grant.line.dataset_version.dataset
    read = selectors.cohort_basis(grant, now)
    members = list(cohorts.member_ids(read))
    newest = position(dataset.pk)
    if grant.judged_position == newest and grant.cohort_size is not None and grant.cohort_size != len(members):
        yield Finding(5, grant.number, f"counts {grant.cohort_size} in its cohort, and there are {len(members)}")
    participants = dict(Member.objects.filter(pk__in=members).values_list("participant_id", "pk"))
    states = ConsentState.objects.filter(participant__in=participants)
    profiles = ConsentProfile.objects.filter(pk__in=states.values("profile"))
    says = cohorts.answers(dataset, selectors.purpose_of(grant), selectors.day_of(grant, now), list(profiles))
    for state in states.iterator(chunk_size=1000):
        refuses = "no_use" in state.closed_axes or not says[state.profile_id].joins(grant.judged_rules)
        if refuses:
            yield Finding(7, grant.number, f"member {participants[state.participant_id]} is in it against their own no")
