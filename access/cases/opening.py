"""What happens to cases and lines when a request moves: opened, judged anew for a new version, withdrawn, closed.

Called inside the transactions of `access.requests.services` and `access.cases.services`, which hold the
request's lock.
"""

from collections.abc import Sequence
from datetime import datetime

from access import seals
from access.committees.benches import bench_of
from access.domain.states import LINE, REQUEST, SETTLED, Party, check
from access.models import Case, Line, Recusal, Request
from access.purposes import selectors as purposes
from governance.domain.actors import system
from governance.domain.events import Kind, Subject
from governance.models import Committee, DatasetVersion, User
from governance.record import audit
from governance.record.actors import By
from governance.record.outbox import publish

# Outbox: a line is in review, so that its case may wait for votes.
REVIEWED = "line.reviewed"


def about_line(line: Line) -> Subject:
    """What audit events call a line."""
    return Subject("line", f"{line.case.number}/{line.dataset_version.accession}")


def open_lines(*, request: Request, versions: Sequence[DatasetVersion], by: User, now: datetime) -> None:
    """Give every asked dataset its line, with the matcher's answer of today.

    A line that was decided stays as it is. One that was not is matched again for the new version, and the
    votes of earlier versions no longer count; one that waited for the applicant is in review again. A
    dataset that the applicant left out takes its line back.
    """
    existing: dict[int | None, Line] = {
        line.dataset_version_id: line
        for line in Line.objects.select_for_update(of=("self",), no_key=True)
        .filter(case__request=request)
        .select_related("case__committee", "dataset_version__dataset")
    }
    for line in existing.values():
        line.case.request = request
    opened: list[Line] = []
    for version in versions:
        held = existing.pop(version.pk, None)
        if held is None:
            opened.append(_new_line(request, version, by=by, now=now))
        elif held.state not in SETTLED:
            _judge_again(held, request, by=by, now=now)
    for line in existing.values():
        if check(LINE, line.state, "withdraw", {Party.APPLICANT}).allowed:
            withdraw_line(line=line, by=by, now=now)
    # One query for all of them, however many datasets are asked for.
    audit.record_each(
        Kind.LINE_OPENED,
        ((about_line(line), {"version": request.version, "seal": seals.of_line(line)}) for line in opened),
        by=by,
        now=now,
    )


def _new_line(request: Request, version: DatasetVersion, *, by: User, now: datetime) -> Line:
    dataset = version.dataset
    assert dataset.committee is not None, "a request for a dataset without committee is not submitted"
    case = Case.objects.filter(request=request, committee=dataset.committee).select_related("committee").first()
    if case is None:
        case = _open_case(request, dataset.committee, by=by, now=now)
    case.request = request
    day = case.committee.day(now)
    decision = purposes.match_label(dataset, request.purpose, day)
    return Line.objects.create(
        case=case,
        dataset_version=version,
        state=LINE.initial,
        decision=decision.to_json(),
        snapshot=purposes.snapshot_of(dataset, request.purpose, day, request.version),
        changed_at=now,
    )


def _open_case(request: Request, committee: Committee, *, by: User, now: datetime) -> Case:
    # The committee's row is the lock under which its case numbers are given.
    Committee.objects.select_for_update(of=("self",), no_key=True).get(pk=committee.pk)
    prefix = f"{committee.code}-{committee.day(now):%Y}-"
    newest = Case.objects.filter(committee=committee, number__startswith=prefix).order_by("-id").first()
    last = int(newest.number.removeprefix(prefix)) if newest else 0
    case = Case.objects.create(number=f"{prefix}{last + 1:03d}", request=request, committee=committee, opened_at=now)
    audit.record(
        Kind.CASE_OPENED,
        by=by,
        about=Subject("case", case.number),
        now=now,
        detail={"request": request.number, "committee": committee.slug},
    )
    record_computed_recusals(case, now=now)
    return case


def record_computed_recusals(case: Case, *, now: datetime) -> None:
    """Write down who of the committee may not judge this case, and why, as far as it can be computed."""
    known = set(case.recusals.values_list("person_id", flat=True))
    for seat in bench_of(case, now).seats:
        if seat.computed and seat.person.pk not in known:
            recusal = Recusal.objects.create(case=case, person=seat.person, reason=seat.recused, computed=True, at=now)
            audit.record(
                Kind.MEMBER_RECUSED,
                by=system("conflicts"),
                about=Subject("case", case.number),
                now=now,
                detail={"person": seat.person.subject, "because": seat.recused, "seal": seals.of_recusal(recusal)},
            )


def _judge_again(line: Line, request: Request, *, by: User, now: datetime) -> None:
    dataset = line.dataset_version.dataset
    day = line.case.committee.day(now)
    decision = purposes.match_label(dataset, request.purpose, day)
    line.decision = decision.to_json()
    line.snapshot = purposes.snapshot_of(dataset, request.purpose, day, request.version)
    answer = check(LINE, line.state, "answer", {Party.APPLICANT})
    if answer.transition is not None:
        line.state = Line.State(answer.transition.next)
        line.changed_at = now
    line.save()
    audit.record(
        Kind.LINE_ANSWERED,
        by=by,
        about=about_line(line),
        now=now,
        detail={"version": request.version, "state": line.state, "seal": seals.of_line(line)},
    )
    if line.state == Line.State.IN_REVIEW:
        publish(REVIEWED, {"line": line.pk}, now=now)


def withdraw_line(*, line: Line, by: User, now: datetime) -> None:
    """Take one undecided line back; the caller has asked the table."""
    line.state = Line.State.WITHDRAWN
    line.changed_at = now
    line.save(update_fields=["state", "changed_at"])
    audit.record(Kind.LINE_WITHDRAWN, by=by, about=about_line(line), now=now, detail={"seal": seals.of_line(line)})


def close_if_settled(*, request: Request, by: By, now: datetime) -> None:
    """Close the request once every line of it is settled; withdrawn lines alone make it withdrawn."""
    states = set(Line.objects.filter(case__request=request).values_list("state", flat=True))
    if not states <= SETTLED:
        return
    action, party = ("withdraw", Party.APPLICANT) if states == {"withdrawn"} else ("close", Party.SYSTEM)
    answer = check(REQUEST, request.state, action, {party})
    if answer.transition is None:
        return
    request.state = Request.State(answer.transition.next)
    request.changed_at = request.ended_at = now
    request.save(update_fields=["state", "changed_at", "ended_at"])
    kind = Kind.REQUEST_WITHDRAWN if action == "withdraw" else Kind.REQUEST_CLOSED
    detail = {"seal": seals.of_request(request)}
    audit.record(kind, by=by, about=Subject("request", request.number), now=now, detail=detail)
