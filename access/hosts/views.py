"""The pages of a data host's operator: their hosts, one host, and confirming what was removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access.domain.acknowledgement import DEAF_AFTER, LATE_AFTER, Standing
from access.domain.visas import MAX_LIFE
from access.hosts import page_selectors as host_pages
from access.hosts import selectors
from access.hosts import services as hosts
from access.hosts import travel_selectors as host_travel
from access.hosts.page_selectors import GrantRow, Neighbour
from access.hosts.selectors import GrantAt
from access.hosts.travel_selectors import Travel
from access.models import Grant
from access.visas.status_lists import TTL
from governance.domain.errors import Invalid, NotThere
from governance.face.charts import SpanRow
from governance.face.countries import country_name
from governance.face.forms import Form
from governance.face.look import Words
from governance.face.words import listed
from governance.models import DataHost
from governance.templatetags.duologue import clock_time, lasted, moment
from governance.templatetags.duologue import number as digits
from governance.views.signed_in import SignedIn

SHOWN_IDS = 20
# A host's copy of a status list lives for TTL, and a revoked visa is on the list when the host next asks.
LIST_HOLDS = TTL + 5
MODES = {
    "download": gettext_lazy("download"),
    "visit": gettext_lazy("visit"),
    "federated": gettext_lazy("federated"),
}
ENDS: Mapping[str | None, Words] = {
    Grant.End.EXPIRED: gettext_lazy("its time is over"),
    Grant.End.CLOSED: gettext_lazy("closed by the applicant"),
    Grant.End.REVOKED: gettext_lazy("revoked by the committee"),
    Grant.End.CONSENT_GONE: gettext_lazy("consent no longer allows it"),
}


class ConfirmForm(Form):
    """The operator's word that the host enforces a position; the position travels with the page that was read."""

    position = forms.IntegerField(
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("The position is missing: load the page again."),
            "invalid": gettext_lazy("The position is not a number: load the page again."),
        },
    )
    removed = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick this once it is done; until then nothing is confirmed.")}
    )

    def __init__(self, *args: Any, enforces: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["removed"].label = (
            _("I checked that the host’s copy stands at this position")
            if enforces
            else _("I removed these records from what this host serves under this grant")
        )


# --- My hosts ---------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def mine(request: SignedIn) -> HttpResponse:
    """The hosts that I operate; one alone is opened at once. Nobody else has this page."""
    found = list(selectors.visible_to(request.user))
    if len(found) == 1:
        return redirect("host", found[0].slug)
    if not found:
        raise NotThere("you operate no host")
    return render(request, "access/hosts/list.html", {"hosts": [(host, kicker(host)) for host in found]})


def kicker(host: DataHost) -> str:
    """What kind of host it is, in one line: FI · visit · enforces cohorts."""
    how = _("enforces cohorts") if host.enforces_cohorts else _("does not enforce cohorts")
    return " · ".join([country_name(host.country), listed(str(MODES.get(mode, mode)) for mode in host.modes), how])


# --- One host ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class GrantInWords:
    """A line of the table: the state's word and the line below it."""

    grant: GrantAt
    at: int
    needs: int | None
    word: str
    under: str


@dataclass(frozen=True, slots=True)
class OtherHost:
    """Another host of the same grants, in words."""

    name: str
    word: str
    under: str


@login_required
@never_cache
@require_safe
def show(request: SignedIn, slug: str) -> HttpResponse:
    """What waits, the grants, who else serves them, and how the last change travelled."""
    host = selectors.host_of(request.user, slug)
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tally = host_pages.tally(host, midnight)
    waits = host_pages.waiting(host) if tally.behind else []
    page = host_pages.grants_page(host, request.GET.get("after", ""), now)
    travel = host_travel.last_travel(host, now)
    context = {
        "host": host,
        "kicker": kicker(host),
        "lead": lead(host, tally, waits, now),
        "tally": tally,
        "waits": [] if host.enforces_cohorts else [(grant, _form_of(host, grant)) for grant in waits],
        "behind": behind(waits, now) if host.enforces_cohorts else [],
        "deaf": any(selectors.standing_of(grant, now) is Standing.DEAF for grant in waits),
        "more": max(tally.behind - len(waits), 0),
        "rows": [row(line, now) for line in page.rows],
        "older": f"?after={page.older}" if page.older else "",
        "newer": f"/hosts/{host.slug}" if request.GET.get("after") else "",
        "others": [other(one, now) for one in host_pages.neighbours(host, tally.served, now)],
        "now": now,
        "travel": travel,
        "nets": nets(travel) if travel else [],
        "says": nets_in_words(travel) if travel else "",
        "late_after": LATE_AFTER.total_seconds(),
        "deaf_after": DEAF_AFTER.total_seconds(),
        "list_holds": LIST_HOLDS,
    }
    return render(request, "access/hosts/show.html", context)


def behind(waits: Sequence[GrantAt], now: datetime) -> list[GrantAt]:
    """Grants that an enforcing host is late with; within the first minutes it simply has not asked yet."""
    return [grant for grant in waits if selectors.standing_of(grant, now) in (Standing.LATE, Standing.DEAF)]


def lead(host: DataHost, tally: host_pages.Tally, waits: Sequence[GrantAt], now: datetime) -> str:
    """The sentence that answers: is this host in step?"""
    if host.closed_at is not None:
        return _("This host is closed: no visa is given out for it.")
    if tally.behind:
        if not host.enforces_cohorts:
            return ngettext(
                "One grant is closed here until you confirm that you removed who is not in its cohort.",
                "%(n)s grants are closed here until you confirm that you removed who is not in their cohorts.",
                tally.behind,
            ) % {"n": digits(tally.behind)}
        if any(selectors.standing_of(grant, now) is Standing.DEAF for grant in waits):
            return _("No new visa is given out for this host: it has not confirmed a change for an hour.")
        return ngettext(
            "This host has one change still to confirm.",
            "This host has %(n)s changes still to confirm.",
            tally.behind,
        ) % {"n": digits(tally.behind)}
    if not tally.active:
        return _("No grant is active here.")
    return ngettext(
        "The one active grant here follows what people decided.",
        "All %(n)s active grants here follow what people decided.",
        tally.active,
    ) % {"n": digits(tally.active)}


def when(at: datetime | None, now: datetime) -> str:
    """A moment as briefly as a table needs it: the time alone where it was today."""
    if at is not None and timezone.localdate(at) == timezone.localdate(now):
        return clock_time(at)[:5]
    return moment(at)


def row(line: GrantRow, now: datetime) -> GrantInWords:
    """A grant of the table in words."""
    grant = line.grant
    at = max(grant.confirmed, grant.epoch)
    if grant.state != Grant.State.ACTIVE:
        under = str(ENDS.get(grant.end_reason, "")) if grant.state == Grant.State.ENDED else _("no visas meanwhile")
        return GrantInWords(grant, at, None, grant.state, under)
    if line.standing is None:
        return GrantInWords(grant, at, None, "", "")
    left = _left(line.left)
    if line.standing is Standing.CONFIRMED:
        after = _("after %(time)s") % {"time": lasted(line.took)} if line.took is not None else ""
        return GrantInWords(grant, at, None, "confirmed", listed(filter(None, (left, after))))
    if line.standing is Standing.TOLD:
        since = _("told %(moment)s") % {"moment": when(grant.told_at, now)}
    else:
        since = _("since %(moment)s") % {"moment": when(grant.waits_since, now)}
    return GrantInWords(grant, at, grant.needs, line.standing.value, listed(filter(None, (left, since))))


def _left(count: int | None) -> str:
    return "" if not count else ngettext("%(n)s left", "%(n)s left", count) % {"n": digits(count)}


def other(one: Neighbour, now: datetime) -> OtherHost:
    """Another host in words."""
    if one.standing is None:
        return OtherHost(one.host.name, "", _("nothing to confirm yet"))
    under = _("since %(moment)s") % {"moment": when(one.since, now)} if one.since is not None else ""
    return OtherHost(one.host.name, one.standing.value, under)


def nets(travel: Travel) -> list[SpanRow]:
    """When each of the four nets held, and the longest that it may take."""
    return [
        SpanRow(_("Asked"), travel.after(travel.judged), 2),
        SpanRow(_("Confirmed"), travel.after(travel.confirmed), LATE_AFTER.total_seconds()),
        SpanRow(_("List"), travel.after(travel.listed), LIST_HOLDS),
        SpanRow(_("Visa ends"), travel.after(travel.old_visas_end), MAX_LIFE.total_seconds()),
    ]


def nets_in_words(travel: Travel) -> str:
    """The chart, for those who do not see it."""
    held = [
        _("%(net)s after %(time)s") % {"net": one.label, "time": lasted(one.took)}
        for one in nets(travel)
        if one.took is not None
    ]
    return _("When each net held. %(held)s.") % {"held": "; ".join(held)}


# --- Confirming -------------------------------------------------------------------------------------------------------
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: SignedIn, slug: str, number: str) -> HttpResponse:
    """What to remove for one grant, and the form that confirms the position."""
    host = selectors.host_of(request.user, slug)
    grant = selectors.grant_at(host, number)
    if request.method != "POST":
        return _confirm_page(request, host, grant, _form_of(host, grant))
    form = _form_of(host, grant, request.POST)
    if form.is_valid():
        try:
            hosts.confirm(
                host=host,
                grant=grant,
                position=form.cleaned_data["position"],
                by=request.user,
                now=timezone.now(),
            )
        except Invalid as wrong:
            form.add_error(None, wrong.fields.get("position", wrong.message))
        else:
            return _confirmed(request, host, number)
    return _confirm_page(request, host, grant, form, status=422)


