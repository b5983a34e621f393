"""The permanent page of a dataset, which the `value` of its visas points to; JSON for those who ask for it."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.catalogue import dataset_selectors as selectors
from access.catalogue.pages import LEVELS, label_in_words
from access.face.sentences import MODES
from governance.domain.errors import NotThere
from governance.duo import terms
from governance.duo.data_use import parse_data_use, to_json
from governance.duo.judging.text import explanations
from governance.face.words import listed
from governance.middleware import as_json
from governance.selectors.ontology import active_ontologies

_JSON = "application/json"


@require_safe
def dataset(http: HttpRequest, accession: str) -> HttpResponse:
    """One version of a dataset. The address is permanent, its last segment is the accession."""
    wants_json = http.get_preferred_type(["text/html", _JSON]) == _JSON
    try:
        found = selectors.find(accession)
    except NotThere as missing:
        if wants_json:
            return _negotiated(as_json(missing))
        raise
    if wants_json:
        return _public(JsonResponse(selectors.as_json(found)))
    return _negotiated(render(http, "access/datasets/dataset.html", _context(found)))


def _context(found: selectors.DatasetView) -> dict[str, object]:
    described = found.dataset
    label = (
        label_in_words(to_json(parse_data_use(described.data_use)), active_ontologies()) if described.data_use else []
    )
    return {
        "found": found,
        "dataset": described,
        "label": [(term, _means(term["code"])) for term in label],
        "ways": listed([LEVELS[described.level], *_ways(described.modes)]),
        "hosts": [(host, listed(_ways(host.modes))) for host in found.hosts],
        "imported": described.source_row or {},
    }


def _ways(modes: Iterable[str]) -> list[str]:
    """The ways to work with data, in words."""
    return [str(MODES[mode]).lower() for mode in modes if mode in MODES]


def _means(code: str) -> str:
    """Our own explanation of a term."""
    term = terms.find(code)
    says = explanations().get(term.id if term else code)
    return _(says) if says else ""


def _public(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return _negotiated(response)


def _negotiated(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ("Accept",))
    return response
