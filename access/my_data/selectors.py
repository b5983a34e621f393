"""What a participant sees of projects: which use or used their data, from when to when, and why.

It joins consent with grants, so it lives here. It reads the participant's own places in datasets only. Nothing
is stored for it: who was in a cohort follows from the epoch that the committee recorded, what it judged then,
and the participant's own changes since. Whatever their number, it costs the same few queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from access.grants.selectors import day_of, shut_out, with_basis
from access.hosts.standing_selectors import HostStanding, standing_of
from access.models import Grant, HostAcknowledgement, RequestSubmission
from consent.domain.cohorts import MemberStep, ProfileAnswer, was_in
from consent.models import CohortChange, ConsentProfile, Member, Participant
from consent.selectors.cohorts import answers
from governance.domain.events import Kind
from governance.duo.decision import Reason
from governance.duo.ontology import Ontologies
from governance.models import Affiliation, AuditEvent, DataHost, Dataset, Organisation
from governance.selectors.ontology import active_ontologies


class Out(StrEnum):
    """Why my data are in a project no longer."""

    LEFT = "left"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the committee wrote for participants to read: how it judged a rule, or why a member voted as they did."""

    rule: str
    choice: str
    text: str


@dataclass(frozen=True)
class Use:
    """One project and one dataset of mine: from when to when my data were in, and every reason.

    `since` is when they came in, None where they never did; `until` when they were out again, and `out` why.
    `late` says that my answers would fit, but came after the committee had recorded who is in. `hosts` are the
    places that were told that my data left.
    """

    grant: Grant
    member: Member
    is_in: bool
    late: bool
    since: datetime | None
    until: datetime | None
    out: Out | None
    reasons: tuple[Reason, ...]
    title: str
    summary: str
    purpose: dict[str, Any]
    institution: Organisation | None
    judgements: tuple[Judgement, ...]
    hosts: tuple[HostStanding, ...]

    @property
    def company(self) -> bool:
        return self.purpose.get("organisation_type") == "for-profit"

    @property
    def over(self) -> bool:
        """Whether the project is over."""
        return self.grant.state == Grant.State.ENDED

    @property
    def over_at(self) -> datetime:
        """The day on which the project is over, or is to be at the latest."""
        return self.grant.ended_at or self.grant.ends_at


def uses_of(participant: Participant, now: datetime, ontologies: Ontologies | None = None) -> list[Use]:
    """Every project that ever began on a dataset that the participant's data are in, or that had their data.

    Those that have the data come first, then those that run without them, then what is over, newest first.
    """
    read = _Read(participant, now, ontologies)
    found = [_use(read, grant) for grant in read.grants]
    # Whose data left the dataset before a project began is not told of it.
    theirs = [use for use in found if use.since or use.member.profile_id]
    return sorted(theirs, key=lambda use: (not use.is_in, use.over, _lasting(use)))


def _lasting(use: Use) -> float:
    return -use.over_at.timestamp() if use.over else use.over_at.timestamp()


