"""Whatever a person has open ends when what they may do changes: in every browser, at once."""

from collections.abc import Callable

import pytest
from django.test import Client

from governance.domain.roles import Role
from governance.models import Committee, User
from governance.services import roles
from tests.access import builders
from tests.access.builders import NOW
from tests.accounts import signed_in
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def is_signed_in(browser: Client) -> bool:
    """Whether the browser is let in where only people with an account are."""
    return browser.get("/requests/").status_code == 200


def gives(to: User, on: Committee) -> None:
    roles.give_role(role=Role.MEMBER, on=on, to=to, by=TESTS, now=NOW)


def takes(of: User, on: Committee) -> None:
    roles.take_role(role=Role.MEMBER, on=on, of=of, by=TESTS, now=NOW)


@pytest.mark.parametrize("change", [gives, takes])
def test_a_changed_role_ends_every_session_of_the_person_and_nobody_elses(change: Callable[..., None]) -> None:
    world = builders.world()
    other = builders.committee("other", builders.organisation("other"))
    phone, laptop, somebody = signed_in(world.member), signed_in(world.member), signed_in(world.ada)
    before = [is_signed_in(browser) for browser in (phone, laptop, somebody)]

    change(world.member, other if change is gives else world.committee)

    assert before == [True, True, True]
    assert [is_signed_in(browser) for browser in (phone, laptop, somebody)] == [False, False, True]
    assert is_signed_in(signed_in(User.objects.get(pk=world.member.pk)))


def test_a_role_that_is_held_already_ends_nothing() -> None:
    world = builders.world()
    browser = signed_in(world.member)

    gives(world.member, world.committee)

    assert is_signed_in(browser)
