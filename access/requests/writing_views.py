"""Writing a request: the purpose form with the matcher beside it, saved by every button and, with scripts, by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from access.cases import selectors as case_selectors
from access.domain.states import REQUEST, open_to
from access.face.differences import differences
from access.models import Line, Request
from access.purposes import selectors as purposes
from access.purposes.disease_views import FEW, MANY, find_diseases
from access.purposes.fit_pages import panel_for
from access.purposes.forms import PurposeForm, filled, initial, readable_purpose
from access.requests import selectors
from access.requests import services as requests
from access.requests.pages import ethics_over, returned_words
from governance.domain.errors import Conflict, Invalid
from governance.duo.ontology import Ontologies
from governance.face.countries import all_countries, country_name
from governance.models import Dataset
from governance.selectors.ontology import active_ontologies
from governance.views.signed_in import SignedIn

_FOUND = 8
_WORDS = ("title", "lay_summary", "other_purpose")


@require_http_methods(["GET", "POST"])
@login_required
def purpose(http: SignedIn, number: str) -> HttpResponse:
    """The purpose form. Every button saves first, so that nothing that was typed is lost."""
    now = timezone.now()
    request = selectors.find(http.user, number)
    if http.method == "GET":
        if not open_to(REQUEST, request.state, selectors.parties_on(request, http.user)):
            return redirect("request", number)
        form = _with_problems(request) if "check" in http.GET else PurposeForm(initial=initial(request))
        return _editor(http, request, form, now)
    form = PurposeForm(_with_diseases(http))
    if not form.is_valid():
        return _editor(http, request, form, now, status=422)
    try:
        request = _saved(http, request, form, now)
    except Invalid as wrong:
        _mark(form, wrong)
        return _editor(http, request, form, now, status=422)
    except Conflict as moved:
        return _both(http, request, form, now, moved)
    return _after_saving(http, request, form, now)


@require_http_methods(["GET", "POST"])
@login_required
def autosave(http: SignedIn, number: str) -> HttpResponse:
    """Save what can be read while it is being typed; answers with the panel and with what is saved and what is not."""
    now = timezone.now()
    request = selectors.find(http.user, number)
    if http.method == "GET" or not http.htmx:
        return redirect("request_purpose", number)
    form = PurposeForm(_with_diseases(http))
    form.is_valid()
    refused = ""
    try:
        request = _saved(http, request, form, now)
    except (Conflict, Invalid) as error:
        refused = error.message
    context = _shown(http, request, form, now) | {"swapped": True, "refused": refused, "by_itself": True}
    return render(http, "access/requests/_saved_panel.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def match(http: SignedIn, number: str) -> HttpResponse:
    """How the purpose fits as it is typed now. Saves nothing, and says so; for htmx the panel alone."""
    now = timezone.now()
    request = selectors.find(http.user, number)
    if http.method == "GET":
        return redirect("request_purpose", number)
    form = PurposeForm(_with_diseases(http))
    form.is_valid()
    if not http.htmx:
        return _editor(http, request, form, now, unsaved=True)
    return render(http, "access/requests/_panel.html", _shown(http, request, form, now) | {"swapped": True})


@require_GET
@login_required
def diseases(http: SignedIn) -> HttpResponse:
    """Search for diseases by name or code: a list with buttons for htmx, a page of its own without it."""
    asked = (http.GET.get("q") or http.GET.get("disease_q") or "").strip()[:100]
    found = find_diseases(asked, http.GET.get("shown", ""), FEW if http.htmx else MANY) if asked else None
    page = "access/requests/_diseases.html" if http.htmx else "access/requests/diseases.html"
    return render(http, page, {"q": asked, "found_diseases": found})


# --- Saving -----------------------------------------------------------------------------------------------------------
def _saved(http: SignedIn, request: Request, form: PurposeForm, now: datetime) -> Request:
    """The request once everything that can be read is kept; what cannot be read keeps what was saved before."""
    revision = http.POST.get("revision", "")
    words = {name: form.cleaned_data.get(name, getattr(request, name)) for name in _WORDS}
    return requests.save(
        request=request,
        **words,
        purpose=form.declared(saved=request.purpose),
        revision=int(revision) if revision.isdecimal() and len(revision) < 9 else -1,
        page=http.POST.get("page", ""),
        by=http.user,
        now=now,
    )


def _with_diseases(http: SignedIn) -> Any:
    """The posted data after a disease was added or removed."""
    data = http.POST.copy()
    chosen = [one for one in data.getlist("disease") if one != data.get("remove_disease")]
    added = data.get("add_disease")
    data.setlist("disease", list(dict.fromkeys([*chosen, added] if added else chosen))[:50])
    return data


def _after_saving(http: SignedIn, request: Request, form: PurposeForm, now: datetime) -> HttpResponse:
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
        return _leave_out(http, request, now)
    if "find_disease" in pressed or "find_dataset" in pressed:
        return _editor(http, request, form, now)
    if pressed.get("then") == "people":
        return redirect(reverse("request", args=[request.number]) + "#people")
    if pressed.get("then") == "review":
        if set(selectors.problems(request)) - {"terms", "collaborators"}:
            return redirect(f"{reverse('request_purpose', args=[request.number])}?check=1")
        return redirect("request_review", request.number)
    where = {"diseases": ("add_disease", "remove_disease"), "countries": ("add_country", "remove_country")}
    found = next((f"#{part}" for part, names in where.items() if any(name in pressed for name in names)), "")
    return redirect(reverse("request_purpose", args=[request.number]) + found)


def _leave_out(http: SignedIn, request: Request, now: datetime) -> HttpResponse:
    """Leave a dataset out; where a committee has it before it, ask first."""
    version = request.datasets.filter(accession=http.POST["remove_dataset"]).first()
    if version and Line.objects.filter(case__request=request, dataset_version=version).exists():
        asked = reverse("request_act", args=[request.number, "leave-out-dataset"])
        return redirect(f"{asked}?{urlencode({'dataset': version.accession})}")
    return _act_and_return(
        http,
        request,
        lambda: version and requests.remove_dataset(request=request, version=version, by=http.user, now=now),
    )


def _act_and_return(http: SignedIn, request: Request, act: Callable[[], object]) -> HttpResponse:
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


# --- The page ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, as a version that can be laid beside the saved one."""

    title: str
    lay_summary: str
    other_purpose: str
    purpose: dict[str, Any]
    origins: dict[str, str]


