"""The hashes by which audit events cover what a request leads to: its versions, lines, votes, messages and grant.

All of them are keyed with the request's salt. Read by the services that write the events, and by `access.verification.verify`.
"""

from collections.abc import Iterable

from access.models import (
    CaseMessage,
    Evidence,
    Grant,
    Line,
    Obligation,
    Recusal,
    Request,
    RequestSubmission,
    Visa,
    Vote,
)
from governance.record import seals

# Read again from other tables by `verify`, and changed without an event; the judged version is named by the line's snapshot.
_RECOMPUTED = ("judged_position", "cohort_size", "ethics_due", "judged_under", "submission_id")


def of_request(request: Request) -> str:
    """The request as it stands: its state, words and purpose."""
    return seals.seal(request, without=["salt"], salt=request.salt)


def of_submission(submission: RequestSubmission, terms: Iterable[int]) -> str:
    """A version as it was submitted, with the versions of the terms that were current."""
    return seals.seal(submission, salt=submission.request.salt, terms=sorted(terms))


def of_line(line: Line) -> str:
    """A line with its state, its decision, what was judged, and its conditions or refusal."""
    return seals.seal(line, salt=line.case.request.salt)


def of_vote(vote: Vote) -> str:
    """A vote as it was cast; that it is replaced one day is told by the next one."""
    return seals.seal(vote, without=["replaced_at"], salt=vote.line.case.request.salt)


def of_message(message: CaseMessage) -> str:
    """A message with its author and its words."""
    return seals.seal(message, salt=message.case.request.salt)


def of_recusal(recusal: Recusal) -> str:
    """Who takes no part in a case, and why."""
    return seals.seal(recusal, salt=recusal.case.request.salt)


def of_grant(grant: Grant) -> str:
    """A grant with its state, its ends, its obligations, its positions, and the one that it follows where there is one."""
    # Grants from before could follow none, and keep the hash that their events hold.
    without = _RECOMPUTED if grant.follows_id else (*_RECOMPUTED, "follows_id")
    return seals.seal(grant, without=without, salt=grant.line.case.request.salt)


def of_obligation(obligation: Obligation) -> str:
    """An obligation with its state, its day and the committee's last word."""
    return seals.seal(obligation, salt=obligation.grant.line.case.request.salt)


def of_evidence(evidence: Evidence) -> str:
    """What was shown for an obligation, by whom and when."""
    # Without a file as from before there were files.
    without = [] if evidence.file_id else ["file_id"]
    return seals.seal(evidence, without=without, salt=evidence.obligation.grant.line.case.request.salt)


def of_visas(visas: Iterable[Visa]) -> str:
    """The root over the visas of one passport, as they were intended."""
    return seals.root(
        f"{one.jti} {one.type} {one.status_list_id} {one.index} {one.grant_id or 0} {one.host_id or 0} "
        f"{one.position} {one.kid} {int(one.exp.timestamp())}"
        for one in visas
    )
