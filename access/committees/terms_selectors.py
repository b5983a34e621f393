"""Terms of use: which version is current, and who accepted what."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, OuterRef, QuerySet

from access.models import TermsAcceptance, TermsVersion
from governance.domain.errors import NotThere
from governance.models import Committee, User


def newest() -> QuerySet[TermsVersion]:
    """The newest version of every text."""
    newer = TermsVersion.objects.filter(slug=OuterRef("slug"), number__gt=OuterRef("number"))
    return TermsVersion.objects.filter(~Exists(newer))


def current_terms(committees: Iterable[Committee | int]) -> list[TermsVersion]:
    """The newest version of every text of these committees: one query, and no row of an earlier version."""
    keys = [one.pk if isinstance(one, Committee) else one for one in committees]
    rows = newest().filter(committee_id__in=keys).select_related("committee")
    return sorted(rows, key=lambda row: (row.committee.name, row.slug))


def accepted_by(person: User, terms: Collection[TermsVersion]) -> set[int]:
    """Which of these versions the person accepted."""
    rows = TermsAcceptance.objects.filter(person=person, terms__in=[row.pk for row in terms])
    return set(rows.values_list("terms_id", flat=True))


def find(slug: str, number: int) -> TermsVersion:
    """One version; every version stays readable for ever, since visas point to it."""
    found = TermsVersion.objects.select_related("committee").filter(slug=slug, number=number).first()
    if found is None:
        raise NotThere("there are no such terms")
    return found