def _both(http: SignedIn, request: Request, form: PurposeForm, now: datetime, moved: Conflict) -> HttpResponse:
    """The form with what was typed, and beside it, thing by thing, what somebody else saved meanwhile."""
    request.refresh_from_db()
    shown = readable_purpose(form, purposes.people_confirmed(request), now)
    words = {name: form.cleaned_data.get(name, "").strip() for name in _WORDS}
    mine = Typed(**words, purpose=shown, origins=request.origins)
    form.add_error(None, moved.message)
    both = differences(request, mine, active_ontologies())
    return _editor(http, request, form, now, status=409, both=both, unsaved=True)


def _shown(
    http: SignedIn, request: Request, form: PurposeForm, now: datetime, ontologies: Ontologies | None = None
) -> dict[str, Any]:
    """The datasets, the panel for what stands in the form now, and what of it could not be read."""
    ontologies = ontologies or active_ontologies()
    versions, found = selectors.chosen(request), request.purpose
    if form.is_bound:
        found = readable_purpose(form, purposes.people_confirmed(request), now)
    return {
        "request_": request,
        "versions": versions,
        "panel": panel_for(http, versions, found, now, ontologies),
        "unread": form.unread if form.is_bound else [],
        "ethics_over": ethics_over(found, now),
        "countries": [(code, country_name(code)) for code in form.chosen_countries],
    }


def _editor(
    http: SignedIn, request: Request, form: PurposeForm, now: datetime, status: int = 200, **more: Any
) -> HttpResponse:
    ontologies = active_ontologies()
    if form.is_bound:
        form.is_valid()
    chosen = form.sent("disease") if form.is_bound else request.purpose["diseases"]
    disease_q = http.POST.get("disease_q", "").strip() if "find_disease" in http.POST else ""
    dataset_q = http.POST.get("dataset_q", "").strip()[:100] if "find_dataset" in http.POST else ""
    context = {
        **_shown(http, request, form, now, ontologies),
        "form": form,
        "page": http.POST.get("page", "")[:32] or uuid4().hex,
        "all_countries": all_countries(),
        "diseases": [(one, ontologies.label(one)) for one in chosen],
        "found_diseases": find_diseases(disease_q, http.POST["find_disease"]) if disease_q else None,
        "dataset_q": dataset_q,
        "found_datasets": case_selectors.datasets_like(dataset_q)[:_FOUND] if dataset_q else None,
        "collaborators": request.collaborators.select_related("person").order_by("pk"),
        "affiliation": case_selectors.affiliation_of(request.applicant, now),
        "origins": request.origins,
        "returned": returned_words(request),
        "unsaved": status == 422,
        **more,
    }
    return render(http, "access/requests/purpose.html", context, status=status)
