"""The page of an obligation and the list of grants, as those read them who have something to do there."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from access.cases import services as cases
from access.grants import obligation_services as services
from access.models import Grant, Obligation
from tests.access import builders
from tests.access.builders import NOW, World
from tests.accounts import signed_in
from tests.governance.files import contents

pytestmark = pytest.mark.django_db
LABEL: dict[str, Any] = {"permission": "HMB", "modifiers": ["PUB"]}
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def of() -> World:
    """A world whose one grant demands that something is published."""
    world = builders.world(LABEL)
    line = builders.voted(world, "approve", "approve", agrees=["PUB"])
    cases.approve(line=line, by=world.chair, now=NOW)
    return world


def one() -> Obligation:
    return Obligation.objects.select_related("grant__line__dataset_version__dataset").get()


def shows(of: World, file: SimpleUploadedFile | None = None) -> None:
    services.offer(obligation=one(), words="A paper.", link="", file=file, by=of.ada, now=LATER)


def test_the_list_of_grants_names_what_was_shown_sent_back_or_is_overdue(of: World) -> None:
    ada, chidi = signed_in(of.ada), signed_in(of.chair)
    path = f"/grants/{one().grant.number}/obligations/{one().place}"

    before = chidi.get("/grants/").content.decode()
    shows(of)
    shown = chidi.get("/grants/").content.decode()
    services.send_back(obligation=one(), note="Which paper?", by=of.chair, now=LATER)
    sent_back = ada.get("/grants/").content.decode()
    Obligation.objects.filter(pk=one().pk).update(state="overdue", due=date(2026, 11, 1))
    overdue = ada.get("/grants/").content.decode()
    Grant.objects.update(state="ended", ended_at=LATER, end_reason="closed")

    assert path not in before
    assert path in shown
    assert "The committee looks at what was shown" in shown
    assert path in sent_back
    assert "Sent back: something is missing" in sent_back
    assert path in overdue
    assert path not in ada.get("/grants/").content.decode()


def test_what_was_shown_keeps_the_day_by_which_it_is_due(of: World) -> None:
    due = one().due
    assert due is not None

    shows(of)
    page = signed_in(of.ada).get(f"/grants/{one().grant.number}/obligations/{one().place}").content.decode()

    assert f"due by {due.day} {due:%B %Y}" in page


def test_each_act_of_the_committee_says_what_it_means(of: World) -> None:
    shows(of)

    page = signed_in(of.chair).get(f"/grants/{one().grant.number}/obligations/{one().place}").content.decode()

    for means in ("nothing more is asked for it", "read what is missing", "Where it need not be met"):
        assert page.count(means) == 1


def test_where_reading_goes_from_right_to_left_names_and_sizes_keep_their_own_direction(of: World) -> None:
    shows(of, SimpleUploadedFile("a.pdf", contents.pdf()))
    ada = signed_in(of.ada)
    path = f"/grants/{one().grant.number}/obligations/{one().place}"

    page = ada.get(path, headers={"accept-language": "ar"}).content.decode()

    title = one().grant.line.dataset_version.dataset.title
    assert 'dir="rtl"' in page
    assert f"\u2068{title}\u2069" in page
    assert re.search(r"PDF · <bdi>[^<]+</bdi>", page)
