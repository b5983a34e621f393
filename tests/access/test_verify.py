"""`manage.py verify` finds nothing in a world that keeps its promises, and every broken promise in one that does not."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from access import seals
from access.cases import services as cases
from access.grants.services import end_grant, expire
from access.models import Grant, GrantPerson, Line, PassportIntent, StatusList, Visa
from access.verification import verify
from consent.models import ConsentProfile, ConsentState, Member
from governance.domain.events import Kind, Subject
from governance.models import AuditEvent, OutboxMessage
from governance.record import audit, sealer
from tests.access import builders
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.acting import TESTS
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db
FEWER = (3, "1 fewer visas are revoked than the audit log tells")
REWRITTEN = (3, "is not as the audit log covers it: it was changed beside the platform")


def found(now=LATER) -> list[tuple[int, str]]:
    return [(one.invariant, one.says) for one in verify.findings(now=now)]


def a_visa(of: Granted, host, at=NOW, position=None) -> Visa:
    """A visa row and its event, as minting records them."""
    intent = PassportIntent.objects.create(person=of.access.ada, host=host, at=at)
    places, _made = StatusList.objects.get_or_create(
        number=1, defaults={"permutation_key_encrypted": "x", "opened_at": NOW, "counter": 100}
    )
    visa = Visa.objects.create(
        intent=intent, grant=of.grant, host=host, type="ControlledAccessGrants", jti=f"jti-{Visa.objects.count()}",
        kid="key", position=position, status_list=places, index=Visa.objects.count(), exp=LATER + timedelta(minutes=50),
    )  # fmt: skip
    audit.record(
        Kind.VISAS_INTENDED, by=of.access.ada, about=Subject("passport", str(intent.pk)), now=at,
        detail={"client": "", "host": host.slug, "grants": [of.grant.pk], "visas": 1, "root": seals.of_visas([visa])},
    )  # fmt: skip
    return visa


def test_nothing_is_found_in_a_world_that_follows_its_participants() -> None:
    of = granted()
    a_visa(of, of.enforcing, position=3)
    a_visa(of, of.download)
    of.leaves(0)
    propagate()
    a_visa(of, of.enforcing, at=LATER + timedelta(minutes=1), position=4)

    assert found() == []


def test_a_live_visa_of_an_ended_grant_is_found() -> None:
    of = granted()
    visa = a_visa(of, of.enforcing, position=3)
    end_grant(grant=of.grant, reason=Grant.End.REVOKED, note="Over.", by=TESTS, now=LATER)
    Visa.objects.filter(pk=visa.pk).update(revoked_at=None)

    assert found() == [
        (1, "its grant is ended"),
        FEWER,
        (2, "has ended and its visas are not all on their status list"),
    ]


def test_a_live_visa_of_somebody_whose_part_has_ended_is_found() -> None:
    of = granted()
    a_visa(of, of.enforcing, position=3)
    GrantPerson.objects.filter(grant=of.grant).update(ended_at=NOW)

    assert found() == [
        (1, "its grant does not name this person any more"),
        (3, "the people whose part has ended are not those that the audit log tells of"),
    ]


def test_visas_from_before_a_shrink_are_found_where_cohorts_are_not_enforced() -> None:
    of = granted()
    visa = a_visa(of, of.download)
    of.leaves(0)
    propagate()
    Visa.objects.filter(pk=visa.pk).update(revoked_at=None)

    assert found() == [(1, "it names no cohort, and is from before the last change of who is left out"), FEWER]


def test_a_visa_minted_with_an_older_position_than_the_last_shrink_is_found() -> None:
    of = granted()
    of.leaves(0)
    propagate()
    a_visa(of, of.enforcing, at=LATER + timedelta(minutes=1), position=3)

    assert found() == [(1, "it names a position from before the last shrink when it was minted")]


def test_a_grant_that_is_live_past_its_end_is_found() -> None:
    of = granted()
    Grant.objects.filter(pk=of.grant.pk).update(ends_at=NOW)

    assert found() == [(2, "is live past its end: does the worker run?"), REWRITTEN]


def test_a_grant_that_ended_when_its_time_was_over_is_no_finding_ever_after() -> None:
    of = granted()
    over = of.grant.ends_at
    expire(over)

    assert Grant.objects.get().state == "ended"
    assert found(over + timedelta(days=365)) == []


def test_a_change_of_a_grant_without_its_audit_event_is_found() -> None:
    of = granted()
    of.grant.changes.create(kind="grant.suspended", at=NOW)

    assert found() == [(3, "the changes that hosts read (3) are not those of the audit log (2)")]


def test_a_list_that_gave_out_fewer_places_than_it_holds_is_found() -> None:
    of = granted()
    a_visa(of, of.enforcing, position=3)
    StatusList.objects.update(counter=0)

    assert found() == [(5, "holds 1 visas and gave out 0")]


def test_a_wrong_cohort_size_is_found() -> None:
    of = granted()
    Grant.objects.filter(pk=of.grant.pk).update(cohort_size=7)

    assert found() == [(5, "counts 7 in its cohort, and there are 3")]


def test_a_decision_that_does_not_come_out_of_its_snapshot_is_found() -> None:
    of = granted()
    line = Line.objects.get(pk=of.grant.line_id)
    Line.objects.update(decision={**line.decision, "verdict": "deny"})

    assert found() == [REWRITTEN, (6, "its decision does not come out of its snapshot again")]


def test_a_participant_who_is_in_a_cohort_against_their_own_no_is_found() -> None:
    of = granted()
    excluded = next(one for one in ConsentProfile.objects.all() if one.excluded)
    ConsentState.objects.filter(participant=of.participants[0]).update(profile=excluded)
    member = Member.objects.get(participant=of.participants[0])

    assert found() == [(7, f"member {member.pk} is in it against their own no")]


def test_the_command_says_what_it_found_and_fails() -> None:
    of = granted()
    standing_keys()
    sealer.seal(now=NOW)
    out = StringIO()
    call_command("verify", stdout=out)
    message = OutboxMessage.objects.create(kind="x", created_at=NOW, due_at=NOW, fanned_at=NOW)
    message.deliveries.create(listener="nobody", queue="deliveries", due_at=NOW, given_up_at=NOW)
    Grant.objects.update(cohort_size=7)
    broken = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("verify", stdout=broken)

    assert out.getvalue().endswith(": everything fits\n")
    assert ended.value.code == 1
    assert broken.getvalue().splitlines() == [
        f"invariant 5: {of.grant.number}: counts 7 in its cohort, and there are 3",
        "invariant 8: 1 messages were given up and stand undelivered",
        "looked at 3 participants, 3 events, 1 datasets: 2 findings",
    ]
    assert AuditEvent.objects.exists()


def test_the_ledger_alone_says_nothing_of_grants() -> None:
    granted()
    Grant.objects.update(cohort_size=7)
    out = StringIO()

    call_command("verify", "--ledger", stdout=out)

    assert out.getvalue() == "looked at 3 participants, 3 events, 1 datasets: everything fits\n"


def test_verifying_costs_no_query_for_each_request_line_vote_and_visa(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    of = granted()
    a_visa(of, of.enforcing, position=3)
    cases.write_to_applicant(case=of.access.case(), text="Good day.", by=of.access.chair, now=NOW)
    with CaptureQueriesContext(connection) as one:
        assert found() == []
    for disease in ("MONDO:0005021", "MONDO:0005027", "MONDO:0005070"):
        builders.voted(of.access, "approve", "refuse", diseases=[disease])
        cases.write_to_applicant(case=of.access.case(), text="Good day.", by=of.access.chair, now=NOW)
        a_visa(of, of.enforcing, position=3)

    with django_assert_max_num_queries(len(one)):
        assert found() == []
