"""What the sealed record costs: an event, its place in the log, and a proof of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from benchmarks import _http
from benchmarks._figures import figure, moved
from benchmarks._floors import empty_view, same_writes
from benchmarks._measuring import Call
from benchmarks._side import SEED
from governance.domain.actors import system
from governance.domain.events import Kind, Subject
from governance.models import AuditEvent

LEAVES = {"small": 20_000, "full": 1_000_000}
THOUSAND = 1_000


@dataclass
class Sealed:
    """A record with so many sealed events, and the service that seals."""

    leaves: int
    sealer: Any


def sealed(size: str) -> Sealed:
    """So many events in bulk, sealed as the worker does it."""
    moved("tests.governance.key_builders").standing_keys()
    sealer, now = moved("governance.record.sealer"), timezone.now()
    for _piece in range(LEAVES[size] // 10_000):
        _events(10_000)
        sealer.seal(now=now)
    return Sealed(LEAVES[size], sealer)


def _events(many: int) -> None:
    now, kind = timezone.now(), Kind.HOST_CONFIRMED
    row = partial(AuditEvent, at=now, kind=kind.value, actor="host:one", subject_kind="host", subject_id="one")
    AuditEvent.objects.bulk_create(
        (row(detail={"grant": f"G-{number:07}", "position": number}) for number in range(many)), batch_size=1000
    )


@figure("an event in a transaction of its own (8 writers on 2 cores: 1,000 a second)", world=sealed, ms=2, times=25)
def event(world: Sealed) -> Iterator[Call]:
    """As a service records it, with nothing else in the transaction."""
    audit, now = moved("governance.record.audit"), timezone.now()

    def record(number: int) -> None:
        with transaction.atomic():
            audit.record(
                Kind.HOST_CONFIRMED,
                by=system("bench"),
                about=Subject("host", "one"),
                now=now,
                detail={"grant": "G-0000001", "position": number},
            )

    for number in count():
        yield partial(record, number)


@figure("1,000 events sealed", world=sealed, ms=300, floors=(same_writes,))
def thousand_sealed(world: Sealed) -> Iterator[Call]:
    """The sealer's turn after a second of full load."""
    for turn in count():
        _events(THOUSAND)
        yield partial(world.sealer.seal, now=timezone.now() + timedelta(seconds=5 * turn))


@figure("a proof that an event is in the record, over HTTP", world=sealed, ms=50, floors=(empty_view,), times=25)
def inclusion_proof(world: Sealed) -> Iterator[Call]:
    """Of any event, under the newest checkpoint."""
    drawn = random.Random(SEED)
    while True:
        yield partial(_http.get, f"/api/v1/log/proof/inclusion?index={drawn.randrange(world.leaves)}")


@figure("a proof that the record continues an earlier checkpoint, over HTTP", world=sealed, ms=50, times=25)
def consistency_proof(world: Sealed) -> Iterator[Call]:
    """Of any two sizes."""
    drawn = random.Random(SEED)
    while True:
        first, second = sorted(drawn.sample(range(1, world.leaves + 1), 2))
        yield partial(_http.get, f"/api/v1/log/proof/consistency?first={first}&second={second}")
