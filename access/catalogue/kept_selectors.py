"""The catalogue as it is kept: read once by a process, and given to every request while what it rests on stands.

It rests on datasets, their versions and data uses, on hosts and what they serve: each change of one records an event of the
kinds below in its own transaction. Events are numbered before they are committed, so that the newest number alone would miss
what is committed late: all events of those kinds among the last `WINDOW` of the log are counted. And a dataset may get its
first members, which it never loses. Committees and organisations keep their names.
"""

import time
from dataclasses import dataclass

from django.db.models import Count, Max, Value

from access.catalogue.selectors import Catalogue
from governance.domain.events import Kind
from governance.duo.ontology import Ontologies
from governance.models import AuditEvent, Dataset

RESTS_ON = (
    Kind.DATASET_CREATED,
    Kind.DATASET_LABELLED,
    Kind.DATASETS_IMPORTED,
    Kind.PROPOSAL_SETTLED,
    Kind.HOST_REGISTERED,
    Kind.HOST_SERVES,
    Kind.HOST_CHANGED,
    Kind.HOST_CLOSED,
)
# No transaction stays open while so many other events are recorded: at a hundred a second a quarter of an hour.
WINDOW = 100_000
# A bound for whatever is changed without an event, by hand in the database.
SECONDS = 300
_Stamp = tuple[tuple[str, int, int | None], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A catalogue, and what stood before it was read. `floor`: the events after this number are counted."""

    catalogue: Catalogue
    floor: int
    stamp: _Stamp
    until: float


_kept: list[_Kept] = []


def catalogue(ontologies: Ontologies) -> Catalogue:
    """Every listed dataset, as it stands: one query where nothing changed, five where something did."""
    for kept in tuple(_kept):
        same = kept.catalogue.ontologies == ontologies and time.monotonic() < kept.until
        if same and _stamp(kept.floor) == kept.stamp:
            return kept.catalogue
    newest = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first()
    floor = max((newest or 0) - WINDOW, 0)
    # Before the catalogue is read: what changes in between makes the next request read it again.
    stamp = _stamp(floor)
    read = Catalogue(ontologies)
    _kept[:] = [_Kept(read, floor, stamp, time.monotonic() + SECONDS)]
    return read


def forget() -> None:
    """Keep nothing: another database stands behind this process."""
    _kept.clear()


def _stamp(floor: int) -> _Stamp:
    events = AuditEvent.objects.filter(kind__in=RESTS_ON, id__gt=floor).order_by()
    with_members = Dataset.objects.filter(has_members=True).order_by()
    counted = [
        rows.annotate(what=Value(what)).values("what").annotate(n=Count("pk"), newest=Max("pk"))
        for what, rows in (("events", events), ("members", with_members))
    ]
    rows = counted[0].values_list("what", "n", "newest").union(counted[1].values_list("what", "n", "newest"))
    return tuple(sorted(rows))
