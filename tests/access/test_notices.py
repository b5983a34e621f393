"""Who is told what on the researcher's, the committee's and the host's side: once for a turn, an outcome, a lateness."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from access import notices
from access.cases import services as cases
from access.grants import ends
from access.hosts import services as hosts
from access.models import Grant, HostAcknowledgement, Line
from access.requests import collaborator_services as collaborators
from access.requests import services as requests
from governance.domain.roles import Role
from governance.models import DataHost, Notice, User
from governance.notices import selectors
from governance.record import outbox
from governance.services import roles
from tests.access import builders
from tests.access.builders import NOW, World
from tests.access.granted import Granted, granted, propagate
from tests.access.operated import operator
from tests.accounts import signed_in
from tests.acting import TESTS

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
SOON = timedelta(minutes=1)


def told(person: User, *kinds: str) -> list[tuple[str, str]]:
    rows = Notice.objects.filter(person=person).order_by("pk")
    return list((rows.filter(kind__in=kinds) if kinds else rows).values_list("kind", "about"))


def drain() -> None:
    outbox.drain(now=LATER)


def vote(line: Line, by: User) -> None:
    cases.vote(line=line, choice="approve", reason="Fits.", by=by, now=NOW)


def two_lines(of: World) -> list[Line]:
    """A case with two lines, both still to be taken into review."""
    builders.dataset("lungs", of.committee)
    request = builders.drafted(of)
    second = of.committee.datasets.get(slug="lungs")
    request = requests.add_dataset(request=request, dataset=second, by=of.ada, now=NOW)
    requests.submit(request=request, by=of.ada, now=NOW)
    return list(Line.objects.filter(case__request=request).order_by("pk"))


# --- Your turn --------------------------------------------------------------------------------------------------------
def test_who_may_vote_is_told_that_a_case_waits_and_nobody_else() -> None:
    of = builders.world()
    line = builders.in_review(of)
    drain()

    for person in (of.chair, of.member, of.representative):
        assert told(person) == [(notices.VOTE, line.case.number)]
    assert told(of.secretary) == told(of.ada) == []


def test_a_recused_member_is_not_told() -> None:
    of = builders.world()
    request = builders.submitted(of)
    line = of.line(request)
    cases.recuse(case=line.case, reason="A friend.", by=of.member, now=NOW)
    cases.take_into_review(line=line, by=of.chair, now=NOW)
    drain()

    assert told(of.member) == []


def test_two_lines_of_a_case_are_one_turn_until_both_have_a_vote() -> None:
    of = builders.world()
    first, second = two_lines(of)
    for minute, line in enumerate((first, second)):
        cases.take_into_review(line=line, by=of.chair, now=NOW + minute * SOON)
    drain()
    notices.on_reviewed({"line": first.pk}, LATER)
    vote(first, of.member)
    notices.on_reviewed({"line": first.pk}, LATER)

    assert told(of.member) == told(of.chair) == [(notices.VOTE, first.case.number)]


def test_what_is_taken_after_everything_was_voted_on_is_a_turn_of_its_own() -> None:
    of = builders.world()
    first, second = two_lines(of)
    cases.take_into_review(line=first, by=of.chair, now=NOW)
    drain()
    vote(first, of.member)
    cases.take_into_review(line=second, by=of.chair, now=NOW + SOON)
    drain()

    assert len(told(of.member)) == 2
    assert len(told(of.chair)) == 1


def test_a_request_given_back_waits_for_its_authors_and_then_for_votes_anew() -> None:
    of = builders.world()
    line = builders.voted(of)
    drain()
    cases.return_line(line=line, text="Say which hospital.", by=of.secretary, now=NOW)
    cases_told = len(told(of.member, notices.VOTE))
    drain()
    asked = told(of.ada)
    requests.submit(request=of.requests[-1], by=of.ada, now=NOW + SOON)
    drain()

    assert asked == [(notices.CHANGES, of.requests[-1].number)]
    assert told(of.ada) == asked
    assert len(told(of.member, notices.VOTE)) == cases_told + 1


def test_who_works_on_a_request_is_told_with_the_applicant() -> None:
    of = builders.world()
    bo = builders.person("bo")
    builders.belongs(of.university, bo)
    request = builders.drafted(of)
    collaborators.ask(request=request, name="bo", by=of.ada, now=NOW)
    collaborators.join(request=request, by=bo, now=NOW)
    requests.submit(request=request, by=of.ada, now=NOW)
    line = cases.take_into_review(line=of.line(request), by=of.chair, now=NOW)
    cases.return_line(line=line, text="Say which hospital.", by=of.secretary, now=NOW)
    drain()

    assert told(bo, notices.CHANGES) == told(of.ada, notices.CHANGES) == [(notices.CHANGES, request.number)]


# --- Decided and revoked ------------------------------------------------------------------------------------------------
def test_the_applicant_is_told_once_what_was_approved() -> None:
    of = builders.world()
    line = builders.voted(of, "approve", "approve", "approve")
    cases.approve(line=line, by=of.chair, now=NOW, months=12)
    drain()
    notices.on_decided({"line": line.pk}, LATER)

    assert told(of.ada) == [(notices.APPROVED, of.requests[-1].number)]


def test_the_applicant_is_told_what_was_refused_and_the_mail_names_nothing() -> None:
    of = builders.world()
    EmailAddress.objects.create(user=of.ada, email="ada@university.example", verified=True, primary=True)
    line = builders.voted(of, "refuse", "refuse", "refuse")
    cases.refuse(line=line, term="DUO:0000007", text="Not this disease.", by=of.chair, now=NOW)
    drain()

    [letter] = mail.outbox
    request = of.requests[-1]
    assert told(of.ada) == [(notices.REFUSED, request.number)]
    assert reverse("request", args=[request.number]) in letter.body
    secret = (request.title, of.dataset.title, of.committee.name, "Not this disease.", "DUO:0000007")
    assert not [word for word in secret if word in letter.subject + letter.body]


def test_a_revoked_grant_says_who_revoked_it_and_what_becomes_of_copies() -> None:
    of = granted()
    ends.revoke_grant(grant=of.grant, note="The centre closed.", by=of.access.chair, now=LATER)
    outbox.drain(now=LATER)
    client = Client()
    client.force_login(of.access.ada, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("grant", args=[of.grant.number])).content.decode()

    assert told(of.access.ada, notices.REVOKED, notices.ENDED) == [(notices.REVOKED, of.grant.number)]
    assert f"by {of.access.committee.name}." in page
    assert "The centre closed." in page
    assert "deletes it or gives it back as the terms say" in page


# --- Late ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def late() -> Granted:
    """A world whose host that keeps no cohorts has a removal to confirm."""
    of = granted()
    operator("hanna", of.download)
    of.leaves(0, NOW)
    propagate(NOW)
    return of


def hanna() -> User:
    return User.objects.get(username="hanna")


def unconfirmed(host: DataHost) -> HostAcknowledgement:
    return HostAcknowledgement.objects.get(host=host)


def test_an_operator_is_told_when_a_host_is_late_and_not_before(late: Granted) -> None:
    since = unconfirmed(late.download).changed_at
    for wait in (timedelta(minutes=4, seconds=59), timedelta(minutes=5), timedelta(minutes=6), timedelta(hours=3)):
        notices.tell_of_late_hosts(since + wait)

    assert told(hanna(), notices.LATE).count((notices.LATE, late.download.slug)) == 1
    assert told(late.access.chair, notices.LATE) == []


def test_the_inbox_calls_a_late_host_by_its_name(late: Granted) -> None:
    notices.tell_of_late_hosts(unconfirmed(late.download).changed_at + timedelta(minutes=6))

    page = signed_in(hanna()).get(reverse("inbox")).content.decode()

    assert f"Host: <bdi>{late.download.name}</bdi>" in page
    assert reverse("host", args=[late.download.slug]) in page


def test_a_host_that_caught_up_and_is_late_again_is_told_of_again(late: Granted) -> None:
    row = unconfirmed(late.download)
    notices.tell_of_late_hosts(row.changed_at + timedelta(minutes=6))
    hosts.confirm(host=late.download, grant=late.grant, position=row.needs_position, by=hanna(), now=LATER)
    assert notices.tell_of_late_hosts(LATER + timedelta(hours=1)) == 1  # the other host is late still
    late.leaves(1, LATER + timedelta(hours=1))
    propagate(LATER + timedelta(hours=1))
    notices.tell_of_late_hosts(LATER + timedelta(hours=2))

    assert told(hanna(), notices.LATE).count((notices.LATE, late.download.slug)) == 2


def test_nobody_is_told_of_a_grant_that_is_over_or_of_a_host_that_is_closed(late: Granted) -> None:
    Grant.objects.update(state="ended", end_reason="closed", ended_at=LATER)

    assert notices.tell_of_late_hosts(LATER) == 0


# --- Choices ------------------------------------------------------------------------------------------------------------
def asked_of(person: User) -> set[str]:
    return {choice.kind.name for choice in selectors.choices(person)}


def test_everybody_chooses_among_what_can_concern_them() -> None:
    of = granted()
    hanna = operator("hanna", of.download)
    [petra] = [one.account for one in of.participants[:1]]
    assert petra is not None
    researching = {
        notices.CHANGES, notices.INVITED, notices.APPROVED, notices.REFUSED, notices.STOPPED, notices.ENDED,
        notices.REVOKED,
    }  # fmt: skip

    assert asked_of(of.access.ada) == researching
    assert asked_of(of.access.member) == {notices.VOTE}
    assert asked_of(hanna) == {notices.LATE}
    assert asked_of(of.access.secretary) == asked_of(petra) == set()


def test_who_was_told_of_a_kind_chooses_it_from_then_on() -> None:
    of = builders.world()
    builders.in_review(of)
    drain()
    before = asked_of(of.member)
    roles.take_role(role=Role.MEMBER, on=of.committee, of=of.member, by=TESTS, now=NOW)

    assert notices.VOTE in before
    assert notices.VOTE in asked_of(of.member)


def test_a_page_without_choices_does_not_ask_for_them() -> None:
    nobody = builders.person("nobody")
    client = Client()
    client.force_login(nobody, backend="django.contrib.auth.backends.ModelBackend")

    assert "How I hear of things" not in client.get(reverse("inbox")).content.decode()
