"""Requests as they are read: whose they are, what is still missing, what stands in the way."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from access.committees import terms_selectors as terms
from access.domain.states import Party
from access.models import Case, Line, Request
from access.requests import collaborator_selectors as collaborators
from governance.domain.errors import NotThere
from governance.duo.terms import DISEASE
from governance.models import DatasetVersion, User

OPEN = (Request.State.SUBMITTED, Request.State.RETURNED)
EDITABLE = (Request.State.DRAFT, Request.State.RETURNED)
# What makes two requests ask for the same: scope and way, not dates, promises or words.
_SCOPE = (
    "investigations", "diseases", "genetic", "clinical_care", "commercial", "project", "research_types",
    "sensitive", "access_mode",
)  # fmt: skip


def visible_to(person: User) -> QuerySet[Request]:
    """The requests that this person wrote or works on; who was only asked to work on one does not see it."""
    return (
        Request.objects.filter(Q(applicant=person) | Q(collaborators__person=person))
        .distinct()
        .select_related("applicant")
    )


def authors(request: Request) -> list[User]:
    """Everybody who works on a request: the applicant first, then the colleagues who said yes."""
    rows = request.collaborators.select_related("person").order_by("pk")
    return [request.applicant, *(row.person for row in rows if row.person is not None)]


def find(person: User, number: str) -> Request:
    """One request of this person; not theirs and not there look the same."""
    found = visible_to(person).filter(number=number).first()
    if found is None:
        raise NotThere(f"there is no request {number}")
    return found


def listed(person: User) -> QuerySet[Request]:
    """My requests with their cases and lines, newest change first, in a fixed number of queries."""
    lines = Line.objects.select_related("dataset_version__dataset")
    cases = Case.objects.select_related("committee").prefetch_related(Prefetch("lines", queryset=lines))
    return (
        visible_to(person)
        .order_by("-changed_at", "-id")
        .prefetch_related(
            Prefetch("cases", queryset=cases.order_by("id")),
            Prefetch("datasets", queryset=DatasetVersion.objects.select_related("dataset").order_by("id")),
        )
    )


def parties_on(request: Request, person: User) -> frozenset[Party]:
    """Who this person is on a request, for the state table."""
    if request.applicant_id == person.pk:
        return frozenset({Party.APPLICANT})
    if request.collaborators.filter(person=person).exists():
        return frozenset({Party.COLLABORATOR})
    if collaborators.invitations(person).filter(request=request).exists():
        return frozenset({Party.INVITED})
    return frozenset()


def chosen(request: Request) -> list[DatasetVersion]:
    """The dataset versions that the request asks for, with dataset and committee."""
    return list(
        request.datasets.select_related("dataset__committee", "dataset__organisation").order_by("dataset__title", "id")
    )


def problems(request: Request) -> dict[str, str]:
    """What is to be mended before this request can be submitted: field and message. Empty: it can be."""
    versions = chosen(request)
    committees = {version.dataset.committee_id for version in versions if version.dataset.committee_id}
    return {
        **_words_missing(request),
        **_facts_missing(request.purpose),
        **_datasets_wrong(versions),
        **_people_missing(request),
        **terms_missing(request, committees),
        **duplicate(request, versions),
    }


def _words_missing(request: Request) -> dict[str, str]:
    found = {}
    if not request.title.strip():
        found["title"] = _("Give the request a title")
    if not request.lay_summary.strip():
        found["lay_summary"] = _("Write the summary for participants")
    if "other" in request.purpose.get("investigations", []) and not request.other_purpose.strip():
        found["other_purpose"] = _("Say in words what else you investigate")
    return found


def _facts_missing(purpose: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    if not purpose.get("investigations"):
        found["investigations"] = _("Say what you investigate")
    if DISEASE in purpose.get("investigations", []) and not purpose.get("diseases"):
        found["diseases"] = _("Name the diseases that you investigate")
    if not purpose.get("countries"):
        found["countries"] = _("Say in which countries people and computers are")
    if not purpose.get("access_mode"):
        found["access_mode"] = _("Say how you will work")
    if not purpose.get("months"):
        found["months"] = _("Say for how many months")
    return found


def _datasets_wrong(versions: list[DatasetVersion]) -> dict[str, str]:
    if not versions:
        return {"datasets": _("Choose at least one dataset")}
    for version in versions:
        dataset = version.dataset
        name = {"title": dataset.title}
        if dataset.data_use is None:
            return {"datasets": _("What %(title)s may be used for is not settled yet: leave it out for now") % name}
        if dataset.committee_id is None:
            return {"datasets": _("%(title)s is not under a committee: it needs no request") % name}
        if version.closed_at is not None:
            return {"datasets": _("This version of %(title)s is closed to new grants: leave it out") % name}
    return {}


def _people_missing(request: Request) -> dict[str, str]:
    waiting = request.collaborators.filter(confirmed_at__isnull=True).order_by("pk").first()
    if waiting is None:
        return {}
    name = {"name": waiting.shown_as}
    return {"collaborators": _("%(name)s has not confirmed yet: wait, or leave them out") % name}


def terms_missing(request: Request, committees: set[int]) -> dict[str, str]:
    """Whether the applicant still has to accept terms of these committees."""
    current = terms.current_terms(committees)
    accepted = terms.accepted_by(request.applicant, current)
    missing = [row for row in current if row.pk not in accepted]
    if not missing:
        return {}
    return {"terms": _("Accept the terms: %(titles)s") % {"titles": ", ".join(row.title for row in missing)}}


def duplicate(request: Request, versions: list[DatasetVersion]) -> dict[str, str]:
    """Whether an open request of the same applicant asks for one of these datasets and the same purpose."""
    others = Request.objects.filter(applicant_id=request.applicant_id, state__in=OPEN, datasets__in=versions).exclude(
        pk=request.pk
    )
    asks = _scope(request.purpose)
    for other in others.distinct():
        if _scope(other.purpose) == asks:
            return {"datasets": _("Your request %(number)s asks for this already") % {"number": other.number}}
    return {}


def _scope(purpose: Mapping[str, Any]) -> dict[str, Any]:
    return {key: purpose.get(key) for key in _SCOPE}
