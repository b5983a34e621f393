"""The pages that everybody may read: help and contact, accessibility, privacy, the API."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from governance.api.description import calls_of, forms_of


@require_safe
def help_and_contact(request: HttpRequest) -> HttpResponse:
    """What each kind of reader can do here, and whom to ask."""
    return _page(request, "help")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What is aimed at, how it is tested, and where to complain."""
    return _page(request, "accessibility")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What this installation holds about whom, who sees it, and what it cannot reach."""
    return _page(request, "privacy")


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The API as people read it, made from the document that programs read."""
    document = _api_document()
    calls, forms = calls_of(document), forms_of(document)
    name, kind, meaning = _("Name"), _("Kind"), _("Meaning")
    context = {
        "calls": calls,
        "forms": forms,
        "form_names": {form.name for form in forms},
        "parameter_columns": [name, _("Where"), kind, meaning],
        "form_columns": [name, kind, meaning],
    }
    return render(request, "pages/api_docs.html", context)


@cache
def _api_document() -> dict[str, Any]:
    """The same for as long as the process runs."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def _page(request: HttpRequest, name: str) -> HttpResponse:
    context = {"contact": settings.CONTACT, "secure": settings.HTTPS}
    return render(request, f"pages/{name}.html", context)
