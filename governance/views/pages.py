"""The pages that everybody may read: help and contact, accessibility, privacy."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


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


def _page(request: HttpRequest, name: str) -> HttpResponse:
    context = {"contact": settings.CONTACT, "secure": settings.HTTPS}
    return render(request, f"pages/{name}.html", context)
