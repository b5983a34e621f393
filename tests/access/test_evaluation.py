"""Grants follow consent: whoever leaves is out, whoever stays is in, and nothing is lost between."""

from datetime import timedelta

import pytest

from access.grants import evaluation
from access.grants import services as grants
from access.grants.selectors import cohort_basis
from access.models import Grant, HostAcknowledgement
from consent.selectors import cohorts
from consent.selectors.positions import position
from consent.services.sealer import seal
from governance.domain.errors import Invalid
from governance.models import AuditEvent, OutboxMessage
from governance.services import datasets, organisations
from tests.access.granted import LATER, NOW, Granted, granted, propagate
from tests.acting import TESTS
from tests.consent.builders import EVERYTHING, HEALTH

pytestmark = pytest.mark.django_db


def joined(of: Granted) -> int:
    return cohorts.size(cohort_basis(of.now(), LATER))


def test_a_grant_records_its_cohort_at_an_epoch() -> None:
    of = granted()

    assert (of.grant.state, of.grant.epoch, of.grant.cohort_size, joined(of)) == ("active", 3, 3, 3)


def test_a_withdrawn_participant_leaves_the_cohort_and_the_others_stay() -> None:
    of = granted()
    of.leaves(0)

    propagate()

    assert (of.now().state, of.now().cohort_size, joined(of)) == ("active", 2, 2)
    assert of.now().shrunk_at_position == position(of.access.dataset.pk) == 4


def test_a_participant_who_leaves_is_out_before_anything_is_propagated() -> None:
    of = granted()

    of.leaves(0)

    assert joined(of) == 2


def test_a_narrowed_consent_leaves_when_it_no_longer_fits() -> None:
    of = granted(answers=EVERYTHING)
    of.answers(1, HEALTH | {"repository": "no"})

    propagate()

    assert joined(of) == 2


def test_a_change_that_still_fits_keeps_the_participant_in() -> None:
    of = granted(answers=EVERYTHING)
    of.answers(1, HEALTH)

    propagate()

    assert (joined(of), of.now().shrunk_at_position) == (3, 0)


def test_what_still_fits_is_judged_once_and_no_sweep_looks_at_it_again() -> None:
    of = granted(answers=EVERYTHING)
    of.answers(1, HEALTH)

    propagate()

    assert (of.now().judged_position, evaluation.sweep(LATER)) == (position(of.access.dataset.pk), 0)


def test_who_comes_back_waits_for_the_next_epoch() -> None:
    of = granted()
    of.answers(0, HEALTH | {"repository": "no"})
    of.answers(0, EVERYTHING, LATER + timedelta(minutes=1))

    propagate(LATER + timedelta(minutes=2))

    assert (joined(of), of.now().cohort_size) == (2, 2)


def test_who_joins_the_dataset_later_waits_for_the_next_epoch() -> None:
    of = granted()
    read = cohort_basis(of.now(), LATER)

    assert read.epoch == 3
    assert len(list(cohorts.member_ids(read))) == 3


def test_a_grant_ends_when_nobody_is_left() -> None:
    of = granted()
    for number in range(3):
        of.leaves(number)

    propagate()

    assert (of.now().state, of.now().end_reason) == ("ended", "consent_gone")


def test_each_host_has_something_to_confirm_after_a_shrink() -> None:
    of = granted()
    of.leaves(0)

    propagate()

    rows = HostAcknowledgement.objects.order_by("host__slug").values_list("host__slug", "needs_position")
    assert list(rows) == [("arkiv", 4), ("harbour", 4)]


def test_what_a_dead_worker_left_is_found_by_the_sweep() -> None:
    of = granted()
    of.leaves(0)
    OutboxMessage.objects.filter(fanned_at__isnull=True).update(due_at=LATER + timedelta(days=1))

    behind = evaluation.sweep(LATER)

    assert (behind, of.now().cohort_size) == (1, 2)


def test_judging_twice_changes_nothing() -> None:
    of = granted()
    of.leaves(0)
    propagate()
    before = (of.now().shrunk_at_position, AuditEvent.objects.count())

    evaluation.judge_grant(of.now(), LATER)

    assert (of.now().shrunk_at_position, AuditEvent.objects.count()) == before