def _form_of(host: DataHost, grant: GrantAt, sent: Any = None) -> ConfirmForm:
    return ConfirmForm(
        sent,
        initial={"position": grant.needs},
        auto_id=f"id_{grant.number}_%s",
        enforces=host.enforces_cohorts,
    )


def _confirmed(request: SignedIn, host: DataHost, number: str) -> HttpResponse:
    grant = selectors.grant_at(host, number)
    if grant.confirmed < grant.needs:
        messages.warning(request, _("Confirmed, but somebody else left meanwhile: there is more to remove."))
        return redirect("host_confirm", host.slug, number)
    messages.success(request, _("Confirmed. Visas for %(grant)s are given out here again.") % {"grant": number})
    return redirect("host", host.slug)


def _confirm_page(
    request: SignedIn, host: DataHost, grant: GrantAt, form: ConfirmForm, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    gone = host_pages.removal(host, grant, now)
    context = {
        "host": host,
        "kicker": kicker(host),
        "grant": grant,
        "waits": grant.confirmed < grant.needs,
        "standing": selectors.standing_of(grant, now).value,
        "gone": gone,
        "shown": gone.ids[:SHOWN_IDS],
        "hidden": max(len(gone.ids) - SHOWN_IDS, 0),
        "form": form,
    }
    return render(request, "access/hosts/confirm.html", context, status=status)


@login_required
@never_cache
@require_safe
def removed(request: SignedIn, slug: str, number: str) -> HttpResponse:
    """The host's own ids of those who left since the confirmed position, one a line. Reading it is being told."""
    host = selectors.host_of(request.user, slug)
    grant = selectors.grant_at(host, number)
    now = timezone.now()
    gone = host_pages.removal(host, grant, now)
    hosts.told(host=host, grant=grant, now=now)
    answer = HttpResponse("".join(f"{own}\n" for own in gone.ids), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{grant.number}-{grant.needs}-removed.txt"'
    return answer
