"""The researcher's pages: my requests, the purpose form with the matcher beside it, review, one request."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access.committees import terms_selectors as terms
from access.committees import terms_services as terms_service
from access.face.sentences import facts
from access.models import Request
from access.purposes.fit_pages import panel_for
from access.requests import collaborator_selectors as colleagues
from access.requests import selectors
from access.requests import services as requests
from access.requests.pages import ethics_over, request_page, terms_rows
from governance.domain.errors import Invalid, NotThere
from governance.models import Dataset
from governance.selectors.ontology import active_ontologies
from governance.views.signed_in import SignedIn

_FOUND = 8
EDITOR = "access/requests/purpose.html"


@require_GET
@login_required
def mine(http: SignedIn) -> HttpResponse:
    """My requests, newest change first."""
    after = http.GET.get("after", "")
    rows = selectors.listed(http.user)
    if after.isdecimal():
        rows = rows.filter(pk__lt=int(after))
    page = list(rows.order_by("-id")[:26])
    return render(
        http,
        "access/requests/list.html",
        {
            "rows": [(row, _lines_of(row), row.applicant_id != http.user.pk) for row in page[:25]],
            "older": f"?after={page[24].pk}" if len(page) > 25 else "",
            "invitations": [] if after else [row.request for row in colleagues.waiting_for(http.user)],
        },
    )


def _lines_of(request: Request) -> list[Any]:
    """What the list shows of a request: its lines' states, or the datasets of a draft."""
    lines = [line for case in request.cases.all() for line in case.lines.all()]
    return lines or list(request.datasets.all())


@require_http_methods(["GET", "POST"])
@login_required
def new(http: SignedIn) -> HttpResponse:
    """Start a request, empty or from a dataset."""
    slug = http.POST.get("dataset") or http.GET.get("dataset", "")
    dataset = Dataset.objects.filter(slug=slug, committee__isnull=False).first() if slug else None
    if slug and dataset is None:
        raise NotThere(f"there is no dataset {slug} to ask for")
    if http.method == "POST":
        request = requests.create_draft(by=http.user, now=timezone.now(), dataset=dataset)
        return redirect("request_purpose", request.number)
    return render(http, "access/requests/new.html", {"dataset": dataset})


@require_http_methods(["GET", "POST"])
@login_required
def review(http: SignedIn, number: str) -> HttpResponse:
    """What will be sent, the terms of each committee to accept, and the button that submits."""
    now = timezone.now()
    request = selectors.find(http.user, number)
    if http.method == "GET" and request.state not in selectors.EDITABLE:
        return redirect("request", number)
    wrong: dict[str, str] = {}
    if http.method == "POST":
        try:
            _accept(http, request, now)
            requests.submit(request=request, by=http.user, now=now)
            messages.success(http, _("Submitted. Each committee has its case now."))
            return redirect("request", number)
        except Invalid as refused:
            wrong = dict(refused.fields)
            request.refresh_from_db()
    versions, ontologies = selectors.chosen(request), active_ontologies()
    return render(
        http,
        "access/requests/review.html",
        {
            "request_": request,
            "facts": facts(request, ontologies),
            "versions": versions,
            "terms": terms_rows(request, versions, http.user),
            "wrong": wrong,
            "problems": {k: v for k, v in selectors.problems(request).items() if k != "terms"},
            "panel": panel_for(http, versions, request.purpose, now, ontologies),
            "ethics_over": ethics_over(request.purpose, now),
            "may_submit": request.applicant_id == http.user.pk,
        },
        status=422 if wrong else 200,
    )


def _accept(http: SignedIn, request: Request, now: datetime) -> None:
    """Accept the terms that were ticked, each by the hash that was shown."""
    chosen = selectors.chosen(request)
    committees = {version.dataset.committee for version in chosen if version.dataset.committee}
    for row in terms.current_terms(committees):
        if http.POST.get(f"terms_{row.pk}") == row.sha256:
            terms_service.accept_terms(terms=row, sha256=row.sha256, by=http.user, now=now)


@require_GET
@login_required
def show(http: SignedIn, number: str) -> HttpResponse:
    """One request: where it is, who must act and since when, what was decided, what was said."""
    return request_page(http, selectors.find(http.user, number))