class _Read:
    """What is read once for all projects of a participant."""

    def __init__(self, participant: Participant, now: datetime, ontologies: Ontologies | None) -> None:
        self.now, self._ontologies = now, ontologies
        members = Member.objects.filter(participant=participant).select_related("dataset", "profile")
        self.members = {one.dataset_id: one for one in members}
        begun = with_basis().exclude(starts_at=None).prefetch_related("line__votes")
        self.grants = list(begun.filter(line__dataset_version__dataset__in=self.members).order_by("pk"))

    @cached_property
    def ontologies(self) -> Ontologies:
        return self._ontologies or active_ontologies()

    @cached_property
    def steps(self) -> dict[int, list[CohortChange]]:
        """The participant's own changes, by their place in a dataset."""
        found: defaultdict[int, list[CohortChange]] = defaultdict(list)
        for one in CohortChange.objects.filter(member__in=self.members.values()).order_by("id"):
            if one.member_id is not None:
                found[one.member_id].append(one)
        return found

    @cached_property
    def profiles(self) -> Mapping[int, ConsentProfile]:
        """Every profile that the participant ever had in a dataset."""
        ids = {pk for steps in self.steps.values() for one in steps for pk in (one.before_id, one.after_id) if pk}
        return ConsentProfile.objects.in_bulk(ids | {one.profile_id for one in self.members.values() if one.profile_id})

    @cached_property
    def submissions(self) -> dict[int, list[RequestSubmission]]:
        """The versions of each request, the newest first."""
        found = defaultdict(list)
        requests = {grant.line.case.request_id for grant in self.grants}
        for one in RequestSubmission.objects.filter(request__in=requests).order_by("-version"):
            found[one.request_id].append(one)
        return found

    @cached_property
    def affiliations(self) -> dict[int, list[Affiliation]]:
        found = defaultdict(list)
        people = {grant.line.case.request.applicant_id for grant in self.grants}
        for one in Affiliation.objects.filter(person__in=people).select_related("organisation"):
            found[one.person_id].append(one)
        return found

    @cached_property
    def hosts(self) -> dict[int, list[DataHost]]:
        """The open hosts of each dataset."""
        found = defaultdict(list)
        open_ones = DataHost.objects.filter(hosted__dataset__in=self.members, closed_at__isnull=True)
        for host in open_ones.order_by("pk").prefetch_related("hosted").distinct():
            for one in host.hosted.all():
                found[one.dataset_id].append(host)
        return found

    @cached_property
    def acknowledgements(self) -> dict[tuple[int, int], HostAcknowledgement]:
        rows = HostAcknowledgement.objects.filter(grant__in=self.grants)
        return {(row.grant_id, row.host_id): row for row in rows}

    @cached_property
    def relabelled(self) -> dict[str, datetime]:
        """When the data use of each dataset was last changed, by its short name."""
        about = [one.dataset.slug for one in self.members.values()]
        events = AuditEvent.objects.filter(kind=Kind.DATASET_LABELLED, subject_kind="dataset", subject_id__in=about)
        return {one.subject_id: one.at for one in events.order_by("id")}

    def relabelled_at(self, grant: Grant) -> datetime | None:
        """When the dataset's data use last changed after the decision."""
        at = self.relabelled.get(grant.line.dataset_version.dataset.slug)
        return at if at is not None and at > grant.decided_at else None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a dataset's data use answered on a day to each profile that the participant ever had there."""

    answers: Mapping[int, ProfileAnswer]
    permitted: Mapping[int, bool]


def _judged(read: _Read, grant: Grant, dataset: Dataset, purpose: Mapping[str, Any], at: date) -> _Judged:
    member = read.members[dataset.pk]
    ids = {pk for one in read.steps[member.pk] for pk in (one.before_id, one.after_id) if pk}
    own = [read.profiles[pk] for pk in ids | ({member.profile_id} if member.profile_id else set())]
    found = answers(dataset, purpose, at, own, read.ontologies)
    return _Judged(found, {pk: one.joins(grant.judged_rules) for pk, one in found.items()})


def _use(read: _Read, grant: Grant) -> Use:
    dataset = grant.line.dataset_version.dataset
    member = read.members[dataset.pk]
    submission = _decided_on(read, grant)
    steps = [one for one in read.steps[member.pk] if one.position is None or one.position > grant.epoch]
    then = _judged(read, grant, _as_decided(grant, dataset), submission.purpose, day_of(grant, grant.decided_at))
    today = _judged(read, grant, dataset, submission.purpose, day_of(grant, read.now))
    out = shut_out(grant)
    never_out = {pk: joins and pk not in out for pk, joins in today.permitted.items()}
    over = grant.state == Grant.State.ENDED
    is_in = not over and _in(grant, member, steps, never_out)
    since, until, why, gone = _times(read, grant, member, steps, then.permitted, is_in)
    standing = today.answers.get(member.profile_id) if member.profile_id else None
    shown = _answer_then(then, member, steps) if over else standing
    return Use(
        grant=grant,
        member=member,
        is_in=is_in,
        late=not (is_in or over) and today.permitted.get(member.profile_id or 0, False),
        since=since,
        until=until,
        out=why,
        reasons=shown.reasons if shown else (),
        title=submission.title,
        summary=submission.lay_summary,
        purpose=submission.purpose,
        institution=_institution(read, grant, submission.submitted_at),
        judgements=tuple(dict.fromkeys(_judgements(grant))),
        hosts=tuple(_told(read, grant, submission.purpose, gone)) if gone else (),
    )


