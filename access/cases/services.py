"""A committee's work on a case: taking it into review, talking, recusing, voting, deciding each line.

Whoever acts is judged by one rule: those who wrote or work on the request never judge it (403 with the
reason), those without a seat do not know of it (404), the recused take no part, and the state table says
the rest. Every action locks the request first, then the line.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from access import seals
from access.cases import opening
from access.cases.line_needs import Proposal, require_all
from access.cases.outcomes import votes_on
from access.cases.selectors import current_decision
from access.committees.benches import Bench, bench_for, people_of, refuse_the_recused
from access.domain.quorum import VoteChoice
from access.domain.states import LINE, REQUEST, Party, Transition, require
from access.grants import services as grants
from access.models import Case, CaseMessage, Grant, Line, Recusal, Request, Vote
from consent.services.sealer import seal
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.domain.events import Kind, Subject
from governance.duo.decision import Decision, Status, Verdict
from governance.models import User
from governance.record import audit
from governance.record.outbox import publish

# Outbox: what the people of a request are told of.
RETURNED, DECIDED = "request.given_back", "line.outcome"
LONGEST_MONTHS = 60


def _line_for(
    line: Line, by: User, action: str, now: datetime, read: int | None = None
) -> tuple[Line, Bench, Transition]:
    """The locked line, its bench and the row of the table that allows the action to this person.

    `read` is the version of the request that the person had before them, where a page says so: nobody judges one
    that they have not seen.
    """
    case = Case.objects.select_related("committee", "request__applicant").get(pk=line.case_id)
    # The request's row is the lock of everything in it; taken first by applicants and committees alike.
    case.request = Request.objects.select_for_update(no_key=True).get(pk=case.request_id)
    bench = bench_for(case, by, now)
    refuse_the_recused(bench, by)
    found = (
        Line.objects.select_for_update(of=("self",), no_key=True)
        .select_related("dataset_version__dataset")
        .get(pk=line.pk)
    )
    found.case = case
    row = require(LINE, found.state, action, bench.parties(by))
    if read is not None and read != found.snapshot["request_version"]:
        raise Conflict(_("the applicant submitted a new version while you were reading: read it, then decide"))
    opening.record_computed_recusals(case, now=now)
    return found, bench, row


def _moved(line: Line, row: Transition, now: datetime) -> None:
    line.state = Line.State(row.next)
    line.changed_at = now
    line.save()


@transaction.atomic
def take_into_review(*, line: Line, by: User, now: datetime) -> Line:
    """Begin to review a line."""
    found, _bench, row = _line_for(line, by, "take", now)
    _moved(found, row, now)
    audit.record(
        Kind.LINE_TAKEN, by=by, about=opening.about_line(found), now=now, detail={"seal": seals.of_line(found)}
    )
    publish(opening.REVIEWED, {"line": found.pk}, now=now)
    return found


@transaction.atomic
def write_to_applicant(*, case: Case, text: str, by: User, now: datetime) -> CaseMessage:
    """Write to the applicant as the committee."""
    refuse_the_recused(bench_for(case, by, now), by)
    return _message(case, text, from_committee=True, by=by, now=now)


@transaction.atomic
def write_to_committee(*, case: Case, text: str, by: User, now: datetime) -> CaseMessage:
    """Write to the committee as somebody who works on the request."""
    if by.pk not in people_of(case.request):
        raise NotThere(f"there is no case {case.number}")
    return _message(case, text, from_committee=False, by=by, now=now)


def _message(case: Case, text: str, *, from_committee: bool, by: User, now: datetime) -> CaseMessage:
    if not text.strip():
        raise Invalid("the message is empty", {"text": _("Write something first.")})
    if len(text) > 5000:
        raise Invalid("the message is too long", {"text": _("Use at most 5,000 characters.")})
    message = CaseMessage.objects.create(case=case, author=by, from_committee=from_committee, text=text.strip(), at=now)
    audit.record(
        Kind.CASE_MESSAGE, by=by, about=Subject("case", case.number), now=now,
        detail={"message": message.pk, "from_committee": from_committee, "seal": seals.of_message(message)},
    )  # fmt: skip
    return message


@transaction.atomic
def recuse(*, case: Case, reason: str, by: User, now: datetime) -> Recusal:
    """Declare a conflict of interest: from now on this member neither sees the discussion nor votes."""
    Request.objects.select_for_update(no_key=True).get(pk=case.request_id)
    bench = bench_for(case, by, now)
    if not reason.strip():
        raise Invalid("say why", {"reason": _("Say in a few words why you take no part.")})
    recusal, made = Recusal.objects.get_or_create(
        case=case, person=by, defaults={"reason": reason.strip()[:300], "at": now}
    )
    if made:
        seat = bench.seat(by)
        audit.record(
            Kind.MEMBER_RECUSED,
            by=by,
            about=Subject("case", case.number),
            now=now,
            detail={
                "person": by.subject,
                "because": "declared",
                "voted": bool(seat and seat.votes),
                "seal": seals.of_recusal(recusal),
            },
        )
    return recusal


@transaction.atomic
def vote(*, line: Line, choice: str, reason: str, by: User, now: datetime, read: int | None = None) -> Vote:
    """Vote on a line. A later vote replaces the earlier one, which stays in the record."""
    found, _bench, _row = _line_for(line, by, "vote", now, read)
    if choice not in set(VoteChoice):
        raise Invalid("choose how to vote", {"choice": _("Choose how you vote.")})
    if choice != VoteChoice.APPROVE and not reason.strip():
        raise Invalid("say why", {"reason": _("Say why: the reason is kept with the vote.")})
    if choice == VoteChoice.APPROVE and current_decision(found, now).verdict is Verdict.DENY:
        raise Conflict(_("The dataset's label denies this purpose: nobody can approve against a deny."))
    Vote.objects.filter(line=found, voter=by, replaced_at__isnull=True).update(replaced_at=now)
    cast = Vote.objects.create(
        line=found,
        voter=by,
        choice=choice,
        reason=reason.strip(),
        request_version=found.snapshot["request_version"],
        cast_at=now,
    )
    audit.record(
        Kind.VOTE_CAST, by=by, about=opening.about_line(found), now=now,
        detail={
            "choice": choice, "version": cast.request_version, "vote": cast.pk, "seal": seals.of_vote(cast),
        },
    )  # fmt: skip
    return cast


@transaction.atomic
def vote_on_all(
    *, case: Case, choice: str, reason: str, by: User, now: datetime, read: int | None = None
) -> list[Vote]:
    """Cast the same vote on every line of a case that can be voted on: on all of them, or on none."""
    states = [row.state for row in LINE.transitions if row.action == "vote"]
    lines = Line.objects.filter(case=case, state__in=states).order_by("pk")
    return [vote(line=line, choice=choice, reason=reason, by=by, now=now, read=read) for line in lines]


@transaction.atomic
def approve(
    *,
    line: Line,
    by: User,
    now: datetime,
    months: int | None = None,
    conditions: str = "",
    judged: Mapping[str, str] | None = None,
    read: int | None = None,
    follows: Grant | None = None,
) -> Grant:
    """Approve a line: the grant is made in the same transaction.

    `months` may be fewer than were asked for, never more than the label's cap; without it, as many as both
    allow. `judged` maps the id of each review rule to how the committee judges it; participants can read
    it. `follows` is the applicant's earlier grant on the dataset that this one comes after.
    """
    found, bench, row = _line_for(line, by, "approve", now, read)
    decision = current_decision(found, now)
    judgements = {rule: words.strip() for rule, words in (judged or {}).items() if words.strip()}
    votes = votes_on(found, bench, decision.verdict.value)
    # The committee records the cohort as it stands now, with whoever joined in the last seconds.
    seal(found.dataset_version.dataset_id)
    require_all(row, Proposal(found, decision, votes, now, judged=judgements))
    length = _months(found, decision, months)
    found.decision = decision.to_json()
    found.snapshot = {
        **found.snapshot,
        "data_use": found.dataset_version.dataset.data_use,
        "at": found.case.committee.day(now).isoformat(),
    }
    found.judged = [{"rule": rule, "judgement": words} for rule, words in judgements.items()]
    found.months, found.conditions = length, conditions.strip()
    found.decided_at, found.decided_by = now, by
    _moved(found, row, now)
    audit.record(
        Kind.LINE_DECIDED, by=by, about=opening.about_line(found), now=now,
        detail={
            "decision": "approve", "months": length, "judged": sorted(judgements), "inputs": decision.inputs,
            "because": [reason.code.value for reason in votes.reasons], "seal": seals.of_line(found),
        },
    )  # fmt: skip
    publish(DECIDED, {"line": found.pk}, now=now)
    grant = grants.make_grant(line=found, months=length, judged_rules=list(judgements), by=by, now=now, follows=follows)
    opening.close_if_settled(request=found.case.request, by=by, now=now)
    return grant


def _months(line: Line, decision: Decision, months: int | None) -> int:
    """The grant's length: at most what was asked for and what the label allows."""
    caps = [
        one.parameter for one in decision.obligations if one.status is Status.CAP and isinstance(one.parameter, int)
    ]
    wanted = line.snapshot["purpose"].get("months")
    longest = min([*caps, wanted or LONGEST_MONTHS, LONGEST_MONTHS])
    if months is None:
        return longest
    if not 1 <= months <= longest:
        message = _("Give a number of months from 1 to %(longest)s.") % {"longest": longest}
        raise Invalid("the number of months is not possible", {"months": message})
    return months


