"""The catalogue that a process keeps: read once, and read again as soon as anything that it shows is otherwise."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.catalogue import kept_selectors as kept
from consent.services import memberships
from governance.domain.events import Kind
from governance.models import AuditEvent, Dataset
from governance.selectors.ontology import active_ontologies
from governance.services import datasets, hosts
from tests.access.builders import DS_SUGAR, NOW, dataset
from tests.access.catalogue import show, titles
from tests.access.granted import Granted, granted
from tests.acting import TESTS
from tests.consent import builders as consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def of(db: None) -> Granted:
    """A dataset with members at two hosts, of which one is seen before anything happens."""
    made = granted()
    dataset("births", made.access.committee)
    show(Client())
    return made


def label(of: Granted) -> None:
    births = Dataset.objects.get(slug="births")
    datasets.label_dataset(dataset=births, data_use=DS_SUGAR, evidence="read", by=TESTS, now=NOW)


def serve(of: Granted) -> None:
    hosts.serve_dataset(host=of.download, dataset=Dataset.objects.get(slug="births"), by=TESTS, now=NOW)


def join(of: Granted) -> None:
    births = Dataset.objects.get(slug="births")
    memberships.add(participant=of.participants[0], dataset=births, by=TESTS, now=NOW)


CHANGES: dict[str, tuple[Callable[[Granted], Any], Callable[[str], bool]]] = {
    "a new dataset": (lambda of: dataset("sugar", of.access.committee), lambda html: "Sugar genomes" in html),
    "another label": (label, lambda html: "diabetes mellitus" in html),
    "a host that serves another dataset": (serve, lambda html: len(titles(show(Client(), host="arkiv"))) == 2),
    "a host that is closed": (
        lambda of: hosts.close_host(host=of.download, because="left", by=TESTS, now=NOW),
        lambda html: "Arkiv" not in html,
    ),
    "first members": (join, lambda html: titles(html)[0] == "Births genomes"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_next_page_shows_what_changed(of: Granted, change: str) -> None:
    act, is_shown = CHANGES[change]
    before = is_shown(show(Client()))

    act(of)

    assert (before, is_shown(show(Client()))) == (False, True)


def test_what_is_kept_is_read_by_one_statement(of: Granted) -> None:
    ontologies = active_ontologies()
    first = kept.catalogue(ontologies)

    with CaptureQueriesContext(connection) as sent:
        again = kept.catalogue(ontologies)

    assert (again is first, len(sent)) == (True, 1)


def test_events_of_other_things_leave_it_as_it_is(of: Granted) -> None:
    first = kept.catalogue(active_ontologies())

    consent.answer(of.participants[0], of.consent, consent.HEALTH, NOW + timedelta(hours=1))

    assert kept.catalogue(active_ontologies()) is first


def test_what_is_committed_late_is_seen_although_its_number_is_lower(of: Granted) -> None:
    AuditEvent.objects.create(
        pk=50_001, at=NOW, kind=Kind.DATASET_LABELLED, subject_kind="dataset", subject_id="hearts"
    )
    first = kept.catalogue(active_ontologies())
    # A number that was taken before, by a transaction that is committed only now.
    AuditEvent.objects.create(
        pk=50_000, at=NOW, kind=Kind.DATASET_LABELLED, subject_kind="dataset", subject_id="births"
    )

    assert kept.catalogue(active_ontologies()) is not first


def test_it_is_read_again_after_five_minutes_whatever_happened(of: Granted, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept.catalogue(active_ontologies())

    clock = kept.time.monotonic()
    monkeypatch.setattr(kept.time, "monotonic", lambda: clock + kept.SECONDS + 1)

    assert kept.catalogue(active_ontologies()) is not first
