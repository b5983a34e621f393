"""A person's grants as minting reads them: what is locked in one statement, what is read in the next, whatever their number.

Each row comes with a *stamp*: what it was made from, so that an answer is given again only while it would come out the same
(`access.passports.given_again`). What has no moment or number of its own stands in it as it is.
"""

from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, DateTimeField, Exists, IntegerField, OuterRef, QuerySet, Subquery, Sum

from access.grants import selectors as grant_selectors
from access.grants.selectors import Held
from access.models import Grant, GrantChange, GrantPerson, TermsAcceptance, TermsVersion
from access.passports.host_selectors import Reach
from consent.models import CohortChange
from governance.domain.events import Kind
from governance.duo.canonical_json import canonical_text
from governance.models import AuditEvent, HostedDataset, OntologyRelease, User
from governance.prepared import Parameter, Prepared
from governance.selectors.affiliations import current_affiliations
from governance.selectors.second_factor import second_factor_of


def naming(person: User, at: Reach) -> QuerySet[Grant]:
    """The active grants that name the person and whose dataset is served there, in the order of locking."""
    if not at.open:
        return Grant.objects.none()
    served = HostedDataset.objects.filter(host__closed_at__isnull=True)
    if at.host is not None:
        served = served.filter(host=at.host)
    return Grant.objects.filter(
        state=Grant.State.ACTIVE,
        people__person=person,
        people__ended_at__isnull=True,
        line__dataset_version__dataset__in=served.values("dataset"),
    ).order_by("pk")


def held(person: User, keys: Collection[int] | QuerySet[Grant, Any], now: datetime) -> list[Held]:
    """These grants with all that minting asks of them, in the order of locking; one query."""
    names = GrantPerson.objects.filter(grant=OuterRef("pk"), person=person, ended_at__isnull=True, since__lte=now)
    rows = grant_selectors.with_basis().filter(pk__in=keys).order_by("pk")
    found = _stamped(rows, person, now).annotate(names_person=Exists(names))
    return [
        Held(
            grant,
            grant.newest_position or 0,
            grant.unsealed,
            grant.names_person,
            _stamp(
                [getattr(grant, name) for name in _WHOLE], [getattr(grant, name) for name in _STAMPS], _label(grant)
            ),
        )
        for grant in found
    ]


def stamps(person: User, at: Reach, now: datetime) -> list[Hashable]:
    """The stamps of what a mint would find now, without locking anything; one query."""
    if not at.open:
        return []
    if at.host is None:
        rows = _ANYWHERE.rows(person=person.pk, now=now)
    else:
        rows = _AT_A_HOST.rows(person=person.pk, now=now, host=at.host.pk)
    return [_stamp(row[: len(_WHOLE)], row[len(_WHOLE) : -1], row[-1]) for row in rows]


def _stamps_of(person: Any, at: Reach, now: Any) -> QuerySet[Any, tuple[Any, ...]]:
    label = "line__dataset_version__dataset__data_use"
    return _stamped(naming(person, at), person, now).values_list(*_WHOLE, *_STAMPS, label)


def _label(grant: Grant) -> Any:
    return grant.line.dataset_version.dataset.data_use


_WHOLE = ("pk", "submission_id", "judged_position", "ends_at")
_STAMPS = (
    "newest_position",
    "unsealed",
    "newest_change",
    "newest_terms",
    "served_by",
    "newest_service",
    "hosts_changed",
    "nobody_is_deaf",
    "newest_acceptance",
    "belongs",
    "belongs_by",
    "has_factor",
    "ontologies",
    "ontologies_since",
)


def _stamp(whole: Sequence[Any], stamps: Sequence[Any], label: Any) -> Hashable:
    return (*whole, *stamps, canonical_text(label))


def _stamped(rows: QuerySet[Grant], person: User, now: datetime) -> QuerySet[Any]:
    """The grants with what their visas rest on, told by numbers that grow, counts and sums: cheap to read and to compare."""
    changes = CohortChange.objects.filter(dataset=OuterRef("line__dataset_version__dataset")).order_by()
    terms = TermsVersion.objects.filter(committee=OuterRef("line__case__committee"))
    served = HostedDataset.objects.filter(
        dataset=OuterRef("line__dataset_version__dataset"), host__closed_at__isnull=True
    )
    deaf = grant_selectors.deaf(now).filter(
        host__enforces_cohorts=True, host__hosted__dataset=OuterRef("line__dataset_version__dataset")
    )
    current = current_affiliations(now).filter(person=person)
    active = OntologyRelease.objects.filter(state=OntologyRelease.State.ACTIVE)
    return rows.annotate(
        newest_position=_last(changes.filter(position__isnull=False), "position"),
        unsealed=Exists(changes.filter(position__isnull=True)),
        newest_change=_last(GrantChange.objects.filter(grant=OuterRef("pk")), "pk"),
        newest_terms=_last(terms, "pk"),
        served_by=_of_all(served, "dataset", Count("pk")),
        newest_service=_last(served, "pk"),
        hosts_changed=_of_all(AuditEvent.objects.filter(kind=Kind.HOST_CHANGED), "kind", Count("pk")),
        nobody_is_deaf=~Exists(deaf),
        newest_acceptance=_last(TermsAcceptance.objects.filter(person=person), "pk"),
        belongs=_of_all(current, "person", Count("pk")),
        belongs_by=_of_all(current, "person", Sum("pk")),
        has_factor=second_factor_of(person),
        ontologies=_of_all(active, "state", Sum("pk")),
        ontologies_since=_last(active.filter(activated_at__isnull=False), "activated_at"),
    )


def _last(rows: QuerySet[Any], field: str) -> Subquery:
    return Subquery(rows.order_by(f"-{field}").values(field)[:1])


def _of_all(rows: QuerySet[Any], by: str, total: Count | Sum) -> Subquery:
    return Subquery(rows.order_by().values(by).annotate(total=total).values("total"))


# Read at each request of a host: written once, since their text is always the same.
_PERSON: Any = Parameter("person", IntegerField())
_HOST: Any = Parameter("host", IntegerField())
_NOW: Any = Parameter("now", DateTimeField())
_ANYWHERE = Prepared(lambda: _stamps_of(_PERSON, Reach(None), _NOW))
_AT_A_HOST = Prepared(lambda: _stamps_of(_PERSON, Reach(_HOST), _NOW))
