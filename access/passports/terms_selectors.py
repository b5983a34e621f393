"""The terms that grants ask for, as one person accepted them: one query for all grants, whatever their number."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from access.committees.terms_selectors import newest
from access.models import Grant, RequestSubmission, TermsAcceptance
from governance.models import User


@dataclass(frozen=True, slots=True)
class AskedTerms:
    """A version of terms that a grant asks for, and the newest version of them that the person accepted, if any."""

    slug: str
    title: str
    committee: str
    number: int
    accepted_number: int | None
    accepted_at: datetime | None

    @property
    def accepted(self) -> bool:
        """Whether the person accepted this version or a newer one."""
        return self.accepted_number is not None and self.accepted_number >= self.number


def asked_of(person: User, grants: Collection[Grant]) -> dict[int, list[AskedTerms]]:
    """For each grant, by its key, the terms of its committee that came with its request; where none came, those in force."""
    through = RequestSubmission.terms.through.objects.filter(
        requestsubmission__in={grant.submission_id for grant in grants},
        termsversion__committee__in={grant.line.case.committee_id for grant in grants},
    ).order_by("termsversion__slug", "-termsversion__number")
    came: dict[tuple[int, int], list[AskedTerms]] = {}
    for submission, committee, *rest in _read(through, "termsversion__", person, "requestsubmission_id"):
        came.setdefault((submission, committee), []).append(AskedTerms(*rest))
    found = {grant.pk: came.get((grant.submission_id, grant.line.case.committee_id), []) for grant in grants}
    without = [grant for grant in grants if not found[grant.pk]]
    in_force = _in_force(person, {grant.line.case.committee_id for grant in without}) if without else {}
    return found | {grant.pk: in_force.get(grant.line.case.committee_id, []) for grant in without}


def _in_force(person: User, committees: Collection[int]) -> dict[int, list[AskedTerms]]:
    """The newest version of every text of these committees: one query, and no row of an earlier version."""
    rows = newest().filter(committee__in=committees).order_by("slug")
    found: dict[int, list[AskedTerms]] = {}
    for _pk, committee, *rest in _read(rows, "", person, "pk"):
        found.setdefault(committee, []).append(AskedTerms(*rest))
    return found


def _read(rows: QuerySet[Any], at: str, person: User, key: str) -> Iterable[tuple[Any, ...]]:
    accepted = TermsAcceptance.objects.filter(person=person, terms__slug=OuterRef(f"{at}slug")).order_by(
        "-terms__number"
    )
    columns = ("slug", "title", "committee__slug", "number")
    found: Iterable[tuple[Any, ...]] = rows.annotate(
        accepted_number=Subquery(accepted.values("terms__number")[:1]),
        accepted_at_moment=Subquery(accepted.values("accepted_at")[:1]),
    ).values_list(
        key, f"{at}committee_id", *(f"{at}{name}" for name in columns), "accepted_number", "accepted_at_moment"
    )
    return found
