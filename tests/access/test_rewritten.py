"""What somebody with the rights of the database's owner rewrites, with every trigger put aside, `verify` finds.

One spoilt row for each thing that `verify` says. What no comparison inside one database can find stands at the end.
"""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction

from access import seals
from access.models import (
    CaseMessage,
    Evidence,
    Vote,
)
from access.verification import verify
from consent.models import (
    ConsentEvent,
    Member,
)
from consent.services.verify import verify_ledger
from governance.models import (
    AuditEvent,
)
from governance.record import append_only, sealer
from governance.record import verify as record
from tests.access.rewritten.grants import GRANTS
from tests.access.rewritten.ground import GROUND
from tests.access.rewritten.ledger import LEDGER, a_guardian, batched, the_membership
from tests.access.rewritten.records import RECORDS, the_vote
from tests.access.rewritten.spoiling import REWRITTEN, SOON, Spoil, events, removed
from tests.access.rewritten.visas import VISAS
from tests.access.tour import LATER, Toured, tour

pytestmark = pytest.mark.django_db


@pytest.fixture
def toured() -> Iterator[Toured]:
    """The tour's world, with every trigger put aside."""
    with time_machine.travel(LATER, tick=False):
        world = tour()
        append_only.lift(plan=["somebody with the rights of the owner"])
        yield world


def found() -> set[str]:
    return {one.says for one in verify.findings(now=SOON)} | {one.says for one in verify_ledger(now=SOON).problems}


@pytest.mark.parametrize(
    "spoilt", [GROUND, RECORDS, GRANTS, VISAS, LEDGER], ids=["ground", "records", "grants", "visas", "ledger"]
)
def test_what_was_rewritten_is_found(toured: Toured, spoilt: dict[str, tuple[Spoil, str]]) -> None:
    imported = events("memberships.imported").earliest("pk").detail
    names = {
        "colleague": toured.colleague.subject,
        "chair": toured.of.access.chair.subject,
        "secretary": toured.of.access.secretary.subject,
        "vote": the_vote(),
        "message": CaseMessage.objects.earliest("pk").pk,
        "evidence": Evidence.objects.earliest("pk").pk,
        "replaced": Vote.objects.filter(reason="", replaced_at=LATER).get().pk,
        "withdrawn": ConsentEvent.objects.filter(kind="withdrawn").earliest("pk").uuid,
        "dataset": toured.of.access.dataset.pk,
        "member": Member.objects.get(participant=toured.of.participants[1]).pk,
        "membership": the_membership(),
        "decider": a_guardian().get().pk,
        "batch": batched(),
        **{name: imported[name] for name in ("first", "last")},
    }

    missed = {}
    for what, (spoil, says) in spoilt.items():
        with transaction.atomic():
            spoil(toured)
            if says.format(**names) not in (all_of_it := found()):
                missed[what] = (says.format(**names), all_of_it)
            transaction.set_rollback(True)

    assert missed == {}


def test_a_log_that_lost_its_end_is_found(toured: Toured) -> None:
    last = AuditEvent.objects.order_by("-id").values("pk")[:20]
    removed(AuditEvent.objects.filter(pk__in=list(last.values_list("pk", flat=True))))

    assert f"it, or a visa of it, {REWRITTEN}" in found()


def test_a_log_that_tells_of_grants_alone_is_found(toured: Toured) -> None:
    removed(AuditEvent.objects.exclude(subject_kind="grant"))

    assert {REWRITTEN, "the audit log does not tell of the enrolment"} <= found()


# --- What it cannot find ----------------------------------------------------------------------------------------------
def rewritten_on_both_sides(of: Toured) -> None:
    """A vote turned, and its hash made anew with the salt that stands in the same database."""
    vote = Vote.objects.select_related("line__case__request").get(pk=the_vote())
    vote.choice = "refuse"
    vote.save()
    event = events("vote.cast").get(detail__vote=vote.pk)
    event.detail = {**event.detail, "seal": seals.of_vote(vote)}
    event.save()


# What no comparison of rows with events can find; the sealed record does, once it is there.
UNSEEN: dict[str, Spoil] = {
    "an event that no row tells of": lambda of: removed(events("invitation.refused")),
    "a row and its event gone together": lambda of: (
        removed(CaseMessage.objects.all()),
        removed(events("case.message")),
    ),
    "a row and its hash rewritten together": rewritten_on_both_sides,
}


def test_what_is_rewritten_on_both_sides_alike_the_sealed_record_tells(toured: Toured) -> None:
    sealer.seal(now=LATER)
    for spoil in UNSEEN.values():
        with transaction.atomic():
            spoil(toured)
            assert found() == set()
            assert list(record.findings(now=SOON))
            transaction.set_rollback(True)
