"""What asks for terms reads the newest versions alone, however many there were."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.committees.terms_selectors import current_terms
from access.models import Grant, RequestSubmission
from access.passports.terms_selectors import asked_of
from tests.access import builders
from tests.access.granted import Granted, granted
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def of() -> Granted:
    """A grant that came with the first of three versions of the terms; Ada accepted the first two."""
    made = granted()
    committee = made.access.committee
    builders.accept(builders.terms_of(committee, "Use the data well."), made.access.ada)
    builders.terms_of(committee, "Use the data well, and say so.")
    return made


def rows_read(ask: Callable[[], object]) -> int:
    """How many rows of the database the asking reads."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    rows = 0
    with connection.cursor() as cursor:
        for one in asked.captured_queries:
            cursor.execute(one["sql"])
            rows += len(cursor.fetchall())
    return rows


def test_the_current_terms_are_the_newest_version_of_each_text(of: Granted) -> None:
    committee = of.access.committee
    other = builders.terms.publish_terms(
        committee=committee, slug="cloud-terms", title="In the cloud", text="Stay.", by=TESTS, now=builders.NOW
    )

    found = current_terms([committee])

    assert [(one.slug, one.number) for one in found] == [(other.slug, 1), (of.access.terms.slug, 3)]


def test_a_version_that_came_with_a_request_is_met_by_a_newer_one(of: Granted) -> None:
    [asked] = asked_of(of.access.ada, [of.grant])[of.grant.pk]

    assert (asked.number, asked.accepted_number, asked.accepted) == (1, 2, True)


def test_who_has_not_accepted_what_a_grant_asks_for_is_told_so(of: Granted) -> None:
    RequestSubmission.terms.through.objects.all().delete()

    [asked] = asked_of(of.access.ada, [of.grant])[of.grant.pk]
    [of_nobody] = asked_of(of.access.chair, [of.grant])[of.grant.pk]

    assert (asked.number, asked.accepted_number, asked.accepted) == (3, 2, False)
    assert (of_nobody.accepted_number, of_nobody.accepted) == (None, False)


@pytest.mark.parametrize("came", [True, False], ids=["came with the request", "in force"])
def test_other_versions_are_not_read(of: Granted, came: bool) -> None:
    if not came:
        RequestSubmission.terms.through.objects.all().delete()
    grant = Grant.objects.select_related("line__case").get(pk=of.grant.pk)

    assert rows_read(lambda: current_terms([of.access.committee])) == 1
    assert rows_read(lambda: asked_of(of.access.ada, [grant])) == 1
