"""The committee's pages: queue, one case, and what is done on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from access.cases import selectors
from access.cases import services as cases
from access.cases.act_views import act_page
from access.cases.forms import MessageForm, RecuseForm
from access.cases.pages import case_page, decision_form, proposal
from access.committees.benches import Bench, bench_for, refuse_the_recused
from access.face.carrying import carried_out
from access.models import Line
from governance import policies
from governance.domain.errors import NotThere
from governance.domain.roles import VOTING
from governance.face.look import Words
from governance.views.signed_in import SignedIn

VERDICTS = ("permit", "review", "deny")


@require_GET
@login_required
def queue(http: SignedIn) -> HttpResponse:
    """The cases of my committees, oldest first."""
    now = timezone.now()
    seats = policies.seats_of(http.user)
    committees = list(seats)
    if not committees:
        raise NotThere("you hold no seat on a committee")
    given = http.GET
    wanted = selectors.Wanted(
        states=[one for one in given.getlist("state") if one in (*selectors.OPEN_STATES, selectors.DECIDED)],
        text=given.get("q", "")[:100],
        late="late" in given,
        verdicts=[one for one in given.getlist("verdict") if one in VERDICTS],
        after=_cursor(given.get("after")),
        before=_cursor(given.get("before")),
    )
    voting = {committee.pk for committee, roles in seats.items() if roles & VOTING}
    found = selectors.queue(http.user, committees, wanted, now, voting)
    kept = given.copy()
    for cursor in ("after", "before"):
        kept.pop(cursor, None)
    base = kept.urlencode()
    return render(
        http,
        "access/cases/queue.html",
        {
            "committees": committees,
            "queue": found,
            "wanted": wanted,
            "chosen": wanted.states or list(selectors.OPEN_STATES),
            "states": [(state, found.counts[state]) for state in (*selectors.OPEN_STATES, selectors.DECIDED)],
            "verdicts": VERDICTS,
            "newer": f"?{base}&before={found.newer}" if found.newer else "",
            "older": f"?{base}&after={found.older}" if found.older else "",
        },
    )


def _cursor(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 18 else None


def _show(http: SignedIn, number: str, status: int = 200, **forms: Any) -> HttpResponse:
    now = timezone.now()
    case, lines = selectors.find_with_lines(number)
    bench = bench_for(case, http.user, now)
    with timezone.override(case.committee.zone):
        page = case_page(case, lines, bench, http.user, now, **forms)
        return render(http, "access/cases/case.html", page, status=status)


@require_GET
@login_required
def show(http: SignedIn, number: str) -> HttpResponse:
    """One case: purpose, lines with reasons and cohort, votes, discussion."""
    return _show(http, number)


@require_http_methods(["GET", "POST"])
@login_required
def write(http: SignedIn, number: str) -> HttpResponse:
    """Write to the applicant."""
    case = selectors.find(number)
    bench_for(case, http.user, timezone.now())
    if http.method == "GET":
        return redirect(reverse("case", args=[number]) + "#talk")
    form = MessageForm(http.POST)
    if carried_out(
        form,
        lambda: cases.write_to_applicant(case=case, text=form.cleaned_data["text"], by=http.user, now=timezone.now()),
    ):
        messages.success(http, _("Your message is sent."))
        return redirect(reverse("case", args=[number]) + "#talk")
    return _show(http, number, status=422, message_form=form)


@require_http_methods(["GET", "POST"])
@login_required
def recuse(http: SignedIn, number: str) -> HttpResponse:
    """Declare a conflict of interest, which cannot be taken back: a page of its own."""
    case = selectors.find(number)
    bench = bench_for(case, http.user, timezone.now())
    seat = bench.seat(http.user)
    if seat is not None and seat.recused:
        return redirect("case", number)
    form = RecuseForm(http.POST if http.method == "POST" else None, prefix="recuse")
    if http.method == "POST" and carried_out(
        form, lambda: cases.recuse(case=case, reason=form.cleaned_data["reason"], by=http.user, now=timezone.now())
    ):
        return redirect("case", number)
    page = {"case": case, "form": form}
    return render(http, "access/cases/recuse.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def decide(http: SignedIn, number: str, line: int, action: str) -> HttpResponse:
    """Take a line into review, vote on it, approve, refuse or return it; each decision has a page of its own."""
    now = timezone.now()
    case = selectors.find(number)
    bench = bench_for(case, http.user, now)
    found = Line.objects.filter(case=case, pk=line).select_related("dataset_version__dataset").first()
    if found is None or action not in _ACTIONS:
        raise NotThere(f"case {number} has no such line or action")
    found.case = case
    where = reverse("case", args=[number]) + (f"#votes-{line}" if action == "vote" else f"#line-{line}")
    if http.method == "GET":
        return _act(http, found, action, bench, None) or redirect(where)
    # Who was recused since the page was opened gets the reason, not a form.
    refuse_the_recused(bench, http.user)
    form = decision_form(action, proposal(found, bench, now, None), http.POST)
    act, read = _ACTIONS[action], _cursor(http.POST.get("read"))
    if carried_out(form, lambda: act(found, form, http.user, timezone.now(), read)):
        messages.success(http, str(_DONE[action]))
        return redirect(where)
    shown = _act(http, found, action, bench, form)
    return shown or _show(http, number, status=422, forms={(found.pk, action): form})


def _act(http: SignedIn, line: Line, action: str, bench: Bench, form: Any) -> HttpResponse | None:
    """The page of one decision; None where it has none, or is not open to this person now."""
    with timezone.override(line.case.committee.zone):
        page = act_page(line, action, bench, http.user, timezone.now(), form)
        return None if page is None else render(http, "access/cases/act.html", page, status=422 if form else 200)


_ACTIONS: dict[str, Callable[[Line, Any, Any, datetime, int | None], object]] = {
    "take": lambda line, form, by, now, read: cases.take_into_review(line=line, by=by, now=now),
    "vote": lambda line, form, by, now, read: (
        cases.vote_on_all(case=line.case, **_vote(form), by=by, now=now, read=read)
        if form.cleaned_data["same"]
        else cases.vote(line=line, **_vote(form), by=by, now=now, read=read)
    ),
    "approve": lambda line, form, by, now, read: cases.approve(
        line=line,
        months=form.cleaned_data["months"],
        conditions=form.cleaned_data["conditions"],
        judged=form.judged,
        by=by,
        now=now,
        read=read,
    ),
    "refuse": lambda line, form, by, now, read: cases.refuse(
        line=line, term=form.cleaned_data["term"], text=form.cleaned_data["text"], by=by, now=now, read=read
    ),
    "return": lambda line, form, by, now, read: cases.return_line(
        line=line, text=form.cleaned_data["text"], by=by, now=now
    ),
}
_DONE: dict[str, Words] = {
    "take": _("Taken into review."),
    "vote": _("Your vote is recorded."),
    "approve": _("Approved: the grant is made."),
    "refuse": _("Refused, with its reason."),
    "return": _("Given back to the applicant."),
}


def _vote(form: Any) -> dict[str, str]:
    return {"choice": form.cleaned_data["choice"], "reason": form.cleaned_data["reason"]}