def test_a_label_that_no_longer_allows_the_purpose_ends_the_grant() -> None:
    of = granted()
    datasets.label_dataset(
        dataset=of.access.dataset, data_use={"permission": "POA"}, evidence="the signed form", by=TESTS, now=LATER
    )

    propagate()

    assert (of.now().state, of.now().end_reason) == ("ended", "consent_gone")


def test_an_ethics_approval_that_ended_suspends_a_grant_that_needs_one() -> None:
    of = granted({"permission": "HMB", "modifiers": ["IRB"]})
    over = NOW.replace(year=2028, month=1)

    evaluation.judge_grant(of.now(), over)

    assert of.now().state == "suspended"


def test_the_end_of_an_ethics_approval_is_followed_without_any_other_cause() -> None:
    of = granted({"permission": "HMB", "modifiers": ["IRB"]})
    last_day, over = NOW.replace(year=2027, month=12, day=31), NOW.replace(year=2028, month=1, day=1)

    found = [evaluation.follow_ethics(day) for day in (last_day, over)]

    assert (found, of.now().state) == ([0, 1], "suspended")


def test_a_lost_affiliation_ends_that_persons_part() -> None:
    of = granted()
    organisations.end_affiliation(affiliation=of.access.ada.affiliations.get(), by=TESTS, now=LATER)

    propagate()

    assert of.now().people.get(person=of.access.ada).ended_at == LATER


def test_another_affiliation_that_ran_out_keeps_no_part() -> None:
    of = granted()
    own = of.access.ada.affiliations.get()
    organisations.record_affiliation(
        person=of.access.ada, organisation=own.organisation, role="faculty", vouched_by="declared",
        until=NOW + timedelta(seconds=1), by=TESTS, now=NOW,
    )  # fmt: skip
    organisations.end_affiliation(affiliation=own, by=TESTS, now=LATER)

    propagate()

    assert of.now().people.get(person=of.access.ada).ended_at == LATER


def test_a_grant_whose_time_is_over_ends() -> None:
    of = granted()

    grants.expire(of.grant.ends_at)

    assert (of.now().state, of.now().end_reason) == ("ended", "expired")


def test_ending_a_grant_needs_a_reason() -> None:
    of = granted()

    with pytest.raises(Invalid, match="say why"):
        grants.end_grant(grant=of.grant, reason=Grant.End.REVOKED, note=" ", by=of.access.chair, now=LATER)


def test_an_ended_grant_never_opens_again() -> None:
    of = granted()
    grants.end_grant(grant=of.grant, reason=Grant.End.REVOKED, note="misuse", by=of.access.chair, now=LATER)

    assert grants.activate_if_ready(grant=of.grant, now=LATER).state == "ended"
    assert grants.suspend(grant=of.grant, note="x", by=of.access.chair, now=LATER).state == "ended"


def test_every_change_of_a_grant_is_one_audit_event_and_one_feed_row() -> None:
    of = granted()
    of.leaves(0)
    propagate()

    audited = AuditEvent.objects.filter(subject_kind="grant", kind__startswith="grant.").order_by("id")
    assert [event.kind for event in audited] == [change.kind for change in of.grant.changes.order_by("id")]


def test_sealing_numbers_changes_in_order_and_once() -> None:
    of = granted()
    of.leaves(0)

    assert (seal(of.access.dataset.pk), seal(of.access.dataset.pk)) == (4, 4)


def test_a_grant_lasts_at_least_a_month() -> None:
    of = granted()

    with pytest.raises(Invalid) as refused:
        grants.make_grant(line=of.grant.line, months=0, judged_rules=[], by=of.access.chair, now=NOW)

    assert refused.value.fields == {"months": "give a number from 1"}


def test_a_host_that_cannot_filter_must_leave_out_who_never_joined_before_it_gets_a_visa() -> None:
    of = granted(answers=None, others=[HEALTH | {"repository": "no"}])

    rows = HostAcknowledgement.objects.values_list("host__slug", "needs_position", "confirmed_position")

    assert (of.grant.cohort_size, of.grant.shrunk_at_position) == (3, of.grant.epoch)
    assert list(rows) == [("arkiv", of.grant.epoch, 0)]
    assert len(cohorts.outside(cohort_basis(of.now(), LATER))) == 1


def test_where_everybody_joins_no_host_has_anything_to_leave_out() -> None:
    of = granted()

    assert (of.grant.shrunk_at_position, HostAcknowledgement.objects.count()) == (0, 0)
