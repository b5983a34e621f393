"""A grant that comes after another: one chain, of one applicant on one dataset; the earlier one ends as it would have."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from access import seals
from access.cases import services as cases
from access.models import Grant, Line
from access.verification import verify
from governance.domain.errors import Conflict, Invalid
from governance.models import AuditEvent
from governance.record import seals as plain
from tests.access import builders
from tests.access.builders import NOW, World
from tests.accounts import signed_in

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


def approvable(of: World, **purpose: object) -> Line:
    return builders.voted(of, "approve", "approve", **purpose)


@pytest.fixture
def of() -> World:
    """A world with a grant, and one that follows it."""
    world = builders.world()
    first = cases.approve(line=approvable(world), by=world.chair, now=NOW, months=12)
    again = approvable(world, diseases=["MONDO:0005045"])
    cases.approve(line=again, by=world.chair, now=LATER, months=24, follows=first)
    return world


def chain() -> tuple[Grant, Grant]:
    first, second = Grant.objects.order_by("pk")
    return first, second


def test_a_grant_follows_the_earlier_one_and_leaves_it_as_it_was(of: World) -> None:
    first, second = chain()

    made = AuditEvent.objects.filter(kind="grant.made").latest("pk")
    assert (first.follows, second.follows, first.followed_by) == (None, first, second)
    assert (first.state, first.ended_at) == ("active", None)
    assert made.detail["follows"] == first.number
    assert [one.says for one in verify.findings(now=LATER) if one.about in (first.number, second.number)] == []


def test_one_grant_follows_another_and_no_second_does(of: World) -> None:
    first, second = chain()
    third = approvable(of, diseases=["MONDO:0005021"])

    with pytest.raises(Conflict):
        cases.approve(line=third, by=of.chair, now=LATER, follows=first)
    made = cases.approve(line=third, by=of.chair, now=LATER, follows=second)

    assert made.follows == second


def test_a_grant_follows_none_of_somebody_else_and_none_on_another_dataset(of: World) -> None:
    _first, second = chain()
    bo = builders.person("bo")
    builders.belongs(of.university, bo)
    theirs = of.line(builders.submitted(of, by=bo))
    cases.take_into_review(line=theirs, by=of.chair, now=NOW)
    for voter in (of.member, of.representative):
        cases.vote(line=theirs, choice="approve", reason="Fits.", by=voter, now=NOW)

    with pytest.raises(Invalid):
        cases.approve(line=theirs, by=of.chair, now=LATER, follows=second)
    of.dataset = builders.dataset("lungs", of.committee)
    with pytest.raises(Invalid):
        cases.approve(line=approvable(of), by=of.chair, now=LATER, follows=second)

    assert Grant.objects.count() == 2


def test_the_database_knows_no_circle(of: World) -> None:
    first, second = chain()
    for wrong in (first, second):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.filter(pk=first.pk).update(follows=wrong)


def test_a_grant_that_follows_none_keeps_the_hash_that_it_had_before_there_were_chains(of: World) -> None:
    first, second = chain()
    columns = (*seals._RECOMPUTED, "follows_id")

    kept = [plain.seal(one, without=columns, salt=one.line.case.request.salt) for one in (first, second)]

    assert seals.of_grant(first) == kept[0]
    assert seals.of_grant(second) != kept[1]


def test_what_follows_another_is_found_when_it_is_moved_beside_the_platform(of: World) -> None:
    Grant.objects.filter(follows__isnull=False).update(follows=None)
    _first, second = chain()

    assert any(
        "changed beside the platform" in one.says for one in verify.findings(now=LATER) if one.about == second.number
    )


def test_the_pages_of_both_tell_of_the_other(of: World) -> None:
    first, second = chain()
    ada = signed_in(of.ada)

    before, after = (ada.get(f"/grants/{one.number}").content.decode() for one in (first, second))

    assert f'<a href="/grants/{second.number}">' in before
    assert "comes after this grant" in before
    assert "is the grant before this one. Its last day is" in after


def test_a_grant_on_a_label_alone_names_no_position_of_participants(of: World) -> None:
    first, second = chain()
    assert second.cohort_size is None

    page = signed_in(of.ada).get(f"/grants/{first.number}").content.decode()
    Grant.objects.filter(pk=second.pk).update(cohort_size=40, epoch=7)
    counted = signed_in(of.ada).get(f"/grants/{first.number}").content.decode()

    assert "comes after this grant." in page
    assert "for the participants at position" not in page
    assert "for the participants at position 7" in counted
