"""The researcher's pages: my requests, the purpose form with the matcher beside it, review, one request."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access.domain.states import REQUEST, open_to
from access.models import Line, Request
from access.selectors import cases as case_selectors
from access.selectors import collaborators as colleagues
from access.selectors import fit, purposes, terms
from access.selectors import requests as selectors
from access.services import requests
from access.services import terms as terms_service
from access.views.disease_search import FEW, MANY, find_diseases
from access.views.fit_panel import panel
from access.views.purpose_form import PurposeForm, filled, initial, readable_purpose
from access.views.request_pages import request_page, returned_words, terms_rows
from access.views.sentences import facts
from governance.domain.errors import Conflict, Invalid, NotThere
from governance.limits import limited
from governance.models import Dataset
from governance.selectors.ontology import active_ontologies

_FOUND = 8
EDITOR = "access/requests/purpose.html"


@require_GET
@login_required
def mine(http: HttpRequest) -> HttpResponse:
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
def new(http: HttpRequest) -> HttpResponse:
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
@limited("purpose_asked", methods=["GET"])
def purpose(http: HttpRequest, number: str) -> HttpResponse:
    """The purpose form. Every button saves first, so that nothing that was typed is lost."""
    now = timezone.now()
    request = selectors.find(http.user, number)
    if http.method == "GET":
        if not open_to(REQUEST, request.state, selectors.actors_on(request, http.user)):
            return redirect("request", number)
        form = PurposeForm(initial=initial(request))
        if "check" in http.GET:
            form = _with_problems(request)
        return _editor(http, request, form, now)
    data = _with_diseases(http)
    form = PurposeForm(data)
    revision = http.POST.get("revision", "")
    if form.is_valid():
        try:
            request = requests.save(
                request=request,
                title=form.cleaned_data["title"],
                lay_summary=form.cleaned_data["lay_summary"],
                other_purpose=form.cleaned_data["other_purpose"],
                purpose=form.declared(),
                revision=int(revision) if revision.isdecimal() and len(revision) < 9 else -1,
                by=http.user,
                now=now,
            )
            return _after_saving(http, request, form, now)
        except Invalid as wrong:
            _mark(form, wrong)
        except Conflict as moved:
            request.refresh_from_db()
            form.add_error(None, moved.message)
            return _editor(http, request, form, now, status=409, theirs=facts_of(request))
    return _editor(http, request, form, now, status=422)


def _with_diseases(http: HttpRequest) -> Any:
    """The posted data after a disease was added or removed."""
    data = http.POST.copy()
    diseases = [one for one in data.getlist("disease") if one != data.get("remove_disease")]
    added = data.get("add_disease")
    data.setlist("disease", list(dict.fromkeys([*diseases, added] if added else diseases))[:50])
    return data


def _after_saving(http: HttpRequest, request: Request, form: PurposeForm, now: datetime) -> HttpResponse:
    """What the pressed button asks for, once the draft is kept."""
    pressed = http.POST
    if "add_dataset" in pressed:
        dataset = Dataset.objects.filter(slug=pressed["add_dataset"]).first()
        return _act_and_return(
            http,
            request,
            lambda: dataset and requests.add_dataset(request=request, dataset=dataset, by=http.user, now=now),
        )
    if "remove_dataset" in pressed:
        version = request.datasets.filter(accession=pressed["remove_dataset"]).first()
        if version and Line.objects.filter(case__request=request, dataset_version=version).exists():
            asked = reverse("request_act", args=[request.number, "leave-out-dataset"])
            return redirect(f"{asked}?{urlencode({'dataset': version.accession})}")
        return _act_and_return(
            http,
            request,
            lambda: version and requests.remove_dataset(request=request, version=version, by=http.user, now=now),
        )
    if "find_disease" in pressed or "find_dataset" in pressed:
        return _editor(http, request, form, now)
    if pressed.get("then") == "review":
        if set(selectors.problems(request)) - {"terms", "collaborators"}:
            return redirect(f"{reverse('request_purpose', args=[request.number])}?check=1")
        return redirect("request_review", request.number)
    where = "#diseases" if "add_disease" in pressed or "remove_disease" in pressed else ""
    return redirect(reverse("request_purpose", args=[request.number]) + where)


def _act_and_return(http: HttpRequest, request: Request, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Conflict as refused:
        messages.error(http, refused.message)
    return redirect(reverse("request_purpose", args=[request.number]) + "#datasets")


def _with_problems(request: Request) -> PurposeForm:
    """The form with everything that is still to be mended marked at its field."""
    form = PurposeForm(filled(request))
    form.is_valid()
    _mark(form, Invalid("", {k: v for k, v in selectors.problems(request).items() if k != "terms"}))
    return form


def _mark(form: Any, wrong: Invalid) -> None:
    """Put each message at its field, or above the form where it has none."""
    names = {"diseases": "disease_q"}
    for name, message in (wrong.fields or {"": wrong.message}).items():
        field = names.get(name, name)
        form.add_error(field if field in form.fields else None, message)


def facts_of(request: Request) -> list[Any]:
    """A saved request's facts in words."""
    return facts(request, active_ontologies())


