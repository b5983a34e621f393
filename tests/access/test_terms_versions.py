"""What asks for terms reads the newest versions alone, however many there were."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.committees.terms_selectors import current_terms, newest_accepted
from access.passports import minting
from tests.access import builders
from tests.accounts import second_factor
from tests.governance.key_builders import standing_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> builders.World:
    """A committee with three versions of its terms; Ada accepted the first two."""
    made = builders.world()
    builders.accept(made.terms, made.ada)
    builders.accept(builders.terms_of(made.committee, "Use the data well."), made.ada)
    builders.terms_of(made.committee, "Use the data well, and say so.")
    return made


def rows_read(ask) -> int:
    """How many rows of the database the asking reads."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    rows = 0
    with connection.cursor() as cursor:
        for one in asked.captured_queries:
            cursor.execute(one["sql"])
            rows += len(cursor.fetchall())
    return rows


def test_the_current_terms_are_the_newest_version_of_each_text(world: builders.World) -> None:
    other = builders.terms.publish_terms(
        committee=world.committee, slug="cloud-terms", title="In the cloud", text="Stay.", by="tests", now=builders.NOW
    )

    found = current_terms([world.committee])

    assert [(one.slug, one.number) for one in found] == [(other.slug, 1), (world.terms.slug, 3)]


def test_what_a_person_accepted_is_the_newest_version_of_each_text(world: builders.World) -> None:
    held = newest_accepted(world.ada, [world.terms.slug])

    assert {slug: one.terms.number for slug, one in held.items()} == {world.terms.slug: 2}
    assert newest_accepted(world.chair, [world.terms.slug]) == {}


def test_earlier_versions_are_not_read(world: builders.World) -> None:
    slug = world.terms.slug

    assert rows_read(lambda: current_terms([world.committee])) == 1
    assert rows_read(lambda: newest_accepted(world.ada, [slug])) == 1


def test_a_person_takes_no_place_on_the_status_list_for_versions_of_long_ago(world: builders.World) -> None:
    standing_keys()
    second_factor(world.ada)

    intended = minting.record_intent(person=world.ada, client=None, host=None, now=builders.NOW)

    # Of terms only those are told that a grant asks for.
    assert [one.row.type for one in intended.planned] == ["AffiliationAndRole"]
