"""Grants, the hosts that follow them."""

from datetime import timedelta

from django.db import models
from django.db.models import F

from access.models import (
    Evidence,
    Grant,
    GrantChange,
    GrantPerson,
    HostAcknowledgement,
    Line,
    Obligation,
)
from tests.access.rewritten.spoiling import GONE, REWRITTEN, SOON, Spoil, changed, events, removed
from tests.access.tour import LATER


def refused_line() -> models.QuerySet[Line]:
    return Line.objects.filter(state="refused")


GRANTS: dict[str, tuple[Spoil, str]] = {
    "a grant's end": (
        lambda of: changed(Grant.objects.filter(state="active"), ends_at=F("ends_at") + timedelta(days=3650)),
        REWRITTEN,
    ),
    "an ended grant taken up": (
        lambda of: changed(Grant.objects.filter(state="ended"), state="active", end_reason="", ended_at=None),
        REWRITTEN,
    ),
    "the obligations of a grant": (lambda of: changed(Grant.objects.all(), obligations=[{}]), REWRITTEN),
    "an obligation that was accepted and is not": (
        lambda of: changed(Obligation.objects.filter(state="met"), state="promised"),
        REWRITTEN,
    ),
    "a later day of an obligation": (
        lambda of: changed(Obligation.objects.exclude(due=None), due=F("due") + timedelta(days=3650)),
        REWRITTEN,
    ),
    "an obligation gone": (
        lambda of: removed(Obligation.objects.filter(evidence=None)),
        "its obligations are not those that its decision demands",
    ),
    "what was shown in other words": (
        lambda of: changed(Evidence.objects.all(), words="Something else."),
        "evidence {evidence} is not as the audit log covers it: it was changed beside the platform",
    ),
    "evidence gone": (
        lambda of: removed(Evidence.objects.all()),
        "evidence {evidence} stands in the audit log and is not there",
    ),
    "an act on an obligation taken out of the log": (
        lambda of: removed(events("obligation.moved").filter(detail__action="offer")),
        "the audit log tells of send back, which cannot follow promised: an event is missing",
    ),
    "live past its end": (
        lambda of: changed(Grant.objects.filter(state="active"), ends_at=LATER),
        "is live past its end: does the worker run?",
    ),
    "a change taken out of the log": (
        lambda of: removed(events("grant.suspended")),
        "the audit log tells of grant.resumed, which cannot follow active: an event is missing",
    ),
    "a change that hosts do not read": (
        lambda of: removed(GrantChange.objects.filter(kind="grant.ended")),
        "the changes that hosts read (5) are not those of the audit log (6)",
    ),
    "the moments of the log in another order": (
        lambda of: changed(events("grant.activated"), at=SOON),
        "the changes that hosts read (6) are not those of the audit log (6)",
    ),
    "somebody whom the grant did not name": (
        lambda of: GrantPerson.objects.create(grant=of.of.grant, person=of.colleague, since=LATER),
        "the people that it names are not those that the audit log tells of",
    ),
    "a part taken up again": (
        lambda of: changed(GrantPerson.objects.exclude(ended_at=None), ended_at=None),
        "the people whose part has ended are not those that the audit log tells of",
    ),
    "a grant gone": (lambda of: changed(events("grant.made"), subject_id="G-9999"), GONE),
    "a line that is not approved": (
        lambda of: changed(Line.objects.filter(state="approved"), state="in_review"),
        "its line is in_review",
    ),
    "an approval without a grant": (
        lambda of: changed(refused_line(), state="approved"),
        "is approved and has no grant",
    ),
    "a confirmation": (
        lambda of: changed(HostAcknowledgement.objects.exclude(confirmed_at=None), confirmed_position=99),
        "host harbour confirmed 99, and the audit log tells of 4",
    ),
    "a confirmation made up": (
        lambda of: HostAcknowledgement.objects.filter(confirmed_at=None).update(confirmed_at=LATER),
        "host arkiv confirmed 0, and the audit log tells of None",
    ),
    "a message marked done that was not carried out": (
        lambda of: changed(Grant.objects.filter(state="active"), judged_position=0),
        "was not judged after the last change of its members, and no message waits for it",
    ),
    "a cohort's size": (
        lambda of: changed(Grant.objects.filter(state="active"), cohort_size=77),
        "counts 77 in its cohort, and there are 2",
    ),
    "a snapshot that cannot be read": (
        lambda of: changed(Line.objects.filter(pk=of.ended.line_id), snapshot={**of.ended.line.snapshot, "at": "x"}),
        "could not be carried to its end: ValueError",
    ),
    "a decision": (
        lambda of: changed(
            Line.objects.filter(pk=of.ended.line_id), decision={**of.ended.line.decision, "verdict": "deny"}
        ),
        "its decision does not come out of its snapshot again",
    ),
}