def _editor(
    http: HttpRequest, request: Request, form: PurposeForm, now: datetime, status: int = 200, **more: Any
) -> HttpResponse:
    people = purposes.people_confirmed(request)
    ontologies = active_ontologies()
    if form.is_bound:
        form.is_valid()
        shown = readable_purpose(form, people, now)
        diseases = form.data.getlist("disease")
    else:
        shown, diseases = request.purpose, request.purpose["diseases"]
    versions = selectors.chosen(request)
    disease_q = http.POST.get("disease_q", "").strip() if "find_disease" in http.POST else ""
    dataset_q = http.POST.get("dataset_q", "").strip()[:100] if "find_dataset" in http.POST else ""
    context = {
        "request_": request,
        "form": form,
        "diseases": [(one, ontologies.label(one)) for one in diseases],
        "found_diseases": find_diseases(disease_q, http.POST["find_disease"]) if disease_q else None,
        "versions": versions,
        "dataset_q": dataset_q,
        "found_datasets": case_selectors.datasets_like(dataset_q)[:_FOUND] if dataset_q else None,
        "collaborators": request.collaborators.select_related("person").order_by("pk"),
        "affiliation": case_selectors.affiliation_of(request.applicant, now),
        "origins": request.origins,
        "panel": panel(fit.fits(versions, shown, now), ontologies, now),
        "returned": returned_words(request),
        **more,
    }
    return render(http, EDITOR, context, status=status)


@require_http_methods(["GET", "POST"])
@login_required
@limited("purpose_asked")
def match(http: HttpRequest, number: str) -> HttpResponse:
    """How the purpose fits as it is typed now. Saves nothing; for htmx the panel alone."""
    now = timezone.now()
    request = selectors.find(http.user, number)
    if http.method == "GET":
        return redirect("request_purpose", number)
    form = PurposeForm(_with_diseases(http))
    form.is_valid()
    if not http.htmx:
        return _editor(http, request, form, now)
    shown = readable_purpose(form, purposes.people_confirmed(request), now)
    found = fit.fits(selectors.chosen(request), shown, now)
    return render(
        http,
        "access/requests/_panel.html",
        {"panel": panel(found, active_ontologies(), now), "swapped": True},
    )


@require_GET
@login_required
def diseases(http: HttpRequest) -> HttpResponse:
    """Search for diseases by name or code: a list with buttons for htmx, a page of its own without it."""
    asked = (http.GET.get("q") or http.GET.get("disease_q") or "").strip()[:100]
    found = find_diseases(asked, http.GET.get("shown", ""), FEW if http.htmx else MANY) if asked else None
    page = "access/requests/_diseases.html" if http.htmx else "access/requests/diseases.html"
    return render(http, page, {"q": asked, "found_diseases": found})


@require_http_methods(["GET", "POST"])
@login_required
def review(http: HttpRequest, number: str) -> HttpResponse:
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
    versions = selectors.chosen(request)
    return render(
        http,
        "access/requests/review.html",
        {
            "request_": request,
            "facts": facts_of(request),
            "versions": versions,
            "terms": terms_rows(request, versions, http.user),
            "wrong": wrong,
            "problems": {k: v for k, v in selectors.problems(request).items() if k != "terms"},
            "panel": panel(fit.fits(versions, request.purpose, now), active_ontologies(), now),
            "may_submit": request.applicant_id == http.user.pk,
        },
        status=422 if wrong else 200,
    )


def _accept(http: HttpRequest, request: Request, now: datetime) -> None:
    """Accept the terms that were ticked, each by the hash that was shown."""
    committees = {version.dataset.committee for version in selectors.chosen(request)} - {None}
    for row in terms.current_terms(committees):
        if http.POST.get(f"terms_{row.pk}") == row.sha256:
            terms_service.accept_terms(terms=row, sha256=row.sha256, by=http.user, now=now)


@require_GET
@login_required
def show(http: HttpRequest, number: str) -> HttpResponse:
    """One request: where it is, who must act and since when, what was decided, what was said."""
    return request_page(http, selectors.find(http.user, number))
