"""Grants: mine and my committees', one grant, and how it ends."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from access.domain.states import GRANT, Actor, open_to
from access.models import Grant
from access.selectors import grants as selectors
from access.selectors import terms
from access.selectors.benches import bench_of
from access.services import grant_ends
from access.views.case_forms import EndForm, SuspendForm
from access.views.sentences import asks_in_words, promise
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.selectors.ontology import active_ontologies

_PAGE = 25


@require_GET
@login_required
def mine(http: HttpRequest) -> HttpResponse:
    """The grants that name me, and those of my committees, newest first."""
    rows = selectors.visible_to(http.user).order_by("-id")
    after = http.GET.get("after", "")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    page = list(rows[: _PAGE + 1])
    exactly = selectors.counted_exactly_for(http.user, page)
    older = f"?after={page[_PAGE - 1].pk}" if len(page) > _PAGE else ""
    shown = [(grant, grant.pk in exactly) for grant in page[:_PAGE]]
    return render(http, "access/grants/list.html", {"grants": shown, "older": older})


def _find(http: HttpRequest, number: str) -> Grant:
    found = selectors.visible_to(http.user).filter(number=number).first()
    if found is None:
        raise NotThere(f"there is no grant {number}")
    return found


@require_GET
@login_required
def show(http: HttpRequest, number: str) -> HttpResponse:
    """One grant: people, ends, obligations, cohort and epoch."""
    return _show(http, _find(http, number), EndForm())


def _show(
    http: HttpRequest, grant: Grant, form: EndForm, status: int = 200, suspend_form: SuspendForm | None = None
) -> HttpResponse:
    now = timezone.now()
    case = grant.line.case
    bench = bench_of(case, now)
    actors = set(bench.actors(http.user))
    if case.request.applicant_id == http.user.pk:
        actors = {Actor.APPLICANT}
    actions = {row.action for row in open_to(GRANT, grant.state, actors)}
    submission = selectors.submission_of(grant)
    people = list(grant.people.select_related("person").order_by("pk"))
    current = terms.current_terms([case.committee])
    accepted = terms.accepted_by(http.user, current)
    context: dict[str, Any] = {
        "grant": grant,
        "dataset": grant.line.dataset_version.dataset,
        "case": case,
        "people": people,
        "obligations": [{**one, "words": promise(one["term"])} for one in grant.obligations],
        "asks": asks_in_words(submission.purpose, active_ontologies()),
        "submission": submission,
        "exactly": bool(selectors.counted_exactly_for(http.user, [grant])),
        "judges": bench.seat(http.user) is not None and Actor.APPLICANT not in actors,
        "mine": any(row.person_id == http.user.pk for row in people),
        "can": "revoke" if "revoke" in actions else "close" if "close" in actions else "",
        "can_suspend": "suspend" in actions,
        "can_resume": "resume" in actions,
        "terms": [(row, row.pk in accepted) for row in current],
        "form": form,
        "suspend_form": suspend_form or SuspendForm(auto_id="suspend_%s"),
    }
    with timezone.override(case.committee.zone):
        return render(http, "access/grants/show.html", context, status=status)


@require_POST
@login_required
def end(http: HttpRequest, number: str) -> HttpResponse:
    """End a grant: the committee revokes it, the applicant closes it."""
    grant = _find(http, number)
    form = EndForm(http.POST)
    given: dict[str, Any] = {"grant": grant, "by": http.user, "now": timezone.now()}
    if form.is_valid():
        given["note"] = form.cleaned_data["note"]
        is_applicant = grant.line.case.request.applicant_id == http.user.pk
        try:
            (grant_ends.close_grant if is_applicant else grant_ends.revoke_grant)(**given)
            messages.success(http, _("The grant has ended. Its visas end everywhere."))
            return redirect("grant", number)
        except Invalid as wrong:
            for name, message in wrong.fields.items():
                form.add_error(name if name in form.fields else None, message)
        except Conflict as moved:
            form.add_error(None, moved.message)
    return _show(http, _find(http, number), form, status=422)


@require_POST
@login_required
def suspend(http: HttpRequest, number: str) -> HttpResponse:
    """Suspend a grant as its committee: no visas until the committee lets it go on."""
    grant = _find(http, number)
    form = SuspendForm(http.POST, auto_id="suspend_%s")
    if form.is_valid():
        note = form.cleaned_data["note"]
        try:
            grant_ends.suspend_grant(grant=grant, note=note, by=http.user, now=timezone.now())
            messages.success(http, _("The grant is suspended. Its visas end everywhere."))
            return redirect("grant", number)
        except Invalid as wrong:
            for name, message in wrong.fields.items():
                form.add_error(name if name in form.fields else None, message)
        except Conflict as moved:
            form.add_error(None, moved.message)
    return _show(http, _find(http, number), EndForm(), status=422, suspend_form=form)


@require_POST
@login_required
def resume(http: HttpRequest, number: str) -> HttpResponse:
    """Let a suspended grant go on as its committee."""
    try:
        grant_ends.resume_grant(grant=_find(http, number), by=http.user, now=timezone.now())
        messages.success(http, _("The grant goes on. Its people can get visas again."))
    except Conflict as moved:
        messages.error(http, moved.message)
    return redirect("grant", number)


@require_POST
@login_required
def leave(http: HttpRequest, number: str) -> HttpResponse:
    """End one's own part in a grant; the others keep theirs."""
    grant = _find(http, number)
    try:
        grant_ends.leave_grant(grant=grant, by=http.user, now=timezone.now())
        messages.success(http, _("Your part has ended. Your visas end everywhere."))
    except Conflict as moved:
        messages.error(http, moved.message)
    return redirect("grants")