def _decided_on(read: _Read, grant: Grant) -> RequestSubmission:
    versions = read.submissions[grant.line.case.request_id]
    return next(one for one in versions if one.submitted_at <= grant.decided_at)


def _as_decided(grant: Grant, dataset: Dataset) -> Dataset:
    """The dataset with the data use that the committee decided on; it may have changed since."""
    label = grant.line.snapshot.get("data_use")
    if label is None or label == dataset.data_use:
        return dataset
    was = copy(dataset)
    was.data_use = label
    return was


def _in(grant: Grant, member: Member, steps: list[CohortChange], permitted: Mapping[int, bool]) -> bool:
    taken = [MemberStep(one.before_id, one.after_id, one.position) for one in steps]
    return was_in(current=member.profile_id, steps=taken, epoch=grant.epoch, at=None, permitted=permitted)


_Times = tuple[datetime | None, datetime | None, Out | None, CohortChange | None]


def _times(
    read: _Read,
    grant: Grant,
    member: Member,
    steps: list[CohortChange],
    permitted: Mapping[int, bool],
    is_in: bool,
) -> _Times:
    """From when to when my data were in, why they are out, and the change of mine that took them out."""
    assert grant.starts_at is not None
    first = steps[0].before_id if steps else member.profile_id
    if first is None or not permitted.get(first, False) or grant.shut_out.get(str(first)) == grant.epoch:
        # Whom the committee did not record at the epoch, no later data use of the dataset lets in.
        return grant.starts_at if is_in else None, None, None, None
    gone = next((one for one in steps if one.after_id is None or not permitted.get(one.after_id, False)), None)
    if gone is not None and gone.at < grant.starts_at:
        return None, None, None, None
    if gone is not None and not is_in and (grant.ended_at is None or gone.at <= grant.ended_at):
        return grant.starts_at, gone.at, Out.LEFT, gone
    if grant.ended_at is not None:
        return grant.starts_at, grant.ended_at, Out.ENDED, None
    if is_in:
        return grant.starts_at, None, None, None
    return grant.starts_at, read.relabelled_at(grant), Out.CHANGED, None


def _answer_then(then: _Judged, member: Member, steps: list[CohortChange]) -> ProfileAnswer | None:
    """What the participant's profile at the epoch answered."""
    profile = steps[0].before_id if steps else member.profile_id
    return then.answers.get(profile) if profile else None


def _institution(read: _Read, grant: Grant, at: datetime) -> Organisation | None:
    of = read.affiliations[grant.line.case.request.applicant_id]
    return next((one.organisation for one in of if one.since <= at), None)


def _judgements(grant: Grant) -> Iterable[Judgement]:
    """How the committee judged each rule, and what members wrote beside their votes; nobody is named."""
    for one in grant.line.judged:
        yield Judgement(one["rule"], "", one["judgement"])
    for vote in grant.line.votes.all():
        if vote.replaced_at is None and vote.reason.strip():
            yield Judgement("", vote.choice, vote.reason.strip())


def _told(read: _Read, grant: Grant, purpose: Mapping[str, Any], gone: CohortChange) -> Iterable[HostStanding]:
    """The places that serve the dataset as it was granted, and how far each has followed the change."""
    mode = purpose.get("access_mode")
    for host in read.hosts[grant.line.dataset_version.dataset_id]:
        if mode is None or mode in host.modes:
            row = read.acknowledgements.get((grant.pk, host.pk))
            yield standing_of(host, row, at=gone.at, position=gone.position, now=read.now)
