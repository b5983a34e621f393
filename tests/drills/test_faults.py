"""A fault at every SQL statement of the main job: each step happens whole or not at all, and does it when tried again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, models, transaction

from access.cases import services as cases
from access.grants import evaluation
from access.grants import services as grants
from access.models import Grant
from access.passports import minting as visas
from access.requests import services as requests
from consent.services import ledger
from governance.models import AuditEvent, Delivery
from governance.record import outbox
from tests.access import builders as access
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.architecture.doors import with_second_factor
from tests.architecture.test_fields import MODELS
from tests.consent.builders import HEALTH
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db
Step = Callable[[], object]


class Fault:
    """Fails one statement, the n-th, once."""

    def __init__(self, at: int) -> None:
        self.at, self.seen, self.struck = at, 0, False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # Ending a transaction is the database's own work: what fails there is the commit as a whole.
        if "SAVEPOINT" in sql:
            return execute(sql, params, many, context)
        self.seen += 1
        if self.seen == self.at:
            self.struck = True
            raise OperationalError("the database went away")
        return execute(sql, params, many, context)


def everything() -> dict[str, list[Any]]:
    """Every row of every table, but for what a failed try may say of itself in the outbox."""
    rows: dict[str, list[Any]] = {}
    for model in MODELS:
        left_out = {"tries", "error", "due_at"} if model is Delivery else set()
        names = [field.attname for field in model._meta.concrete_fields if field.name not in left_out]
        rows[model._meta.label] = list(model._default_manager.order_by("pk").values_list(*names))
    return rows


def struck_everywhere(step: Step) -> int:
    """Do a step with a fault at its first, second, … statement until none is left; returns how many there were."""
    before, at = everything(), 0
    while True:
        at += 1
        fault = Fault(at)
        try:
            with transaction.atomic(), connection.execute_wrapper(fault):
                step()
        except Exception:
            # Whatever the step makes of the fault; what fails without one is a defect of the test.
            if not fault.struck:
                raise
        if not fault.struck:
            return at - 1
        assert everything() == before, f"a fault at statement {at} left something behind"


def audited(kind: str) -> int:
    return AuditEvent.objects.filter(kind=kind).count()


def test_a_withdrawal_happens_whole_or_not_at_all() -> None:
    of = granted()

    statements = struck_everywhere(lambda: of.leaves(0))

    assert statements >= 9
    assert (audited("consent.withdrawn"), audited("cohort.changed")) == (1, 1 + _joined(of))


def _joined(of: Granted) -> int:
    """How often the cohort changed before: the members came in one import."""
    return AuditEvent.objects.filter(kind="cohort.changed", at__lt=LATER).count()


def test_new_answers_are_signed_whole_or_not_at_all() -> None:
    of = granted()
    petra = of.participants[0]
    assert petra.account is not None

    struck_everywhere(
        lambda: ledger.record_answers(
            participant=petra, answers=HEALTH, form_version=of.consent.version, by=petra.account, capacity="self",
            source="portal", now=LATER,
        )
    )  # fmt: skip

    assert petra.events.count() == 2


def test_a_request_is_submitted_and_decided_whole_or_not_at_all() -> None:
    of = access.world()
    request = access.drafted(of)
    struck_everywhere(lambda: requests.submit(request=request, by=of.ada, now=NOW))
    line = of.line(request)
    struck_everywhere(lambda: cases.take_into_review(line=line, by=of.chair, now=NOW))
    for voter in (of.chair, of.member):
        struck_everywhere(
            lambda voter=voter: cases.vote(line=line, choice="approve", reason="Fits.", by=voter, now=NOW)
        )

    struck_everywhere(lambda: cases.approve(line=line, by=of.chair, now=NOW, months=12))

    assert [audited(kind) for kind in ("request.submitted", "vote.cast", "line.decided", "grant.made")] == [1, 2, 1, 1]


def test_what_follows_from_a_withdrawal_happens_whole_or_not_at_all() -> None:
    of = granted()
    of.leaves(0)

    struck_everywhere(lambda: evaluation.judge_grant(of.grant, LATER))
    propagate()

    assert (audited("grant.shrunk"), of.now().cohort_size) == (1, 2)
    assert outbox.waiting(LATER) == 0


def test_a_grant_ends_whole_or_not_at_all() -> None:
    of = granted()

    struck_everywhere(
        lambda: grants.end_grant(grant=of.grant, reason=Grant.End.REVOKED, note="Over.", by=of.access.chair, now=LATER)
    )

    assert (audited("grant.ended"), of.now().state) == (1, "ended")


def test_what_was_intended_is_recorded_whole_or_not_at_all() -> None:
    of = granted()
    with_second_factor(of.access.ada)
    standing_keys()

    struck_everywhere(lambda: visas.record_intent(person=of.access.ada, client=None, host=of.enforcing, now=LATER))

    assert audited("visas.intended") == 1


def test_every_table_is_looked_at() -> None:
    assert all(issubclass(model, models.Model) for model in MODELS)
    assert len(everything()) == len(MODELS)
