"""What was stays: a project that had a person's data is on record with its days after both have parted."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from access.cases import services as cases
from access.domain.acknowledgement import Standing
from access.grants import ends as grant_ends
from access.grants import services as grants
from access.hosts import services as hosts
from access.models import Grant
from access.my_data.selectors import Out, uses_of
from consent.selectors.positions import position
from consent.services import memberships
from governance.services import datasets
from tests.access import builders as access
from tests.access.granted import LATER, Granted, granted, propagate
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db


# --- What was stays ------------------------------------------------------------------------------------------------
SOON = LATER + timedelta(days=1)


def told(of: Granted, number: int, now=SOON):
    """When the data came in and were out again, why, and whether the page, the history and the download say so."""
    [use] = uses_of(of.participants[number], now)
    return use.is_in, use.since, use.until, use.out


def revoked(of: Granted) -> None:
    grant_ends.revoke_grant(grant=of.now(), note="rules were broken", by=of.access.chair, now=LATER)


def expired(of: Granted) -> None:
    Grant.objects.filter(pk=of.grant.pk).update(ends_at=LATER)
    grants.expire(LATER)


def left(of: Granted) -> None:
    of.leaves(0)
    propagate(LATER)


def relabelled(of: Granted) -> None:
    narrow = {"permission": "DS", "diseases": ["MONDO:0005015"], "modifiers": [], "local": []}
    datasets.label_dataset(dataset=of.access.dataset, data_use=narrow, evidence="a letter", by=TESTS, now=LATER)
    propagate(LATER)


def membership_ended(of: Granted) -> None:
    memberships.end(participant=of.participants[0], dataset=of.access.dataset, by=TESTS, now=LATER)
    propagate(LATER)


@pytest.mark.parametrize(
    ("happens", "out"),
    [
        (revoked, Out.ENDED),
        (expired, Out.ENDED),
        (left, Out.LEFT),
        (relabelled, Out.ENDED),
        (membership_ended, Out.LEFT),
    ],
)
def test_a_project_that_had_my_data_stays_on_record_with_its_days(client, happens, out):
    of = granted()
    began = of.now().starts_at

    happens(of)

    client.force_login(of.participants[0].account)
    with time_machine.travel(SOON, tick=False):
        page = client.get(reverse("my_data"))
        history = client.get(reverse("consent_history", args=[of.participants[0].pk])).content.decode()
        [programme] = client.get(reverse("my_data_everything")).json()["programmes"]
    [section] = page.context["sections"]
    [line] = section.shown
    [held] = programme["projects"]
    title = line.use.title
    assert told(of, 0) == (False, began, LATER, out)
    assert line.word == ("ended" if out is Out.ENDED else "taken out")
    assert f"“{title}” began to use your data." in history
    assert (f"“{title}” ended." if out is Out.ENDED else f"“{title}” lost your data.") in history
    assert "No project uses your data today. One used them before." in page.content.decode()
    assert (held["my_data_are_in"], held["my_data_came_in_at"], held["my_data_were_out_at"]) == (
        False,
        began.isoformat(),
        LATER.isoformat(),
    )


def test_a_project_that_never_had_my_data_says_so_when_it_is_over(client):
    of = granted(others=[consent.EVERYTHING | {"repository": "no"}])
    revoked(of)

    client.force_login(of.participants[3].account)
    with time_machine.travel(SOON, tick=False):
        page = client.get(reverse("my_data"))

    [section] = page.context["sections"]
    assert (section.shown, len(section.never)) == ([], 1)
    assert told(of, 3) == (False, None, None, None)
    assert "One project that is over never had my data" in page.content.decode()


def test_a_project_that_began_after_my_data_left_the_dataset_is_not_mine():
    of = granted()
    memberships.end(participant=of.participants[0], dataset=of.access.dataset, by=TESTS, now=LATER)
    line = access.voted(of.access, "approve", "approve", "approve", now=SOON)
    cases.approve(line=line, by=of.access.chair, now=SOON, months=12)

    [use] = uses_of(of.participants[0], SOON)

    assert (use.grant, use.out) == (of.grant, Out.LEFT)


def test_a_later_confirmation_of_anothers_leaving_takes_nothing_from_mine():
    of = granted()
    of.leaves(0)
    propagate(LATER)
    newest = position(of.access.dataset.pk)
    hosts.confirm(host=of.enforcing, grant=of.now(), position=newest, by=of.enforcing, now=LATER + timedelta(seconds=4))

    of.leaves(1, SOON)
    propagate(SOON)

    [use] = uses_of(of.participants[0], SOON + timedelta(hours=2))
    [harbour] = [one for one in use.hosts if one.host == of.enforcing]
    assert (harbour.standing, use.until) == (Standing.CONFIRMED, LATER)
