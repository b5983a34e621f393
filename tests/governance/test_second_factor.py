"""Whoever holds a role that demands a second factor goes nowhere before one is set up."""

import pytest
from allauth.mfa.models import Authenticator

from governance.domain.roles import Role
from governance.models import Installation
from governance.services import roles
from tests.access import builders
from tests.accounts import signed_in
from tests.acting import TESTS

pytestmark = pytest.mark.django_db


def test_a_judge_without_a_second_factor_is_led_to_set_one_up() -> None:
    dac = builders.committee("lakeland", builders.organisation("lakeland"))
    mei = builders.person("mei")
    roles.give_role(role=Role.MEMBER, on=dac, to=mei, by=TESTS, now=builders.NOW)

    answer = signed_in(mei).get("/queue/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/2fa/totp/activate/")


def test_a_judge_with_a_second_factor_is_let_through() -> None:
    world = builders.world()

    assert signed_in(world.member).get("/queue/").status_code == 200


def test_somebody_without_such_a_role_needs_none_to_read() -> None:
    assert signed_in(builders.person("ada")).get("/requests/").status_code == 200


def test_a_role_that_is_given_later_asks_for_a_second_factor_at_the_next_page() -> None:
    dac = builders.committee("lakeland", builders.organisation("lakeland"))
    mei = builders.person("mei")
    client = signed_in(mei)
    client.get("/requests/")
    roles.give_role(role=Role.MEMBER, on=dac, to=mei, by=TESTS, now=builders.NOW)

    assert client.get("/requests/").status_code == 302


def test_a_second_factor_that_was_taken_away_opens_nothing_more_in_the_same_session() -> None:
    world = builders.world()
    client = signed_in(world.member)
    before = client.get("/queue/").status_code
    Authenticator.objects.filter(user=world.member).delete()
    client.get("/accounts/2fa/")

    after = client.get("/queue/").status_code

    assert (before, after) == (200, 302)


def test_one_click_counts_as_a_second_factor_in_a_demo_world_only() -> None:
    Installation.objects.create(demo=True, made_at=builders.NOW)
    dac = builders.committee("lakeland", builders.organisation("lakeland"))
    mei = builders.person("mei")
    roles.give_role(role=Role.MEMBER, on=dac, to=mei, by=TESTS, now=builders.NOW)

    assert signed_in(mei).get("/queue/").status_code == 200
