"""The catalogue: search and filters over every dataset, and which of them fit a purpose."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.catalogue import kept_selectors, selectors
from access.catalogue import pages as page
from access.domain import facets
from access.models import Request
from access.purposes.fit_pages import may_count
from governance.selectors.ontology import active_ontologies

PAGE = 20


@require_safe
def catalogue(http: HttpRequest) -> HttpResponse:
    """Every dataset that the search and the filters leave; with a purpose, what is close and fits first."""
    wanted, now = page.asked(http.GET), timezone.now()
    found = kept_selectors.catalogue(active_ontologies())
    purposes: list[Request] = selectors.purposes_of(http.user) if http.user.is_authenticated else []
    purpose = next((one for one in purposes if one.number == wanted.purpose), None)
    wanted = wanted if purpose else wanted.without_purpose()
    judged = found.judged(purpose.purpose, now) if purpose else None
    left = found.narrow(wanted.chosen, wanted.words.split(), judged, wanted.sort)
    part = facets.page(
        left,
        PAGE,
        after=found.key_of(wanted.after, judged, wanted.sort) if wanted.after else None,
        before=found.key_of(wanted.before, judged, wanted.sort) if wanted.before else None,
    )
    listed = [found.listed[entry.id] for entry in part.entries]
    decisions = (
        {one.id: selectors.decide(one, purpose.purpose, now, found.ontologies) for one in listed} if purpose else None
    )
    fitting = purpose.purpose if purpose and may_count(http) else None
    counted = selectors.people(listed, fitting, now, found.ontologies)
    made = page.groups(left, found, wanted)
    context: dict[str, Any] = {
        "wanted": wanted,
        "purposes": purposes,
        "purpose": purpose,
        "count": len(left.entries),
        "open_groups": [group for name, group in made.items() if name not in page.FOLDED],
        "folded_groups": [group for name, group in made.items() if name in page.FOLDED],
        "chips": page.chips(made, wanted),
        "datasets": page.shown(part.entries, found, decisions, counted, judged),
        "sorts": page.sorts(judged),
        "order": page.order_said(judged, wanted.sort),
        "pages": page.addresses(wanted, part.entries, found),
        "has_previous": part.before,
        "has_next": part.after,
        "everything": not found.listed,
    }
    return render(http, "access/catalogue/catalogue.html", context)
