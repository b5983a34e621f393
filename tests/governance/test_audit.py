"""No audit, no effect: an event stands in the transaction of its change, or neither does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from access.cases import services as cases
from access.models import Grant, Request, Visa, Vote
from consent.models import CohortChange, ConsentEvent, ConsentState
from governance.domain.actors import system
from governance.domain.errors import NotNow
from governance.domain.events import ANNOUNCED, Kind, Subject
from governance.models import AuditEvent, OutboxMessage, User
from governance.record import audit
from governance.record.actors import actor_of
from governance.services import people, roles
from tests.access import builders
from tests.access.granted import LATER, NOW, granted, propagate
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


@contextmanager
def audit_fails() -> Iterator[None]:
    """The database itself refuses every new row of the audit log."""
    on_sqlite = (
        "CREATE TRIGGER audit_is_full BEFORE INSERT ON governance_auditevent "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is full'); END"
    )
    on_postgresql = (
        "CREATE FUNCTION audit_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the audit log is full'; END $$; "
        "CREATE TRIGGER audit_is_full BEFORE INSERT ON governance_auditevent FOR EACH ROW EXECUTE FUNCTION audit_is_full()"
    )
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(on_sqlite if sqlite else on_postgresql)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER audit_is_full" + ("" if sqlite else " ON governance_auditevent"))
            if not sqlite:
                cursor.execute("DROP FUNCTION audit_is_full()")


def everything() -> dict[str, Any]:
    """What stands, of every table that the attempts below would change."""
    tables = (User, Request, Vote, Grant, Visa, ConsentEvent, CohortChange, OutboxMessage, AuditEvent)
    rows: dict[str, Any] = {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}
    return rows | {"ConsentState": list(ConsentState.objects.order_by("pk").values())}


@pytest.mark.django_db(transaction=True)
def test_an_event_is_never_recorded_outside_the_transaction_of_its_change() -> None:
    with pytest.raises(RuntimeError, match="outside a transaction"):
        audit.record(Kind.PERSON_CREATED, by=TESTS, about=Subject("person", "x"), now=NOW)

    assert not AuditEvent.objects.exists()


def test_without_the_audit_log_nothing_changes() -> None:
    of = granted()
    line = builders.in_review(of.access)
    before = everything()

    attempts = {
        "withdraw": lambda: of.leaves(0),
        "answer": lambda: of.answers(
            1, {"research_scope": "health", "ancestry_research": None, "commercial_use": "no"}
        ),
        "vote": lambda: cases.vote(line=line, choice="approve", reason="Fits.", by=of.access.chair, now=LATER),
        "create": lambda: people.create_person(username="new", email="new@example.org", name="", by=TESTS, now=NOW),
        "give": lambda: roles.give_role(
            role=roles.Role.MEMBER, on=of.access.committee, to=of.access.ada, by=TESTS, now=NOW
        ),
        "end": lambda: cases.grants.end_grant(
            grant=of.grant, reason=Grant.End.REVOKED, note="Over.", by=of.access.chair, now=LATER
        ),
    }
    with audit_fails():
        for attempt in attempts.values():
            with pytest.raises(NotNow, match="the audit log cannot be written"):
                attempt()

    assert everything() == before


def test_a_page_says_that_nothing_was_changed_when_the_audit_log_fails() -> None:
    of = granted()
    browser = Client(raise_request_exception=False)
    browser.force_login(of.participants[0].account, backend="django.contrib.auth.backends.ModelBackend")
    before = everything()

    with audit_fails():
        answer = browser.post(f"/consent/{of.participants[0].pk}/stop/", {"axes": ["no_use"]})

    assert answer.status_code == 503
    assert "Nothing was changed" in answer.content.decode()
    assert {name: rows for name, rows in everything().items() if name != "User"} == {
        name: rows for name, rows in before.items() if name != "User"
    }


def test_what_must_follow_is_published_in_the_same_transaction() -> None:
    of = granted()
    of.leaves(0)

    event = AuditEvent.objects.filter(kind=Kind.COHORT_CHANGED.value).first()
    message = OutboxMessage.objects.filter(kind=Kind.COHORT_CHANGED.value).last()

    assert event is not None
    assert message is not None
    assert Kind.COHORT_CHANGED in ANNOUNCED
    assert message.payload == {"subject": event.subject_id, **event.detail}


def test_who_acted_stands_there_as_an_opaque_subject() -> None:
    of = granted()
    of.leaves(0)
    propagate()

    people_named = set(AuditEvent.objects.exclude(actor__startswith="system:").values_list("actor", flat=True))
    assert people_named <= set(User.objects.values_list("subject", flat=True))
    assert str(actor_of(system("clock"))) == "system:clock"
    assert timezone.is_aware(AuditEvent.objects.latest("id").at)
