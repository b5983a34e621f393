"""Grants: mine and my committees', one grant, and how it ends."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access.committees import terms_selectors as terms
from access.committees.benches import bench_of
from access.domain.states import GRANT, Party, open_to
from access.face.carrying import carried_out
from access.face.confirming import Confirmation, confirm_page
from access.face.sentences import asks_in_words
from access.grants import ends as grant_ends
from access.grants import selectors
from access.grants.forms import EndForm, SuspendForm
from access.grants.obligation_selectors import waiting_of
from access.grants.pages import duties, duty
from access.models import Grant
from governance.domain.errors import Conflict, NotThere
from governance.selectors.ontology import active_ontologies
from governance.views.signed_in import SignedIn

_PAGE = 25


@require_GET
@login_required
def mine(http: SignedIn) -> HttpResponse:
    """The grants that name me, and those of my committees, newest first, with the obligations that wait for somebody."""
    rows = selectors.visible_to(http.user).order_by("-id")
    after = http.GET.get("after", "")
    if after.isdecimal() and len(after) < 18:
        rows = rows.filter(pk__lt=int(after))
    page = list(rows[: _PAGE + 1])
    exactly = selectors.counted_exactly_for(http.user, page)
    older = f"?after={page[_PAGE - 1].pk}" if len(page) > _PAGE else ""
    waiting = waiting_of(page[:_PAGE])
    shown = [
        (grant, grant.pk in exactly, [duty(one, grant) for one in waiting.get(grant.pk, [])]) for grant in page[:_PAGE]
    ]
    return render(http, "access/grants/list.html", {"grants": shown, "older": older})


def _find(http: SignedIn, number: str) -> Grant:
    found = selectors.visible_to(http.user).filter(number=number).first()
    if found is None:
        raise NotThere(f"there is no grant {number}")
    return found


def _actions(http: SignedIn, grant: Grant) -> set[str]:
    """What this reader may do with the grant now; its applicant is none of its judges, whatever seat they hold."""
    case = grant.line.case
    is_applicant = case.request.applicant_id == http.user.pk
    parties = {Party.APPLICANT} if is_applicant else bench_of(case, timezone.now()).parties(http.user)
    return {row.action for row in open_to(GRANT, grant.state, parties)}


def _judges(http: SignedIn, grant: Grant) -> bool:
    case = grant.line.case
    seat = bench_of(case, timezone.now()).seat(http.user)
    return seat is not None and case.request.applicant_id != http.user.pk


@require_GET
@login_required
def show(http: SignedIn, number: str) -> HttpResponse:
    """One grant: people, ends, obligations, cohort and epoch."""
    return _show(http, _find(http, number))


def _show(http: SignedIn, grant: Grant, status: int = 200, suspend_form: SuspendForm | None = None) -> HttpResponse:
    case = grant.line.case
    actions = _actions(http, grant)
    submission = grant.submission
    people = list(grant.people.select_related("person").order_by("pk"))
    current = terms.current_terms([case.committee])
    accepted = terms.accepted_by(http.user, current)
    earlier, later = selectors.neighbours(http.user, grant)
    context: dict[str, Any] = {
        "earlier": earlier,
        "later": later,
        "grant": grant,
        "dataset": grant.line.dataset_version.dataset,
        "case": case,
        "people": people,
        "duties": duties(grant),
        "asks": asks_in_words(submission.purpose, active_ontologies()),
        "submission": submission,
        "exactly": bool(selectors.counted_exactly_for(http.user, [grant])),
        "judges": _judges(http, grant),
        "mine": any(row.person_id == http.user.pk for row in people),
        "my_part": grant.state != Grant.State.ENDED
        and any(row.person_id == http.user.pk and row.ended_at is None for row in people),
        "can": "revoke" if "revoke" in actions else "close" if "close" in actions else "",
        "can_suspend": "suspend" in actions,
        "can_resume": "resume" in actions,
        "terms": [(row, row.pk in accepted) for row in current],
        "suspend_form": suspend_form or SuspendForm(auto_id="suspend_%s"),
    }
    with timezone.override(case.committee.zone):
        return render(http, "access/grants/show.html", context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def end(http: SignedIn, number: str) -> HttpResponse:
    """End a grant, once it is asked: the committee revokes it, the applicant closes it."""
    grant = _find(http, number)
    is_applicant = grant.line.case.request.applicant_id == http.user.pk
    if http.method == "GET":
        if not _actions(http, grant) & {"revoke", "close"}:
            return redirect("grant", number)
        return confirm_page(http, _ending(grant, is_applicant), EndForm())
    form = EndForm(http.POST)
    do = grant_ends.close_grant if is_applicant else grant_ends.revoke_grant
    if carried_out(form, lambda: do(grant=grant, note=form.cleaned_data["note"], by=http.user, now=timezone.now())):
        messages.success(http, _("The grant has ended. Its visas end everywhere."))
        return redirect("grant", number)
    return confirm_page(http, _ending(grant, is_applicant), form)


def _ending(grant: Grant, is_applicant: bool) -> Confirmation:
    names = {"number": grant.number}
    return Confirmation(
        title=(_("Close grant %(number)s?") if is_applicant else _("Revoke grant %(number)s?")) % names,
        lead=_("All visas of this grant end everywhere. Copies made before are not in reach."),
        act=_("Close this grant") if is_applicant else _("Revoke this grant"),
        action=reverse("grant_end", args=[grant.number]),
        back=reverse("grant", args=[grant.number]),
        kicker=grant.line.dataset_version.dataset.title,
        lines=[
            _("Everybody whom it names loses it, and its hosts are told."),
            _("Whoever needs the data again starts a new request."),
        ],
    )


@require_http_methods(["GET", "POST"])
@login_required
def suspend(http: SignedIn, number: str) -> HttpResponse:
    """Suspend a grant as its committee: no visas until the committee lets it go on."""
    grant = _find(http, number)
    if http.method == "GET":
        return redirect("grant", number)
    form = SuspendForm(http.POST, auto_id="suspend_%s")
    if carried_out(
        form,
        lambda: grant_ends.suspend_grant(grant=grant, note=form.cleaned_data["note"], by=http.user, now=timezone.now()),
    ):
        messages.success(http, _("The grant is suspended. Its visas end everywhere."))
        return redirect("grant", number)
    return _show(http, _find(http, number), status=422, suspend_form=form)


@require_http_methods(["GET", "POST"])
@login_required
def resume(http: SignedIn, number: str) -> HttpResponse:
    """Let a suspended grant go on as its committee."""
    grant = _find(http, number)
    if http.method == "GET":
        return redirect("grant", number)
    try:
        grant_ends.resume_grant(grant=grant, by=http.user, now=timezone.now())
        messages.success(http, _("The grant goes on. Its people can get visas again."))
    except Conflict as moved:
        messages.error(http, moved.message)
    return redirect("grant", number)


@require_http_methods(["GET", "POST"])
@login_required
def leave(http: SignedIn, number: str) -> HttpResponse:
    """End one's own part in a grant, once it is asked; the others keep theirs."""
    grant = _find(http, number)
    if http.method == "GET":
        if not grant.people.filter(person=http.user, ended_at__isnull=True).exists():
            return redirect("grant", number)
        return confirm_page(http, _leaving(grant))
    try:
        grant_ends.leave_grant(grant=grant, by=http.user, now=timezone.now())
        messages.success(http, _("Your part has ended. Your visas end everywhere."))
    except Conflict as moved:
        messages.error(http, moved.message)
    return redirect("grants")


def _leaving(grant: Grant) -> Confirmation:
    return Confirmation(
        title=_("End your part in grant %(number)s?") % {"number": grant.number},
        lead=_("Your visas of this grant end everywhere. The others whom it names keep theirs."),
        act=_("End my part"),
        action=reverse("grant_leave", args=[grant.number]),
        back=reverse("grant", args=[grant.number]),
        kicker=grant.line.dataset_version.dataset.title,
        lines=[_("Nobody can name you again on this grant: whoever needs the data again starts a new request.")],
    )