@transaction.atomic
def refuse(*, line: Line, term: str, text: str, by: User, now: datetime, read: int | None = None) -> Line:
    """Refuse a line, naming the unmet term and why."""
    found, bench, row = _line_for(line, by, "refuse", now, read)
    decision = current_decision(found, now)
    votes = votes_on(found, bench, decision.verdict.value)
    require_all(row, Proposal(found, decision, votes, now, term=term, text=text))
    found.refusal = {"term": term.strip()[:60], "text": text.strip()}
    found.decided_at, found.decided_by = now, by
    _moved(found, row, now)
    audit.record(
        Kind.LINE_DECIDED, by=by, about=opening.about_line(found), now=now,
        detail={
            "decision": "refuse", "term": found.refusal["term"], "inputs": decision.inputs,
            "because": [reason.code.value for reason in votes.reasons], "seal": seals.of_line(found),
        },
    )  # fmt: skip
    publish(DECIDED, {"line": found.pk}, now=now)
    opening.close_if_settled(request=found.case.request, by=by, now=now)
    return found


@transaction.atomic
def return_line(*, line: Line, text: str, by: User, now: datetime) -> Line:
    """Give a line back to the applicant, saying what should change; the request can be edited and submitted again."""
    found, bench, row = _line_for(line, by, "return", now)
    decision = current_decision(found, now)
    votes = votes_on(found, bench, decision.verdict.value)
    require_all(row, Proposal(found, decision, votes, now, text=text))
    _moved(found, row, now)
    audit.record(
        Kind.LINE_RETURNED, by=by, about=opening.about_line(found), now=now, detail={"seal": seals.of_line(found)}
    )
    _message(found.case, text, from_committee=True, by=by, now=now)
    request = found.case.request
    request.state = Request.State(require(REQUEST, request.state, "return", {Party.SYSTEM}).next)
    request.changed_at = now
    request.save(update_fields=["state", "changed_at"])
    audit.record(
        Kind.REQUEST_RETURNED, by=by, about=Subject("request", request.number), now=now,
        detail={"seal": seals.of_request(request)},
    )  # fmt: skip
    publish(RETURNED, {"request": request.pk}, now=now)
    return found
